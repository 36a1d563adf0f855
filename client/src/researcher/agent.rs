//! Drives a researcher through its own study: forms the group, tells the members what to start from, follows the rounds.

use std::path::PathBuf;
use std::sync::Arc;

use tributary_proto::decode;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;
use zeroize::Zeroizing;

use super::holdout::Holdout;
use super::model_file::FinalModel;
use crate::connection::{Attempt, Connection};
use crate::member::{ChainView, Member, MemberError, StudyModel};
use crate::narrate::{Event, Narrator};
use crate::training::Trainer;
use crate::vault::{self, VaultError};

/// What a researcher's agent is made of.
pub struct Researcher {
    /// Keys, group and memory.
    pub member: Member,
    /// The rows on which coalitions' models are compared.
    pub holdout: Holdout,
    /// Initial weights are drawn from it.
    pub model_seed: Zeroizing<[u8; 32]>,
    /// Evaluates.
    pub trainer: Arc<dyn Trainer>,
    /// The coordinator.
    pub connection: Connection,
    /// The chain.
    pub chain: ChainView,
    /// Tells the user.
    pub narrator: Narrator,
    /// Where every settled round's model is kept; none: only the last one is, by the caller.
    pub checkpoints: Option<PathBuf>,
}

/// How a study ended.
pub struct StudyOutcome {
    /// Whether all rounds were settled.
    pub completed: bool,
    /// The last round's model, if there was one.
    pub model: Option<StudyModel>,
}

impl Researcher {
    /// Follows the study to its end.
    ///
    /// # Errors
    /// If the coordinator stays away, or the group can't be formed.
    pub async fn run(mut self) -> Result<StudyOutcome, MemberError> {
        let study = self.member.study;
        let mut events = self.connection.events(study, self.member.vault.record.after_seq);
        loop {
            let event = events.next().await?;
            let seq = event.seq;
            let Some(event) = event.event else { continue };
            match self.answer(event).await {
                Ok(None) => {}
                Ok(Some(outcome)) => return Ok(outcome),
                // Without a group there is no study.
                Err(error) if error.is_fatal() || self.member.group.is_none() => return Err(error),
                Err(error) => self.narrator.tell(Event::Refused { reason: error.to_string() }),
            }
            self.member.vault.record.after_seq = seq;
            self.member.save()?;
        }
    }

    async fn answer(&mut self, event: Wire) -> Result<Option<StudyOutcome>, MemberError> {
        match event {
            Wire::EnrolmentClosed(closed) => self.form_group(&closed.owners).await?,
            Wire::MlsMessage(message) => self.group_message(&message.message).await?,
            Wire::CommitteeRegistered(registered) => {
                self.member.take_committee(&self.chain, &registered).await?;
                self.narrator.tell(Event::CommitteeReady { epoch: registered.epoch });
            }
            Wire::SumsPublished(round) => {
                let at = Attempt { round: round.round, attempt: round.attempt };
                let sums: Vec<_> = round.sums.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
                let trainer = Arc::clone(&self.trainer);
                let opened = self.member.open_sums(&self.connection, trainer.as_ref(), at, &sums).await?;
                if !opened.looks.is_empty() {
                    self.narrator.tell(Event::Groups { round: at.round, groups: opened.looks });
                }
                self.member.vault.record.pending = Some(opened.pending);
            }
            Wire::RoundSettled(settled) => self.settled(settled).await?,
            Wire::RoundAborted(aborted) => {
                self.member.vault.record.pending = None;
                let absent = aborted
                    .absent
                    .iter()
                    .map(|owner| decode::owner("absent", owner))
                    .collect::<Result<_, _>>()?;
                let (round, attempt) = (aborted.round, aborted.attempt);
                self.narrator.tell(Event::Aborted { round, attempt, reason: aborted.reason, absent });
            }
            Wire::RoundAnnounced(round) => {
                let (round, attempt) = (round.round, round.attempt);
                self.narrator.tell(Event::Phase { round, attempt, phase: "announced" });
            }
            Wire::StudyEnded(ended) => {
                self.narrator.tell(Event::Ended { completed: ended.completed, reason: ended.reason });
                let model = self.member.model()?;
                return Ok(Some(StudyOutcome { completed: ended.completed, model }));
            }
            // What owners say among themselves, and the phases of a round that only they answer.
            Wire::RosterChanging(_)
            | Wire::CommitteeDeadline(_)
            | Wire::RemovalProposed(_)
            | Wire::MaskGraphDrawn(_)
            | Wire::MlsWelcome(_)
            | Wire::RoundOpened(_)
            | Wire::RostersFixed(_)
            | Wire::CutsProposed(_)
            | Wire::SettlementProposed(_) => {}
        }
        Ok(None)
    }

    /// Keeps the round's model as `round-0007.bin`: whole or not at all.
    fn keep_checkpoint(&self, round: u64) -> Result<(), MemberError> {
        let (Some(directory), 1..) = (&self.checkpoints, round) else { return Ok(()) };
        let Some(model) = self.member.model()? else { return Ok(()) };
        let path = directory.join(format!("round-{round:04}.bin"));
        let bytes = FinalModel::of(self.member.plan_digest, model).to_bytes();
        vault::replace(&path, &[&bytes])
            .map_err(|source| VaultError::Io { path, action: "written", source }.into())
    }

    async fn settled(&mut self, settled: v1::RoundSettled) -> Result<(), MemberError> {
        let round = settled.round;
        let pending = self.member.vault.record.pending.as_ref();
        let utility_micros = pending.and_then(|pending| pending.utilities.last().copied());
        let told = crate::settled::check(&self.member, &self.connection, &self.chain, &settled).await?;
        self.member.round_settled(round, told.transcript.as_deref())?;
        self.keep_checkpoint(round)?;
        let (transaction, gas_used) = (told.transaction, settled.gas_used);
        self.narrator.tell(Event::Settled { round, utility_micros, transaction, gas_used });
        if round == 0
            && let Some(model) = self.member.model()?
            && let Some(overview) = model.standardiser.overview(&self.member.plan.schema)?
        {
            self.narrator.tell(Event::Overview { overview });
        }
        Ok(())
    }
}
