//! A run of the key generation as one owner follows it.
//!
//! What counts is the log. A dealer's own state machine takes its own words for heard as soon as it has said them; but
//! those of an owner that was away are not in the log, and the others have gone on without it. So every owner also
//! follows the run as an observer, fed from the log alone, its own messages included: the observer decides how the run
//! ends, and the dealer only speaks and holds the share.

use tributary_aggregation::committee::dkg::{Observed, Output, Restart};
use tributary_aggregation::committee::{
    CommitteeKey, CommitteeParams, Dkg, DkgError, DkgMessage, KeyShare, Observer,
};
use tributary_aggregation::ids::OwnerId;

/// One owner's view of a run.
pub(super) struct Run {
    board: Observer,
    dealer: Option<Dkg>,
    /// What the dealer came to; it counts once the log shows the same key.
    share: Option<(CommitteeKey, KeyShare)>,
}

/// What comes next.
pub(super) enum Step {
    Broadcast(DkgMessage),
    Made(Box<MadeKey>),
    Restart(Restart),
}

/// A key that was made.
pub(super) struct MadeKey {
    pub key: CommitteeKey,
    /// Its members, ascending.
    pub qualified: Vec<OwnerId>,
    /// One's own share; none for who only followed.
    pub share: Option<KeyShare>,
}

impl Run {
    /// A run that this owner follows, as a dealer if it is one.
    pub fn new(board: Observer, dealer: Option<Dkg>) -> Self {
        Self { board, dealer, share: None }
    }

    pub fn params(&self) -> CommitteeParams {
        self.board.params()
    }

    /// The log shows somebody else's message.
    pub fn receive(&mut self, from: OwnerId, message: DkgMessage) -> Result<Vec<Step>, DkgError> {
        let mut steps = Vec::new();
        if let Some(dealer) = &mut self.dealer {
            // Whatever is wrong with the message, the board says so too.
            for output in dealer.receive(from, message.clone()).unwrap_or_default() {
                match output {
                    Output::Broadcast(message) => steps.push(Step::Broadcast(message)),
                    Output::Done(outcome) => self.share = Some((outcome.committee_key, outcome.share)),
                    Output::Restart(_) => {}
                }
            }
        }
        steps.extend(self.log(from, message)?);
        Ok(steps)
    }

    /// The log shows a message, somebody else's or one's own.
    pub fn log(&mut self, from: OwnerId, message: DkgMessage) -> Result<Option<Step>, DkgError> {
        Ok(self.board.receive(from, message)?.map(|observed| match observed {
            Observed::Restart(restart) => Step::Restart(restart),
            Observed::Done(seen) => {
                let share = self.share.take().filter(|(key, _)| *key == seen.committee_key);
                Step::Made(Box::new(MadeKey {
                    key: seen.committee_key,
                    qualified: seen.qualified,
                    share: share.map(|(_, share)| share),
                }))
            }
        }))
    }

    /// The log shows a deadline.
    pub fn silence(&mut self) -> Option<Step> {
        self.board.silence().map(Step::Restart)
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
