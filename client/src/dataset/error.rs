//! What can be wrong with an owner's file, and what to do about it.

use thiserror::Error;

/// A file was refused. `problem` holds no cell of the file, so it may be reported to others; `file` stays here.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{file}: {problem}")]
pub struct DatasetError {
    /// The file's path, or what else the rows came from.
    pub file: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a file. Rows are lines of the file: the header line is row 1.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Problem {
    /// Nothing there.
    #[error("there is no such file: check the path")]
    Missing,
    /// There, but reading failed.
    #[error("can't be read ({0}): check that it is a file and that this user may read it")]
    Unreadable(std::io::ErrorKind),
    /// Not a byte in it.
    #[error("the file is empty: it needs a header line with the columns' names, then one line per row")]
    Empty,
    /// Only a header.
    #[error("the file has a header line but no rows: add one line per row")]
    NoRows,
    /// The first line holds numbers, so it is a row: its cells are not repeated here.
    #[error("the first line looks like a row of data: put a header line with the columns' names before it")]
    NoHeader,
    /// Not UTF-8.
    #[error("row {row} is not UTF-8 text: save the file as CSV in UTF-8")]
    NotUtf8 {
        /// Line of the file.
        row: u64,
    },
    /// An array of numbers that can't be used.
    #[error("the file or folder {0}")]
    Tensor(&'static str),
    /// A folder without the files that a study of images reads.
    #[error("the folder has neither labels.csv, which names its PNGs, nor x.npy and y.npy: check the path")]
    NoImages,
    /// A row's image can't be used.
    #[error("row {row}: {fault}")]
    Image {
        /// Line of `labels.csv`, or number of the image from 1.
        row: u64,
        /// What is wrong and what to do.
        fault: &'static str,
    },
    /// Starts like Parquet, and is none that can be read.
    #[error(
        "the Parquet file can't be read: it is damaged, encrypted, or compressed by something else than Snappy; write it again with compression=\"snappy\""
    )]
    Parquet,
    /// A row has more or fewer cells than the header.
    #[error(
        "row {row} has {cells} cells, but the header has {columns}: a comma inside a cell needs quotes round the cell"
    )]
    Ragged {
        /// Line of the file.
        row: u64,
        /// Cells in that line.
        cells: u64,
        /// Columns of the header.
        columns: u64,
    },
    /// Columns that the study reads are not there.
    #[error(
        "the study needs {}, which the file does not have; it has {}. Rename or add the columns (cells are separated by commas)",
        columns(missing),
        columns(present)
    )]
    MissingColumns {
        /// What the study reads and the file lacks.
        missing: Vec<String>,
        /// The names in the header.
        present: Vec<String>,
    },
    /// A column that the study reads stands twice in the header.
    #[error("column {column:?} stands twice in the header: remove or rename one of the two")]
    DuplicateColumn {
        /// Its name.
        column: String,
    },
    /// Text where a number should be.
    #[error(
        "row {row}, column {column:?}: not a number; write numbers like 12.5, and leave the cell empty where the value is missing"
    )]
    NotANumber {
        /// Line of the file.
        row: u64,
        /// Name of the column.
        column: String,
    },
    /// Outside of what the study allows.
    #[error(
        "row {row}, column {column:?}: the number is not from {low} to {high}, the range that the study allows; correct it, or leave the cell empty if it is not known"
    )]
    OutOfRange {
        /// Line of the file.
        row: u64,
        /// Name of the column.
        column: String,
        /// Smallest allowed value.
        low: f64,
        /// Largest allowed value.
        high: f64,
    },
    /// Not one of the words that the study allows.
    #[error(
        "row {row}, column {column:?}: not one of the study's categories, which are {}",
        columns(allowed)
    )]
    UnknownCategory {
        /// Line of the file.
        row: u64,
        /// Name of the column.
        column: String,
        /// The study's words.
        allowed: Vec<String>,
    },
    /// Missing where the study does not allow it.
    #[error(
        "row {row}, column {column:?}: the cell is empty, but the study needs a value here; fill it in or leave the row out"
    )]
    EmptyCell {
        /// Line of the file.
        row: u64,
        /// Name of the column.
        column: String,
    },
    /// Every row has the same label.
    #[error(
        "all {rows} rows are of one class: the study needs rows of {classes} in {column:?}; take more rows, or do not enrol this data set"
    )]
    OneClass {
        /// Rows of the file.
        rows: usize,
        /// Name of the label's column.
        column: String,
        /// Which classes there should be.
        classes: String,
    },
}

fn columns(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}
