//! What `tributary baseline` and `tributary evaluate` print.

use serde::{Deserialize, Serialize};

/// A model's metrics on some rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number of rows.
    pub rows: usize,
    /// Area under the ROC curve; `None` if the rows are of one class.
    pub auc: Option<f64>,
    /// Share of rows classified right.
    pub accuracy: f64,
    /// Mean log loss in nats.
    pub log_loss: f64,
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
