//! The columns of a study file.

use serde::Deserialize;
use tributary_aggregation::study::{Feature, FeatureKind, Label, LabelKind, Schema};

use super::super::PlanFileError;
use super::Form;

/// `range` makes a number of it, `categories` a word.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeatureForm {
    column: String,
    range: Option<[f64; 2]>,
    categories: Option<Vec<String>>,
    #[serde(default)]
    missing: bool,
    #[serde(default)]
    zero_is_missing: bool,
    unit: Option<String>,
}

/// `positive_above` makes two classes of it, `range` a number, `categories` a class.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelForm {
    column: String,
    positive_above: Option<f64>,
    range: Option<[f64; 2]>,
    categories: Option<Vec<String>>,
    unit: Option<String>,
}

fn refuse(key: String, reason: &str) -> PlanFileError {
    PlanFileError::Key { key, reason: reason.into() }
}

impl FeatureForm {
    fn feature(&self, key: String) -> Result<Feature, PlanFileError> {
        let kind = match (self.range, &self.categories) {
            (Some([low, high]), None) => {
                FeatureKind::Numeric { low, high, zero_is_missing: self.zero_is_missing }
            }
            (None, Some(_)) if self.zero_is_missing => {
                let reason = "zero_is_missing belongs to numbers; leave cells of categories empty instead";
                return Err(refuse(key, reason));
            }
            (None, Some(categories)) => FeatureKind::Categorical { categories: categories.clone() },
            _ => return Err(refuse(key, "needs either range = [low, high] or categories = [\"…\", …]")),
        };
        Ok(Feature {
            name: self.column.clone(),
            kind,
            missing_allowed: self.missing,
            unit: self.unit.clone(),
        })
    }
}

impl LabelForm {
    fn label(&self, key: String) -> Result<Label, PlanFileError> {
        let kind = LabelKind::from_keys(self.positive_above, self.range, self.categories.clone());
        let kind = kind.map_err(|reason| refuse(key, reason))?;
        Ok(Label { name: self.column.clone(), kind, unit: self.unit.clone() })
    }
}

impl Form {
    pub(in super::super) fn schema(&self) -> Result<Schema, PlanFileError> {
        let features = self.features.iter().enumerate();
        let further = self.further_labels.iter().enumerate();
        Ok(Schema {
            image: self.image,
            overview: self.overview,
            features: features
                .map(|(index, feature)| feature.feature(format!("features[{index}]")))
                .collect::<Result<_, _>>()?,
            label: self.label.label("label".into())?,
            further_labels: further
                .map(|(index, label)| label.label(format!("further_labels[{index}]")))
                .collect::<Result<_, _>>()?,
        })
    }
}
