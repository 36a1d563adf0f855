//! What is to be done when a study has changed, committed together with the change.

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1::event::Event;

use super::base::Attempt;
use super::blob::Blob;
use super::settlement::Settlement;

/// Who may see an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// All members, and the researcher.
    Everyone,
    /// These owners alone.
    Owners(Vec<OwnerId>),
}

/// What is to be done when a study has changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The event goes to the end of the study's log.
    Append {
        /// Its place in the log, from 1.
        seq: u64,
        /// Who may see it.
        audience: Audience,
        /// The event.
        event: Event,
    },
    /// To be done outside, surely and at least once.
    Relay {
        /// The errand's number within the study.
        number: u64,
        /// The errand.
        errand: Errand,
    },
    /// A report was accepted: it can be added to its group's sum.
    Fold {
        /// The attempt.
        at: Attempt,
        /// The group.
        group: u16,
        /// Whose report it is.
        owner: OwnerId,
        /// Its digest.
        update: Digest,
    },
    /// A quorum has released the seeds: masks are to be removed and the sums published.
    Unmask,
    /// Nobody needs the attempt's reports any more.
    DropReports {
        /// The attempt.
        at: Attempt,
    },
    /// A line for people.
    Log(String),
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Errand {
    /// `StudyEscrow.enrol`.
    Enrol {
        /// The owner.
        owner: OwnerId,
        /// Commitment to its MLS key.
        identity: Digest,
        /// Accepted changes of its enrolment so far.
        sequence: u64,
        /// That the study was launched for it too; empty if it was launched for everybody.
        proof: Vec<Digest>,
        /// EIP-712 `Enrol`.
        signature: Blob,
    },
    /// `StudyEscrow.leaveStudy`.
    Leave {
        /// The owner.
        owner: OwnerId,
        /// Accepted changes of its enrolment so far.
        sequence: u64,
        /// EIP-712 `Leave`.
        signature: Blob,
    },
    /// `StudyEscrow.removeOwner`.
    Remove {
        /// The owner.
        owner: OwnerId,
        /// Accepted changes of its enrolment so far.
        sequence: u64,
        /// Ascending.
        signers: Vec<OwnerId>,
        /// By signer.
        signatures: Vec<Blob>,
    },
    /// `StudyEscrow.sealRoster`.
    SealRoster,
    /// `StudyEscrow.registerCommittee`.
    RegisterCommittee {
        /// The epoch.
        epoch: u64,
        /// EIP-2537 encoding of the public key: 128 bytes.
        key: Blob,
        /// Ascending.
        signers: Vec<OwnerId>,
        /// By signer.
        signatures: Vec<Blob>,
    },
    /// `StudyEscrow.settleRound`.
    Settle {
        /// What is settled.
        settlement: Settlement,
        /// EIP-2537 encoding of the committee's signature: 256 bytes.
        signature: Blob,
    },
    /// The text is put into the artifact store.
    Publish {
        /// The text.
        text: String,
    },
}

impl Errand {
    /// What it is, for people and for the index.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Enrol { .. } => "enrol",
            Self::Leave { .. } => "leave",
            Self::Remove { .. } => "remove",
            Self::SealRoster => "seal roster",
            Self::RegisterCommittee { .. } => "register committee",
            Self::Settle { .. } => "settle",
            Self::Publish { .. } => "publish",
        }
    }
}
