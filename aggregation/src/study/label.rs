//! What a study predicts.

use serde::{Deserialize, Serialize};

/// A column that is to be predicted, or that the loss reads beside it. Its cells are never missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LabelFields", into = "LabelFields")]
pub struct Label {
    /// The column's name.
    pub name: String,
    /// What stands in it.
    pub kind: LabelKind,
    /// The unit that numbers are in, a UCUM code such as `d`: sites convert theirs to it.
    pub unit: Option<String>,
}

/// What stands in a label's column, and the number that a row gets from it.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelKind {
    /// A number; the target is 1 where it is above `positive_above`, else 0.
    Binary {
        /// Rows with more than this are positive.
        positive_above: f64,
    },
    /// A number, which is the target as it stands, neither normalised nor standardised.
    Number {
        /// Smallest possible value.
        low: f64,
        /// Largest possible value.
        high: f64,
    },
    /// One of a few words; the target is its place among them, from 0.
    Class {
        /// The words, compared exactly.
        categories: Vec<String>,
    },
}

impl Label {
    /// A label of two classes.
    #[must_use]
    pub fn binary(name: &str, positive_above: f64) -> Self {
        Self { name: name.to_owned(), kind: LabelKind::Binary { positive_above }, unit: None }
    }
}

impl LabelKind {
    /// A label is of exactly one kind: which one, follows from the keys that are there.
    ///
    /// # Errors
    /// If the keys are of no kind, or of two.
    pub fn from_keys(
        positive_above: Option<f64>,
        range: Option<[f64; 2]>,
        categories: Option<Vec<String>>,
    ) -> Result<Self, &'static str> {
        match (positive_above, range, categories) {
            (Some(positive_above), None, None) => Ok(Self::Binary { positive_above }),
            (None, Some([low, high]), None) => Ok(Self::Number { low, high }),
            (None, None, Some(categories)) => Ok(Self::Class { categories }),
            _ => Err("a label has either a threshold (positive_above), a range, or categories"),
        }
    }
}

/// A label's keys in the plan.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFields {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    positive_above: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

impl TryFrom<LabelFields> for Label {
    type Error = &'static str;

    fn try_from(fields: LabelFields) -> Result<Self, Self::Error> {
        let range = match (fields.low, fields.high) {
            (Some(low), Some(high)) => Some([low, high]),
            (None, None) => None,
            _ => return Err("a label's range has a low and a high end"),
        };
        Ok(Self {
            name: fields.name,
            kind: LabelKind::from_keys(fields.positive_above, range, fields.categories)?,
            unit: fields.unit,
        })
    }
}

impl From<Label> for LabelFields {
    fn from(label: Label) -> Self {
        let (mut positive, mut range, mut words) = (None, (None, None), None);
        match label.kind {
            LabelKind::Binary { positive_above } => positive = Some(positive_above),
            LabelKind::Number { low, high } => range = (Some(low), Some(high)),
            LabelKind::Class { categories } => words = Some(categories),
        }
        let (low, high) = range;
        Self { name: label.name, positive_above: positive, low, high, categories: words, unit: label.unit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_written_as_it_is_read() {
        for (text, kind) in [
            (r#"{"name":"y","positive_above":0.5}"#, LabelKind::Binary { positive_above: 0.5 }),
            (r#"{"name":"y","low":0.0,"high":90.0}"#, LabelKind::Number { low: 0.0, high: 90.0 }),
            (
                r#"{"name":"y","categories":["a","b"]}"#,
                LabelKind::Class { categories: vec!["a".into(), "b".into()] },
            ),
        ] {
            let label: Label = serde_json::from_str(text).unwrap();
            assert_eq!(label, Label { name: "y".into(), kind, unit: None });
            assert_eq!(serde_json::to_string(&label).unwrap(), text);
        }
    }

    #[test]
    fn a_label_of_no_kind_or_of_two_is_refused() {
        for text in [
            r#"{"name":"y"}"#,
            r#"{"name":"y","low":0}"#,
            r#"{"name":"y","low":0,"high":1,"positive_above":0}"#,
            r#"{"name":"y","positive_above":0,"categories":["a","b"]}"#,
            r#"{"name":"y","positive_above":0,"more":1}"#,
            r#"{"positive_above":0}"#,
        ] {
            assert!(serde_json::from_str::<Label>(text).is_err(), "{text}");
        }
    }
}
