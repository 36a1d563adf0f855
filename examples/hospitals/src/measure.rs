//! What `tributary baseline` and `tributary evaluate` print.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A model's metrics on some rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Printed")]
pub struct Metrics {
    /// Number of rows.
    pub rows: usize,
    /// Area under the ROC curve; `None` if the rows are of one class, or not of two.
    pub auc: Option<f64>,
    /// Share of rows classified right; `None` if a module does not tell it.
    pub accuracy: Option<f64>,
    /// What training makes small: mean log loss in nats, or a module's own loss.
    pub loss: f64,
}

/// As it is printed.
#[derive(Deserialize)]
struct Printed {
    rows: usize,
    auc: Option<f64>,
    accuracy: Option<f64>,
    loss: f64,
    /// What a module measures itself.
    named: BTreeMap<String, f64>,
}

impl From<Printed> for Metrics {
    fn from(printed: Printed) -> Self {
        let Printed { rows, auc, accuracy, loss, named } = printed;
        Self { rows, auc, accuracy: accuracy.or_else(|| named.get("accuracy").copied()), loss }
    }
}

/// By what models are compared: more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Area under the ROC curve.
    Auc,
    /// Share of rows classified right.
    Accuracy,
}

impl Measure {
    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Auc => "AUC",
            Self::Accuracy => "Accuracy",
        }
    }

    /// Its value, if there is one for these rows.
    #[must_use]
    pub fn of(self, metrics: &Metrics) -> Option<f64> {
        match self {
            Self::Auc => metrics.auc,
            Self::Accuracy => metrics.accuracy,
        }
    }
}

/// What `tributary owner personalise` prints: both models on rows that were held back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Personalised {
    /// The study's model.
    pub before: Metrics,
    /// The site's own.
    pub after: Metrics,
}

/// A model's metrics on each test set, in the order given, and on all of them together.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Report {
    /// Rows that it was trained on, where that is known.
    pub train_rows: Option<usize>,
    /// Per test set.
    pub tests: Vec<Metrics>,
    /// On all rows.
    pub union: Metrics,
}
