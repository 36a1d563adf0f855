//! A study's own module, looked at before anything is promised with it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tributary_aggregation::hash::sha256;
use tributary_aggregation::study::{MAX_MODULE_BYTES, Metric, ModuleSpec, StudyPlan};

use super::holdout::Holdout;
use crate::dataset::Standardiser;
use crate::training::{Checked, Trainer};

/// Reads a module's file and checks it in the sandbox, on the holdout's rows.
///
/// # Errors
/// If it can't be read, or owners could not train it.
pub(super) fn read(path: &Path, holdout: &Holdout, trainer: &dyn Trainer) -> Result<(Vec<u8>, Checked)> {
    let name = path.display();
    let size = fs::metadata(path).with_context(|| format!("can't read the module {name}"))?.len();
    if size > MAX_MODULE_BYTES {
        bail!("the module {name} has {size} bytes, and {MAX_MODULE_BYTES} is the most");
    }
    let bytes = fs::read(path).with_context(|| format!("can't read the module {name}"))?;
    let rows = Standardiser::from_table(holdout.table()).apply(holdout.table())?;
    let checked = trainer.check(&bytes, &rows).with_context(|| name.to_string())?;
    Ok((bytes, checked))
}

/// What the plan says of a module.
pub(super) fn spec(bytes: &[u8], checked: &Checked) -> ModuleSpec {
    ModuleSpec { digest: sha256(bytes), size: bytes.len() as u64, parameters: checked.coordinates() }
}

/// Whether the module gives what the plan measures contributions by.
///
/// # Errors
/// If it does not.
pub(super) fn check_metric(plan: &StudyPlan, checked: &Checked) -> Result<()> {
    match &plan.scoring.metric {
        Metric::Module(name) if !checked.metrics.contains(name) => {
            bail!(
                "study file, key scoring.metric: the module's metrics are {:?}, not {name:?}",
                checked.metrics
            )
        }
        Metric::Auc | Metric::Accuracy | Metric::NegLogLoss if !checked.is_logit => {
            bail!(
                "study file, key scoring.metric: the module's forward gives no logit per row; take neg_loss, or a metric of \
                 the module's own"
            )
        }
        _ => Ok(()),
    }
}
