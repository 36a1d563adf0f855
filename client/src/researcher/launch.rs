//! Launching a study, once: what was decided is on disk before the chain hears of it, so that a restart goes on with it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::{Deployment, Launch, Receipt, Token, Wallet, merkle};

use super::holdout::Holdout;
use super::plan_file::{PlanOverrides, StudyFile};
use crate::member::ChainView;

/// A study as it was decided on.
pub struct Decided {
    /// The study's id on chain.
    pub study: StudyId,
    /// The plan's bytes.
    pub plan: Vec<u8>,
    /// The holdout, with its salt.
    pub holdout: Holdout,
    /// Initial weights are drawn from it.
    pub model_seed: [u8; 32],
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
}

fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
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
        return Ok(Decided {
            study: kept.study,
            plan,
            holdout,
            model_seed: kept.model_seed.0,
            salt: kept.salt,
        });
    }
    let file = StudyFile::read(wishes.file)?;
    let holdout = Holdout::seal(wishes.holdout, file.schema())?;
    let plan = file.into_plan(wishes.overrides, researcher, holdout.commitment())?.to_json()?;
    let salt = Digest(random()?);
    let digest = StudyPlan::digest_of(&plan);
    let study = StudyId(deployment.study_id(&researcher.0, &digest.0, &salt.0));
    let model_seed = match wishes.model_seed {
        Some(seed) => seed,
        None => random()?,
    };
    fs::write(plan_path(directory), &plan)
        .with_context(|| format!("{} can't be written", plan_path(directory).display()))?;
    let kept = Kept { study, salt, holdout_salt: Digest(*holdout.salt()), model_seed: Digest(model_seed) };
    // The seed is for the members alone.
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&kept_path)
        .with_context(|| format!("{} can't be written", kept_path.display()))?;
    out.write_all(&serde_json::to_vec_pretty(&kept)?)?;
    out.sync_all()?;
    Ok(Decided { study, plan, holdout, model_seed, salt })
}

/// Launches and funds the study, unless it stands on chain already.
///
/// # Errors
/// If the wallet lacks tokens or gas, or the chain refuses.
pub async fn launch(
    decided: &Decided,
    chain: &ChainView,
    deployment: &Deployment,
    wallet: &Wallet,
) -> Result<Option<Receipt>> {
    let escrow = chain.escrow();
    if escrow.study(&decided.study.0).await?.is_some() {
        return Ok(None);
    }
    let plan = StudyPlan::from_json(&decided.plan)?;
    let budget = plan.budget();
    let token = Token::new(escrow.client().clone(), deployment)?;
    let balance = token.balance(&wallet.address()).await?;
    if balance < budget {
        bail!(
            "the study is to be funded with {budget} units, but {} has {balance}: get {} more, or lower \
             payment.tokens_per_round or the rounds",
            OwnerId(wallet.address()),
            budget - balance
        );
    }
    if token.allowance(&wallet.address(), &deployment.escrow).await? < budget {
        token.approve(wallet, &deployment.escrow, budget).await?;
    }
    let now = escrow.client().block_timestamp().await?.max(unix_now());
    // The empty list lets anybody enrol.
    let allowed = match plan.cohort.allowed.as_slice() {
        [] => [0; 32],
        owners => merkle::allow_list(&owners.iter().map(|owner| owner.0).collect::<Vec<_>>())?.root(),
    };
    let launch = Launch {
        plan_digest: StudyPlan::digest_of(&decided.plan).0,
        budget,
        rounds: plan.round_limit(),
        enrol_by: now + u64::from(plan.deadlines.enrol_s),
        settle_by: now + u64::from(plan.deadlines.enrol_s) + u64::from(plan.deadlines.study_s),
        min_owners: plan.cohort.min_owners,
        max_owners: plan.cohort.max_owners,
        salt: decided.salt.0,
        allowed,
        late_enrolment: plan.cohort.late_enrolment,
    };
    let (study, receipt) = escrow.launch(wallet, &launch).await?;
    if StudyId(study) != decided.study {
        bail!("the contract names the study {}, {} was expected", StudyId(study), decided.study);
    }
    Ok(Some(receipt))
}

fn unix_now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
