//! What the trainer reads.

use std::fmt;

/// Rows ready for training: imputed, standardised.
#[derive(Clone, PartialEq)]
pub struct Examples {
    inputs: Vec<f32>,
    width: usize,
    labels: Vec<bool>,
}

/// Patients' rows do not belong in logs.
impl fmt::Debug for Examples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examples")
            .field("rows", &self.rows())
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl Examples {
    /// `inputs` is rows × `width`, row-major; `None` if the lengths do not fit together.
    #[must_use]
    pub fn new(inputs: Vec<f32>, width: usize, labels: Vec<bool>) -> Option<Self> {
        (labels.len().checked_mul(width) == Some(inputs.len())).then_some(Self { inputs, width, labels })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Model inputs per row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The model inputs: rows × width, row-major.
    #[must_use]
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    /// Whether each row is positive.
    #[must_use]
    pub fn labels(&self) -> &[bool] {
        &self.labels
    }
}
