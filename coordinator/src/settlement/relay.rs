//! The outbox's worker: takes errands one by one, looks on the chain before it sends, and tells the study how it ended.
//!
//! An errand is leased, carried out, reported to the study, then struck off; a crash in between only means that it is
//! done again, and everything here may be done again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::{Chain, ChainError, CommitteeRegistration, Enrolment, Event, Outcome};
use tributary_storage::StorageError;

use super::roster;
use crate::driver::{DriveError, Driver};
use crate::rounds::settlement::Settlement;
use crate::rounds::{Blob, Command, Errand, Millis};
use crate::store::StoredErrand;

/// How long an errand is held. Renewed while it is being carried out, so after a crash it is free again soon.
const LEASE: Millis = 10_000;
/// Between two renewals.
const RENEW: Duration = Duration::from_secs(3);
/// Between two looks at the outbox, if nobody wakes the relay.
const LOOK: Duration = Duration::from_millis(500);
/// The longest pause between two tries.
const LONGEST: Millis = 30_000;
/// Refusals that time cures, or that are cured when the errand is done again.
const PASSING: [&str; 2] = ["StudyEscrow_EnrolmentStillOpen", "StudyEscrow_WithdrawalsPending"];
/// The committee counts somebody whose consent is over.
const WITHDRAWN: &str = "StudyEscrow_ConsentWithdrawnSince";

/// How an errand ended.
pub(super) enum End {
    /// The study is to be told.
    Tell(Command),
    /// Nobody needs to know.
    Done,
    /// To be tried again.
    Again(String),
}

/// Runs until the driver stops.
pub async fn run(driver: Arc<Driver>, chain: Arc<dyn Chain>) {
    let mut stopping = driver.stopping();
    loop {
        match driver.store.lease_errand(driver.clock.now(), driver.clock.now() + LEASE).await {
            Ok(Some(errand)) => carry_out(&driver, chain.as_ref(), errand).await,
            Ok(None) => wait(&driver, &mut stopping).await,
            Err(error) => {
                tracing::error!(%error, "the outbox can't be read");
                wait(&driver, &mut stopping).await;
            }
        }
        if *stopping.borrow() {
            return;
        }
    }
}

async fn wait(driver: &Driver, stopping: &mut tokio::sync::watch::Receiver<bool>) {
    tokio::select! {
        () = driver.errands.notified() => {}
        () = tokio::time::sleep(LOOK) => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}

#[tracing::instrument(skip_all, fields(study = %stored.study, errand = stored.errand.name()))]
async fn carry_out(driver: &Arc<Driver>, chain: &dyn Chain, stored: StoredErrand) {
    let StoredErrand { study, number, errand, attempts } = stored;
    let name = errand.name();
    let ended = tokio::select! {
        ended = end(driver, chain, study, &errand) => ended,
        never = hold(driver, study, number) => match never {},
    };
    let end = match ended {
        End::Tell(command) => match driver.drive(study, command).await {
            Ok(_) => End::Done,
            Err(DriveError::Rejected(rejection)) => {
                tracing::debug!(%rejection, "the study has no use for the answer any more");
                End::Done
            }
            Err(error) => End::Again(error.to_string()),
        },
        other => other,
    };
    let result = match end {
        End::Tell(_) | End::Done => {
            driver.metrics.errand(name, "done");
            driver.store.finish_errand(study, number).await
        }
        End::Again(reason) => {
            driver.metrics.errand(name, "again");
            let pause = 250u64.saturating_mul(1 << attempts.min(10)).min(LONGEST);
            tracing::warn!(attempts, pause, reason, "an errand failed and is tried again");
            driver.store.postpone_errand(study, number, driver.clock.now() + pause).await
        }
    };
    if let Err(error) = result {
        tracing::error!(%error, "an errand's end can't be stored: it will be done again");
    }
}

/// Keeps the errand from others for as long as this is polled.
async fn hold(driver: &Driver, study: StudyId, number: u64) -> Infallible {
    loop {
        tokio::time::sleep(RENEW).await;
        if let Err(error) = driver.store.postpone_errand(study, number, driver.clock.now() + LEASE).await {
            tracing::warn!(%error, "an errand's lease can't be renewed");
        }
    }
}

async fn end(driver: &Arc<Driver>, chain: &dyn Chain, study: StudyId, errand: &Errand) -> End {
    match errand {
        Errand::Enrol { owner, identity, sequence, proof, signature } => {
            let proof = proof.iter().map(|word| word.0).collect();
            let (identity, signature) = (identity.0, signature.0.clone());
            let (owner, sequence) = (owner.0, *sequence);
            let enrolment = Enrolment { study: study.0, owner, identity, sequence, proof, signature };
            roster::enrol(chain, enrolment).await
        }
        Errand::Leave { owner, sequence, signature } => {
            roster::leave(chain, study, *owner, *sequence, signature).await
        }
        Errand::Remove { owner, sequence, signers, signatures } => {
            roster::remove(chain, study, *owner, *sequence, signers, signatures).await
        }
        Errand::SealRoster => roster::seal(driver, chain, study).await,
        Errand::RegisterCommittee { epoch, key, signers, signatures } => {
            register(chain, study, *epoch, key, signers, signatures).await
        }
        Errand::Settle { settlement, signature } => settle(chain, study, settlement, signature).await,
        Errand::Publish { text } => match driver.artifacts.put(Bytes::copy_from_slice(text.as_bytes())).await
        {
            Ok(_) => End::Done,
            Err(error @ StorageError::Io { .. }) => End::Again(error.to_string()),
            Err(error) => {
                tracing::error!(%error, "an artifact can't be published");
                End::Done
            }
        },
    }
}

async fn register(
    chain: &dyn Chain,
    study: StudyId,
    epoch: u64,
    key: &Blob,
    signers: &[OwnerId],
    signatures: &[Blob],
) -> End {
    let Ok(key) = key.0.as_slice().try_into() else {
        return End::Tell(Command::CommitteeRefused { reason: "the key is not 128 bytes".into() });
    };
    let signatures =
        signers.iter().zip(signatures).map(|(signer, signature)| (signer.0, signature.0.clone()));
    let registration = CommitteeRegistration { study: study.0, epoch, key, signatures: signatures.collect() };
    match chain.ensure_registered(&registration).await {
        Ok(outcome) => End::Tell(Command::CommitteeRegistered { epoch, transaction: transaction(&outcome) }),
        Err(error) => refused(error, |reason| Command::CommitteeRefused { reason }),
    }
}

async fn settle(chain: &dyn Chain, study: StudyId, settlement: &Settlement, signature: &Blob) -> End {
    let round = settlement.round;
    let (Ok(signature), Ok(key)) =
        (signature.0.as_slice().try_into(), settlement.key.0.as_slice().try_into())
    else {
        let reason = "signature or key has the wrong length".into();
        return End::Tell(Command::SettleRefused { round, reason });
    };
    match chain.ensure_settled(&settlement.contract(study), signature, key).await {
        Ok(Outcome::Sent(receipt)) => {
            let (transaction, gas_used) = (Some(Digest(receipt.tx_hash)), receipt.gas_used);
            End::Tell(Command::Settled { round, transaction, gas_used })
        }
        // Sent before a crash, or by somebody else: the chain's log has the transaction.
        Ok(Outcome::Already) => {
            let transaction = settled_by(chain, study, round).await;
            End::Tell(Command::Settled { round, transaction, gas_used: 0 })
        }
        Err(error) if error.revert().is_some_and(|revert| revert.name == WITHDRAWN) => {
            End::Tell(Command::ConsentMissing { round })
        }
        Err(error) => refused(error, |reason| Command::SettleRefused { round, reason }),
    }
}

async fn settled_by(chain: &dyn Chain, study: StudyId, round: u64) -> Option<Digest> {
    let events = chain.events(&study.0, 0).await.ok()?;
    let settled = events.into_iter().find(|logged| match &logged.event {
        Event::RoundSettled(settlement) => settlement.round == round,
        _ => false,
    });
    settled.map(|logged| Digest(logged.tx_hash))
}

pub(super) fn transaction(outcome: &Outcome) -> Option<Digest> {
    match outcome {
        Outcome::Sent(receipt) => Some(Digest(receipt.tx_hash)),
        Outcome::Already => None,
    }
}

/// The contract's refusals are for good, but for those that time cures; everything else is tried again.
pub(super) fn refused(error: ChainError, command: impl FnOnce(String) -> Command) -> End {
    match &error {
        ChainError::Reverted(revert) if PASSING.contains(&revert.name.as_str()) => {
            End::Again(error.to_string())
        }
        ChainError::Reverted(_) | ChainError::Conflict { .. } => End::Tell(command(error.to_string())),
        _ => End::Again(error.to_string()),
    }
}
