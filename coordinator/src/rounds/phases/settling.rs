//! The committee signs the settlement, the relay takes it to the chain, the chain pays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::{Purpose, SignatureShare};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::study::EarlyStop;
use tributary_aggregation::transcript::AbortReason;
use tributary_proto::v1::{self, event::Event};

use super::opening::{Combined, combine, tell_on};
use super::{Advance, Closed, Gathering, Phase, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::blob::Blob;
use crate::rounds::command::Command;
use crate::rounds::effect::Errand;
use crate::rounds::facts::Millis;
use crate::rounds::rejection::Rejection;
use crate::rounds::roster;
use crate::rounds::settlement::Proposal;
use crate::rounds::turn::{Abort, Turn};

/// The settlement is signed and relayed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settling {
    at: Attempt,
    proposal: Box<Proposal>,
    shares: BTreeMap<OwnerId, Blob>,
    liars: Vec<OwnerId>,
    relayed: bool,
    /// Transaction and gas, once the chain has it.
    settled: Option<(Option<Digest>, u64)>,
    /// Why the chain refused.
    refused: Option<String>,
    /// Whether the chain takes nothing more under this committee, since a consent is over.
    #[serde(default)]
    without_consent: bool,
    deadline: Millis,
}

impl Settling {
    pub(super) fn new(at: Attempt, proposal: Proposal, deadline: Millis) -> Self {
        let (shares, liars) = (BTreeMap::new(), Vec::new());
        Self {
            at,
            proposal: Box::new(proposal),
            shares,
            liars,
            relayed: false,
            settled: None,
            refused: None,
            without_consent: false,
            deadline,
        }
    }

    /// Whether the settlement is signed and with the relay.
    #[must_use]
    pub const fn is_relayed(&self) -> bool {
        self.relayed
    }

    /// What is signed.
    #[must_use]
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// Whether the member has signed.
    #[must_use]
    pub fn has_signed(&self, owner: &OwnerId) -> bool {
        self.shares.contains_key(owner)
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        super::check_attempt(&command, self.at)?;
        match command {
            Command::SettlementShare { owner, transcript, share, .. } => {
                self.sign(turn, owner, transcript, share)
            }
            Command::Settled { round, transaction, gas_used } if round == self.at.round && self.relayed => {
                self.settled = Some((transaction, gas_used));
                Ok(())
            }
            Command::SettleRefused { round, reason } if round == self.at.round && self.relayed => {
                self.refused = Some(reason);
                Ok(())
            }
            Command::ConsentMissing { round } if round == self.at.round && self.relayed => {
                self.without_consent = true;
                Ok(())
            }
            other => Err(not_now(&other, "settling", "wait for the round to be settled")),
        }
    }

    fn sign(
        &mut self,
        turn: &Turn,
        owner: OwnerId,
        transcript: Digest,
        share: Vec<u8>,
    ) -> Result<(), Rejection> {
        let committee = turn.base.committee.as_ref().ok_or(Rejection::NotInCommittee(owner))?;
        committee.index(&owner).ok_or(Rejection::NotInCommittee(owner))?;
        if transcript != self.proposal.transcript_digest {
            let reason = format!("is not the one proposed, {}", self.proposal.transcript_digest);
            return Err(Rejection::invalid("transcript", reason));
        }
        SignatureShare::from_bytes(&share).map_err(|error| Rejection::invalid("share", error))?;
        let share = Blob(share);
        if self.liars.contains(&owner) || self.shares.get(&owner).is_some_and(|before| *before != share) {
            return Err(Rejection::Conflict { what: "share of the settlement's signature", owner });
        }
        self.shares.insert(owner, share);
        Ok(())
    }

    pub(super) fn advance(mut self, turn: &mut Turn) -> Advance {
        if let Some((transaction, gas_used)) = self.settled {
            return Advance::Next(self.finish(turn, transaction, gas_used));
        }
        if let Some(reason) = self.refused {
            return Advance::Next(turn.end(format!("the chain does not settle {}: {reason}", self.at)));
        }
        if self.without_consent {
            roster::note_withdrawal(turn);
            let details = "the chain settles nothing more under this committee, since an owner that it counts has taken its \
                           consent back";
            let (reason, absent) = (AbortReason::EpochEnded, Vec::new());
            return Advance::Next(
                turn.abort(self.at, Abort { reason, details: details.into(), absent, dead: true }),
            );
        }
        if self.relayed {
            return Advance::Wait(self.into());
        }
        while self.shares.len() >= turn.base.quorum() {
            match combine(turn, Purpose::Settlement, &self.proposal.digest, &self.shares) {
                Ok(Combined { certificate, liars }) => {
                    tell_on(turn, self.at, "the settlement", &liars);
                    return match certificate.to_eip2537() {
                        Ok(signature) => {
                            self.relay(turn, &signature);
                            Advance::Wait(self.into())
                        }
                        Err(error) => Advance::Next(turn.end(error.to_string())),
                    };
                }
                Err(liars) if liars.is_empty() => break,
                Err(liars) => {
                    tell_on(turn, self.at, "the settlement", &liars);
                    self.shares.retain(|owner, _| !liars.contains(owner));
                    self.liars.extend(liars);
                }
            }
        }
        if turn.now < self.deadline {
            return Advance::Wait(self.into());
        }
        let details = format!(
            "{} of a quorum of {} signed the settlement in time",
            self.shares.len(),
            turn.base.quorum()
        );
        let mut absent =
            turn.base.committee.as_ref().map(|committee| committee.members.clone()).unwrap_or_default();
        absent.retain(|owner| !self.shares.contains_key(owner));
        absent.sort_unstable();
        let reason = AbortReason::SettlementQuorumMissed;
        Advance::Next(turn.abort(self.at, Abort { reason, details, absent, dead: true }))
    }

    fn relay(&mut self, turn: &mut Turn, signature: &[u8; 256]) {
        turn.relay(Errand::Publish { text: self.proposal.transcript.clone() });
        turn.relay(Errand::Settle {
            settlement: self.proposal.settlement.clone(),
            signature: signature[..].into(),
        });
        turn.log(format!("{}: the settlement is signed and goes to the chain", self.at));
        self.relayed = true;
    }

    fn finish(self, turn: &mut Turn, transaction: Option<Digest>, gas_used: u64) -> Phase {
        let Self { at, proposal, .. } = self;
        let total = turn.base.facts.plan.rounds;
        turn.base.history.rounds += 1;
        turn.base.history.last_round = at.round;
        turn.base.history.cumulative = proposal.cumulative;
        turn.base.history.transcript = Some(proposal.transcript_digest);
        turn.base.history.model = Some(proposal.model_after);
        turn.base.finished = Some(at);
        turn.base.shown.clear();
        turn.base.aborted.clear();
        turn.log(format!("{at} is settled: {} of {total} rounds, {gas_used} gas", turn.base.history.rounds));
        turn.tell(Event::RoundSettled(v1::RoundSettled {
            round: at.round,
            transaction: transaction.map(|transaction| transaction.0.to_vec()).unwrap_or_default(),
            gas_used,
            transcript: proposal.transcript_digest.0.to_vec(),
        }));
        let reason = if turn.base.history.rounds >= total {
            format!("all {total} rounds are settled")
        } else if let Some(rule) = Self::is_stopped(turn, proposal.utility) {
            format!(
                "stopped early after {} of {total} rounds: no gain in the last {}",
                turn.base.history.rounds, rule.patience
            )
        } else {
            return Gathering::new(Attempt { round: at.round + 1, attempt: 1 }, turn.now).into();
        };
        turn.log(format!("the study is complete: {reason}"));
        turn.tell(Event::StudyEnded(v1::StudyEnded { completed: true, reason }));
        Closed { last_round: at.round }.into()
    }

    /// The plan's rule, if it ends the study here.
    fn is_stopped(turn: &mut Turn, utility: i64) -> Option<EarlyStop> {
        let rule = turn.base.facts.plan.training.early_stop?;
        turn.base.history.waiting = turn.base.history.waiting.after(utility, &rule);
        turn.base.history.waiting.is_over(&rule).then_some(rule)
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        (!self.relayed).then_some(self.deadline)
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.deadline = self.deadline.max(until);
    }

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        Some(self.at)
    }
}
