//! A module in libtorch.

use std::collections::BTreeSet;

use tch::nn::VarStore;
use tch::{Device, IValue, Kind, TchError, Tensor, TrainableCModule};

use super::ModuleError;
use crate::training::network::{Network, append};
use crate::training::trainer::TrainError;

/// Gives the federated buffers as one vector. The exporter adds both: buffers can't be reached from outside.
pub(super) const READ_BUFFERS: &str = "federated_buffers";
/// Takes such a vector.
pub(super) const WRITE_BUFFERS: &str = "load_federated_buffers";

/// A module, with the tensors that are trained.
pub(in crate::training) struct Loaded {
    module: TrainableCModule,
    store: VarStore,
    /// How many federated buffers' values there are.
    buffers: usize,
}

impl Loaded {
    /// The module with its own initial values.
    ///
    /// # Errors
    /// If libtorch does not read the file, or what is in it can't be summed.
    pub(in crate::training) fn new(bytes: &[u8]) -> Result<Self, TrainError> {
        let store = VarStore::new(Device::Cpu);
        let module =
            TrainableCModule::load_data(&mut &*bytes, store.root()).map_err(|_| ModuleError::Load)?;
        let mut places = BTreeSet::new();
        let form = |problem: &str| TrainError::from(ModuleError::Form(problem.into()));
        for tensor in store.variables().values() {
            if tensor.f_kind()? != Kind::Float {
                return Err(form(
                    "has parameters that are not float32: only those are summed; call module.float()",
                ));
            }
            if tensor.numel() > 0 && !places.insert(tensor.data_ptr()) {
                return Err(form("uses one parameter under two names: give each its own values"));
            }
        }
        if store.trainable_variables().is_empty() {
            return Err(form("has no parameter that can be trained"));
        }
        let mut loaded = Self { module, store, buffers: 0 };
        if loaded.has(READ_BUFFERS)? {
            loaded.buffers = loaded.federated()?.numel();
        }
        if loaded.weights()?.iter().any(|value| !value.is_finite()) {
            return Err(form("starts from values that are not finite"));
        }
        Ok(loaded)
    }

    /// The module with an update's coordinates in place of its own values.
    ///
    /// # Errors
    /// As [`Self::new`], and if they are not as many.
    pub(in crate::training) fn with_weights(bytes: &[u8], weights: &[f32]) -> Result<Self, TrainError> {
        let mut loaded = Self::new(bytes)?;
        loaded.set(weights)?;
        Ok(loaded)
    }

    /// How many coordinates are of parameters, and how many of buffers.
    pub(super) fn coordinates(&self) -> (usize, usize) {
        (self.store.trainable_variables().iter().map(Tensor::numel).sum(), self.buffers)
    }

    /// Replaces all coordinates.
    pub(super) fn set(&mut self, weights: &[f32]) -> Result<(), TrainError> {
        let (parameters, buffers) = self.coordinates();
        let expected = parameters + buffers;
        if weights.len() != expected {
            return Err(TrainError::Weights { expected, got: weights.len() });
        }
        let (parameters, buffers) = weights.split_at(parameters);
        let mut rest = parameters;
        for mut tensor in self.store.trainable_variables() {
            let (values, after) = rest.split_at(tensor.numel());
            rest = after;
            let values = Tensor::f_from_slice(values)?.f_view(tensor.size().as_slice())?;
            tch::no_grad(|| tensor.f_copy_(&values))?;
        }
        if self.buffers > 0 {
            let values = Tensor::f_from_slice(buffers)?;
            drop(tch::no_grad(|| self.call(WRITE_BUFFERS, &[&values]))?);
        }
        Ok(())
    }

    /// Whether the module has a method. Asked with too few arguments, one that exists is not run (but for the one that
    /// needs none).
    pub(super) fn has(&self, method: &str) -> Result<bool, TrainError> {
        match tch::no_grad(|| self.module.method_is::<IValue>(method, &[])) {
            Err(TchError::Torch(reason)) => {
                Ok(!reason.contains(&format!("Method '{method}' is not defined")))
            }
            Ok(_) => Ok(true),
            Err(other) => Err(other.into()),
        }
    }

    /// What a method gives. What it says if it fails is not repeated: it may hold rows.
    pub(super) fn call(&self, method: &str, arguments: &[&Tensor]) -> Result<Tensor, TrainError> {
        let failed = |_| ModuleError::method(method, "fails on these rows").into();
        self.module.method_ts(method, arguments).map_err(failed)
    }

    /// As [`Self::call`], with what the method says if it fails: for rows that are nobody's.
    pub(super) fn try_out(&self, method: &str, arguments: &[&Tensor]) -> Result<Tensor, TrainError> {
        let failed = |error: TchError| ModuleError::method(method, format!("fails: {error}")).into();
        self.module.method_ts(method, arguments).map_err(failed)
    }

    /// A method's result that is no tensor.
    pub(super) fn call_any(&self, method: &str, arguments: &[&Tensor]) -> Result<IValue, TrainError> {
        let arguments: Vec<IValue> =
            arguments.iter().map(|tensor| IValue::Tensor(tensor.shallow_clone())).collect();
        let failed = |_| ModuleError::method(method, "fails on these rows").into();
        self.module.method_is(method, &arguments).map_err(failed)
    }

    fn federated(&self) -> Result<Tensor, TrainError> {
        let flat = tch::no_grad(|| self.call(READ_BUFFERS, &[]))?;
        if flat.f_kind()? != Kind::Float || flat.dim() != 1 {
            let problem = "must give one vector of float32: write the file with tributary_study.export";
            return Err(ModuleError::method(READ_BUFFERS, problem).into());
        }
        Ok(flat)
    }
}

impl Network for Loaded {
    fn store(&self) -> &VarStore {
        &self.store
    }

    fn fewest_rows(&self) -> usize {
        2
    }

    fn set_training(&mut self, on: bool) -> Result<(), TrainError> {
        if on { self.module.f_set_train() } else { self.module.f_set_eval() }?;
        Ok(())
    }

    fn loss(&self, inputs: &Tensor, labels: &Tensor) -> Result<Tensor, TrainError> {
        let loss = self.call("loss", &[inputs, labels])?;
        scalar("loss", &loss)?;
        Ok(loss)
    }

    fn weights(&self) -> Result<Vec<f32>, TrainError> {
        let mut weights = Vec::new();
        for tensor in self.store.trainable_variables() {
            append(&mut weights, &tensor)?;
        }
        if self.buffers > 0 {
            let flat = self.federated()?;
            if flat.numel() != self.buffers {
                return Err(
                    ModuleError::method(READ_BUFFERS, "gives another number of values than before").into()
                );
            }
            append(&mut weights, &flat)?;
        }
        Ok(weights)
    }
}

/// Refuses what is not one number.
pub(super) fn scalar(method: &str, value: &Tensor) -> Result<(), TrainError> {
    if value.numel() == 1 {
        return Ok(());
    }
    Err(ModuleError::method(method, "must give one number: take the mean over the rows").into())
}
