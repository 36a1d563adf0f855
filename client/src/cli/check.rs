//! `tributary owner check`: does a file fit a study? Nothing is sent anywhere.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use tributary_aggregation::study::{Schema, StudyPlan};

use crate::dataset::{Mapping, check};
use crate::researcher::plan_file::StudyFile;

/// See whether a file fits a study
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    study: WhichStudy,
    /// File with your rows: CSV, or images as a folder or safetensors
    #[arg(long)]
    data: PathBuf,
    #[command(flatten)]
    mapping: MappingArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct WhichStudy {
    /// The study's plan (JSON)
    #[arg(long)]
    plan: Option<PathBuf>,
    /// The study's file (TOML), if it has no plan yet
    #[arg(long)]
    study_file: Option<PathBuf>,
}

/// How this site's file becomes what the study asks for
#[derive(Debug, Clone, Default, Args)]
pub struct MappingArgs {
    /// Names of columns, units, words and marks of missing values (TOML) [default: all as the study says]
    #[arg(long)]
    pub mapping: Option<PathBuf>,
}

impl MappingArgs {
    /// Reads the mapping.
    ///
    /// # Errors
    /// If it can't be read, or does not fit the study.
    pub fn read(&self, schema: &Schema) -> Result<Mapping> {
        let read = |path: &Path| Mapping::read(path, schema).with_context(|| path.display().to_string());
        self.mapping.as_deref().map_or_else(|| Ok(Mapping::default()), read)
    }
}

impl WhichStudy {
    fn schema(&self) -> Result<Schema> {
        if let Some(path) = &self.study_file {
            return Ok(StudyFile::read(path)?.schema().clone());
        }
        let path = self.plan.as_deref().context("pass --plan or --study-file")?;
        let plan =
            std::fs::read(path).with_context(|| format!("the plan {} can't be read", path.display()))?;
        Ok(StudyPlan::from_json(&plan)?.schema)
    }
}

/// Prints what fits and what does not; 0 if all does, else 1.
///
/// # Errors
/// If the study, the mapping or the file can't be read at all.
pub fn run(args: &CheckArgs) -> Result<u8> {
    let schema = args.study.schema()?;
    let mapping = args.mapping.read(&schema)?;
    let report = check(&args.data, &schema, &mapping)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(u8::from(!report.fits))
}
