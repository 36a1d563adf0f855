//! Whether owners will be able to train a module: looked at by its researcher, before a study is launched.

use tch::{Kind, Tensor};

use super::loaded::{Loaded, READ_BUFFERS, WRITE_BUFFERS};
use super::score::{named, number};
use super::{Checked, ModuleError};
use crate::training::network::Network as _;
use crate::training::trainer::TrainError;

/// Trains a module for a step on example rows, and looks at all that it offers.
///
/// # Errors
/// Saying what its researcher is to change.
pub(in crate::training) fn check(
    bytes: &[u8],
    inputs: &Tensor,
    targets: &Tensor,
) -> Result<Checked, TrainError> {
    let mut module = Loaded::new(bytes)?;
    for method in ["forward", "loss"] {
        if !module.has(method)? {
            let problem = "is missing: add it, and mark it with @torch.jit.export";
            return Err(ModuleError::method(method, problem).into());
        }
    }
    let rows = inputs.size().first().copied().unwrap_or(0);
    module.set_training(false)?;
    let (is_logit, metrics) = tch::no_grad(|| {
        let answers = module.try_out("forward", &[inputs])?;
        if answers.size().first() != Some(&rows) {
            return Err(ModuleError::method("forward", "must give a row for each row of x").into());
        }
        for method in ["loss", "eval_loss"] {
            if method == "loss" || module.has(method)? {
                let value = number(method, &module.try_out(method, &[inputs, targets])?);
                value.map_err(|error| match error {
                    TrainError::Metrics(_) => {
                        ModuleError::method(method, "is not finite on the example rows").into()
                    }
                    other => other,
                })?;
            }
        }
        Ok::<_, TrainError>((answers.numel() as i64 == rows, named(&module, inputs, targets)?))
    })?;
    gradients(&mut module, inputs, targets)?;
    state(bytes, inputs, targets)?;
    let (parameters, buffers) = module.coordinates();
    Ok(Checked {
        parameters: parameters as u64,
        buffers: buffers as u64,
        metrics: metrics.into_keys().collect(),
        is_logit,
    })
}

/// The loss must lead to every parameter.
fn gradients(module: &mut Loaded, inputs: &Tensor, targets: &Tensor) -> Result<(), TrainError> {
    let unfit = |problem: &str| TrainError::from(ModuleError::method("loss", problem));
    module.set_training(true)?;
    let loss = module.try_out("loss", &[inputs, targets])?;
    if !loss.requires_grad() {
        return Err(unfit("does not depend on any parameter: is something detached?"));
    }
    loss.f_backward()?;
    for tensor in module.store().trainable_variables() {
        let gradient = tensor.f_grad()?;
        if !gradient.defined() {
            return Err(unfit(
                "does not depend on every parameter: use the others, or freeze them (requires_grad=False)",
            ));
        }
        if !bool::try_from(gradient.f_isfinite()?.f_all()?)? {
            return Err(unfit("has a gradient that is not finite on the example rows"));
        }
    }
    Ok(())
}

/// What training changes must be summed: after a pass without a step, and with the federated buffers written back, the
/// module must answer as before. Buffers themselves can't be looked at from here.
fn state(bytes: &[u8], inputs: &Tensor, targets: &Tensor) -> Result<(), TrainError> {
    let mut module = Loaded::new(bytes)?;
    let answers = |module: &mut Loaded| -> Result<Tensor, TrainError> {
        module.set_training(false)?;
        tch::manual_seed(1);
        tch::no_grad(|| {
            let answers = module.try_out("forward", &[inputs])?.f_to_kind(Kind::Float)?.f_flatten(0, -1)?;
            let loss = module.try_out("loss", &[inputs, targets])?.f_to_kind(Kind::Float)?.f_reshape(1)?;
            Ok(Tensor::f_cat(&[answers, loss], 0)?)
        })
    };
    let weights = module.weights()?;
    let before = answers(&mut module)?;
    module.set_training(true)?;
    drop(tch::no_grad(|| module.try_out("loss", &[inputs, targets]))?);
    module.set(&weights)?;
    if module.weights()? != weights {
        return Err(
            ModuleError::method(WRITE_BUFFERS, format!("does not write what {READ_BUFFERS} reads")).into()
        );
    }
    if answers(&mut module)?.f_equal(&before)? {
        return Ok(());
    }
    Err(ModuleError::Form(
        "answers otherwise after a pass in training mode, although no parameter was changed: training changes something \
         else in it, such as BatchNorm's statistics, and owners' copies would drift apart. Write the file with \
         tributary_study.export, which federates such statistics, or use layers without them (GroupNorm, LayerNorm)"
            .into(),
    )
    .into())
}
