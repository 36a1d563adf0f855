//! `mapping.toml`: how a site's file becomes what a study asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use thiserror::Error;
use tributary_aggregation::study::{FeatureKind, LabelKind, Schema};

use super::cell::Word;
use super::units::{Affine, conversion};

/// A mapping file was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MappingError {
    /// Can't be read from disk.
    #[error("the mapping file {0} can't be read ({1}): check the path")]
    Unreadable(String, std::io::ErrorKind),
    /// Not TOML, an unknown key, or a value of the wrong type: the message shows the line.
    #[error("mapping file: {0}")]
    Syntax(String),
    /// A key says what can't be done with the study's column.
    #[error("mapping file, key {key}: {reason}")]
    Key {
        /// Path of the key.
        key: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// A mapping, checked against a study's schema. The default one changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    pub(super) separator: u8,
    pub(super) decimal_comma: bool,
    missing: Vec<Word>,
    columns: BTreeMap<String, Rule>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self { separator: b',', decimal_comma: false, missing: Vec::new(), columns: BTreeMap::new() }
    }
}

/// How one of the study's columns is made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// The column's name in the file.
    pub site: String,
    /// To the study's unit.
    pub unit: Affine,
    /// Words that stand for words of the study.
    pub words: Vec<(Word, String)>,
    /// Words that stand for numbers, in the study's unit.
    pub numbers: Vec<(Word, f64)>,
    /// Words that stand for nothing.
    pub missing: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default = "comma")]
    separator: char,
    #[serde(default)]
    decimal_comma: bool,
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    columns: BTreeMap<String, ColumnForm>,
}

const fn comma() -> char {
    ','
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ColumnForm {
    column: Option<String>,
    unit: Option<String>,
    substance: Option<String>,
    scale: Option<f64>,
    offset: Option<f64>,
    categories: BTreeMap<String, String>,
    numbers: BTreeMap<String, f64>,
    missing: Vec<String>,
}

/// What the mapping must know of a column of the study.
struct Target<'a> {
    unit: Option<&'a str>,
    /// The words, if it holds words.
    words: Option<&'a [String]>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// If it can't be read, or for what [`Self::parse`] refuses.
    pub fn read(path: &Path, schema: &Schema) -> Result<Self, MappingError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| MappingError::Unreadable(path.display().to_string(), error.kind()))?;
        Self::parse(&text, schema)
    }

    /// Reads a mapping file's text.
    ///
    /// # Errors
    /// If it is not TOML of the right form, or does not fit the study's columns.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, MappingError> {
        let form: Form = toml::from_str(text).map_err(|error| MappingError::Syntax(error.to_string()))?;
        let key = |key: &str, reason: String| MappingError::Key { key: key.to_owned(), reason };
        let separator = u8::try_from(form.separator).ok().filter(u8::is_ascii).filter(|byte| {
            !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\n' | b'\r' | b'.' | b'-')
        });
        let Some(separator) = separator else {
            return Err(key("separator", "must be one character, such as \";\" or \"\\t\"".into()));
        };
        let missing: Vec<Word> = form.missing.iter().map(|word| Word::new(word)).collect();
        let mut columns = BTreeMap::new();
        for (name, column) in &form.columns {
            let at = format!("columns.{name}");
            let Some(target) = target(schema, name) else {
                let names: Vec<String> = names(schema).map(|name| format!("{name:?}")).collect();
                return Err(key(&at, format!("the study has no such column; it has {}", names.join(", "))));
            };
            let rule = column.rule(name, &target, &missing).map_err(|reason| key(&at, reason))?;
            columns.insert(name.clone(), rule);
        }
        let mapping = Self { separator, decimal_comma: form.decimal_comma, missing, columns };
        let mut used = BTreeSet::new();
        for name in names(schema) {
            let rule = mapping.rule(name);
            if !used.insert(rule.site.clone()) {
                let reason = format!("the file's column {:?} is read for two of the study's", rule.site);
                return Err(key(&format!("columns.{name}.column"), reason));
            }
        }
        Ok(mapping)
    }

    /// How a column of the study is made.
    pub(super) fn rule(&self, name: &str) -> Rule {
        self.columns.get(name).cloned().unwrap_or_else(|| Rule {
            site: name.to_owned(),
            unit: Affine::IDENTITY,
            words: Vec::new(),
            numbers: Vec::new(),
            missing: self.missing.clone(),
        })
    }
}

fn names(schema: &Schema) -> impl Iterator<Item = &str> {
    let features = schema.features.iter().map(|feature| feature.name.as_str());
    features.chain(schema.labels().map(|label| label.name.as_str()))
}

fn target<'a>(schema: &'a Schema, name: &str) -> Option<Target<'a>> {
    if let Some(feature) = schema.features.iter().find(|feature| feature.name == name) {
        let words = match &feature.kind {
            FeatureKind::Categorical { categories } => Some(&categories[..]),
            FeatureKind::Numeric { .. } => None,
        };
        return Some(Target { unit: feature.unit.as_deref(), words });
    }
    let label = schema.labels().find(|label| label.name == name)?;
    let words = match &label.kind {
        LabelKind::Class { categories } => Some(&categories[..]),
        LabelKind::Binary { .. } | LabelKind::Number { .. } => None,
    };
    Some(Target { unit: label.unit.as_deref(), words })
}

impl ColumnForm {
    fn rule(&self, name: &str, target: &Target<'_>, missing: &[Word]) -> Result<Rule, String> {
        let unit = self.conversion(target)?;
        let words = self.categories.iter().map(|(site, study)| match target.words {
            None => Err("categories belong to a column of words; this one holds numbers: use numbers".into()),
            Some(words) if words.contains(study) => Ok((Word::new(site), study.clone())),
            Some(words) => Err(format!("{study:?} is none of the study's words, which are {words:?}")),
        });
        let numbers = self.numbers.iter().map(|(site, number)| match target.words {
            Some(_) => Err("numbers belong to a column of numbers; this one holds words: use categories"),
            None if number.is_finite() => Ok((Word::new(site), *number)),
            None => Err("numbers must be finite"),
        });
        Ok(Rule {
            site: self.column.as_deref().unwrap_or(name).trim().to_owned(),
            unit,
            words: words.collect::<Result<_, String>>()?,
            numbers: numbers.collect::<Result<_, _>>()?,
            missing: missing.iter().cloned().chain(self.missing.iter().map(|word| Word::new(word))).collect(),
        })
    }

    fn conversion(&self, target: &Target<'_>) -> Result<Affine, String> {
        let by_hand = self.scale.is_some() || self.offset.is_some();
        if (by_hand || self.unit.is_some()) && target.words.is_some() {
            return Err("this column holds words: it has no unit, scale or offset".into());
        }
        match &self.unit {
            None if self.substance.is_some() => {
                Err("substance belongs to a unit: name the file's unit".into())
            }
            None => {
                let unit = Affine { scale: self.scale.unwrap_or(1.0), offset: self.offset.unwrap_or(0.0) };
                let good = unit.scale.is_finite() && unit.scale != 0.0 && unit.offset.is_finite();
                good.then_some(unit).ok_or_else(|| "scale must not be 0, and both must be finite".into())
            }
            Some(_) if by_hand => Err("give either the file's unit, or scale and offset".into()),
            Some(from) => match target.unit {
                Some(to) => conversion(from, to, self.substance.as_deref()),
                None => {
                    Err("the study names no unit for it: ask the researcher, or give scale and offset".into())
                }
            },
        }
    }
}

#[cfg(test)]
mod tests;
