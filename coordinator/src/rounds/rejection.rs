//! Refusals by protocol: the sender is told, the study is unharmed. Failures of disk or chain are not among these.

use thiserror::Error;
use tributary_aggregation::header::HeaderError;
use tributary_aggregation::ids::OwnerId;

use super::base::Attempt;

/// A command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// The study takes nobody's word but its members'.
    #[error("{0} is not enrolled in this study: enrol first")]
    NotEnrolled(OwnerId),
    /// The plan does not let this owner take part.
    #[error("{0} is not among the owners that the study's plan allows: ask the researcher")]
    NotAllowed(OwnerId),
    /// Only the committee may say this.
    #[error("{0} is not a member of the study's committee")]
    NotInCommittee(OwnerId),
    /// Only those who vote on the roster may say this.
    #[error("{0} has no vote on the roster before the next committee is registered")]
    NotVoter(OwnerId),
    /// The plan takes nobody new once the study has begun.
    #[error("enrolment is over: the study's plan takes nobody new after it")]
    EnrolmentOver,
    /// The study is in another phase.
    #[error("{what} can't be taken in the phase {phase}: {hint}")]
    NotNow {
        /// What was sent.
        what: &'static str,
        /// The phase.
        phase: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// About an attempt that is not the present one.
    #[error("{what} is for {got}, and the study is at {now}: read the events up to now and follow them")]
    OtherAttempt {
        /// What was sent.
        what: &'static str,
        /// What it is for.
        got: Attempt,
        /// Where the study is.
        now: Attempt,
    },
    /// Too late.
    #[error("{what} for {attempt} came too late: {reason}")]
    Late {
        /// What was sent.
        what: &'static str,
        /// What it is for.
        attempt: Attempt,
        /// What has happened in the meantime.
        reason: &'static str,
    },
    /// Something else was taken from the same sender before.
    #[error("another {what} of {owner} was taken before: the first one counts")]
    Conflict {
        /// What was sent.
        what: &'static str,
        /// By whom.
        owner: OwnerId,
    },
    /// It says something that can't be.
    #[error("{what}: {reason}")]
    Invalid {
        /// What was sent.
        what: &'static str,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// A header is not its owner's.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Another commit ended the epoch.
    #[error("epoch {epoch} was ended by another commit: process it, then commit again")]
    EpochTaken {
        /// The epoch.
        epoch: u64,
    },
    /// Said in an epoch that is over.
    #[error(
        "epoch {epoch} is over: process the commit that ended it, then send the message in the epoch after it"
    )]
    EpochOver {
        /// The epoch.
        epoch: u64,
    },
    /// No room.
    #[error("the study has all the {max} owners it takes")]
    Full {
        /// The plan's `cohort.max_owners`.
        max: u16,
    },
    /// Nothing can be said to a study that has ended.
    #[error("the study has ended: {reason}")]
    Ended {
        /// How.
        reason: String,
    },
}

impl Rejection {
    /// An invalid message.
    pub(crate) fn invalid(what: &'static str, reason: impl ToString) -> Self {
        Self::Invalid { what, reason: reason.to_string() }
    }
}
