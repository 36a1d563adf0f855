//! What of a file fits a study and what does not: everything at once, by column, with row numbers and never a cell.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;
use tributary_aggregation::study::{FeatureKind, LabelKind, Schema};

use super::cell::{Cell, Rows};
use super::error::{DatasetError, Problem};
use super::fit::{Column, Fault, Fit, Kind, Place, Value};
use super::mapping::Mapping;
use super::read::{Columns, open};

/// How many rows are named for each thing that is wrong.
const FIRST_ROWS: usize = 5;

/// What of a file fits a study. Holds no cell of the file, but names and row numbers: it is for the site itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CheckReport {
    /// The file.
    pub file: String,
    /// Whether it can be trained on.
    pub fits: bool,
    /// Rows that were read, without the header.
    pub rows: u64,
    /// Rows of the positive class, if the label is of two classes and all fits.
    pub positive: Option<usize>,
    /// What is wrong with the file as a whole, or with whole rows.
    pub problems: Vec<Finding>,
    /// The study's columns: features, then labels.
    pub columns: Vec<ColumnReport>,
}

/// How one of the study's columns fits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnReport {
    /// The study's name for it.
    pub column: String,
    /// The file's.
    pub read_from: String,
    /// What may stand in it.
    pub expected: String,
    /// Whether the file has it, once.
    pub found: bool,
    /// Cells that fit.
    pub fitting: u64,
    /// Cells without a value, where that is allowed.
    pub missing: u64,
    /// What does not fit.
    pub problems: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What, and what to do.
    pub problem: String,
    /// In how many rows; 0 if it is no matter of rows.
    pub rows: u64,
    /// The first of them. The header line is row 1.
    pub first_rows: Vec<u64>,
}

impl Finding {
    fn of_file(problem: &Problem) -> Self {
        Self { problem: problem.to_string(), rows: 0, first_rows: Vec::new() }
    }
}

/// Findings by kind, in the order in which they turned up.
#[derive(Default)]
struct Findings(Vec<(&'static str, Finding)>);

impl Findings {
    fn add(&mut self, kind: &'static str, row: u64, what: impl FnOnce() -> String) {
        let place = self.0.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.0.push((kind, Finding { problem: what(), rows: 0, first_rows: Vec::new() }));
            self.0.len() - 1
        });
        if let Some((_, finding)) = self.0.get_mut(place) {
            finding.rows += 1;
            if finding.first_rows.len() < FIRST_ROWS {
                finding.first_rows.push(row);
            }
        }
    }

    fn finish(self) -> Vec<Finding> {
        self.0.into_iter().map(|(_, finding)| finding).collect()
    }
}

/// One column's tally.
#[derive(Default)]
struct Tally {
    fitting: u64,
    missing: u64,
    findings: Findings,
}

/// Checks a file against a study.
///
/// # Errors
/// If it can't be read from disk at all; what is wrong with it otherwise is in the report.
pub fn check(path: &Path, schema: &Schema, mapping: &Mapping) -> Result<CheckReport, DatasetError> {
    let file = path.display().to_string();
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(DatasetError { file, problem: Problem::Missing }),
        Err(error) => return Err(DatasetError { file, problem: Problem::Unreadable(error.kind()) }),
    }
    let mut report = CheckReport { file, ..CheckReport::default() };
    let opened = open(
        path,
        schema,
        mapping,
        Box::new(|rows| {
            check_rows(&mut report, rows, schema, mapping);
            Ok(())
        }),
    );
    if let Err(problem) = opened {
        report.problems.push(Finding::of_file(&problem));
    }
    Ok(report)
}

/// Checks a file's bytes.
#[cfg(test)]
fn check_bytes(file: String, bytes: &[u8], schema: &Schema, mapping: &Mapping) -> CheckReport {
    let mut report = CheckReport { file, ..CheckReport::default() };
    let opened = super::read::open_bytes(
        bytes,
        schema,
        mapping,
        Box::new(|rows| {
            check_rows(&mut report, rows, schema, mapping);
            Ok(())
        }),
    );
    if let Err(problem) = opened {
        report.problems.push(Finding::of_file(&problem));
    }
    report
}

fn check_rows(report: &mut CheckReport, rows: &mut dyn Rows, schema: &Schema, mapping: &Mapping) {
    let names = rows.names().to_vec();
    let fit = Fit::find(&names, schema, mapping);
    let complete = fit.complete();
    if let Err(problem) = &complete {
        report.problems.push(Finding::of_file(problem));
    }
    if complete == Err(Problem::NoHeader) {
        return;
    }

    let mut tallies: BTreeMap<usize, Tally> =
        (0..fit.columns.len()).map(|place| (place, Tally::default())).collect();
    let mut whole_rows = Findings::default();
    let mut table = Columns::new(schema);
    let read = rows.each(&mut |row, cells| {
        report.rows += 1;
        match cells {
            Err(problem) => whole_rows.add(kind_of(&problem), row, || advice(&problem)),
            Ok(cells) => {
                if tally(&fit, cells, row, &mut tallies) {
                    let value = |column: &Column<'_>| {
                        column.value(&column.cell(cells)).map_err(|fault| fault.at(row, column))
                    };
                    table.push(fit.columns.iter().map(|column| Ok((column.kind, value(column)?))))?;
                }
            }
        }
        Ok(())
    });
    if let Err(problem) = read {
        report.problems.push(Finding::of_file(&problem));
    }
    report.problems.extend(whole_rows.finish());
    let columns = fit.columns.iter().zip(tallies.into_values());
    report.columns = columns.map(|(column, tally)| column_report(column, tally)).collect();
    report.fits =
        report.problems.is_empty() && report.columns.iter().all(|column| column.problems.is_empty());
    if report.fits {
        match table.table(rows.take_images()).and_then(|table| table.with_both_classes(schema)) {
            Ok(table) => report.positive = table.positives(schema),
            Err(problem) => {
                report.problems.push(Finding::of_file(&problem));
                report.fits = false;
            }
        }
    }
}

/// Counts a row's cells; whether all of them fit.
fn tally(fit: &Fit<'_>, cells: &[Cell<'_>], row: u64, tallies: &mut BTreeMap<usize, Tally>) -> bool {
    let mut fits = true;
    for (column, tally) in fit.columns.iter().zip(tallies.values_mut()) {
        if !matches!(column.place, Place::Found(_)) {
            fits = false;
            continue;
        }
        match column.value(&column.cell(cells)) {
            Ok(Value::Missing) => tally.missing += 1,
            Ok(_) => tally.fitting += 1,
            Err(fault) => {
                fits = false;
                let (kind, what) = describe(fault, column);
                tally.findings.add(kind, row, || what);
            }
        }
    }
    fits
}

fn kind_of(problem: &Problem) -> &'static str {
    match problem {
        Problem::Ragged { .. } => "ragged",
        Problem::NotUtf8 { .. } => "not UTF-8",
        Problem::Image { fault, .. } => fault,
        _ => "unreadable",
    }
}

fn advice(problem: &Problem) -> String {
    match problem {
        Problem::Ragged { columns, .. } => format!(
            "not {columns} cells, as the header has: a separator inside a cell needs quotes round the cell"
        ),
        Problem::NotUtf8 { .. } => "not UTF-8 text: save the file as CSV in UTF-8".into(),
        Problem::Image { fault, .. } => (*fault).into(),
        other => other.to_string(),
    }
}

fn describe(fault: Fault<'_>, column: &Column<'_>) -> (&'static str, String) {
    match fault {
        Fault::NotANumber => (
            "number",
            "not a number: write numbers like 12.5; name words that stand for missing values in the mapping's `missing`, \
             and words that stand for numbers in its `numbers`"
                .into(),
        ),
        Fault::OutOfRange { low, high } => {
            let unit = column.unit.map_or_else(String::new, |unit| {
                format!("; the study's unit is {unit}: if yours is another, name it in the mapping")
            });
            let what = format!(
                "not from {low} to {high}: correct it, or leave it empty if it is not known{unit}"
            );
            ("range", what)
        }
        Fault::UnknownCategory(allowed) => (
            "category",
            format!("none of the study's categories {allowed:?}: map your words to them in the mapping's `categories`"),
        ),
        Fault::Empty => {
            ("empty", "no value, but the study needs one here: fill it in or leave the row out".into())
        }
    }
}

fn column_report(column: &Column<'_>, tally: Tally) -> ColumnReport {
    ColumnReport {
        column: column.name.to_owned(),
        read_from: column.rule.site.clone(),
        expected: expected(column),
        found: matches!(column.place, Place::Found(_)),
        fitting: tally.fitting,
        missing: tally.missing,
        problems: tally.findings.finish(),
    }
}

fn expected(column: &Column<'_>) -> String {
    let unit = column.unit.map_or_else(String::new, |unit| format!(" {unit}"));
    match column.kind {
        Kind::Feature(FeatureKind::Numeric { low, high, .. })
        | Kind::Label(LabelKind::Number { low, high }) => {
            format!("number from {low} to {high}{unit}")
        }
        Kind::Feature(FeatureKind::Categorical { categories })
        | Kind::Label(LabelKind::Class { categories }) => {
            format!("one of {categories:?}")
        }
        Kind::Label(LabelKind::Binary { positive_above }) => {
            format!("number{unit}, positive above {positive_above}")
        }
    }
}

/// For a terminal: what the researcher or the file named is escaped.
impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} rows", self.file, self.rows)?;
        let name = |column: &ColumnReport| column.column.escape_debug().to_string();
        let width = self.columns.iter().map(|column| name(column).chars().count()).max().unwrap_or(0);
        for column in &self.columns {
            let ColumnReport { read_from, expected, found, fitting, missing, problems, .. } = column;
            write!(f, "  {:width$}  ", name(column))?;
            if !found {
                writeln!(f, "NOT THERE ({:?}): {expected}", read_from)?;
                continue;
            }
            let from =
                if *read_from == column.column { String::new() } else { format!(", from {read_from:?}") };
            let verdict = if problems.is_empty() { "fits" } else { "DOES NOT FIT" };
            writeln!(f, "{verdict}: {fitting} values, {missing} missing{from}; {expected}")?;
            for finding in problems {
                writeln!(f, "  {:width$}    {finding}", "")?;
            }
        }
        for finding in &self.problems {
            writeln!(f, "  {finding}")?;
        }
        match (self.fits, self.positive) {
            (true, Some(positive)) => write!(f, "the file fits the study; {positive} rows are positive"),
            (true, None) => write!(f, "the file fits the study"),
            (false, _) => write!(f, "the file does not fit the study yet"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows == 0 {
            return f.write_str(&self.problem);
        }
        let first: Vec<String> = self.first_rows.iter().map(ToString::to_string).collect();
        let more = if self.rows > self.first_rows.len() as u64 { ", …" } else { "" };
        let rows = if self.rows == 1 { "row" } else { "rows" };
        write!(f, "{} {rows} ({}{more}): {}", self.rows, first.join(", "), self.problem)
    }
}

#[cfg(test)]
mod tests;
