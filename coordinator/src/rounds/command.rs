//! What may befall a study.

use std::collections::BTreeMap;

use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId};

use super::base::Attempt;
use super::roster::{Place, Refusal};

/// What may befall a study. The sender of what a person sends was authenticated; the content was not checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// An owner asks to be enrolled, or to replace its keys; its EIP-712 signature was verified.
    Enrol(Enrol),
    /// The chain shows the owner with the keys that it asked for.
    Enrolled {
        /// The owner.
        owner: OwnerId,
        /// What it signed.
        sequence: u64,
        /// The transaction; nothing if somebody else had enrolled it.
        transaction: Option<Digest>,
    },
    /// An owner asks to leave; its EIP-712 signature was verified.
    Leave(Leave),
    /// The chain shows the owner as gone.
    Left {
        /// The owner.
        owner: OwnerId,
        /// What it signed.
        sequence: u64,
        /// The transaction; nothing if somebody else relayed it.
        transaction: Option<Digest>,
    },
    /// The chain did not take what an owner asked for itself.
    ChangeRefused {
        /// The owner.
        owner: OwnerId,
        /// What it signed.
        sequence: u64,
        /// Why.
        refusal: Refusal,
    },
    /// The researcher wants an owner off the roster.
    ProposeRemoval {
        /// The owner.
        owner: OwnerId,
        /// Of its enrolment.
        sequence: u64,
        /// For the owners to read.
        reason: String,
    },
    /// An owner agrees that another is removed; its EIP-712 signature was verified.
    SignRemoval(SignRemoval),
    /// The chain shows the owner as removed.
    Removed {
        /// The owner.
        owner: OwnerId,
        /// What was signed.
        sequence: u64,
    },
    /// The chain wants more signatures on a removal.
    RemovalTooFew {
        /// The owner.
        owner: OwnerId,
        /// What was signed.
        sequence: u64,
    },
    /// The chain did not take a removal.
    RemovalRefused {
        /// The owner.
        owner: OwnerId,
        /// What was signed.
        sequence: u64,
        /// Why.
        refusal: Refusal,
    },
    /// An owner's consent to the study is over: it took it back, or erased its dataset. The chain may still have it on the
    /// roster.
    ConsentRevoked {
        /// The owner.
        owner: OwnerId,
    },
    /// The chain has struck an owner off the roster whose consent is over.
    ConsentWithdrawn {
        /// The owner.
        owner: OwnerId,
        /// Accepted changes of its enrolment by then, as the chain's event or the enrolment after it says.
        sequence: u64,
    },
    /// The chain's roster is sealed.
    Sealed {
        /// All who are on it.
        roster: BTreeMap<OwnerId, Place>,
    },
    /// The chain will not seal the roster.
    SealRefused {
        /// Why.
        reason: String,
    },
    /// An owner is there.
    Heartbeat {
        /// The owner.
        owner: OwnerId,
        /// The round that it trains for.
        round: u64,
        /// How far training is.
        done_permille: u32,
        /// How often its vault was saved.
        vault_generation: u64,
    },
    /// An MLS commit.
    Commit(Commit),
    /// An MLS application message.
    Message {
        /// The sender.
        sender: OwnerId,
        /// The epoch that it is encrypted in.
        epoch: u64,
        /// The ciphertext.
        message: Vec<u8>,
    },
    /// An owner signed the committee's key; its EIP-712 signature was verified.
    CommitteeSigned(CommitteeSigned),
    /// The chain holds the committee's key.
    CommitteeRegistered {
        /// The epoch.
        epoch: u64,
        /// The transaction; nothing if it was registered by somebody else.
        transaction: Option<Digest>,
    },
    /// The chain will not take the committee's key.
    CommitteeRefused {
        /// Why.
        reason: String,
    },
    /// A share of an attempt's beacon.
    BeaconShare {
        /// The sender.
        owner: OwnerId,
        /// The attempt.
        at: Attempt,
        /// Compressed G2.
        share: Vec<u8>,
    },
    /// A share of the beacon that an attempt's mask graph is drawn by.
    GraphShare {
        /// The sender.
        owner: OwnerId,
        /// The attempt.
        at: Attempt,
        /// Compressed G2.
        share: Vec<u8>,
    },
    /// An owner takes part.
    Join {
        /// The attempt.
        at: Attempt,
        /// Its header; the sender is the owner that it names.
        join: Signed<JoinHeader>,
    },
    /// A masked update is on disk, and has the digest that its header says.
    Report {
        /// The attempt.
        at: Attempt,
        /// Its header; the sender is the owner that it names.
        report: Signed<ReportHeader>,
    },
    /// A member's answer to the cuts.
    Release {
        /// The sender.
        owner: OwnerId,
        /// The attempt.
        at: Attempt,
        /// Per group.
        groups: Vec<GroupRelease>,
    },
    /// The masks are removed and the sums are published.
    Summed {
        /// The attempt.
        at: Attempt,
        /// Digests of the sums, by group.
        sums: Vec<Digest>,
    },
    /// The masks can't be removed.
    NotSummed {
        /// The attempt.
        at: Attempt,
        /// Why.
        reason: String,
        /// The owner at fault, if one is.
        fault: Option<OwnerId>,
    },
    /// What a member found the round's models worth.
    Evaluation {
        /// The sender.
        owner: OwnerId,
        /// The attempt.
        at: Attempt,
        /// Its findings.
        evaluation: Evaluation,
    },
    /// A share of the committee's signature on the settlement.
    SettlementShare {
        /// The sender.
        owner: OwnerId,
        /// The attempt.
        at: Attempt,
        /// Digest of the transcript that the share is for.
        transcript: Digest,
        /// Compressed G2.
        share: Vec<u8>,
    },
    /// The chain has settled the round.
    Settled {
        /// The round.
        round: u64,
        /// The transaction; nothing if somebody else relayed it and it wasn't found.
        transaction: Option<Digest>,
        /// Gas that it used; 0 if unknown.
        gas_used: u64,
    },
    /// The chain will not settle the round.
    SettleRefused {
        /// The round.
        round: u64,
        /// Why.
        reason: String,
    },
    /// The chain settles nothing more under the present committee: it counts an owner whose consent is over.
    ConsentMissing {
        /// The round that was to be settled.
        round: u64,
    },
    /// The coordinator was down and is up again: nobody could be heard in between.
    Resumed,
    /// Time has passed.
    Tick,
}

/// A wish to be enrolled with these keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrol {
    /// The owner.
    pub owner: OwnerId,
    /// Its Ed25519 MLS signature key.
    pub mls_key: [u8; 32],
    /// MLS `KeyPackage`.
    pub key_package: Vec<u8>,
    /// Commitment to the MLS key: what goes on chain.
    pub identity: Digest,
    /// Accepted changes of the enrolment so far.
    pub sequence: u64,
    /// EIP-712 `Enrol`.
    pub signature: Vec<u8>,
}

/// A wish to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    /// The owner.
    pub owner: OwnerId,
    /// Accepted changes of the enrolment so far.
    pub sequence: u64,
    /// EIP-712 `Leave`.
    pub signature: Vec<u8>,
}

/// An owner's vote to remove another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignRemoval {
    /// Who votes.
    pub signer: OwnerId,
    /// Who is to go.
    pub owner: OwnerId,
    /// Accepted changes of that owner's enrolment so far.
    pub sequence: u64,
    /// EIP-712 `Remove`.
    pub signature: Vec<u8>,
}

/// An MLS commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The sender.
    pub sender: OwnerId,
    /// The epoch that it ends.
    pub epoch: u64,
    /// Empty for the group's creation.
    pub commit: Vec<u8>,
    /// For those it adds.
    pub welcome: Vec<u8>,
    /// Whom it adds.
    pub added: Vec<OwnerId>,
}

/// An owner's signature on the committee's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitteeSigned {
    /// Who signed.
    pub owner: OwnerId,
    /// The epoch.
    pub epoch: u64,
    /// The key's coefficients: quorum · 48 bytes.
    pub key: Vec<u8>,
    /// The members by their share's index.
    pub members: Vec<OwnerId>,
    /// EIP-712 `CommitteeKey`.
    pub signature: Vec<u8>,
}

/// A member's answer to one group's cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRelease {
    /// The group.
    pub group: u16,
    /// Digest of the cut that it answers.
    pub cut: Digest,
    /// As the committee encodes it.
    pub release: Vec<u8>,
}

/// What a member found the round's models worth.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Evaluation {
    /// Millionths, by coalition bitmask; empty in the statistics round.
    pub utilities: Vec<i64>,
    /// The model state that the round started from.
    pub model_before: Digest,
    /// The model state (or the statistics) that it ended with.
    pub model_after: Digest,
}

impl Command {
    /// The owner who said it, if an owner did.
    #[must_use]
    pub fn speaker(&self) -> Option<OwnerId> {
        match self {
            Self::Heartbeat { owner, .. }
            | Self::BeaconShare { owner, .. }
            | Self::GraphShare { owner, .. }
            | Self::Release { owner, .. }
            | Self::Evaluation { owner, .. }
            | Self::SettlementShare { owner, .. } => Some(*owner),
            Self::Enrol(enrol) => Some(enrol.owner),
            Self::SignRemoval(signed) => Some(signed.signer),
            Self::CommitteeSigned(signed) => Some(signed.owner),
            Self::Commit(commit) => Some(commit.sender),
            Self::Message { sender, .. } => Some(*sender),
            Self::Join { join, .. } => Some(join.header.owner),
            Self::Report { report, .. } => Some(report.header.owner),
            _ => None,
        }
    }

    /// The attempt that it belongs to, if it belongs to one.
    #[must_use]
    pub fn attempt(&self) -> Option<Attempt> {
        match self {
            Self::BeaconShare { at, .. }
            | Self::GraphShare { at, .. }
            | Self::Join { at, .. }
            | Self::Report { at, .. }
            | Self::Release { at, .. }
            | Self::Summed { at, .. }
            | Self::NotSummed { at, .. }
            | Self::Evaluation { at, .. }
            | Self::SettlementShare { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// What it is, for people.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Enrol(_) => "an enrolment",
            Self::Leave(_) => "a leave",
            Self::ProposeRemoval { .. } => "a proposal to remove an owner",
            Self::SignRemoval(_) => "a signature on a removal",
            Self::Enrolled { .. }
            | Self::Left { .. }
            | Self::ChangeRefused { .. }
            | Self::Removed { .. }
            | Self::RemovalTooFew { .. }
            | Self::RemovalRefused { .. } => "the chain's answer to a change of the roster",
            Self::ConsentRevoked { .. } | Self::ConsentWithdrawn { .. } => "the end of a consent",
            Self::Sealed { .. } | Self::SealRefused { .. } => "the chain's answer to a seal",
            Self::Heartbeat { .. } => "a heartbeat",
            Self::Commit(_) => "an MLS commit",
            Self::Message { .. } => "an MLS message",
            Self::CommitteeSigned(_) => "a signature on the committee's key",
            Self::CommitteeRegistered { .. } | Self::CommitteeRefused { .. } => {
                "the chain's answer to a committee's key"
            }
            Self::BeaconShare { .. } => "a share of the beacon",
            Self::GraphShare { .. } => "a share of the mask graph's beacon",
            Self::Join { .. } => "a join",
            Self::Report { .. } => "a report",
            Self::Release { .. } => "a release",
            Self::Summed { .. } | Self::NotSummed { .. } => "the sums",
            Self::Evaluation { .. } => "an evaluation",
            Self::SettlementShare { .. } => "a share of the settlement's signature",
            Self::Settled { .. } | Self::SettleRefused { .. } | Self::ConsentMissing { .. } => {
                "the chain's answer to a settlement"
            }
            Self::Resumed => "a restart",
            Self::Tick => "a tick",
        }
    }
}
