//! What a study trains, with where it starts from.

use tributary_aggregation::optimizer::ModelState;
use tributary_aggregation::study::{LayerSpec, ModelSpec, ModuleSpec, StudyPlan};

use super::module::{Module, ModuleError};
use super::trainer::{Model, TrainError, Trainer};

/// A study's model, ready to be trained: for a module, its file and the values that it starts from.
#[derive(Clone)]
pub enum Code {
    /// Built in.
    Layers {
        /// Its layers.
        spec: LayerSpec,
        /// How many inputs a row has.
        inputs: usize,
    },
    /// The researcher's own.
    Module {
        /// Its file.
        module: Module,
        /// Its own initial values, in the order of an update.
        initial: Vec<f32>,
    },
}

impl Code {
    /// What a plan trains; `file` is the module's, if the plan names one. The module is loaded once, by `trainer`.
    ///
    /// # Errors
    /// If the file is missing, another's, or not what the plan says of it.
    pub fn of(plan: &StudyPlan, file: Option<Vec<u8>>, trainer: &dyn Trainer) -> Result<Self, TrainError> {
        match &plan.model {
            ModelSpec::Layers(spec) => Ok(Self::Layers { spec: spec.clone(), inputs: plan.schema.inputs() }),
            ModelSpec::Module(spec) => Self::brought(spec, file.ok_or(ModuleError::Missing)?, trainer),
        }
    }

    fn brought(spec: &ModuleSpec, file: Vec<u8>, trainer: &dyn Trainer) -> Result<Self, TrainError> {
        let module = Module::new(spec, file)?;
        let initial = trainer.initial(module.bytes())?;
        if initial.len() as u64 != spec.parameters {
            let (expected, got) = (spec.parameters, initial.len() as u64);
            return Err(ModuleError::Coordinates { expected, got }.into());
        }
        Ok(Self::Module { module, initial })
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> Model<'_> {
        match self {
            Self::Layers { spec, .. } => Model::Layers(spec),
            Self::Module { module, .. } => Model::Module(module),
        }
    }

    /// The model that a study starts from: a module's own, or drawn from `seed`.
    #[must_use]
    pub fn initial(&self, seed: [u8; 32]) -> ModelState {
        match self {
            Self::Layers { spec, inputs } => ModelState::initial(spec, *inputs, seed),
            Self::Module { initial, .. } => ModelState::starting_at(initial.clone()),
        }
    }
}
