//! `tributary audit`: recompute a study; `tributary anomalies`: whose updates do harm.

use std::io::{Write as _, stdout};
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;
use tributary_aggregation::ids::StudyId;
use tributary_aggregation::scoring::OwnerSigns;

use super::common::ChainArgs;
use crate::auditor::{Artifacts, Finding, Line, anomalies, audit};
use crate::member::ChainView;

/// Recompute a study from the chain and its published artifacts
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(flatten)]
    record: RecordArgs,
}

/// Say which owners' updates do harm, from the groups that they were in
#[derive(Debug, Args)]
pub struct AnomaliesArgs {
    #[command(flatten)]
    record: RecordArgs,
    /// Print a JSON object per owner
    #[arg(long)]
    json: bool,
}

/// A study's public record.
#[derive(Debug, Args)]
struct RecordArgs {
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

impl RecordArgs {
    async fn open(&self) -> Result<(ChainView, Artifacts)> {
        let (chain, _) = self.chain.connect().await?;
        let ca = self.tls_ca.as_ref().map(std::fs::read).transpose()?;
        let artifacts = Artifacts::new(&self.artifacts, ca.as_deref()).map_err(|error| anyhow!(error))?;
        Ok((chain, artifacts))
    }
}

/// Says what the settled rounds show of each owner. Exit code 0 if nobody is suspicious, 1 if somebody is.
///
/// # Errors
/// If the chain or the artifacts can't be read.
pub async fn run_anomalies(args: &AnomaliesArgs) -> Result<u8> {
    let (chain, artifacts) = args.record.open().await?;
    let signs = anomalies(args.record.study, &chain, &artifacts).await?;
    let mut out = stdout().lock();
    if !args.json {
        writeln!(
            out,
            "{:<42}  {:>6}  {:>7}  {:>9}  {:>8}",
            "owner", "rounds", "harmful", "mean rank", "chance"
        )?;
    }
    for (owner, signs) in &signs {
        let OwnerSigns { rounds, harmful, mean_rank, p_value, suspicious } = *signs;
        if args.json {
            let line = serde_json::json!({
                "owner": owner, "rounds": rounds, "harmful": harmful,
                "mean_rank": mean_rank, "p_value": p_value, "suspicious": suspicious,
            });
            writeln!(out, "{line}")?;
        } else {
            let mark = if suspicious { "  SUSPICIOUS" } else { "" };
            writeln!(out, "{owner}  {rounds:>6}  {harmful:>7}  {mean_rank:>9.2}  {p_value:>8.1e}{mark}")?;
        }
    }
    let suspicious = signs.values().filter(|signs| signs.suspicious).count();
    if !args.json {
        writeln!(
            out,
            "rounds: with two groups or more; harmful: its group made the model worse; rank: 0 the worst group, 1 the best;\n\
             chance: of ranks as low if its updates were like the others'. {suspicious} of {} owners are suspicious",
            signs.len()
        )?;
    }
    Ok(u8::from(suspicious > 0))
}

/// Runs the audit: exit code 0 if every line agrees, 1 if one does not.
///
/// # Errors
/// If the chain or the artifacts can't be read.
pub async fn run(args: &AuditArgs) -> Result<u8> {
    let (chain, artifacts) = args.record.open().await?;
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
    let good = audit(args.record.study, &chain, &artifacts, &mut tell).await?;
    let verdict = if good { "every line agrees" } else { "the study does NOT agree with its record" };
    println!("{agreed} lines agree; {verdict}");
    Ok(u8::from(!good))
}
