//! Rows that fit a schema.

use std::fmt;
use std::fs;
use std::path::Path;

use tributary_aggregation::study::{LabelKind, Schema};

use super::error::{DatasetError, Problem};
use super::read;

/// Rows that fit a schema, a column per model input; at least one row.
///
/// Values are normalised: (x − low) / (high − low) for numbers, 0 or 1 for each category; `None` is missing.
#[derive(Clone, PartialEq)]
pub struct Table {
    columns: Vec<Vec<Option<f64>>>,
    targets: Vec<f32>,
    target_width: usize,
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

    /// Refuses rows of one class only; a label that is a number has none.
    ///
    /// # Errors
    /// If every row has the same label.
    pub fn with_both_classes(self, schema: &Schema) -> Result<Self, Problem> {
        let classes = match &schema.label.kind {
            LabelKind::Number { .. } => return Ok(self),
            LabelKind::Binary { positive_above } => {
                format!("more than {positive_above} and rows of at most that")
            }
            LabelKind::Class { .. } => "two of the study's categories at least".to_owned(),
        };
        let mut labels = self.targets.iter().step_by(self.target_width);
        let first = labels.next();
        if labels.all(|label| Some(label) == first) {
            let column = schema.label.name.clone();
            return Err(Problem::OneClass { rows: self.rows(), column, classes });
        }
        Ok(self)
    }

    /// Columns of one length each, as many times `target_width` targets, at least one row: the reader sees to it.
    pub(super) fn from_columns(
        columns: Vec<Vec<Option<f64>>>,
        targets: Vec<f32>,
        target_width: usize,
    ) -> Self {
        Self { columns, targets, target_width }
    }

    /// All rows of tables of one schema, one below the other; `None` if there are no tables or their widths differ.
    #[must_use]
    pub fn concat(tables: &[&Self]) -> Option<Self> {
        let (first, rest) = tables.split_first()?;
        let mut all = (*first).clone();
        for table in rest {
            if (table.inputs(), table.target_width) != (all.inputs(), all.target_width) {
                return None;
            }
            for (column, more) in all.columns.iter_mut().zip(&table.columns) {
                column.extend_from_slice(more);
            }
            all.targets.extend_from_slice(&table.targets);
        }
        Some(all)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.targets.len() / self.target_width
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

    /// The labels: rows × [`Self::target_width`], row-major, as [`super::Examples::targets`] has them.
    #[must_use]
    pub fn targets(&self) -> &[f32] {
        &self.targets
    }

    /// Labels per row.
    #[must_use]
    pub fn target_width(&self) -> usize {
        self.target_width
    }

    /// How many rows are positive, if the study's label is of two classes.
    #[must_use]
    pub fn positives(&self, schema: &Schema) -> Option<usize> {
        let binary = matches!(schema.label.kind, LabelKind::Binary { .. });
        binary.then(|| self.targets.iter().step_by(self.target_width).filter(|label| **label > 0.5).count())
    }
}

/// Reads a whole file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Problem::Missing,
        kind => Problem::Unreadable(kind),
    })
}
