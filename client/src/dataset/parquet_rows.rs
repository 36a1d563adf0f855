//! Parquet files with flat columns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::cell::{Cell, Rows, Visit};
use super::error::Problem;

/// The first bytes of a Parquet file, and its last (Apache Parquet format, "File format").
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

/// The rows of a Parquet file, counted from 1: there is no header line.
pub(super) struct ParquetRows {
    reader: SerializedFileReader<Bytes>,
    names: Vec<String>,
    flat: Type,
}

impl ParquetRows {
    pub(super) fn new(bytes: &[u8]) -> Result<Self, Problem> {
        guarded(|| {
            let reader =
                SerializedFileReader::new(Bytes::copy_from_slice(bytes)).map_err(|_| Problem::Parquet)?;
            let root = reader.metadata().file_metadata().schema();
            let fields: Vec<Arc<Type>> =
                root.get_fields().iter().filter(|field| is_flat(field)).cloned().collect();
            let names: Vec<String> = fields.iter().map(|field| field.name().trim().to_owned()).collect();
            if names.is_empty() {
                return Err(Problem::Empty);
            }
            let flat = Type::group_type_builder(root.name()).with_fields(fields).build();
            Ok(Self { names, flat: flat.map_err(|_| Problem::Parquet)?, reader })
        })
    }
}

/// Lists and groups have no place in a table; a study that asks for one is told that it is not there.
fn is_flat(field: &Type) -> bool {
    use parquet::basic::Repetition;
    let info = field.get_basic_info();
    field.is_primitive() && info.has_repetition() && info.repetition() != Repetition::REPEATED
}

/// The crate's reader of records still panics on some files that are damaged: such a file is no reason to end.
fn guarded<T>(read: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(Problem::Parquet))
}

impl Rows for ParquetRows {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Problem> {
        let mut rows =
            guarded(|| self.reader.get_row_iter(Some(self.flat.clone())).map_err(|_| Problem::Parquet))?;
        let mut number = 0;
        while let Some(row) = guarded(|| rows.next().transpose().map_err(|_| Problem::Parquet))? {
            number += 1;
            visit(number, Ok(&cells(&row)))?;
        }
        Ok(())
    }
}

fn cells(row: &Row) -> Vec<Cell<'_>> {
    row.get_column_iter().map(|(_, field)| cell(field)).collect()
}

fn cell(field: &Field) -> Cell<'_> {
    match field {
        Field::Null => Cell::Missing,
        Field::Bool(flag) => Cell::Bool(*flag),
        Field::Byte(number) => Cell::Number(f64::from(*number)),
        Field::Short(number) => Cell::Number(f64::from(*number)),
        Field::Int(number) => Cell::Number(f64::from(*number)),
        Field::Long(number) => Cell::Number(*number as f64),
        Field::UByte(number) => Cell::Number(f64::from(*number)),
        Field::UShort(number) => Cell::Number(f64::from(*number)),
        Field::UInt(number) => Cell::Number(f64::from(*number)),
        Field::ULong(number) => Cell::Number(*number as f64),
        Field::Float(number) => Cell::Number(f64::from(*number)),
        Field::Double(number) => Cell::Number(*number),
        Field::Str(text) => match text.trim() {
            "" => Cell::Missing,
            text => Cell::Text(text),
        },
        _ => Cell::Other,
    }
}

#[cfg(test)]
mod tests;
