//! The researcher's holdout: the rows on which coalitions' models are compared.

use std::fmt;
use std::path::Path;

use thiserror::Error;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::{Schema, holdout_commitment};

use crate::dataset::{DatasetError, Problem, Table, read_file};

/// A holdout was refused.
#[derive(Debug, Error)]
pub enum HoldoutError {
    /// The file does not fit the study.
    #[error("the holdout does not fit the study: {0}")]
    Dataset(#[from] DatasetError),
    /// Not what the plan commits to.
    #[error(
        "the holdout is not the one that the study's plan commits to ({expected}): the researcher sent other rows or \
         another salt; do not take part in this study"
    )]
    Commitment {
        /// The plan's commitment.
        expected: Digest,
    },
    /// The operating system has no randomness.
    #[error("can't draw the holdout's salt: {0}")]
    Salt(getrandom::Error),
}

/// A holdout with the salt of its commitment.
#[derive(Clone)]
pub struct Holdout {
    csv: Vec<u8>,
    salt: [u8; 32],
    table: Table,
}

/// Patients' rows and the salt do not belong in logs.
impl fmt::Debug for Holdout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holdout").field("rows", &self.table.rows()).finish_non_exhaustive()
    }
}

impl Holdout {
    /// The researcher's side: reads the file, checks that it fits and has both classes, and draws a salt.
    ///
    /// # Errors
    /// If the file does not fit the schema or there is no randomness.
    pub fn seal(path: &Path, schema: &Schema) -> Result<Self, HoldoutError> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(HoldoutError::Salt)?;
        let file = path.display().to_string();
        let csv = read_file(path).map_err(|problem| DatasetError { file: file.clone(), problem })?;
        Self::new(csv, salt, schema).map_err(|problem| DatasetError { file, problem }.into())
    }

    /// The owner's side: what the researcher sent, checked against the plan.
    ///
    /// # Errors
    /// If it is not what the plan commits to, or does not fit the schema.
    pub fn open(
        csv: Vec<u8>,
        salt: [u8; 32],
        commitment: &Digest,
        schema: &Schema,
    ) -> Result<Self, HoldoutError> {
        Self::verify(&csv, &salt, commitment)?;
        let refuse = |problem| DatasetError { file: "the study's holdout".to_owned(), problem }.into();
        Self::new(csv, salt, schema).map_err(refuse)
    }

    /// Checks a holdout's bytes against the plan's commitment.
    ///
    /// # Errors
    /// If they are not what it commits to.
    pub fn verify(csv: &[u8], salt: &[u8; 32], commitment: &Digest) -> Result<(), HoldoutError> {
        if holdout_commitment(salt, csv) == *commitment {
            Ok(())
        } else {
            Err(HoldoutError::Commitment { expected: *commitment })
        }
    }

    fn new(csv: Vec<u8>, salt: [u8; 32], schema: &Schema) -> Result<Self, Problem> {
        let table = Table::from_bytes(&csv, schema)?.with_both_classes(schema)?;
        Ok(Self { csv, salt, table })
    }

    /// What goes into the plan.
    #[must_use]
    pub fn commitment(&self) -> Digest {
        holdout_commitment(&self.salt, &self.csv)
    }

    /// The file's bytes, as they are sent to the members.
    #[must_use]
    pub fn csv(&self) -> &[u8] {
        &self.csv
    }

    /// The salt, as it is sent to the members.
    #[must_use]
    pub fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// The rows.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }
}

#[cfg(test)]
mod tests {
    use tributary_aggregation::study::{Feature, FeatureKind, Label};

    use super::*;

    fn schema() -> Schema {
        Schema::table(
            vec![Feature {
                name: "age".into(),
                kind: FeatureKind::Numeric { low: 0.0, high: 120.0, zero_is_missing: false },
                missing_allowed: false,
                unit: None,
            }],
            Label::binary("ill", 0.0),
        )
    }

    #[test]
    fn owners_open_exactly_what_was_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holdout.csv");
        std::fs::write(&path, "age,ill\n40,0\n60,1\n").unwrap();
        let sealed = Holdout::seal(&path, &schema()).unwrap();
        let commitment = sealed.commitment();
        let open = |csv: &[u8], salt| Holdout::open(csv.to_vec(), salt, &commitment, &schema());
        assert_eq!(open(sealed.csv(), *sealed.salt()).unwrap().table(), sealed.table());
        assert!(matches!(
            open(b"age,ill\n40,1\n60,1\n", *sealed.salt()),
            Err(HoldoutError::Commitment { expected }) if expected == commitment
        ));
        assert!(matches!(open(sealed.csv(), [0; 32]), Err(HoldoutError::Commitment { .. })));
        // The same rows sealed again have another commitment: nobody can tell that they are the same.
        assert_ne!(Holdout::seal(&path, &schema()).unwrap().commitment(), commitment);
    }

    #[test]
    fn a_holdout_that_no_metric_could_use_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holdout.csv");
        std::fs::write(&path, "age,ill\n40,1\n60,1\n").unwrap();
        let error = Holdout::seal(&path, &schema()).unwrap_err();
        assert!(matches!(
            &error,
            HoldoutError::Dataset(DatasetError { problem: Problem::OneClass { .. }, .. })
        ));
        // A commitment does not make unfit rows fit.
        let csv = b"age,ill\n400,1\n60,0\n".to_vec();
        let commitment = holdout_commitment(&[1; 32], &csv);
        let error = Holdout::open(csv, [1; 32], &commitment, &schema()).unwrap_err();
        assert!(matches!(
            &error,
            HoldoutError::Dataset(DatasetError { problem: Problem::OutOfRange { .. }, .. })
        ));
    }
}
