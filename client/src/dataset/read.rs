//! Rows against a schema: the first that does not fit ends the reading.

use std::path::Path;

use tributary_aggregation::study::{FeatureKind, Schema};

use super::cell::Rows;
use super::csv_rows::CsvRows;
use super::error::Problem;
use super::fit::{Column, Fit, Kind, Value};
use super::images::{FolderRows, Images, TensorRows};
use super::mapping::Mapping;
use super::npy;
use super::parquet_rows::{MAGIC, ParquetRows};
use super::table::{Table, read_file};
use super::tensor::safetensors;

/// What is done with a file's rows, once it is open.
type Then<'t, T> = dyn FnOnce(&mut dyn Rows) -> Result<T, Problem> + 't;

/// Opens a file, or a folder of images, by what it is.
pub(super) fn open<T>(
    path: &Path,
    schema: &Schema,
    mapping: &Mapping,
    then: Box<Then<'_, T>>,
) -> Result<T, Problem> {
    let Some(image) = schema.image.as_ref().filter(|_| path.is_dir()) else {
        return open_bytes(&read_file(path)?, schema, mapping, then);
    };
    match read_file(&path.join("labels.csv")) {
        Ok(labels) => {
            let labels = CsvRows::new(&labels, mapping.separator)?;
            then(&mut FolderRows::new(path, labels, image)?)
        }
        Err(_) => {
            let read = |name| read_file(&path.join(name)).map_err(|_| Problem::NoImages);
            let (x, y) = (read("x.npy")?, read("y.npy")?);
            then(&mut TensorRows::new(npy::read(&x)?, npy::read(&y)?, label_names(schema, mapping), image)?)
        }
    }
}

/// Opens a file's bytes by what they are.
pub(super) fn open_bytes<T>(
    bytes: &[u8],
    schema: &Schema,
    mapping: &Mapping,
    then: Box<Then<'_, T>>,
) -> Result<T, Problem> {
    if let Some(image) = &schema.image {
        let (x, y) = safetensors(bytes)?;
        then(&mut TensorRows::new(x, y, label_names(schema, mapping), image)?)
    } else if bytes.starts_with(MAGIC) {
        then(&mut ParquetRows::new(bytes)?)
    } else {
        then(&mut CsvRows::new(bytes, mapping.separator)?)
    }
}

/// An array of labels has no names: they are the study's, under the names that the mapping looks for.
fn label_names(schema: &Schema, mapping: &Mapping) -> Vec<String> {
    schema.labels().map(|label| mapping.rule(&label.name).site).collect()
}

/// Reads rows into normalised columns.
pub(super) fn read(rows: &mut dyn Rows, schema: &Schema, mapping: &Mapping) -> Result<Table, Problem> {
    let names = rows.names().to_vec();
    let fit = Fit::find(&names, schema, mapping);
    fit.complete()?;
    let mut columns = Columns::new(schema);
    rows.each(&mut |row, cells| {
        let cells = cells?;
        let value =
            |column: &Column<'_>| column.value(&column.cell(cells)).map_err(|fault| fault.at(row, column));
        columns.push(fit.columns.iter().map(|column| Ok((column.kind, value(column)?))))
    })?;
    columns.table(rows.take_images())
}

/// A table that grows by rows.
pub(super) struct Columns {
    inputs: Vec<Vec<Option<f64>>>,
    targets: Vec<f32>,
    target_width: usize,
}

impl Columns {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            inputs: vec![Vec::new(); if schema.image.is_some() { 0 } else { schema.inputs() }],
            targets: Vec::new(),
            target_width: schema.targets(),
        }
    }

    /// Adds a row: a value for each of the study's columns.
    pub(super) fn push<'a>(
        &mut self,
        values: impl Iterator<Item = Result<(Kind<'a>, Value), Problem>>,
    ) -> Result<(), Problem> {
        let mut inputs = self.inputs.iter_mut();
        for value in values {
            match value? {
                (_, Value::Target(target)) => self.targets.push(target),
                (Kind::Label(_), Value::Word(class)) => self.targets.push(class as f32),
                (Kind::Feature(FeatureKind::Categorical { categories }), value) => {
                    for (place, column) in inputs.by_ref().take(categories.len()).enumerate() {
                        column.push(match value {
                            Value::Word(word) => Some(f64::from(word == place)),
                            _ => None,
                        });
                    }
                }
                (_, value) => inputs.by_ref().take(1).for_each(|column| {
                    column.push(match value {
                        Value::Input(number) => Some(number),
                        _ => None,
                    });
                }),
            }
        }
        Ok(())
    }

    pub(super) fn table(self, images: Option<Images>) -> Result<Table, Problem> {
        if self.targets.is_empty() {
            return Err(Problem::NoRows);
        }
        if let Some(images) = images {
            return Ok(Table::from_images(images, self.targets, self.target_width));
        }
        Ok(Table::from_columns(self.inputs, self.targets, self.target_width))
    }
}

#[cfg(test)]
mod tests;
