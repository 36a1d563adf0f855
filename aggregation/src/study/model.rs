//! Built-in models, as a list of layers that the client builds in libtorch.

use serde::{Deserialize, Serialize};

/// A feed-forward network from the schema's inputs to one logit.
///
/// No hidden layers: logistic regression. Parameters, in order: per layer the weights (outputs × inputs, row-major), then
/// the biases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Hidden layers, from the input on.
    pub hidden: Vec<Layer>,
}

/// A dense hidden layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Outputs.
    pub units: u32,
    /// What follows.
    pub activation: Activation,
}

/// A non-linearity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// max(0, x).
    Relu,
    /// Hyperbolic tangent.
    Tanh,
}

impl ModelSpec {
    /// Inputs and outputs of each dense layer, the last one to the logit included.
    #[must_use]
    pub fn dense_shapes(&self, inputs: usize) -> Vec<(usize, usize)> {
        let mut shapes = Vec::with_capacity(self.hidden.len() + 1);
        let mut width = inputs;
        for layer in &self.hidden {
            shapes.push((width, layer.units as usize));
            width = layer.units as usize;
        }
        shapes.push((width, 1));
        shapes
    }

    /// Number of parameters: the length of an update.
    #[must_use]
    pub fn parameter_count(&self, inputs: usize) -> usize {
        self.dense_shapes(inputs).iter().map(|(inputs, outputs)| outputs * (inputs + 1)).sum()
    }
}
