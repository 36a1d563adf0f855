//! How good a module is, by its own measures.

use std::collections::BTreeMap;

use tch::{IValue, Tensor};

use super::ModuleError;
use super::loaded::{Loaded, scalar};
use crate::dataset::Examples;
use crate::training::metrics::{Metrics, MetricsError, measure};
use crate::training::network::Network as _;
use crate::training::trainer::TrainError;

/// The most metrics of one module, and the longest name of one, in bytes.
const MOST: usize = 32;
const LONGEST: usize = 64;

/// Measures a module on rows: by its `eval_loss` (or else its `loss`), by its own `metrics`, and, where `forward` gives one
/// number per row, by what that number says as a logit of the label.
pub(in crate::training) fn evaluate(
    module: &mut Loaded,
    inputs: &Tensor,
    targets: &Tensor,
    examples: &Examples,
) -> Result<Metrics, TrainError> {
    module.set_training(false)?;
    tch::no_grad(|| {
        let answers = module.call("forward", &[inputs])?;
        let mut metrics = if is_logit(&answers, examples) {
            let mut logits = Vec::with_capacity(examples.rows());
            crate::training::network::append(&mut logits, &answers.f_to_kind(tch::Kind::Float)?)?;
            measure(&logits, &examples.labels())?
        } else {
            Metrics::of(examples.rows())
        };
        let method = if module.has("eval_loss")? { "eval_loss" } else { "loss" };
        metrics.loss = number(method, &module.call(method, &[inputs, targets])?)?;
        metrics.named = named(module, inputs, targets)?;
        Ok(metrics)
    })
}

/// Whether the module answers with one number per row where the label is one of two.
fn is_logit(answers: &Tensor, examples: &Examples) -> bool {
    let two = |target: &f32| *target == 0.0 || *target == 1.0;
    answers.numel() == examples.rows() && examples.target_width() == 1 && examples.targets().iter().all(two)
}

/// The module's own metrics; none if it has no such method.
pub(super) fn named(
    module: &Loaded,
    inputs: &Tensor,
    targets: &Tensor,
) -> Result<BTreeMap<String, f64>, TrainError> {
    if !module.has("metrics")? {
        return Ok(BTreeMap::new());
    }
    let unfit = |problem: &str| TrainError::from(ModuleError::method("metrics", problem));
    let IValue::GenericDict(entries) = module.call_any("metrics", &[inputs, targets])? else {
        return Err(unfit("must give a Dict[str, Tensor]"));
    };
    if entries.len() > MOST {
        return Err(unfit("gives more than 32 numbers"));
    }
    let read = |(name, value)| match (name, value) {
        (IValue::String(name), IValue::Tensor(value)) if !name.is_empty() && name.len() <= LONGEST => {
            Ok((name, number("metrics", &value)?))
        }
        _ => Err(unfit("must give a Dict[str, Tensor] with names of 1 to 64 bytes")),
    };
    entries.into_iter().map(read).collect()
}

/// A finite number.
pub(super) fn number(method: &str, value: &Tensor) -> Result<f64, TrainError> {
    scalar(method, value)?;
    let value = value.f_to_kind(tch::Kind::Double)?.f_reshape(1)?.f_double_value(&[0])?;
    if value.is_finite() { Ok(value) } else { Err(MetricsError::NotFinite.into()) }
}
