//! Drives an owner through a study: enrols, follows the events, answers each.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tributary_aggregation::committee::Dkg;
use tributary_aggregation::header::identity_commitment;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::PairSeeds;
use tributary_contracts::{Wallet, typed_data};
use tributary_proto::decode;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;
use zeroize::Zeroizing;

use super::heartbeat::{Heartbeat, Pulse};
use super::round::{Announced, Opened, Rostered};
use crate::connection::{Attempt, Connection, ConnectionError, Enrolment};
use crate::dataset::Table;
use crate::member::{ChainView, Member, MemberError, StudyModel};
use crate::narrate::{Event, Narrator};
use crate::training::{TrainError, Trainer};

/// What an owner's agent is made of.
pub struct AgentConfig {
    /// Keys, group and memory.
    pub member: Member,
    /// The owner's wallet.
    pub wallet: Arc<Wallet>,
    /// The owner's rows.
    pub table: Table,
    /// Trains and evaluates.
    pub trainer: Arc<dyn Trainer>,
    /// The coordinator.
    pub connection: Connection,
    /// The chain.
    pub chain: ChainView,
    /// Where the owner's files lie.
    pub directory: PathBuf,
    /// Tells the user.
    pub narrator: Narrator,
}

/// The round in hand.
#[derive(Default)]
pub(super) enum InHand {
    #[default]
    Nothing,
    Announced(Announced),
    /// With the pair seeds, if this owner joined.
    Opened(Opened, Option<PairSeeds>),
    /// And with what training gave, if it is done before it is drawn who masks with whom.
    Rostered(Rostered, Option<PairSeeds>, Option<Zeroizing<Vec<f32>>>),
}

/// How a study ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Whether all rounds were settled.
    pub completed: bool,
    /// Why it ended.
    pub reason: String,
    /// The model, if there was a round.
    pub model: Option<StudyModel>,
}

/// An owner at work.
pub struct Agent {
    pub(super) member: Member,
    pub(super) wallet: Arc<Wallet>,
    pub(super) table: Arc<Table>,
    pub(super) weight: u32,
    pub(super) trainer: Arc<dyn Trainer>,
    pub(super) connection: Connection,
    pub(super) chain: ChainView,
    pub(super) directory: PathBuf,
    pub(super) narrator: Narrator,
    pub(super) pulse: Arc<Pulse>,
    pub(super) dkg: Option<Dkg>,
    pub(super) in_hand: InHand,
    /// The highest round that was announced in this process's life.
    pub(super) announced_round: u64,
    pub(super) training: Option<JoinHandle<Result<Vec<f32>, TrainError>>>,
}

/// A message that came too late is no fault of this owner's: the round has gone on without it.
pub(super) fn unless_untimely(sent: Result<(), ConnectionError>) -> Result<(), MemberError> {
    match sent {
        Err(error) if error.is_untimely() => {
            tracing::info!(%error, "the coordinator did not take a message");
            Ok(())
        }
        sent => Ok(sent?),
    }
}

impl Agent {
    /// An owner ready to run.
    ///
    /// # Errors
    /// If the data has more rows than the plan lets one owner weigh.
    pub fn new(config: AgentConfig) -> Result<Self, MemberError> {
        let max = config.member.plan.aggregation.max_weight;
        let rows = config.table.rows();
        let weight = u32::try_from(rows).ok().filter(|weight| *weight <= max).ok_or_else(|| {
            MemberError::Disagreement(format!(
                "the data has {rows} rows, but this study lets an owner weigh {max} at most: \
                 take part with fewer rows, or ask the researcher for a plan with a larger max_weight"
            ))
        })?;
        Ok(Self {
            member: config.member,
            wallet: config.wallet,
            table: Arc::new(config.table),
            weight,
            trainer: config.trainer,
            connection: config.connection,
            chain: config.chain,
            directory: config.directory,
            narrator: config.narrator,
            pulse: Arc::default(),
            dkg: None,
            in_hand: InHand::Nothing,
            announced_round: 0,
            training: None,
        })
    }

    /// Enrols if need be, then takes part until the study ends.
    ///
    /// # Errors
    /// If the coordinator stays away, the vault can't be written, or enrolment is refused. What disagrees in a round is
    /// told and not answered; it does not end the owner's part.
    pub async fn run(mut self) -> Result<Finished, MemberError> {
        self.enrol().await?;
        let silence = Duration::from_secs(self.member.plan.deadlines.silence_s.into());
        let pulse = Arc::clone(&self.pulse);
        let study = self.member.study;
        let _heartbeat = Heartbeat::start(self.connection.clone(), study, silence, pulse);
        if self.member.group.is_some() {
            self.load_enrolled().await?;
            let outputs = self.resume_forming()?;
            self.follow(outputs).await?;
            self.sign_committee().await?;
        }
        let mut events = self.connection.events(study, self.member.vault.record.after_seq);
        loop {
            let done = tokio::select! {
                event = events.next() => self.step(event?).await,
                values = finished(&mut self.training) => self.after_training(values).await.map(|()| None),
            };
            match done {
                Ok(Some(finished)) => return Ok(finished),
                Ok(None) => {}
                Err(error) => self.refuse_or_fail(error)?,
            }
        }
    }

    /// What only this round's messages suffer from is told; what nothing can go on with is an error.
    fn refuse_or_fail(&mut self, error: MemberError) -> Result<(), MemberError> {
        if error.is_fatal() {
            return Err(error);
        }
        tracing::warn!(%error, "refused");
        self.narrator.tell(Event::Refused { reason: error.to_string() });
        Ok(())
    }

    async fn enrol(&mut self) -> Result<(), MemberError> {
        let (study, owner) = (self.member.study, self.member.identity.owner);
        let mls_key = self.member.identity.mls_key();
        let identity = identity_commitment(&mls_key);
        if let Some(enrolled) = self.chain.identity_of(study, owner).await? {
            if enrolled != identity {
                return Err(MemberError::Disagreement(format!(
                    "{owner} is enrolled in this study with another key: its vault was lost or is another one. \
                     Restore the vault; a new key can join in the next epoch only"
                )));
            }
            if self.member.group.is_some() {
                return Ok(());
            }
        }
        let digest = typed_data::enrol_digest(
            &self.member.domain,
            &study.0,
            &owner.0,
            &self.member.plan_digest.0,
            &identity.0,
            0,
        );
        let key_package = self.member.identity.key_package(&self.member.provider)?;
        // The key package's private half must be on disk before anybody can use the public one.
        self.member.save()?;
        let enrolment = Enrolment { key_package, mls_key, signature: self.wallet.sign_digest(&digest) };
        let transaction = self.connection.enrol_owner(study, enrolment).await?;
        self.narrator.tell(Event::Enrolled { owner, transaction });
        Ok(())
    }

    /// Reads from the chain who is enrolled: the roster's authority.
    pub(super) async fn load_enrolled(&mut self) -> Result<(), MemberError> {
        let enrolled = self.chain.enrolled(self.member.study).await?;
        self.member.admit(enrolled)
    }

    async fn after_training(&mut self, values: Result<Vec<f32>, MemberError>) -> Result<(), MemberError> {
        self.training = None;
        self.trained(values?).await
    }

    async fn step(&mut self, event: v1::Event) -> Result<Option<Finished>, MemberError> {
        let seq = event.seq;
        let Some(event) = event.event else { return Ok(None) };
        // Up to here nothing is in hand that a restart would lose.
        let rests = matches!(
            event,
            Wire::EnrolmentClosed(_)
                | Wire::MlsWelcome(_)
                | Wire::MlsMessage(_)
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
            Wire::EnrolmentClosed(_) => self.load_enrolled().await?,
            Wire::MlsWelcome(welcome) => self.welcome(&welcome.welcome).await?,
            Wire::MlsMessage(message) => self.group_message(seq, &message.message).await?,
            Wire::CommitteeRegistered(registered) => self.committee_registered(registered.epoch).await?,
            Wire::RoundAnnounced(round) => {
                let candidates = decode::ascending_owners("candidates", &round.candidates)?;
                self.over();
                self.announced(attempt(round.round, round.attempt), round.epoch, candidates).await?;
            }
            Wire::RoundOpened(round) => {
                let beacon = decode::array("beacon", &round.beacon)?;
                let groups = decode::groups("groups", &round.groups)?;
                self.opened(attempt(round.round, round.attempt), beacon, &groups).await?;
            }
            Wire::RostersFixed(round) => {
                let rosters = decode::groups("rosters", &round.rosters)?;
                self.rosters_fixed(attempt(round.round, round.attempt), rosters).await?;
            }
            Wire::MaskGraphDrawn(drawn) => {
                let beacon = decode::array("beacon", &drawn.beacon)?;
                self.mask_graph_drawn(attempt(drawn.round, drawn.attempt), &beacon).await?;
            }
            Wire::CutsProposed(round) => {
                let cuts = round.cuts.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
                self.cuts_proposed(attempt(round.round, round.attempt), cuts).await?;
            }
            Wire::SumsPublished(round) => {
                let sums: Vec<_> = round.sums.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
                self.sums_published(attempt(round.round, round.attempt), &sums).await?;
            }
            Wire::SettlementProposed(round) => {
                self.settlement_proposed(attempt(round.round, round.attempt), &round.transcript).await?;
            }
            Wire::RoundSettled(settled) => self.settled(settled).await?,
            Wire::RoundAborted(aborted) => self.aborted(aborted)?,
            Wire::RosterChanging(_)
            | Wire::CommitteeDeadline(_)
            | Wire::RemovalProposed(_)
            | Wire::MaskGraphDrawn(_) => {}
            Wire::StudyEnded(ended) => return self.ended(ended).await.map(Some),
        }
        Ok(None)
    }

    /// Nothing is in hand any more.
    fn over(&mut self) {
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
        let owner: OwnerId = self.member.identity.owner;
        if self.member.vault.record.payouts.get(&owner) > 0 {
            let (transaction, cumulative) = self.connection.claim_payout(self.member.study).await?;
            let transaction: Option<Digest> = transaction;
            self.narrator.tell(Event::Paid { owner, cumulative: cumulative.to_string(), transaction });
        }
        Ok(Finished { completed: ended.completed, reason: ended.reason, model: self.member.model()? })
    }
}

fn attempt(round: u64, attempt: u32) -> Attempt {
    Attempt { round, attempt }
}

/// What training gave, once it is done; waits for ever while there is none.
async fn finished(
    training: &mut Option<JoinHandle<Result<Vec<f32>, TrainError>>>,
) -> Result<Vec<f32>, MemberError> {
    match training {
        None => std::future::pending().await,
        Some(handle) => match handle.await {
            Ok(result) => Ok(result?),
            Err(error) => Err(MemberError::Disagreement(format!("training stopped: {error}"))),
        },
    }
}
