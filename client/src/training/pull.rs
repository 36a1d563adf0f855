//! What is added to each gradient of local training: the pull of `FedProx`, and SCAFFOLD's correction.

use tch::Tensor;

use super::trainer::TrainError;

/// What is added to the gradients of some parameters.
pub(super) struct Pull {
    parameters: Vec<Tensor>,
    /// The parameters as the round began, if μ is not 0.
    anchors: Vec<Tensor>,
    mu: f64,
    /// As the parameters, if there is a correction.
    corrections: Vec<Tensor>,
}

impl Pull {
    /// For parameters that stand where the round began; `correction` begins with a number for each of their coordinates, in
    /// their order.
    ///
    /// # Errors
    /// If the correction is too short.
    pub(super) fn new(
        parameters: Vec<Tensor>,
        mu: f64,
        correction: Option<&[f32]>,
    ) -> Result<Self, TrainError> {
        let mut anchors = Vec::new();
        let mut corrections = Vec::new();
        for parameter in &parameters {
            if mu != 0.0 {
                anchors.push(parameter.f_detach_copy()?);
            }
        }
        if let Some(mut rest) = correction {
            let expected = parameters.iter().map(Tensor::numel).sum();
            for parameter in &parameters {
                let wrong = TrainError::Weights { expected, got: correction.map_or(0, <[f32]>::len) };
                let (head, tail) = rest.split_at_checked(parameter.numel()).ok_or(wrong)?;
                rest = tail;
                corrections.push(Tensor::f_from_slice(head)?.f_view(parameter.size().as_slice())?);
            }
        }
        Ok(Self { parameters, anchors, mu, corrections })
    }

    /// To be called between the backward pass and the step.
    ///
    /// # Errors
    /// If libtorch fails.
    pub(super) fn add_to_gradients(&self) -> Result<(), TrainError> {
        tch::no_grad(|| {
            for (parameter, anchor) in self.parameters.iter().zip(&self.anchors) {
                let pull = parameter.f_sub(anchor)?.f_mul_scalar(self.mu)?;
                add(parameter, &pull)?;
            }
            for (parameter, correction) in self.parameters.iter().zip(&self.corrections) {
                add(parameter, correction)?;
            }
            Ok(())
        })
    }
}

/// A parameter that the loss does not depend on has no gradient, and stays.
fn add(parameter: &Tensor, what: &Tensor) -> Result<(), tch::TchError> {
    let mut gradient = parameter.f_grad()?;
    if gradient.defined() {
        let _ = gradient.f_add_(what)?;
    }
    Ok(())
}
