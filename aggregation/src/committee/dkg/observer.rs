//! The view of an owner that is not of the committee: it hears a run's messages and comes to the same key as the members.

use std::fmt;

use super::board::Board;
use super::member::Member;
use super::message::DkgMessage;
use super::outcome::{DkgError, Fault, Phase, Restart};
use crate::committee::key::CommitteeKey;
use crate::committee::params::CommitteeParams;
use crate::ids::{Digest, OwnerId};

/// How a run ended for an observer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// The key is made.
    Done(ObservedKey),
    /// The run is repeated without these members.
    Restart(Restart),
}

/// The key that an observer saw being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedKey {
    /// The committee's key: what every honest member holds.
    pub committee_key: CommitteeKey,
    /// The members whose shares are in it, in index order: all of the run's.
    pub qualified: Vec<OwnerId>,
}

/// An observer's view of one run. It judges what everybody can see as a [`Dkg`](super::Dkg) does, has no share, and
/// says nothing.
///
/// It does not see whether a share that was sealed to a member is right. That member does, and complains; an observer
/// judges the answer. So it relies on each share's honest receiver, and on nobody for the key: the key is the sum of the
/// commitments that it heard.
pub struct Observer {
    board: Board,
}

impl Observer {
    /// Begins to follow the run of `members` in `context`, both as the members have them.
    ///
    /// # Errors
    /// No committee of that size, or an owner listed twice.
    pub fn new(context: Digest, members: Vec<Member>) -> Result<Self, DkgError> {
        let full = members.len();
        Self::of_left(context, members, full)
    }

    /// Begins to follow a run that is repeated among `members`, without those of the committee of `full` who were
    /// dropped.
    ///
    /// # Errors
    /// As [`Self::new`], or fewer than the full committee's quorum are left.
    pub fn of_left(context: Digest, members: Vec<Member>, full: usize) -> Result<Self, DkgError> {
        Ok(Self { board: Board::new(context, members, full)? })
    }

    /// The sizes of this committee; [`DkgMessage::from_bytes`] needs them.
    #[must_use]
    pub const fn params(&self) -> CommitteeParams {
        self.board.params
    }

    /// Where the run stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.board.phase
    }

    /// The members that this phase waits for.
    #[must_use]
    pub fn missing(&self) -> Vec<OwnerId> {
        self.board.missing()
    }

    /// Hears a message of `from`, which the channel has authenticated; gives the run's end, if this is it. A message
    /// that was heard before changes nothing.
    ///
    /// # Errors
    /// A message that no honest member sends in this run; it is ignored, and its sender counts as silent.
    pub fn receive(&mut self, from: OwnerId, message: DkgMessage) -> Result<Option<Observed>, DkgError> {
        self.board.hear(from, message)?;
        let board = &mut self.board;
        while board.phase != Phase::Finished && board.missing().is_empty() {
            let (next, faults): (Phase, Vec<Fault>) = match board.phase {
                Phase::Commit => (Phase::Deal, Vec::new()),
                Phase::Deal => (Phase::Verdict, board.judge_commitments()),
                Phase::Verdict => (Phase::Justify, Vec::new()),
                Phase::Justify | Phase::Finished => (Phase::Finished, board.judge_justifications()),
            };
            if !faults.is_empty() {
                board.phase = Phase::Finished;
                return Ok(Some(Observed::Restart(Restart { faults })));
            }
            board.phase = next;
            if next == Phase::Finished {
                let key = ObservedKey { committee_key: board.key()?, qualified: board.owners() };
                return Ok(Some(Observed::Done(key)));
            }
        }
        Ok(None)
    }

    /// A deadline has passed: if members have not spoken in this phase, ends the run and names them. It must be called
    /// where the members call it, in the order of the messages.
    pub fn silence(&mut self) -> Option<Restart> {
        self.board.silence()
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("context", &self.board.context)
            .field("phase", &self.board.phase)
            .field("missing", &self.missing())
            .finish_non_exhaustive()
    }
}
