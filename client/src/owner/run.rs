//! A run of the key generation, as its dealers and as all other owners follow it.

use tributary_aggregation::committee::dkg::{Observed, Output, Restart};
use tributary_aggregation::committee::{
    CommitteeKey, CommitteeParams, Dkg, DkgError, DkgMessage, KeyShare, Observer,
};
use tributary_aggregation::ids::OwnerId;

/// One's place in a run.
pub(super) enum Run {
    Dealer(Box<Dkg>),
    Observer(Box<Observer>),
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

impl From<Output> for Step {
    fn from(output: Output) -> Self {
        match output {
            Output::Broadcast(message) => Self::Broadcast(message),
            Output::Restart(restart) => Self::Restart(restart),
            Output::Done(outcome) => Self::Made(Box::new(MadeKey {
                key: outcome.committee_key,
                qualified: outcome.qualified,
                share: Some(outcome.share),
            })),
        }
    }
}

impl From<Observed> for Step {
    fn from(observed: Observed) -> Self {
        match observed {
            Observed::Restart(restart) => Self::Restart(restart),
            Observed::Done(seen) => Self::Made(Box::new(MadeKey {
                key: seen.committee_key,
                qualified: seen.qualified,
                share: None,
            })),
        }
    }
}

impl Run {
    pub fn params(&self) -> CommitteeParams {
        match self {
            Self::Dealer(run) => run.params(),
            Self::Observer(run) => run.params(),
        }
    }

    pub fn receive(&mut self, from: OwnerId, message: DkgMessage) -> Result<Vec<Step>, DkgError> {
        Ok(match self {
            Self::Dealer(run) => run.receive(from, message)?.into_iter().map(Step::from).collect(),
            Self::Observer(run) => run.receive(from, message)?.into_iter().map(Step::from).collect(),
        })
    }

    /// A deadline has passed.
    pub fn silence(&mut self) -> Option<Step> {
        let restart = match self {
            Self::Dealer(run) => run.silence(),
            Self::Observer(run) => run.silence(),
        };
        restart.map(Step::Restart)
    }
}
