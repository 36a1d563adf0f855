//! Rows that fit a schema.

use std::fmt;
use std::fs;
use std::path::Path;

use tributary_aggregation::study::Schema;

use super::error::{DatasetError, Problem};
use super::read;

/// Rows that fit a schema, a column per model input; at least one row.
///
/// Values are normalised: (x − low) / (high − low) for numbers, 0 or 1 for each category; `None` is missing.
#[derive(Clone, PartialEq)]
pub struct Table {
    columns: Vec<Vec<Option<f64>>>,
    labels: Vec<bool>,
}

/// Patients' rows do not belong in logs.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("rows", &self.rows())
            .field("inputs", &self.inputs())
            .finish_non_exhaustive()
    }
}

impl Table {
    /// Reads an owner's own rows, or a holdout's: both classes must be there.
    ///
    /// # Errors
    /// If the file can't be read, does not fit the schema, or has rows of one class only.
    pub fn for_training(path: &Path, schema: &Schema) -> Result<Self, DatasetError> {
        let file = path.display().to_string();
        let bytes = read_file(path).map_err(|problem| DatasetError { file: file.clone(), problem })?;
        Self::from_csv(&bytes, schema)
            .and_then(|table| table.with_both_classes(schema))
            .map_err(|problem| DatasetError { file, problem })
    }

    /// Reads rows on which a model is only measured: one class is enough.
    ///
    /// # Errors
    /// If the file can't be read or does not fit the schema.
    pub fn for_evaluation(path: &Path, schema: &Schema) -> Result<Self, DatasetError> {
        let file = path.display().to_string();
        let bytes = read_file(path).map_err(|problem| DatasetError { file: file.clone(), problem })?;
        Self::from_csv(&bytes, schema).map_err(|problem| DatasetError { file, problem })
    }

    /// Reads CSV (RFC 4180, with a header line, UTF-8).
    ///
    /// # Errors
    /// If it does not fit the schema.
    pub fn from_csv(bytes: &[u8], schema: &Schema) -> Result<Self, Problem> {
        read::read(bytes, schema)
    }

    /// Refuses rows of one class only.
    ///
    /// # Errors
    /// If every row has the same label.
    pub fn with_both_classes(self, schema: &Schema) -> Result<Self, Problem> {
        let positives = self.labels.iter().filter(|label| **label).count();
        if positives == 0 || positives == self.rows() {
            return Err(Problem::OneClass {
                rows: self.rows(),
                column: schema.label.name.clone(),
                positive_above: schema.label.positive_above,
            });
        }
        Ok(self)
    }

    /// Columns of one length each, at least one row: the reader sees to it.
    pub(super) fn from_columns(columns: Vec<Vec<Option<f64>>>, labels: Vec<bool>) -> Self {
        Self { columns, labels }
    }

    /// All rows of tables of one schema, one below the other; `None` if there are no tables or their widths differ.
    #[must_use]
    pub fn concat(tables: &[&Self]) -> Option<Self> {
        let (first, rest) = tables.split_first()?;
        let mut all = (*first).clone();
        for table in rest {
            if table.inputs() != all.inputs() {
                return None;
            }
            for (column, more) in all.columns.iter_mut().zip(&table.columns) {
                column.extend_from_slice(more);
            }
            all.labels.extend_from_slice(&table.labels);
        }
        Some(all)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Number of model inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.columns.len()
    }

    /// The normalised values, a column per model input.
    #[must_use]
    pub fn columns(&self) -> &[Vec<Option<f64>>] {
        &self.columns
    }

    /// Whether each row is positive.
    #[must_use]
    pub fn labels(&self) -> &[bool] {
        &self.labels
    }
}

/// Reads a whole file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Problem::Missing,
        kind => Problem::Unreadable(kind),
    })
}
