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
    /// File with your rows: CSV or Parquet, or images as a folder or safetensors
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_whether_the_file_fits() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let study = include_str!("../../../examples/hospitals/study.toml");
        let columns: Vec<&str> = study
            .lines()
            .filter_map(|line| line.trim().strip_prefix("{ column = \"")?.split('"').next())
            .chain(["num"])
            .collect();
        let row = |chol: &str, num: u8| {
            let cell = |column: &&str| match *column {
                "chol" => chol.to_owned(),
                "num" => num.to_string(),
                "age" => "50".into(),
                "sex" => "W".into(),
                "cp" => "asymptomatic".into(),
                _ => String::new(),
            };
            columns.iter().map(cell).collect::<Vec<_>>().join(",")
        };
        let data = file("site.csv", &format!("{}\n{}\n{}\n", columns.join(","), row("5.2", 0), row("NA", 1)));
        let check = |mapping: Option<PathBuf>| {
            let study = WhichStudy { plan: None, study_file: Some(file("study.toml", study)) };
            run(&CheckArgs { study, data: data.clone(), mapping: MappingArgs { mapping }, json: true })
        };
        assert_eq!(check(None).unwrap(), 1);
        let mapping = "missing = [\"NA\"]\n[columns.chol]\nscale = 38.665\n[columns.sex]\ncategories = { W = \"Female\" }\n";
        let mapping = file("mapping.toml", mapping);
        assert_eq!(check(Some(mapping)).unwrap(), 0);
        assert!(check(Some(folder.path().join("nowhere.toml"))).is_err());
    }
}
