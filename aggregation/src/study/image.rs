//! Studies whose inputs are images.

use serde::{Deserialize, Serialize};

use super::PlanError;
use super::validate::require;

/// The one shape that all images of a study have: channels × height × width numbers from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageInput {
    /// 1 for grey, 3 for colour.
    pub channels: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Pixels from left to right.
    pub width: u32,
}

impl ImageInput {
    /// Channels, height, width.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width].map(|side| side as usize)
    }

    /// Checks the sides.
    ///
    /// # Errors
    /// If one is out of range, or they make too large an image.
    pub(super) fn validate(&self) -> Result<(), PlanError> {
        let field = "schema.image";
        require((1..=64).contains(&self.channels), field, "channels must be from 1 to 64")?;
        let sides = [self.height, self.width];
        let good = sides.iter().all(|side| (1..=4096).contains(side));
        require(good, field, "height and width must be from 1 to 4096")?;
        let numbers = self.shape().iter().product::<usize>();
        require(numbers <= 1 << 24, field, "an image may have 2^24 numbers at most: scale it down")
    }
}
