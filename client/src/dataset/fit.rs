//! What a cell means to a study: the one place where files of all formats are measured by the schema.

use tributary_aggregation::study::{FeatureKind, LabelKind, Schema};

use super::cell::Cell;
use super::error::Problem;
use super::mapping::{Mapping, Rule};

/// The study's columns, features first, and where they stand in a file.
pub(super) struct Fit<'a> {
    pub columns: Vec<Column<'a>>,
    names: &'a [String],
}

/// A column of the study.
pub(super) struct Column<'a> {
    /// The study's name for it.
    pub name: &'a str,
    /// What may stand in it.
    pub kind: Kind<'a>,
    /// The study's unit.
    pub unit: Option<&'a str>,
    /// Where it stands in the file.
    pub place: Place,
    /// How it is made.
    pub rule: Rule,
    missing_allowed: bool,
    decimal_comma: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    Feature(&'a FeatureKind),
    Label(&'a LabelKind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Found(usize),
    Missing,
    Twice,
}

/// What a cell comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// Nothing, and that is allowed.
    Missing,
    /// A feature's number, normalised to 0..=1.
    Input(f64),
    /// The place of a word among the study's.
    Word(usize),
    /// A label's number.
    Target(f32),
}

/// Why a cell is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault<'a> {
    NotANumber,
    OutOfRange { low: f64, high: f64 },
    UnknownCategory(&'a [String]),
    Empty,
}

impl<'a> Fit<'a> {
    /// Finds the study's columns among a file's.
    pub(super) fn find(names: &'a [String], schema: &'a Schema, mapping: &Mapping) -> Self {
        let column = |name: &'a str, unit: &'a Option<String>, kind, missing_allowed| {
            let rule = mapping.rule(name);
            let mut found = names.iter().enumerate().filter(|(_, there)| **there == rule.site);
            let place = match (found.next(), found.next()) {
                (Some((place, _)), None) => Place::Found(place),
                (None, _) => Place::Missing,
                (Some(_), Some(_)) => Place::Twice,
            };
            let (unit, decimal_comma) = (unit.as_deref(), mapping.decimal_comma);
            Column { name, kind, unit, place, rule, missing_allowed, decimal_comma }
        };
        let features = schema.features.iter().map(|feature| {
            column(&feature.name, &feature.unit, Kind::Feature(&feature.kind), feature.missing_allowed)
        });
        let labels =
            schema.labels().map(|label| column(&label.name, &label.unit, Kind::Label(&label.kind), false));
        Self { columns: features.chain(labels).collect(), names }
    }

    /// Whether all columns are there, once.
    ///
    /// # Errors
    /// Naming those that are not.
    pub(super) fn complete(&self) -> Result<(), Problem> {
        if let Some(column) = self.columns.iter().find(|column| column.place == Place::Twice) {
            return Err(Problem::DuplicateColumn { column: column.rule.site.clone() });
        }
        let missing = self.columns.iter().filter(|column| column.place == Place::Missing);
        let missing: Vec<String> = missing.map(|column| column.rule.site.clone()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        // A first line with numbers in it is a patient's row, which must not be repeated in a message.
        if self.names.iter().any(|name| name.parse::<f64>().is_ok()) {
            return Err(Problem::NoHeader);
        }
        Err(Problem::MissingColumns { missing, present: self.names.to_vec() })
    }
}

impl<'a> Column<'a> {
    /// The column's cell in a row; nothing if the file has no such column.
    pub(super) fn cell<'c>(&self, cells: &[Cell<'c>]) -> Cell<'c> {
        match self.place {
            Place::Found(place) => cells.get(place).copied().unwrap_or(Cell::Missing),
            Place::Missing | Place::Twice => Cell::Missing,
        }
    }

    /// What a cell of it comes to.
    pub(super) fn value(&self, cell: &Cell<'_>) -> Result<Value, Fault<'a>> {
        if *cell == Cell::Missing || self.rule.missing.iter().any(|word| word.is(cell, self.decimal_comma)) {
            return self.nothing();
        }
        match self.kind {
            Kind::Feature(FeatureKind::Numeric { low, high, zero_is_missing }) => {
                let (raw, number) = self.number(cell)?;
                if *zero_is_missing && raw == 0.0 {
                    return self.nothing();
                }
                within(number, *low, *high).map(|number| Value::Input((number - low) / (high - low)))
            }
            Kind::Feature(FeatureKind::Categorical { categories })
            | Kind::Label(LabelKind::Class { categories }) => self.word(cell, categories).map(Value::Word),
            Kind::Label(LabelKind::Binary { positive_above }) => {
                self.number(cell).map(|(_, number)| Value::Target(f32::from(number > *positive_above)))
            }
            Kind::Label(LabelKind::Number { low, high }) => {
                let (_, number) = self.number(cell)?;
                within(number, *low, *high).map(|number| Value::Target(number as f32))
            }
        }
    }

    fn nothing(&self) -> Result<Value, Fault<'a>> {
        if self.missing_allowed { Ok(Value::Missing) } else { Err(Fault::Empty) }
    }

    /// The number in the file, and in the study's unit.
    fn number(&self, cell: &Cell<'_>) -> Result<(f64, f64), Fault<'a>> {
        if let Some((_, number)) =
            self.rule.numbers.iter().find(|(word, _)| word.is(cell, self.decimal_comma))
        {
            return Ok((*number, *number));
        }
        let raw = cell.number(self.decimal_comma).ok_or(Fault::NotANumber)?;
        Ok((raw, self.rule.unit.apply(raw)))
    }

    fn word(&self, cell: &Cell<'_>, categories: &'a [String]) -> Result<usize, Fault<'a>> {
        let mapped = self.rule.words.iter().find(|(word, _)| word.is(cell, self.decimal_comma));
        let place = match mapped {
            Some((_, study)) => categories.iter().position(|category| category == study),
            None => categories.iter().position(|category| *category == cell.text()),
        };
        place.ok_or(Fault::UnknownCategory(categories))
    }
}

fn within<'a>(number: f64, low: f64, high: f64) -> Result<f64, Fault<'a>> {
    if (low..=high).contains(&number) { Ok(number) } else { Err(Fault::OutOfRange { low, high }) }
}

impl Fault<'_> {
    /// As an error that ends the reading.
    pub(super) fn at(self, row: u64, column: &Column<'_>) -> Problem {
        let column = column.rule.site.clone();
        match self {
            Self::NotANumber => Problem::NotANumber { row, column },
            Self::OutOfRange { low, high } => Problem::OutOfRange { row, column, low, high },
            Self::UnknownCategory(allowed) => {
                Problem::UnknownCategory { row, column, allowed: allowed.to_vec() }
            }
            Self::Empty => Problem::EmptyCell { row, column },
        }
    }
}
