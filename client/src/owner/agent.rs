//! Drives an owner through a study: enrols, follows the events, answers each.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tributary_aggregation::masking::PairSeeds;
use tributary_contracts::Wallet;
use zeroize::Zeroizing;

use super::heartbeat::{Heartbeat, Pulse};
use super::round::{Announced, Opened, Rostered};
use super::run::Run;
use crate::connection::{Connection, ConnectionError};
use crate::dataset::Table;
use crate::member::{ChainView, Member, MemberError, StudyModel};
use crate::narrate::{Event, Narrator};
use crate::policy::Decisions;
use crate::training::{TrainError, Trainer};
use crate::vault::Witness;

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
    /// Where the site keeps what its rows have spent.
    pub decisions: Option<Decisions>,
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

/// How an owner's part in a study ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Whether all rounds were settled.
    pub completed: bool,
    /// Whether this owner's part ended before the study: it is off the roster.
    pub left: bool,
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
    pub(super) decisions: Option<Decisions>,
    pub(super) pulse: Arc<Pulse>,
    /// The run of the key generation in hand.
    pub(super) run: Option<Run>,
    pub(super) in_hand: InHand,
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
        let plan = &config.member.plan;
        let max = plan.aggregation.max_weight;
        let rows = config.table.rows();
        let weight = u32::try_from(rows).ok().filter(|weight| *weight <= max).ok_or_else(|| {
            MemberError::Disagreement(format!(
                "the data has {rows} rows, but this study lets an owner weigh {max} at most: \
                 take part with fewer rows, or ask the researcher for a plan with a larger max_weight"
            ))
        })?;
        let weight = weight.min(plan.max_weight());
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
            decisions: config.decisions,
            pulse: Arc::default(),
            run: None,
            in_hand: InHand::Nothing,
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
        self.check_vault().await?;
        let silence = Duration::from_secs(self.member.plan.deadlines.silence_s.into());
        let pulse = Arc::clone(&self.pulse);
        let study = self.member.study;
        let _heartbeat = Heartbeat::start(self.connection.clone(), study, silence, pulse);
        if self.is_out() {
            return self.left().await;
        }
        if self.member.group.is_some()
            && let Err(error) = self.resume().await
        {
            self.refuse_or_fail(error)?;
        }
        let mut events = self.connection.events(study, self.member.vault.record.after_seq);
        loop {
            self.pulse.saved(self.member.vault.generation());
            let done = tokio::select! {
                seen = self.pulse.outrun() => return Err(self.older_than(seen)),
                event = events.next() => self.step(event?).await,
                values = finished(&mut self.training) => self.after_training(values).await.map(|()| None),
            };
            match done {
                Ok(Some(finished)) => return Ok(finished),
                Ok(None) if self.is_out() => return self.left().await,
                Ok(None) => {}
                Err(error) => self.refuse_or_fail(error)?,
            }
        }
    }

    /// Says again what a restart may have cut off.
    async fn resume(&mut self) -> Result<(), MemberError> {
        self.hand_over().await?;
        let steps = self.resume_forming()?;
        self.follow(steps).await?;
        self.sign_committee().await
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

    /// Whether a commit has taken this owner out of the group.
    fn is_out(&self) -> bool {
        self.member.group.as_ref().is_some_and(|group| !group.is_active())
    }

    /// An old copy of the vault has forgotten what was answered since: nothing is answered from it.
    async fn check_vault(&mut self) -> Result<(), MemberError> {
        let generation = self.member.vault.generation();
        self.pulse.saved(generation);
        match self.connection.beat(self.member.study, 0, 0, generation).await {
            Ok(seen) => Ok(self.member.vault.check_witness(seen, Witness::Coordinator)?),
            // It hears nothing of who is off the roster.
            Err(ConnectionError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn older_than(&self, seen: u64) -> MemberError {
        match self.member.vault.check_witness(seen, Witness::Coordinator) {
            Err(error) => error.into(),
            Ok(()) => MemberError::Disagreement(format!(
                "the coordinator has heard of a newer vault (saved {seen} times): start again"
            )),
        }
    }

    async fn after_training(&mut self, values: Result<Vec<f32>, MemberError>) -> Result<(), MemberError> {
        self.training = None;
        self.trained(values?).await
    }
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
