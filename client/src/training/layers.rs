//! Built-in models.

use tch::nn::VarStore;
use tch::{Device, Reduction, Tensor};
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
        let mut x = inputs.shallow_clone();
        for layer in &self.layers {
            x = x.f_linear(&layer.weight, Some(&layer.bias))?;
            x = match layer.activation {
                Some(Activation::Relu) => x.f_relu()?,
                Some(Activation::Tanh) => x.f_tanh()?,
                None => x,
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

    fn weights(&self) -> Result<Vec<f32>, TrainError> {
        let mut weights = Vec::new();
        for layer in &self.layers {
            append(&mut weights, &layer.weight)?;
            append(&mut weights, &layer.bias)?;
        }
        Ok(weights)
    }
}
