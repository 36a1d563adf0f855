//! A clip that follows the owners' updates.

use serde::{Deserialize, Serialize};

use super::validate::{PlanError, require};

/// The clip moves from round to round so that a share of the owners' updates is within it: Andrew, Thakkar, McMahan,
/// Ramaswamy, Differentially Private Learning with Adaptive Clipping (NeurIPS 2021). `aggregation.clip` is where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveClip {
    /// The share of owners (by weight) whose updates shall be within the clip, above 0 and below 1.
    pub quantile: f64,
    /// How fast the clip moves: by this share of itself, times how far the owners within it are from the quantile.
    pub rate: f64,
}

impl AdaptiveClip {
    pub(super) fn validate(&self) -> Result<(), PlanError> {
        let open = |value: f64| value > 0.0 && value < 1.0;
        require(
            open(self.quantile),
            "aggregation.adaptive_clip.quantile",
            "must be above 0 and below 1, such as 0.5",
        )?;
        require(open(self.rate), "aggregation.adaptive_clip.rate", "must be above 0 and below 1, such as 0.2")
    }
}
