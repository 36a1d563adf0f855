//! Drives a researcher through its own study: forms the group, tells the members what to start from, follows the rounds.

use std::sync::Arc;

use openmls::prelude::KeyPackage;
use prost::Message as _;
use tributary_aggregation::ids::OwnerId;
use tributary_proto::decode;
use tributary_proto::v1::event::Event as Wire;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{self, MemberMessage};
use zeroize::Zeroizing;

use super::holdout::Holdout;
use crate::connection::{Attempt, Connection};
use crate::member::{ChainView, Member, MemberError, StudyModel};
use crate::narrate::{Event, Narrator};
use crate::session::{Group, check_key_package};
use crate::training::Trainer;
use crate::vault::{CommitteeRecord, Genesis, Secret};

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
        if self.member.group.is_some() {
            let enrolled = self.chain.enrolled(study).await?;
            self.member.admit(enrolled)?;
        }
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
            Wire::CommitteeRegistered(registered) => self.committee_registered(&registered).await?,
            Wire::SumsPublished(round) => {
                let at = Attempt { round: round.round, attempt: round.attempt };
                let sums: Vec<_> = round.sums.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
                let trainer = Arc::clone(&self.trainer);
                let pending = self.member.open_sums(&self.connection, trainer.as_ref(), at, &sums).await?;
                self.member.vault.record.pending = Some(pending);
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
            | Wire::MlsMessage(_)
            | Wire::RoundOpened(_)
            | Wire::RostersFixed(_)
            | Wire::CutsProposed(_)
            | Wire::SettlementProposed(_) => {}
        }
        Ok(None)
    }

    /// Forms the MLS group with those whom the chain has enrolled, and tells them what the study starts from.
    async fn form_group(&mut self, told: &[v1::Enrolled]) -> Result<(), MemberError> {
        if self.member.group.is_some() {
            return Ok(()); // formed before a restart
        }
        let enrolled = self.chain.enrolled(self.member.study).await?;
        self.member.admit(enrolled)?;
        let mut packages: Vec<KeyPackage> = Vec::with_capacity(told.len());
        let mut added: Vec<OwnerId> = Vec::with_capacity(told.len());
        for enrolled in told {
            let owner = decode::owner("enrolled.owner", &enrolled.owner)?;
            packages.push(check_key_package(
                &enrolled.key_package,
                owner,
                &self.member.domain,
                &self.member.enrolled,
            )?);
            added.push(owner);
        }
        let (group, welcome) = Group::create(
            &self.member.provider,
            &self.member.identity,
            self.member.study,
            self.member.domain,
            &packages,
        )?;
        // Nobody missing, nobody else: before anything is sent.
        group.owners(self.member.plan.researcher, &self.member.enrolled)?;
        self.connection.form_group(self.member.study, welcome, &added).await?;
        self.narrator.tell(Event::GroupJoined { members: added.len() + 1 });
        self.member.group = Some(group);
        self.send_genesis().await
    }

    async fn send_genesis(&mut self) -> Result<(), MemberError> {
        let genesis = v1::Genesis {
            model_seed: self.model_seed.to_vec(),
            holdout_salt: self.holdout.salt().to_vec(),
            holdout: self.holdout.csv().to_vec(),
        };
        self.member.vault.record.genesis = Some(Genesis {
            model_seed: Secret::new(genesis.model_seed.clone()),
            holdout_salt: Secret::new(genesis.holdout_salt.clone()),
            holdout: Secret::new(genesis.holdout.clone()),
        });
        let message = MemberMessage { message: Some(Message::Genesis(genesis)) };
        tracing::debug!(bytes = message.encoded_len(), "sending the genesis message");
        let Some(group) = self.member.group.as_mut() else { return Ok(()) };
        let sealed = group.seal(&self.member.provider, &self.member.identity, &message)?;
        self.member.save()?;
        self.connection.send_to_members(self.member.study, sealed).await?;
        Ok(())
    }

    /// The committee's key is on chain: keeps it, if it is the one that the coordinator says.
    async fn committee_registered(
        &mut self,
        registered: &v1::CommitteeRegistered,
    ) -> Result<(), MemberError> {
        let public_key: [u8; 48] = decode::array("public_key", &registered.public_key)?;
        let epoch = registered.epoch;
        self.member.vault.record.committee = Some(CommitteeRecord {
            epoch,
            members: self.member.enrolled.keys().copied().collect(),
            public_key: public_key.to_vec(),
            key: Vec::new(),
            share: None,
        });
        let own = self.member.committee_key_hash()?;
        let on_chain = self.chain.committee_key_hash(self.member.study, epoch).await?;
        if own != on_chain {
            self.member.vault.record.committee = None;
            return Err(MemberError::Disagreement(format!(
                "the coordinator names another committee key than the chain (hash {on_chain})"
            )));
        }
        self.narrator.tell(Event::CommitteeReady { epoch });
        Ok(())
    }

    async fn settled(&mut self, settled: v1::RoundSettled) -> Result<(), MemberError> {
        let round = settled.round;
        let pending = self.member.vault.record.pending.as_ref();
        let utility_micros = pending.and_then(|pending| pending.utilities.last().copied());
        let told = crate::settled::check(&self.member, &self.connection, &self.chain, &settled).await?;
        self.member.round_settled(round, told.transcript.as_deref())?;
        let (transaction, gas_used) = (told.transaction, settled.gas_used);
        self.narrator.tell(Event::Settled { round, utility_micros, transaction, gas_used });
        Ok(())
    }
}
