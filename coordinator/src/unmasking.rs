//! Removing masks: reads the seeds that a quorum opened, finishes the sums, publishes them, and tells the study.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::masking::UnmaskError;
use tributary_storage::StorageError;

use crate::driver::{DriveError, Driver};
use crate::folding::FoldingError;
use crate::rounds::base::Attempt;
use crate::rounds::phases::OpenFailure;
use crate::rounds::{Command, Phase, Study};

/// Between two tries when the machine fails.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, Error)]
enum UnmaskingError {
    #[error(transparent)]
    Drive(#[from] DriveError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("{reason}")]
    Never { reason: String, fault: Option<OwnerId> },
}

/// Removes the masks of a study's present attempt in the background; tries again while the machine fails.
pub fn start(driver: Arc<Driver>, study: StudyId) {
    tokio::spawn(async move {
        let mut stopping = driver.stopping();
        loop {
            match run(&driver, study).await {
                Ok(()) => return,
                Err(error) => tracing::error!(%study, %error, "the sums can't be published yet"),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
        }
    });
}

async fn run(driver: &Arc<Driver>, id: StudyId) -> Result<(), UnmaskingError> {
    let study = driver.study(id).await?;
    let Some(at) = study.phase.attempt().filter(|_| study.wants_unmasking()) else { return Ok(()) };
    let command = match sums(driver, study, at).await {
        Ok(sums) => Command::Summed { at, sums },
        Err(UnmaskingError::Never { reason, fault }) => Command::NotSummed { at, reason, fault },
        Err(other) => return Err(other),
    };
    match driver.drive(id, command).await {
        Ok(_) | Err(DriveError::Rejected(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn sums(driver: &Arc<Driver>, study: Study, at: Attempt) -> Result<Vec<Digest>, UnmaskingError> {
    let never = |reason: String| UnmaskingError::Never { reason, fault: None };
    let (folding, spool) = (driver.folding.clone(), driver.spool.clone());
    let span = tracing::info_span!("unmask", study = %study.base.facts.study, %at);
    let unmasked = tokio::task::spawn_blocking(move || {
        let _span = span.enter();
        let id = study.base.facts.study;
        let Phase::Unmasking(unmasking) = &study.phase else { return Ok(Vec::new()) };
        let plan = study.base.facts.round_plan(at.round).map_err(|error| never(error.to_string()))?;
        let groups = unmasking.open(&study.base).map_err(|failure| match failure {
            OpenFailure::Fault(reason, fault) => UnmaskingError::Never { reason, fault },
            OpenFailure::Liars(_) => never("the seeds do not open any more".into()),
        })?;
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let sum = |group: &crate::rounds::phases::OpenedGroup| {
            let path = |owner| {
                let update = group.updates.iter().find(|(of, _)| *of == owner);
                spool.path(id, at, owner, update.map_or(Digest([0; 32]), |(_, update)| *update))
            };
            folding.unmask((id, at, group.index), &plan, group, path, threads).map_err(give_up)
        };
        groups.iter().map(sum).collect::<Result<Vec<_>, _>>()
    })
    .await
    .map_err(|error| UnmaskingError::Never {
        reason: format!("unmasking broke off: {error}"),
        fault: None,
    })??;
    let mut digests = Vec::with_capacity(unmasked.len());
    for sum in unmasked {
        let digest = sum.digest();
        driver.artifacts.put(bytes::Bytes::copy_from_slice(sum.as_bytes())).await?;
        digests.push(digest);
    }
    Ok(digests)
}

fn give_up(error: FoldingError) -> UnmaskingError {
    let fault = match &error {
        FoldingError::Unmask(UnmaskError::FalsePairs { offline, .. }) => Some(*offline),
        _ => None,
    };
    UnmaskingError::Never { reason: error.to_string(), fault }
}
