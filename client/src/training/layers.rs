//! Built-in models.

use tch::nn::VarStore;
use tch::{Device, Kind, Reduction, Tensor};
use tributary_aggregation::study::{Activation, LayerSpec};

use super::network::{Network, append};
use super::trainer::TrainError;

struct Dense {
    weight: Tensor,
    bias: Tensor,
    activation: Option<Activation>,
}

/// The layers of a [`LayerSpec`], with their parameters in its order.
pub(super) struct Layers {
    layers: Vec<Dense>,
    store: VarStore,
}

impl Layers {
    pub(super) fn build(spec: &LayerSpec, inputs: usize, weights: &[f32]) -> Result<Self, TrainError> {
        let shapes = spec.dense_shapes(inputs);
        let expected = spec.parameter_count(inputs);
        if weights.len() != expected {
            return Err(TrainError::Weights { expected, got: weights.len() });
        }
        let store = VarStore::new(Device::Cpu);
        let mut layers = Vec::with_capacity(shapes.len());
        let mut rest = weights;
        for (index, (inputs, outputs)) in shapes.into_iter().enumerate() {
            let (weight, after) = rest.split_at(inputs * outputs);
            let (bias, after) = after.split_at(outputs);
            rest = after;
            let path = store.root() / index;
            let weight = Tensor::f_from_slice(weight)?.f_view((outputs as i64, inputs as i64))?;
            layers.push(Dense {
                weight: path.f_var_copy("weight", &weight)?,
                bias: path.f_var_copy("bias", &Tensor::f_from_slice(bias)?)?,
                activation: spec.hidden.get(index).map(|layer| layer.activation),
            });
        }
        Ok(Self { layers, store })
    }

    /// One logit per row.
    pub(super) fn logits(&self, inputs: &Tensor) -> Result<Tensor, tch::TchError> {
        self.forward(inputs, |_, _| ())
    }

    /// The logits; `see` is shown what goes into each layer, and what comes out before its activation.
    fn forward(
        &self,
        inputs: &Tensor,
        mut see: impl FnMut(&Tensor, &Tensor),
    ) -> Result<Tensor, tch::TchError> {
        let mut x = inputs.shallow_clone();
        for layer in &self.layers {
            let sums = x.f_linear(&layer.weight, Some(&layer.bias))?;
            see(&x, &sums);
            x = match layer.activation {
                Some(Activation::Relu) => sums.f_relu()?,
                Some(Activation::Tanh) => sums.f_tanh()?,
                None => sums,
            };
        }
        x.f_squeeze_dim(1)
    }
}

impl Network for Layers {
    fn store(&self) -> &VarStore {
        &self.store
    }

    fn fewest_rows(&self) -> usize {
        1
    }

    fn set_training(&mut self, _: bool) -> Result<(), TrainError> {
        Ok(())
    }

    fn loss(&self, inputs: &Tensor, labels: &Tensor) -> Result<Tensor, TrainError> {
        let logits = self.logits(inputs)?;
        Ok(logits.f_binary_cross_entropy_with_logits::<Tensor>(labels, None, None, Reduction::Mean)?)
    }

    /// A row's gradient for a layer's weights is the outer product of δ, the gradient of its loss for what the layer's sums
    /// come to, and of what went into the layer; for the biases it is δ. So no row's gradient is ever written out, but their
    /// lengths are exact (Goodfellow, Efficient Per-Example Gradient Computations, 2015).
    fn clipped_gradients(
        &self,
        inputs: &Tensor,
        labels: &Tensor,
        clip: f64,
    ) -> Result<Vec<Tensor>, TrainError> {
        let (mut into, mut sums) = (Vec::new(), Vec::new());
        let logits = self.forward(inputs, |x, out| {
            into.push(x.shallow_clone());
            sums.push(out.shallow_clone());
        })?;
        let loss = logits.f_binary_cross_entropy_with_logits::<Tensor>(labels, None, None, Reduction::Sum)?;
        let deltas = Tensor::f_run_backward(&[loss], &sums, false, false)?;
        tch::no_grad(|| {
            let double = |tensors: &[Tensor]| {
                tensors.iter().map(|tensor| tensor.f_to_kind(Kind::Double)).collect::<Result<Vec<_>, _>>()
            };
            let (into, deltas) = (double(&into)?, double(&deltas)?);
            let of_rows = |tensor: &Tensor| tensor.f_square()?.f_sum_dim_intlist(1, false, Kind::Double);
            let mut squares = Tensor::f_zeros(labels.size(), (Kind::Double, Device::Cpu))?;
            for (x, delta) in into.iter().zip(&deltas) {
                let lengths = of_rows(x)?.f_add_scalar(1)?.f_mul(&of_rows(delta)?)?;
                squares = squares.f_add(&lengths)?;
            }
            if !bool::try_from(squares.f_isfinite()?.f_all()?)? {
                return Err(TrainError::Diverged);
            }
            let factors = squares.f_sqrt()?.f_reciprocal()?.f_mul_scalar(clip)?.f_clamp_max(1)?;
            let mut gradients = Vec::with_capacity(2 * self.layers.len());
            for (x, delta) in into.iter().zip(&deltas) {
                let delta = delta.f_mul(&factors.f_unsqueeze(1)?)?;
                gradients.push(delta.f_tr()?.f_matmul(x)?);
                gradients.push(delta.f_sum_dim_intlist(0, false, Kind::Double)?);
            }
            Ok(gradients)
        })
    }

    fn weights(&self) -> Result<Vec<f32>, TrainError> {
        let mut weights = Vec::new();
        for layer in &self.layers {
            append(&mut weights, &layer.weight)?;
            append(&mut weights, &layer.bias)?;
        }
        Ok(weights)
    }
}
