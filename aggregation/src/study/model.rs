//! What is trained: a built-in model, as a list of layers that the client builds in libtorch, or a module that the
//! researcher brings.

use serde::{Deserialize, Serialize};

use crate::ids::Digest;

/// The largest file of a module, in bytes.
pub const MAX_MODULE_BYTES: u64 = 128 << 20;

/// The model of a study. In a plan, `{"hidden": […]}` or `{"module": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ModelForm", into = "ModelForm")]
pub enum ModelSpec {
    /// A built-in network.
    Layers(LayerSpec),
    /// The researcher's own.
    Module(ModuleSpec),
}

/// A study's own model: a TorchScript file, known by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleSpec {
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Bytes of the file.
    pub size: u64,
    /// Coordinates of an update: the trainable parameters in the order of `named_parameters`, each row-major, then the
    /// federated buffers.
    pub parameters: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hidden: Option<Vec<Layer>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    module: Option<ModuleSpec>,
}

impl TryFrom<ModelForm> for ModelSpec {
    type Error = &'static str;

    fn try_from(form: ModelForm) -> Result<Self, Self::Error> {
        match (form.hidden, form.module) {
            (Some(hidden), None) => Ok(Self::Layers(LayerSpec { hidden })),
            (None, Some(module)) => Ok(Self::Module(module)),
            _ => Err("a model has either `hidden` or `module`"),
        }
    }
}

impl From<ModelSpec> for ModelForm {
    fn from(spec: ModelSpec) -> Self {
        match spec {
            ModelSpec::Layers(LayerSpec { hidden }) => Self { hidden: Some(hidden), module: None },
            ModelSpec::Module(module) => Self { hidden: None, module: Some(module) },
        }
    }
}

impl ModelSpec {
    /// Number of parameters of a model of `inputs` inputs: the length of an update.
    #[must_use]
    pub fn parameter_count(&self, inputs: usize) -> usize {
        match self {
            Self::Layers(layers) => layers.parameter_count(inputs),
            // What is beyond the memory of a machine is beyond the longest round too.
            Self::Module(module) => usize::try_from(module.parameters).unwrap_or(usize::MAX),
        }
    }

    /// The module, if it is one.
    #[must_use]
    pub const fn module(&self) -> Option<&ModuleSpec> {
        match self {
            Self::Layers(_) => None,
            Self::Module(module) => Some(module),
        }
    }
}

/// A feed-forward network from the schema's inputs to one logit.
///
/// No hidden layers: logistic regression. Parameters, in order: per layer the weights (outputs × inputs, row-major), then
/// the biases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerSpec {
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

impl LayerSpec {
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
