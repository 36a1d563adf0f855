//! Launching a study, once: what was decided is on disk before the chain hears of it, so that a restart goes on with it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::{Deployment, Launch, Receipt, Token, Wallet, merkle, scoring_rule};

use super::holdout::Holdout;
use super::module_file;
use super::plan_file::{PlanOverrides, StudyFile};
use crate::member::ChainView;
use crate::training::Trainer;

/// A study as it was decided on.
pub struct Decided {
    /// The study's id on chain.
    pub study: StudyId,
    /// The plan's bytes.
    pub plan: Vec<u8>,
    /// The module's file, if the plan names one.
    pub module: Option<Vec<u8>>,
    /// The holdout, with its salt.
    pub holdout: Holdout,
    /// Initial weights are drawn from it.
    pub model_seed: [u8; 32],
    /// Who launches and funds it, if not the researcher.
    pub funder: Option<OwnerId>,
    salt: Digest,
}

/// What the directory keeps besides the plan.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    study: StudyId,
    salt: Digest,
    holdout_salt: Digest,
    model_seed: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    funder: Option<OwnerId>,
}

/// What a study is decided from.
pub struct Wishes<'a> {
    /// The study file.
    pub file: &'a Path,
    /// The holdout's CSV.
    pub holdout: &'a Path,
    /// What the command line changes.
    pub overrides: &'a PlanOverrides,
    /// Seed of the initial model; drawn if none is given.
    pub model_seed: Option<[u8; 32]>,
    /// Who launches and funds the study, if not the researcher. Not looked at if the study is decided on already.
    pub funder: Option<OwnerId>,
    /// What looks at the study's own module, if it has one.
    pub trainer: &'a dyn Trainer,
}

fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

fn module_path(directory: &Path) -> PathBuf {
    directory.join("module.pt")
}

fn plan_path(directory: &Path) -> PathBuf {
    directory.join("plan.json")
}

/// Takes up the study that was decided on in `directory`, or decides on a new one.
///
/// # Errors
/// If the study file, the holdout or the directory can't be used.
pub fn decide(
    directory: &Path,
    wishes: &Wishes<'_>,
    researcher: OwnerId,
    deployment: &Deployment,
) -> Result<Decided> {
    let kept_path = directory.join("study.json");
    if kept_path.exists() {
        let kept: Kept = serde_json::from_slice(&fs::read(&kept_path)?)
            .with_context(|| format!("{} is damaged", kept_path.display()))?;
        let plan = fs::read(plan_path(directory)).context("the plan beside study.json is missing")?;
        let parsed = StudyPlan::from_json(&plan)?;
        let csv = fs::read(wishes.holdout)
            .with_context(|| format!("the holdout {} can't be read", wishes.holdout.display()))?;
        let holdout = Holdout::open(csv, kept.holdout_salt.0, &parsed.holdout_commitment, &parsed.schema)?;
        let module = parsed.model.module().map(|_| fs::read(module_path(directory)));
        let module = module.transpose().context("the module beside study.json is missing")?;
        return Ok(Decided {
            study: kept.study,
            plan,
            module,
            holdout,
            model_seed: kept.model_seed.0,
            funder: kept.funder,
            salt: kept.salt,
        });
    }
    let mut file = StudyFile::read(wishes.file)?;
    let holdout = Holdout::seal(wishes.holdout, file.schema())?;
    let read = |path: &Path| module_file::read(path, &holdout, wishes.trainer);
    let module = file.module().map(read).transpose()?;
    if let Some((bytes, checked)) = &module {
        file.set_module(module_file::spec(bytes, checked));
    }
    let plan = file.into_plan(wishes.overrides, researcher, holdout.commitment())?;
    if let Some((bytes, checked)) = &module {
        module_file::check_metric(&plan, checked)?;
        fs::write(module_path(directory), bytes)
            .with_context(|| format!("{} can't be written", module_path(directory).display()))?;
    }
    let plan = plan.to_json()?;
    let salt = Digest(random()?);
    let digest = StudyPlan::digest_of(&plan);
    let funder = wishes.funder.unwrap_or(researcher);
    let study = StudyId(deployment.study_id(&funder.0, &digest.0, &salt.0));
    let model_seed = match wishes.model_seed {
        Some(seed) => seed,
        None => random()?,
    };
    fs::write(plan_path(directory), &plan)
        .with_context(|| format!("{} can't be written", plan_path(directory).display()))?;
    let kept = Kept {
        study,
        salt,
        holdout_salt: Digest(*holdout.salt()),
        model_seed: Digest(model_seed),
        funder: wishes.funder,
    };
    // The seed is for the members alone.
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&kept_path)
        .with_context(|| format!("{} can't be written", kept_path.display()))?;
    out.write_all(&serde_json::to_vec_pretty(&kept)?)?;
    out.sync_all()?;
    let module = module.map(|(bytes, _)| bytes);
    Ok(Decided { study, plan, module, holdout, model_seed, funder: wishes.funder, salt })
}

/// Launches and funds the study, unless it stands on chain already. `max_fee_bps` is the highest protocol fee that the
/// researcher accepts, in ten-thousandths of what is granted: that of the moment if it says nothing.
///
/// # Errors
/// If the fee is higher, the wallet lacks tokens or gas, or the chain refuses.
pub async fn launch(
    decided: &Decided,
    chain: &ChainView,
    deployment: &Deployment,
    wallet: &Wallet,
    max_fee_bps: Option<u16>,
) -> Result<Option<Receipt>> {
    let escrow = chain.escrow();
    if escrow.study(&decided.study.0).await?.is_some() {
        return Ok(None);
    }
    if let Some(funder) = decided.funder {
        bail!(
            "study {} is to be launched by {funder}, and is not on chain yet: wait until that is done",
            decided.study
        );
    }
    let plan = StudyPlan::from_json(&decided.plan)?;
    let budget = plan.budget();
    let (funding, fee_bps) = (escrow.funding(budget).await?, escrow.study_fee_bps().await?);
    // If the fee rises above this meanwhile, the launch is refused.
    let max_fee_bps = max_fee_bps.unwrap_or(fee_bps);
    if fee_bps > max_fee_bps {
        bail!(
            "the protocol's fee on studies is {fee_bps} ten-thousandths now, and you accept {max_fee_bps}: give a higher \
             --max-fee-bps, or launch when the fee is lower"
        );
    }
    let token = Token::new(escrow.client().clone(), deployment)?;
    let balance = token.balance(&wallet.address()).await?;
    if balance < funding {
        bail!(
            "the study is to be funded with {funding} units ({budget}, and a fee of {fee_bps} ten-thousandths), but {} \
             has {balance}: get {} more, or lower payment.tokens_per_round or the rounds",
            OwnerId(wallet.address()),
            funding - balance
        );
    }
    // The escrow takes the fee of the moment, which may have risen by then.
    let most = most(budget, max_fee_bps)?;
    if token.allowance(&wallet.address(), &deployment.escrow).await? < most {
        token.approve(wallet, &deployment.escrow, most).await?;
    }
    let now = escrow.client().block_timestamp().await?.max(unix_now());
    let launch = terms(&plan, &decided.plan, decided.salt, now, max_fee_bps)?;
    let (study, receipt) = escrow.launch(wallet, &launch).await?;
    if StudyId(study) != decided.study {
        bail!("the contract names the study {}, {} was expected", StudyId(study), decided.study);
    }
    Ok(Some(receipt))
}

/// A budget and the fee on it, rounded down as the contract does.
fn most(budget: u128, fee_bps: u16) -> Result<u128> {
    // Apart, so that nothing overflows before the sum does.
    let (whole, rest) = (budget / 10_000, budget % 10_000);
    let bps = u128::from(fee_bps);
    whole.checked_mul(bps).and_then(|fee| fee.checked_add(rest * bps / 10_000)?.checked_add(budget)).context(
        "the budget and the fee on it are too large for the contract: lower payment.tokens_per_round",
    )
}

/// What the contract is told of a study whose enrolment begins at `opens`.
fn terms(plan: &StudyPlan, bytes: &[u8], salt: Digest, opens: u64, max_fee_bps: u16) -> Result<Launch> {
    // The empty list lets anybody enrol.
    let allowed = match plan.cohort.allowed.as_slice() {
        [] => [0; 32],
        owners => merkle::allow_list(&owners.iter().map(|owner| owner.0).collect::<Vec<_>>())?.root(),
    };
    let enrol_by = opens.saturating_add(plan.deadlines.enrol_s.into());
    Ok(Launch {
        plan_digest: StudyPlan::digest_of(bytes).0,
        budget: plan.budget(),
        rounds: plan.round_limit(),
        enrol_by,
        settle_by: enrol_by.saturating_add(plan.deadlines.study_s.into()),
        min_owners: plan.cohort.min_owners,
        max_owners: plan.cohort.max_owners,
        salt: salt.0,
        allowed,
        late_enrolment: plan.cohort.late_enrolment,
        researcher: plan.researcher.0,
        consent_required: plan.cohort.consent,
        scoring: scoring_rule(&plan.scoring.rule),
        max_fee_bps,
    })
}

/// What somebody else launches for the researcher: the terms of the study that was decided on in `directory`, with
/// enrolment from `wait` seconds from now on, and what it takes to fund it (budget and fee, in the token's smallest unit).
///
/// # Errors
/// If the directory holds no study, or one that its researcher launches, or the chain can't be asked.
pub async fn prepared(directory: &Path, chain: &ChainView, wait: u64) -> Result<(Launch, u128)> {
    let path = directory.join("study.json");
    let text = fs::read(&path)
        .with_context(|| format!("{} can't be read: `tributary study prepare` writes it", path.display()))?;
    let kept: Kept =
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))?;
    if kept.funder.is_none() {
        bail!(
            "the study of {} is its researcher's to launch: prepare one for another funder",
            directory.display()
        );
    }
    let bytes = fs::read(plan_path(directory)).context("the plan beside study.json is missing")?;
    let plan = StudyPlan::from_json(&bytes)?;
    let escrow = chain.escrow();
    let now = escrow.client().block_timestamp().await?.max(unix_now());
    let (funding, fee) = (escrow.funding(plan.budget()).await?, escrow.study_fee_bps().await?);
    Ok((terms(&plan, &bytes, kept.salt, now.saturating_add(wait), fee)?, funding))
}

fn unix_now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_is_rounded_down_and_does_not_overflow() {
        assert_eq!(most(1_000_000, 200).unwrap(), 1_020_000);
        assert_eq!((most(9_999, 1).unwrap(), most(10_000, 1).unwrap()), (9_999, 10_001));
        assert_eq!(most(19_999, 9_999).unwrap(), 19_999 + 19_999 * 9_999 / 10_000);
        assert_eq!(most(u128::MAX / 2, 10_000).unwrap(), u128::MAX - 1);
        assert_eq!(most(u128::MAX, 0).unwrap(), u128::MAX);
        most(u128::MAX, 1).unwrap_err();
    }
}
