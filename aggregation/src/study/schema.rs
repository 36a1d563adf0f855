//! Which columns a study reads, and what may stand in them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PlanError;
use super::label::{Label, LabelKind};
use super::validate::require;

/// The columns of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The features, in the order of the model's inputs.
    pub features: Vec<Feature>,
    /// The label.
    pub label: Label,
    /// More columns that the model's loss reads, after the label: a survival model's event after its time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_labels: Vec<Label>,
}

/// One feature column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// The column's name.
    pub name: String,
    /// What stands in it.
    #[serde(flatten)]
    pub kind: FeatureKind,
    /// Whether an empty cell is allowed (it is imputed from the federated statistics).
    #[serde(default)]
    pub missing_allowed: bool,
}

/// What stands in a column, and so how many inputs it becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// Unknown keys are refused here for `Feature` too: serde can't refuse them where a field is flattened.
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum FeatureKind {
    /// A number: one input, standardised by federated mean and variance; a missing cell becomes the mean.
    Numeric {
        /// Smallest possible value: the statistics are computed on (x − low) / (high − low).
        low: f64,
        /// Largest possible value.
        high: f64,
        /// Whether 0 stands for a missing value, as it does for cholesterol at some sites.
        #[serde(default)]
        zero_is_missing: bool,
    },
    /// One of a few words: an input each (one-hot), standardised like numbers; a missing cell becomes the mean of each.
    Categorical {
        /// The words, compared exactly.
        categories: Vec<String>,
    },
}

impl FeatureKind {
    /// How many model inputs the column becomes.
    #[must_use]
    pub fn inputs(&self) -> usize {
        match self {
            Self::Numeric { .. } => 1,
            Self::Categorical { categories } => categories.len(),
        }
    }
}

impl Schema {
    /// A table's columns, with one label.
    #[must_use]
    pub fn table(features: Vec<Feature>, label: Label) -> Self {
        Self { features, label, further_labels: Vec::new() }
    }

    /// The label, then the further ones: a row's targets are in this order.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        std::iter::once(&self.label).chain(&self.further_labels)
    }

    /// Numbers per row that a loss compares the model's answer with.
    #[must_use]
    pub fn targets(&self) -> usize {
        1 + self.further_labels.len()
    }

    /// Number of model inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.features.iter().map(|feature| feature.kind.inputs()).sum()
    }
}

/// Checks the columns.
pub(super) fn validate_schema(schema: &Schema) -> Result<(), PlanError> {
    require(!schema.features.is_empty(), "schema.features", "must name at least one column")?;
    let mut names = BTreeSet::new();
    for (index, label) in schema.labels().enumerate() {
        let field = match index {
            0 => "schema.label".to_owned(),
            more => format!("schema.further_labels[{}]", more - 1),
        };
        require(names.insert(&label.name), &field, "stands twice in the schema")?;
        match &label.kind {
            LabelKind::Binary { positive_above } => {
                let field = format!("{field}.positive_above");
                require(positive_above.is_finite(), &field, "must be a finite number")?;
            }
            LabelKind::Number { low, high } => range(*low, *high, &field)?,
            LabelKind::Class { categories } => words(categories, &field)?,
        }
    }
    for (index, feature) in schema.features.iter().enumerate() {
        let field = format!("schema.features[{index}]");
        require(names.insert(&feature.name), &field, "stands twice in the schema")?;
        match &feature.kind {
            FeatureKind::Numeric { low, high, .. } => range(*low, *high, &field)?,
            FeatureKind::Categorical { categories } => words(categories, &field)?,
        }
    }
    Ok(())
}

/// The built-in models give one logit per row, and are measured by it.
pub(super) fn one_binary_label(schema: &Schema) -> Result<(), PlanError> {
    require(
        matches!(schema.label.kind, LabelKind::Binary { .. }),
        "schema.label",
        "the built-in models tell two classes apart: give the label a threshold (positive_above), or bring a module \
         with a loss of its own",
    )?;
    require(
        schema.further_labels.is_empty(),
        "schema.further_labels",
        "the built-in models read one label: leave further labels to a module with a loss of its own",
    )
}

fn range(low: f64, high: f64, field: &str) -> Result<(), PlanError> {
    let good = low.is_finite() && high.is_finite() && low < high;
    require(good, field, "low must be below high, both finite")
}

fn words(categories: &[String], field: &str) -> Result<(), PlanError> {
    let distinct: BTreeSet<_> = categories.iter().collect();
    let good = categories.len() >= 2 && distinct.len() == categories.len();
    require(good, field, "needs at least two categories, all different")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let kind = FeatureKind::Numeric { low: 0.0, high: 120.0, zero_is_missing: false };
        Schema::table(
            vec![Feature { name: "age".into(), kind, missing_allowed: false }],
            Label { name: "days".into(), kind: LabelKind::Number { low: 0.0, high: 9000.0 } },
        )
    }

    fn field(schema: &Schema) -> Option<String> {
        match validate_schema(schema).err()? {
            PlanError::Field { field, .. } => Some(field),
            PlanError::Malformed(error) => Some(error),
        }
    }

    #[test]
    fn further_labels_are_checked_like_the_first() {
        let mut schema = schema();
        schema.further_labels = vec![Label::binary("died", 0.5)];
        assert_eq!((field(&schema), schema.targets()), (None, 2));
        schema.further_labels = vec![Label::binary("age", 0.5)];
        assert_eq!(field(&schema).unwrap(), "schema.features[0]");
        schema.further_labels = vec![Label::binary("days", 0.5)];
        assert_eq!(field(&schema).unwrap(), "schema.further_labels[0]");
        schema.further_labels = vec![Label::binary("died", f64::NAN)];
        assert_eq!(field(&schema).unwrap(), "schema.further_labels[0].positive_above");
        schema.further_labels =
            vec![Label { name: "stage".into(), kind: LabelKind::Class { categories: vec!["I".into()] } }];
        assert_eq!(field(&schema).unwrap(), "schema.further_labels[0]");
        schema.further_labels.clear();
        schema.label.kind = LabelKind::Number { low: 1.0, high: 1.0 };
        assert_eq!(field(&schema).unwrap(), "schema.label");
    }

    #[test]
    fn built_in_models_take_one_label_of_two_classes() {
        let mut schema = schema();
        assert!(one_binary_label(&schema).unwrap_err().to_string().contains("positive_above"));
        schema.label = Label::binary("ill", 0.0);
        assert_eq!(one_binary_label(&schema), Ok(()));
        schema.further_labels = vec![Label::binary("died", 0.5)];
        assert!(one_binary_label(&schema).unwrap_err().to_string().contains("further_labels"));
    }
}
