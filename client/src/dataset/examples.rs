//! What the trainer reads.

use std::fmt;

/// Rows ready for training: imputed, standardised.
#[derive(Clone, PartialEq)]
pub struct Examples {
    inputs: Vec<f32>,
    shape: Vec<usize>,
    targets: Vec<f32>,
    target_width: usize,
}

/// Patients' rows do not belong in logs.
impl fmt::Debug for Examples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examples")
            .field("rows", &self.rows())
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl Examples {
    /// `inputs` is rows × `shape`, `targets` rows × `target_width`, both row-major; `None` if the lengths do not fit
    /// together, or a row would have no inputs or no target.
    #[must_use]
    pub fn new(inputs: Vec<f32>, shape: Vec<usize>, targets: Vec<f32>, target_width: usize) -> Option<Self> {
        let width = shape.iter().try_fold(1_usize, |width, side| width.checked_mul(*side))?;
        if width == 0 || shape.is_empty() || target_width == 0 || !targets.len().is_multiple_of(target_width)
        {
            return None;
        }
        let rows = targets.len() / target_width;
        (rows.checked_mul(width) == Some(inputs.len())).then_some(Self {
            inputs,
            shape,
            targets,
            target_width,
        })
    }

    /// Rows of a table that are positive or not.
    #[must_use]
    pub fn binary(inputs: Vec<f32>, width: usize, labels: &[bool]) -> Option<Self> {
        let targets = labels.iter().map(|label| f32::from(*label)).collect();
        Self::new(inputs, vec![width], targets, 1)
    }

    /// Some of the rows, in the order given; `None` if one of them is not there.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Option<Self> {
        let (width, targets) = (self.width(), self.target_width);
        let mut some = Self {
            inputs: Vec::with_capacity(rows.len() * width),
            shape: self.shape.clone(),
            targets: Vec::with_capacity(rows.len() * targets),
            target_width: targets,
        };
        for row in rows.iter().copied() {
            if row >= self.rows() {
                return None;
            }
            some.inputs.extend_from_slice(&self.inputs[row * width..(row + 1) * width]);
            some.targets.extend_from_slice(&self.targets[row * targets..(row + 1) * targets]);
        }
        Some(some)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.targets.len() / self.target_width
    }

    /// Model inputs per row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.shape.iter().product()
    }

    /// The shape of one row's inputs: `[width]` of a table.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The model inputs: rows × shape, row-major.
    #[must_use]
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    /// What the loss compares the model's answers with: rows × [`Self::target_width`], row-major. A binary label is 0 or
    /// 1, a class its number from 0, a number itself.
    #[must_use]
    pub fn targets(&self) -> &[f32] {
        &self.targets
    }

    /// Targets per row.
    #[must_use]
    pub fn target_width(&self) -> usize {
        self.target_width
    }

    /// Whether each row is positive: its first target is 1, or at least nearer to it than to 0.
    #[must_use]
    pub fn labels(&self) -> Vec<bool> {
        self.targets.iter().step_by(self.target_width).map(|target| *target > 0.5).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_selected_with_their_targets() {
        let rows =
            Examples::new(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0], vec![2], vec![7.0, 8.0, 9.0], 1).unwrap();
        let some = rows.select(&[2, 0]).unwrap();
        assert_eq!((some.inputs(), some.targets()), (&[4.0, 5.0, 0.0, 1.0][..], &[9.0, 7.0][..]));
        assert!(rows.select(&[3]).is_none());
    }

    #[test]
    fn lengths_must_fit() {
        let rows = Examples::new(vec![0.0; 12], vec![2, 3], vec![1.0, 7.0, 0.0, 9.0], 2).unwrap();
        assert_eq!((rows.rows(), rows.width(), rows.labels()), (2, 6, vec![true, false]));
        assert!(Examples::new(vec![0.0; 12], vec![2, 3], vec![1.0; 3], 2).is_none());
        assert!(Examples::new(vec![0.0; 11], vec![2, 3], vec![1.0; 2], 1).is_none());
        assert!(Examples::new(vec![], vec![0], vec![1.0; 2], 1).is_none());
        assert!(Examples::new(vec![0.0; 2], vec![], vec![1.0; 2], 1).is_none());
        assert!(Examples::new(vec![0.0; 2], vec![1], vec![1.0; 2], 0).is_none());
        assert!(Examples::new(vec![], vec![usize::MAX, 2], vec![], 1).is_none());
    }
}
