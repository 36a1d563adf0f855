//! Which columns a study reads, and what may stand in them.

use serde::{Deserialize, Serialize};

/// The columns of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The features, in the order of the model's inputs.
    pub features: Vec<Feature>,
    /// The label.
    pub label: Label,
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

/// The column that is to be predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The column's name; its cells are numbers and never missing.
    pub name: String,
    /// Rows with more than this are positive.
    pub positive_above: f64,
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
    /// Number of model inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.features.iter().map(|feature| feature.kind.inputs()).sum()
    }
}
