//! What a look at a module gives.

use serde::{Deserialize, Serialize};

/// What a module is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Coordinates of trained parameters.
    pub parameters: u64,
    /// Coordinates of federated buffers.
    pub buffers: u64,
    /// The names of its own metrics.
    pub metrics: Vec<String>,
    /// Whether `forward` gives one number per row, which can be measured as a logit.
    pub is_logit: bool,
}

impl Checked {
    /// Length of an update.
    #[must_use]
    pub const fn coordinates(&self) -> u64 {
        self.parameters.saturating_add(self.buffers)
    }
}
