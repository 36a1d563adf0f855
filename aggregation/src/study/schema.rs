//! Which columns a study reads, and what may stand in them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PlanError;
use super::image::ImageInput;
use super::label::{Label, LabelKind};
use super::validate::require;

/// The columns of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The features, in the order of the model's inputs; none if the inputs are images.
    pub features: Vec<Feature>,
    /// The shape of the images, if the inputs are images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageInput>,
    /// The label.
    pub label: Label,
    /// More columns that the model's loss reads, after the label: a survival model's event after its time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_labels: Vec<Label>,
    /// Whether the statistics round also counts rows by range and category ([`Schema::overview`]).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overview: bool,
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
    /// The unit that numbers are in, a UCUM code such as `mg/dL`: sites convert theirs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
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
        Self { features, image: None, label, further_labels: Vec::new(), overview: false }
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

    /// Number of model inputs per row.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.input_shape().iter().product()
    }

    /// The shape of a row's model inputs: one side of a table, channels × height × width of an image.
    #[must_use]
    pub fn input_shape(&self) -> Vec<usize> {
        match &self.image {
            Some(image) => image.shape().to_vec(),
            None => vec![self.features.iter().map(|feature| feature.kind.inputs()).sum()],
        }
    }

    /// How many of a row's inputs are standardised by a mean and a variance of their own: all of a table's, and the
    /// channels of an image.
    #[must_use]
    pub fn standardised(&self) -> usize {
        self.input_shape().first().copied().unwrap_or(0)
    }
}

/// Checks the columns.
pub(super) fn validate_schema(schema: &Schema) -> Result<(), PlanError> {
    match &schema.image {
        Some(image) => {
            image.validate()?;
            let none = schema.features.is_empty();
            require(none, "schema.features", "must be empty: the model's inputs are images")?;
        }
        None => require(!schema.features.is_empty(), "schema.features", "must name at least one column")?,
    }
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
        let words = matches!(label.kind, LabelKind::Class { .. });
        unit(label.unit.as_deref(), words, &format!("{field}.unit"))?;
    }
    for (index, feature) in schema.features.iter().enumerate() {
        let field = format!("schema.features[{index}]");
        require(names.insert(&feature.name), &field, "stands twice in the schema")?;
        match &feature.kind {
            FeatureKind::Numeric { low, high, .. } => range(*low, *high, &field)?,
            FeatureKind::Categorical { categories } => words(categories, &field)?,
        }
        let words = matches!(feature.kind, FeatureKind::Categorical { .. });
        unit(feature.unit.as_deref(), words, &format!("{field}.unit"))?;
    }
    Ok(())
}

/// The built-in models give one logit per row, and are measured by it.
pub(super) fn one_binary_label(schema: &Schema) -> Result<(), PlanError> {
    require(
        schema.image.is_none(),
        "schema.image",
        "the built-in models read tables: bring a module for images",
    )?;
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

/// UCUM codes are of printable ASCII without spaces (The Unified Code for Units of Measure, §2).
fn unit(unit: Option<&str>, words: bool, field: &str) -> Result<(), PlanError> {
    let Some(unit) = unit else { return Ok(()) };
    require(!words, field, "belongs to numbers: words have no unit")?;
    let good = (1..=32).contains(&unit.len()) && unit.bytes().all(|byte| byte.is_ascii_graphic());
    require(good, field, "must be a UCUM code, such as mg/dL, of at most 32 characters without spaces")
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
            vec![Feature { name: "age".into(), kind, missing_allowed: false, unit: None }],
            Label { name: "days".into(), kind: LabelKind::Number { low: 0.0, high: 9000.0 }, unit: None },
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
        let kind = LabelKind::Class { categories: vec!["I".into()] };
        schema.further_labels = vec![Label { name: "stage".into(), kind, unit: None }];
        assert_eq!(field(&schema).unwrap(), "schema.further_labels[0]");
        schema.further_labels.clear();
        schema.label.kind = LabelKind::Number { low: 1.0, high: 1.0 };
        assert_eq!(field(&schema).unwrap(), "schema.label");
    }

    #[test]
    fn images_take_the_place_of_features() {
        let mut schema = schema();
        schema.image = Some(ImageInput { channels: 3, height: 32, width: 16 });
        assert_eq!(field(&schema).unwrap(), "schema.features");
        schema.features.clear();
        assert_eq!((field(&schema), schema.inputs(), schema.standardised()), (None, 1536, 3));
        assert_eq!(serde_json::from_str::<Schema>(&serde_json::to_string(&schema).unwrap()).unwrap(), schema);
        schema.label = Label::binary("ill", 0.0);
        assert!(one_binary_label(&schema).unwrap_err().to_string().contains("schema.image"));
        for (channels, height, width) in [(0, 1, 1), (1, 0, 1), (1, 1, 4097), (64, 4096, 4096), (65, 1, 1)] {
            schema.image = Some(ImageInput { channels, height, width });
            assert_eq!(field(&schema).unwrap(), "schema.image");
        }
    }

    #[test]
    fn units_are_codes_of_numbers() {
        let mut schema = schema();
        for (unit, good) in
            [("mg/dL", true), ("mm[Hg]", true), ("", false), ("mg per dL", false), ("µmol/L", false)]
        {
            schema.features[0].unit = Some(unit.into());
            assert_eq!(field(&schema).is_none(), good, "{unit}");
        }
        schema.features[0].kind = FeatureKind::Categorical { categories: vec!["a".into(), "b".into()] };
        schema.features[0].unit = Some("mg/dL".into());
        assert_eq!(field(&schema).unwrap(), "schema.features[0].unit");
        schema.features[0].unit = None;
        schema.label.unit = Some("d d".into());
        assert_eq!(field(&schema).unwrap(), "schema.label.unit");
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
