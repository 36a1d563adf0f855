//! `tributary study overview`: what all owners' rows look like together.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tributary_aggregation::study::StudyPlan;

use crate::researcher::model_file::FinalModel;

/// See what all owners' rows look like together, as the statistics round counted them
#[derive(Debug, Args)]
pub struct OverviewArgs {
    /// The study's plan (JSON)
    #[arg(long)]
    plan: PathBuf,
    /// The study's model
    #[arg(long)]
    model: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the overview.
///
/// # Errors
/// If a file can't be read, they belong to different studies, or the study asked for no overview.
pub fn run(args: &OverviewArgs) -> Result<()> {
    let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("can't read {}", path.display()));
    let (bytes, model) = (read(&args.plan)?, FinalModel::from_bytes(&read(&args.model)?)?);
    let plan = StudyPlan::from_json(&bytes)?;
    model.check(&bytes, &plan)?;
    let overview = model
        .standardiser
        .overview(&plan.schema)?
        .context("the study asked for no overview: its study file would have said overview = true")?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&overview)?);
    } else {
        println!("{overview}");
    }
    Ok(())
}
