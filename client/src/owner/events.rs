//! Answering the study's events, one by one.

use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::decode;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use super::agent::{Agent, Finished, InHand};
use crate::connection::Attempt;
use crate::member::MemberError;
use crate::narrate::Event;

fn attempt(round: u64, attempt: u32) -> Attempt {
    Attempt { round, attempt }
}

impl Agent {
    /// Answers an event, and notes up to where nothing is in hand that a restart would lose.
    pub(super) async fn step(&mut self, event: v1::Event) -> Result<Option<Finished>, MemberError> {
        let seq = event.seq;
        let Some(event) = event.event else { return Ok(None) };
        let rests = matches!(
            event,
            Wire::EnrolmentClosed(_)
                | Wire::MlsWelcome(_)
                | Wire::MlsMessage(_)
                | Wire::RosterChanging(_)
                | Wire::CommitteeDeadline(_)
                | Wire::CommitteeRegistered(_)
                | Wire::RoundSettled(_)
                | Wire::RoundAborted(_)
        );
        let result = self.answer(seq, event).await;
        if rests && !result.as_ref().is_err_and(MemberError::is_fatal) {
            self.member.vault.record.after_seq = seq;
            self.member.save()?;
        }
        result
    }

    async fn answer(&mut self, seq: u64, event: Wire) -> Result<Option<Finished>, MemberError> {
        match event {
            Wire::EnrolmentClosed(_) => {}
            Wire::MlsWelcome(welcome) => self.welcome(&welcome.welcome).await?,
            Wire::MlsMessage(message) => self.group_message(seq, &message.message).await?,
            Wire::StudyEnded(ended) => return self.ended(ended).await.map(Some),
            // What was before this owner came in is not its own; but which rounds were announced, it must know.
            Wire::RoundAnnounced(round) if self.member.group.is_none() => {
                let announced = &mut self.member.vault.record.announced;
                *announced = (*announced).max(round.round);
            }
            _ if self.member.group.is_none() => {}
            Wire::RosterChanging(change) => self.roster_changing(change.try_into()?).await?,
            Wire::CommitteeDeadline(deadline) => {
                self.committee_deadline(deadline.epoch, deadline.number).await?;
            }
            Wire::CommitteeRegistered(registered) => self.committee_registered(&registered).await?,
            Wire::RemovalProposed(proposed) => self.removal_proposed(proposed).await?,
            // Finished before a restart that came before that was noted.
            event if self.is_finished(&event) => {}
            // Without the model there is nothing to do in a round.
            _ if self.member.vault.record.awaits_handover => {}
            event => self.answer_round(event).await?,
        }
        Ok(None)
    }

    fn is_finished(&self, event: &Wire) -> bool {
        let round = match event {
            Wire::RoundAnnounced(event) => event.round,
            Wire::RoundOpened(event) => event.round,
            Wire::RostersFixed(event) => event.round,
            Wire::MaskGraphDrawn(event) => event.round,
            Wire::CutsProposed(event) => event.round,
            Wire::SumsPublished(event) => event.round,
            Wire::SettlementProposed(event) => event.round,
            _ => return false,
        };
        self.member.vault.record.finished.is_some_and(|finished| round <= finished)
    }

    async fn answer_round(&mut self, event: Wire) -> Result<(), MemberError> {
        match event {
            Wire::RoundAnnounced(round) => {
                let candidates = decode::ascending_owners("candidates", &round.candidates)?;
                self.over();
                self.announced(attempt(round.round, round.attempt), round.epoch, candidates).await
            }
            Wire::RoundOpened(round) => {
                let beacon = decode::array("beacon", &round.beacon)?;
                let groups = decode::groups("groups", &round.groups)?;
                self.opened(attempt(round.round, round.attempt), beacon, &groups).await
            }
            Wire::RostersFixed(round) => {
                let rosters = decode::groups("rosters", &round.rosters)?;
                self.rosters_fixed(attempt(round.round, round.attempt), rosters).await
            }
            Wire::MaskGraphDrawn(drawn) => {
                let beacon = decode::array("beacon", &drawn.beacon)?;
                self.mask_graph_drawn(attempt(drawn.round, drawn.attempt), &beacon).await
            }
            Wire::CutsProposed(round) => {
                let cuts = round.cuts.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
                self.cuts_proposed(attempt(round.round, round.attempt), cuts).await
            }
            Wire::SumsPublished(round) => {
                let sums: Vec<_> = round.sums.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
                self.sums_published(attempt(round.round, round.attempt), &sums).await
            }
            Wire::SettlementProposed(round) => {
                self.settlement_proposed(attempt(round.round, round.attempt), &round.transcript).await
            }
            Wire::RoundSettled(settled) => self.settled(settled).await,
            Wire::RoundAborted(aborted) => self.aborted(aborted),
            _ => Ok(()),
        }
    }

    /// Nothing is in hand any more.
    pub(super) fn over(&mut self) {
        self.in_hand = InHand::Nothing;
        if let Some(training) = self.training.take() {
            training.abort();
        }
        self.forget_report();
    }

    async fn settled(&mut self, settled: v1::RoundSettled) -> Result<(), MemberError> {
        self.over();
        let round = settled.round;
        let pending = self.member.vault.record.pending.as_ref();
        let utility_micros = pending.and_then(|pending| pending.utilities.last().copied());
        let told = crate::settled::check(&self.member, &self.connection, &self.chain, &settled).await?;
        self.member.round_settled(round, told.transcript.as_deref())?;
        let (transaction, gas_used) = (told.transaction, settled.gas_used);
        self.narrator.tell(Event::Settled { round, utility_micros, transaction, gas_used });
        Ok(())
    }

    fn aborted(&mut self, aborted: v1::RoundAborted) -> Result<(), MemberError> {
        self.over();
        self.member.vault.record.pending = None;
        let absent =
            aborted.absent.iter().map(|owner| decode::owner("absent", owner)).collect::<Result<_, _>>()?;
        let (round, attempt) = (aborted.round, aborted.attempt);
        self.narrator.tell(Event::Aborted { round, attempt, reason: aborted.reason, absent });
        Ok(())
    }

    async fn ended(&mut self, ended: v1::StudyEnded) -> Result<Finished, MemberError> {
        self.over();
        self.narrator.tell(Event::Ended { completed: ended.completed, reason: ended.reason.clone() });
        if self.member.vault.record.payouts.get(&self.member.identity.owner) > 0 {
            self.claim().await?;
        }
        let (completed, reason) = (ended.completed, ended.reason);
        Ok(Finished { completed, left: false, reason, model: self.member.model()? })
    }

    /// This owner is off the roster, and its part is over. What it has earned is paid out, now or by `owner claim`.
    pub(super) async fn left(&mut self) -> Result<Finished, MemberError> {
        self.over();
        let owner = self.member.identity.owner;
        self.narrator.tell(Event::Left { owner });
        if self.member.vault.record.payouts.get(&owner) > 0
            && let Err(error) = self.claim().await
        {
            tracing::warn!(%error, "the payout was not claimed; `tributary owner claim` does it later");
        }
        let reason = "this owner is off the roster".to_owned();
        Ok(Finished { completed: false, left: true, reason, model: self.member.model()? })
    }

    async fn claim(&mut self) -> Result<(), MemberError> {
        let owner: OwnerId = self.member.identity.owner;
        let (transaction, cumulative) = self.connection.claim_payout(self.member.study).await?;
        let transaction: Option<Digest> = transaction;
        self.narrator.tell(Event::Paid { owner, cumulative: cumulative.to_string(), transaction });
        Ok(())
    }
}
