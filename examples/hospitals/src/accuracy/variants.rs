//! The ways of training that are compared: what each changes about a study file.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use hospitals::cohort::Cohort;
use serde::Deserialize;

/// All variants of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    variant: Vec<Variant>,
}

/// One way of training.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// For the table.
    pub name: String,
    /// For whose rows it is a way; for all if it says nothing.
    #[serde(default)]
    cohorts: Vec<Cohort>,
    /// Keys that are laid over the study file's, table by table.
    #[serde(default)]
    study: toml::Table,
}

/// Reads variants: those named, or all for a cohort.
///
/// # Errors
/// If the file can't be read, or has none of a name.
pub fn read(path: &Path, names: &[String], cohort: Cohort) -> Result<Vec<Variant>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    let File { variant: all } = toml::from_str(&text).with_context(|| path.display().to_string())?;
    if let Some(name) = names.iter().find(|name| !all.iter().any(|variant| variant.name == **name)) {
        let known: Vec<&str> = all.iter().map(|variant| variant.name.as_str()).collect();
        bail!("there is no variant {name:?}: choose among {}", known.join(", "));
    }
    let fits = |variant: &Variant| variant.cohorts.is_empty() || variant.cohorts.contains(&cohort);
    let wanted = |variant: &Variant| {
        if names.is_empty() { fits(variant) } else { names.contains(&variant.name) }
    };
    Ok(all.into_iter().filter(wanted).collect())
}

impl Variant {
    /// The study file as it stands.
    pub fn plain() -> Self {
        Self { name: "as the study file says".into(), cohorts: Vec::new(), study: toml::Table::new() }
    }

    /// This variant of a study file.
    ///
    /// # Errors
    /// If the file is no TOML.
    pub fn of(&self, study_file: &Path) -> Result<String> {
        let text = fs::read_to_string(study_file)
            .with_context(|| format!("{} can't be read", study_file.display()))?;
        let mut file: toml::Table = text.parse().with_context(|| study_file.display().to_string())?;
        lay_over(&mut file, &self.study);
        Ok(toml::to_string(&file)?)
    }
}

fn lay_over(below: &mut toml::Table, above: &toml::Table) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay_over(below, above),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_changes_what_it_names_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let (study, variants) = (directory.path().join("study.toml"), directory.path().join("variants.toml"));
        fs::write(&study, "rounds = 3\n[training]\nseed = 1\nbatch_size = 4\n").unwrap();
        let file = "[[variant]]\nname = \"plain\"\n[[variant]]\nname = \"long\"\n\
                    cohorts = [\"heart\"]\nstudy = { rounds = 9, training = { seed = 2 } }\n";
        fs::write(&variants, file).unwrap();
        let all = read(&variants, &[], Cohort::Heart).unwrap();
        let changed: toml::Table = all[1].of(&study).unwrap().parse().unwrap();
        let expected: toml::Table = "rounds = 9\n[training]\nseed = 2\nbatch_size = 4\n".parse().unwrap();
        assert_eq!((all.len(), changed), (2, expected));
        assert_eq!(read(&variants, &[], Cohort::Digits).unwrap().len(), 1);
        assert_eq!(read(&variants, &["long".into()], Cohort::Digits).unwrap().len(), 1);
        let error = read(&variants, &["short".into()], Cohort::Heart).unwrap_err().to_string();
        assert!(error.contains("plain, long"), "{error}");
    }

    #[test]
    fn the_committed_variants_are_studies() {
        let path = hospitals::sites::root().join("examples/hospitals/variants.toml");
        for cohort in [Cohort::Heart, Cohort::BreastCancer, Cohort::Digits] {
            let all = read(&path, &[], cohort).unwrap();
            assert!(all.len() > 1);
            for variant in all {
                variant.of(&cohort.study_file()).unwrap();
            }
        }
    }
}
