//! What the statistics round counts besides means and variances, if a study asks for an overview of its rows.

use super::{FeatureKind, LabelKind, Schema};

/// Bins of a number's histogram: equal parts of its range.
pub const OVERVIEW_BINS: usize = 16;

/// One column's numbers in the statistics round's vector.
#[derive(Debug, Clone, PartialEq)]
pub struct OverviewBlock<'a> {
    /// The column.
    pub name: &'a str,
    /// Its unit.
    pub unit: Option<&'a str>,
    /// What is counted.
    pub kind: OverviewKind<'a>,
}

/// What is counted of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum OverviewKind<'a> {
    /// Rows with each word.
    Words(&'a [String]),
    /// Rows at most and above.
    TwoClasses {
        /// The threshold.
        positive_above: f64,
    },
    /// Rows in each of [`OVERVIEW_BINS`] parts.
    Range {
        /// Smallest possible value.
        low: f64,
        /// Largest possible value.
        high: f64,
    },
}

impl OverviewKind<'_> {
    /// Numbers in the vector.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Words(words) => words.len(),
            Self::TwoClasses { .. } => 2,
            Self::Range { .. } => OVERVIEW_BINS,
        }
    }

    /// Never: a column has bins or categories.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Schema {
    /// The blocks after the statistics' own numbers, features first; none if the study asks for no overview.
    pub fn overview(&self) -> impl Iterator<Item = OverviewBlock<'_>> {
        let features = self.features.iter().map(|feature| {
            let kind = match &feature.kind {
                FeatureKind::Numeric { low, high, .. } => OverviewKind::Range { low: *low, high: *high },
                FeatureKind::Categorical { categories } => OverviewKind::Words(categories),
            };
            OverviewBlock { name: &feature.name, unit: feature.unit.as_deref(), kind }
        });
        let labels = self.labels().map(|label| {
            let kind = match &label.kind {
                LabelKind::Binary { positive_above } => {
                    OverviewKind::TwoClasses { positive_above: *positive_above }
                }
                LabelKind::Number { low, high } => OverviewKind::Range { low: *low, high: *high },
                LabelKind::Class { categories } => OverviewKind::Words(categories),
            };
            OverviewBlock { name: &label.name, unit: label.unit.as_deref(), kind }
        });
        features.chain(labels).filter(|_| self.overview)
    }

    /// How many numbers the overview adds to the statistics round's vector.
    #[must_use]
    pub fn overview_len(&self) -> usize {
        self.overview().map(|block| block.kind.len()).sum()
    }
}
