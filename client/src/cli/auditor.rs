//! `tributary audit`: recompute a study.

use std::io::{Write as _, stdout};
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;
use tributary_aggregation::ids::StudyId;

use super::common::ChainArgs;
use crate::auditor::{Artifacts, Finding, Line, audit};

/// Recompute a study from the chain and its published artifacts
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The study's id
    study: StudyId,
    #[command(flatten)]
    chain: ChainArgs,
    /// Where the published artifacts are: a coordinator's address, or a copy of its artifact directory
    #[arg(long, env = "TRIBUTARY_ARTIFACTS", default_value = "http://127.0.0.1:7800")]
    artifacts: String,
    /// PEM of the certificate authority that the coordinator's certificate is signed by
    #[arg(long, env = "TRIBUTARY_TLS_CA")]
    tls_ca: Option<PathBuf>,
}

/// Runs the audit: exit code 0 if every line agrees, 1 if one does not.
///
/// # Errors
/// If the chain or the artifacts can't be read.
pub async fn run(args: &AuditArgs) -> Result<u8> {
    let (chain, _) = args.chain.connect().await?;
    let ca = args.tls_ca.as_ref().map(std::fs::read).transpose()?;
    let artifacts = Artifacts::new(&args.artifacts, ca.as_deref()).map_err(|error| anyhow!(error))?;
    let mut agreed = 0u64;
    let mut tell = |line: Line| {
        let Line { place, what, finding } = line;
        let text = match finding {
            Finding::Agrees(how) => {
                agreed += 1;
                format!("agrees     {place:<9} {what}: {how}")
            }
            Finding::Disagrees(why) => format!("DISAGREES  {place:<9} {what}: {why}"),
        };
        // A reader that went away is no reason to stop: the exit code still tells.
        let _ = writeln!(stdout().lock(), "{text}");
    };
    let good = audit(args.study, &chain, &artifacts, &mut tell).await?;
    let verdict = if good { "every line agrees" } else { "the study does NOT agree with its record" };
    println!("{agreed} lines agree; {verdict}");
    Ok(u8::from(!good))
}
