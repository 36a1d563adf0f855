//! CSV (RFC 4180, with a header line, UTF-8).

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::cell::{Cell, Rows, Visit};
use super::error::Problem;

/// The rows of a CSV file. A row's number is the line that it starts on: the header line is row 1.
pub(super) struct CsvRows<'a> {
    bytes: &'a [u8],
    reader: Reader<&'a [u8]>,
    names: Vec<String>,
}

impl<'a> CsvRows<'a> {
    pub(super) fn new(bytes: &'a [u8], separator: u8) -> Result<Self, Problem> {
        if bytes.trim_ascii().is_empty() {
            return Err(Problem::Empty);
        }
        let mut reader =
            ReaderBuilder::new().trim(Trim::All).delimiter(separator).flexible(true).from_reader(bytes);
        let header = reader.headers().map_err(|error| problem(&error))?;
        let names = header.iter().map(str::to_owned).collect();
        Ok(Self { bytes, reader, names })
    }
}

impl Rows for CsvRows<'_> {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Problem> {
        let mut raw = ByteRecord::new();
        while self.reader.read_byte_record(&mut raw).map_err(|error| problem(&error))? {
            let row = row_of(&raw, self.bytes);
            let (cells, columns) = (raw.len() as u64, self.names.len() as u64);
            if cells != columns {
                visit(row, Err(Problem::Ragged { row, cells, columns }))?;
                continue;
            }
            let cell = |bytes| match str::from_utf8(bytes) {
                Ok("") => Ok(Cell::Missing),
                Ok(text) => Ok(Cell::Text(text)),
                Err(_) => Err(Problem::NotUtf8 { row }),
            };
            match raw.iter().map(cell).collect::<Result<Vec<_>, _>>() {
                Ok(cells) => visit(row, Ok(&cells))?,
                Err(problem) => visit(row, Err(problem))?,
            }
        }
        Ok(())
    }
}

/// The line on which a record starts. The csv crate notes the position before it skips blank lines; they count too.
fn row_of(record: &ByteRecord, bytes: &[u8]) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX).min(bytes.len());
    let blank = bytes[start..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

/// What the csv crate found wrong, without any cell.
pub(crate) fn problem(error: &csv::Error) -> Problem {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            Problem::NotUtf8 { row: pos.as_ref().map_or(1, csv::Position::line) }
        }
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => Problem::Ragged {
            row: pos.as_ref().map_or(0, csv::Position::line),
            cells: *len,
            columns: *expected_len,
        },
        csv::ErrorKind::Io(error) => Problem::Unreadable(error.kind()),
        _ => Problem::Unreadable(std::io::ErrorKind::InvalidData),
    }
}
