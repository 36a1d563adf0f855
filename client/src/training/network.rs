//! What the training loop asks of a model, be it built in or brought.

use tch::Tensor;
use tch::nn::VarStore;

use super::trainer::TrainError;

/// A model in libtorch, with weights in the order of an update.
pub(super) trait Network {
    /// The trainable tensors, in the order in which an update has them.
    fn store(&self) -> &VarStore;

    /// The fewest rows of a step, where there are more: layers that normalise over a batch need two.
    fn fewest_rows(&self) -> usize;

    /// Behave as in training (dropout, statistics that move), or as in use.
    ///
    /// # Errors
    /// If the model refuses.
    fn set_training(&mut self, on: bool) -> Result<(), TrainError>;

    /// What training makes small, as one number: `inputs` is rows × width, `labels` has a number per row.
    ///
    /// # Errors
    /// If the model can't compute it.
    fn loss(&self, inputs: &Tensor, labels: &Tensor) -> Result<Tensor, TrainError>;

    /// The sum of the rows' gradients, each clipped to an L2 norm of `clip` over all trainable tensors together; a tensor of
    /// doubles for each of them, in their order.
    ///
    /// # Errors
    /// If the model can't tell rows apart, or a row's gradient is not finite.
    fn clipped_gradients(
        &self,
        _inputs: &Tensor,
        _labels: &Tensor,
        _clip: f64,
    ) -> Result<Vec<Tensor>, TrainError> {
        Err(TrainError::NoRowGradients)
    }

    /// The weights: an update's coordinates.
    ///
    /// # Errors
    /// If libtorch fails.
    fn weights(&self) -> Result<Vec<f32>, TrainError>;
}

/// Appends a tensor's values, row-major.
pub(super) fn append(weights: &mut Vec<f32>, tensor: &Tensor) -> Result<(), tch::TchError> {
    weights.extend(Vec::<f32>::try_from(tensor.f_detach()?.f_flatten(0, -1)?)?);
    Ok(())
}
