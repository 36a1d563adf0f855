//! Rows that fit a schema.

use std::fmt;
use std::fs;
use std::path::Path;

use tributary_aggregation::study::{LabelKind, Schema};

use super::error::{DatasetError, Problem};
use super::images::Images;
use super::mapping::Mapping;
use super::read;

/// Rows that fit a schema, a column per model input or an image each; at least one row.
///
/// Values are normalised: (x − low) / (high − low) for numbers, 0 or 1 for each category; `None` is missing.
#[derive(Clone, PartialEq)]
pub struct Table {
    columns: Vec<Vec<Option<f64>>>,
    images: Option<Images>,
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
    pub fn for_training(path: &Path, schema: &Schema, mapping: &Mapping) -> Result<Self, DatasetError> {
        let table = Self::for_evaluation(path, schema, mapping)?;
        let refuse = |problem| DatasetError { file: path.display().to_string(), problem };
        table.with_both_classes(schema).map_err(refuse)
    }

    /// Reads rows on which a model is only measured: one class is enough.
    ///
    /// # Errors
    /// If the file can't be read or does not fit the schema.
    pub fn for_evaluation(path: &Path, schema: &Schema, mapping: &Mapping) -> Result<Self, DatasetError> {
        let table = read::open(path, schema, mapping, Box::new(|rows| read::read(rows, schema, mapping)));
        table.map_err(|problem| DatasetError { file: path.display().to_string(), problem })
    }

    /// Reads a file's bytes as they stand: CSV (RFC 4180, with a header line, UTF-8) or Parquet; safetensors if the study
    /// reads images.
    ///
    /// # Errors
    /// If it does not fit the schema.
    pub fn from_bytes(bytes: &[u8], schema: &Schema) -> Result<Self, Problem> {
        Self::mapped(bytes, schema, &Mapping::default())
    }

    /// As [`Self::from_bytes`], by way of a mapping.
    pub(super) fn mapped(bytes: &[u8], schema: &Schema, mapping: &Mapping) -> Result<Self, Problem> {
        read::open_bytes(bytes, schema, mapping, Box::new(|rows| read::read(rows, schema, mapping)))
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
        Self { columns, images: None, targets, target_width }
    }

    /// An image per row.
    pub(super) fn from_images(images: Images, targets: Vec<f32>, target_width: usize) -> Self {
        Self { columns: Vec::new(), images: Some(images), targets, target_width }
    }

    /// All rows of tables of one schema, one below the other; `None` if there are no tables or their widths differ.
    #[must_use]
    pub fn concat(tables: &[&Self]) -> Option<Self> {
        let (first, rest) = tables.split_first()?;
        let mut all = (*first).clone();
        for table in rest {
            if (table.input_shape(), table.target_width) != (all.input_shape(), all.target_width) {
                return None;
            }
            for (column, more) in all.columns.iter_mut().zip(&table.columns) {
                column.extend_from_slice(more);
            }
            if let (Some(images), Some(more)) = (&mut all.images, &table.images) {
                images.pixels.extend_from_slice(&more.pixels);
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

    /// Number of model inputs of a row.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.input_shape().iter().product()
    }

    /// The shape of a row's inputs: channels × height × width of an image.
    #[must_use]
    pub fn input_shape(&self) -> Vec<usize> {
        match &self.images {
            Some(images) => images.shape.to_vec(),
            None => vec![self.columns.len()],
        }
    }

    /// The images, if the rows are images.
    pub(super) fn images(&self) -> Option<&Images> {
        self.images.as_ref()
    }

    /// The normalised values, a column per model input; none if the rows are images.
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
