//! CSV against a schema.

use csv::{ByteRecord, ReaderBuilder, StringRecord, Trim};
use tributary_aggregation::study::{Feature, FeatureKind, Label, LabelKind, Schema};

use super::error::Problem;
use super::table::Table;

/// Reads CSV bytes into normalised columns.
pub(super) fn read(bytes: &[u8], schema: &Schema) -> Result<Table, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Err(Problem::Empty);
    }
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| problem(&error))?.clone();
    let places = Places::find(&header, schema)?;

    let mut columns: Vec<Vec<Option<f64>>> = vec![Vec::new(); schema.inputs()];
    let mut targets = Vec::new();
    let mut raw = ByteRecord::new();
    while reader.read_byte_record(&mut raw).map_err(|error| problem(&error))? {
        let row = row_of(&raw, bytes);
        let record = StringRecord::from_byte_record(raw.clone()).map_err(|_| Problem::NotUtf8 { row })?;
        let mut inputs = columns.iter_mut();
        for (feature, &place) in schema.features.iter().zip(&places.features) {
            let cell = record.get(place).unwrap_or_default();
            match &feature.kind {
                FeatureKind::Numeric { low, high, zero_is_missing } => {
                    let number = number(cell, feature, row)?.filter(|x| !(*zero_is_missing && *x == 0.0));
                    let value = number.map(|x| normalise(x, *low, *high, feature, row)).transpose()?;
                    required(value.is_some(), feature, row)?;
                    inputs.by_ref().take(1).for_each(|column| column.push(value));
                }
                FeatureKind::Categorical { categories } => {
                    required(!cell.is_empty(), feature, row)?;
                    let known = cell.is_empty() || categories.iter().any(|category| category == cell);
                    if !known {
                        let (column, allowed) = (feature.name.clone(), categories.clone());
                        return Err(Problem::UnknownCategory { row, column, allowed });
                    }
                    for (column, category) in inputs.by_ref().zip(categories) {
                        column.push((!cell.is_empty()).then(|| f64::from(u8::from(category == cell))));
                    }
                }
            }
        }
        for (label, &place) in schema.labels().zip(&places.labels) {
            targets.push(target(record.get(place).unwrap_or_default(), label, row)?);
        }
    }
    if targets.is_empty() {
        return Err(Problem::NoRows);
    }
    Ok(Table::from_columns(columns, targets, schema.targets()))
}

/// Where in a record the study's columns stand.
struct Places {
    features: Vec<usize>,
    labels: Vec<usize>,
}

impl Places {
    fn find(header: &StringRecord, schema: &Schema) -> Result<Self, Problem> {
        let mut missing = Vec::new();
        let mut place = |column: &str| {
            let mut found =
                header.iter().enumerate().filter(|(_, name)| *name == column).map(|(place, _)| place);
            match (found.next(), found.next()) {
                (Some(_), Some(_)) => Err(Problem::DuplicateColumn { column: column.to_owned() }),
                (Some(place), None) => Ok(place),
                (None, _) => {
                    missing.push(column.to_owned());
                    Ok(usize::MAX)
                }
            }
        };
        let features =
            schema.features.iter().map(|feature| place(&feature.name)).collect::<Result<_, _>>()?;
        let labels = schema.labels().map(|label| place(&label.name)).collect::<Result<_, _>>()?;
        if missing.is_empty() {
            return Ok(Self { features, labels });
        }
        // A first line with numbers in it is a patient's row, which must not be repeated in a message.
        if header.iter().any(|name| name.parse::<f64>().is_ok()) {
            return Err(Problem::NoHeader);
        }
        let present = header.iter().map(str::to_owned).collect();
        Err(Problem::MissingColumns { missing, present })
    }
}

fn required(present: bool, feature: &Feature, row: u64) -> Result<(), Problem> {
    if present || feature.missing_allowed {
        Ok(())
    } else {
        Err(Problem::EmptyCell { row, column: feature.name.clone() })
    }
}

fn number(cell: &str, feature: &Feature, row: u64) -> Result<Option<f64>, Problem> {
    if cell.is_empty() {
        return Ok(None);
    }
    // Rust also reads "nan" and "inf", which are not numbers to anybody who measured something.
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(Problem::NotANumber { row, column: feature.name.clone() }),
    }
}

fn normalise(x: f64, low: f64, high: f64, feature: &Feature, row: u64) -> Result<f64, Problem> {
    if (low..=high).contains(&x) {
        Ok((x - low) / (high - low))
    } else {
        Err(Problem::OutOfRange { row, column: feature.name.clone(), low, high })
    }
}

fn target(cell: &str, label: &Label, row: u64) -> Result<f32, Problem> {
    let column = || label.name.clone();
    if cell.is_empty() {
        return Err(Problem::EmptyCell { row, column: column() });
    }
    let number = || match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(Problem::NotANumber { row, column: column() }),
    };
    match &label.kind {
        LabelKind::Binary { positive_above } => Ok(f32::from(number()? > *positive_above)),
        LabelKind::Number { low, high } => match number()? {
            value if (*low..=*high).contains(&value) => Ok(value as f32),
            _ => Err(Problem::OutOfRange { row, column: column(), low: *low, high: *high }),
        },
        LabelKind::Class { categories } => match categories.iter().position(|category| category == cell) {
            Some(class) => Ok(class as f32),
            None => Err(Problem::UnknownCategory { row, column: column(), allowed: categories.clone() }),
        },
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

#[cfg(test)]
mod tests;
