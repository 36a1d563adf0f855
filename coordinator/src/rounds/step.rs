//! One step of a study.

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::OwnerId;

use super::base::Base;
use super::command::{Command, Commit};
use super::effect::{Audience, Effect};
use super::facts::{Facts, Millis, seconds};
use super::phases::{Advance, Enrolling, Phase, fingerprint};
use super::rejection::Rejection;
use super::roster;
use super::turn::Turn;
use tributary_proto::v1::{self, event::Event};

/// A study: all that is to be remembered between two commands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// What all phases share.
    pub base: Base,
    /// The phase, with its notes.
    pub phase: Phase,
}

/// A study after a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The study.
    pub study: Study,
    /// What is to be done.
    pub effects: Vec<Effect>,
}

impl Study {
    /// A study that was just launched.
    #[must_use]
    pub fn new(facts: Facts, now: Millis) -> Self {
        let phase = Enrolling::new(facts.chain.enrol_by).into();
        Self { base: Base::new(facts, now), phase }
    }

    /// When time alone changes something next, after `now`.
    #[must_use]
    pub fn due(&self, now: Millis) -> Option<Millis> {
        if self.phase.has_ended() {
            return None;
        }
        let silences = self.base.owners.values().map(|owner| self.base.silent_from(owner));
        let study = [self.base.facts.chain.settle_by + 1];
        self.phase.deadline().into_iter().chain(silences).chain(study).filter(|due| *due > now).min()
    }

    /// Whether masks wait to be removed: to be asked after a restart, since effects are carried out only once.
    #[must_use]
    pub fn wants_unmasking(&self) -> bool {
        matches!(&self.phase, Phase::Unmasking(unmasking) if unmasking.is_open())
    }
}

/// What a command makes of a study.
///
/// # Errors
/// If the command is refused; then nothing has happened.
pub fn step(study: Study, command: Command, now: Millis) -> Result<Step, Rejection> {
    let Study { base, mut phase } = study;
    let mut turn = Turn { base, now, effects: Vec::new() };
    if let Some(reason) = ended(&phase) {
        return match command {
            Command::Tick | Command::Resumed | Command::Heartbeat { .. } => Ok(finish(turn, phase)),
            _ => Err(Rejection::Ended { reason }),
        };
    }
    let speaker = command.speaker();
    take_in(&mut turn, &mut phase, command)?;
    if let Some(owner) = speaker.and_then(|owner| turn.base.newest_mut(&owner)) {
        owner.heard = owner.heard.max(now);
    }
    if now > turn.base.facts.chain.settle_by && !is_on_its_way(&phase) {
        phase = turn.end("its deadline has passed".into());
    }
    loop {
        match phase.advance(&mut turn) {
            Advance::Next(next) => phase = next,
            Advance::Wait(phase) => return Ok(finish(turn, phase)),
        }
    }
}

fn finish(turn: Turn, phase: Phase) -> Step {
    Step { study: Study { base: turn.base, phase }, effects: turn.effects }
}

fn ended(phase: &Phase) -> Option<String> {
    match phase {
        Phase::Closed(_) => Some("all its rounds are settled".into()),
        Phase::Aborted(aborted) => Some(aborted.reason.clone()),
        _ => None,
    }
}

/// Whether a settlement was handed to the relay: then the chain decides whether it came in time.
fn is_on_its_way(phase: &Phase) -> bool {
    matches!(phase, Phase::Settling(settling) if settling.is_relayed())
}

fn take_in(turn: &mut Turn, phase: &mut Phase, command: Command) -> Result<(), Rejection> {
    match command {
        Command::Tick => Ok(()),
        Command::Resumed => {
            turn.base.watched_from = turn.now;
            phase.extend(turn.now + seconds(turn.base.facts.plan.deadlines.silence_s));
            Ok(())
        }
        Command::Heartbeat { owner, round, done_permille, vault_generation } => {
            let owner = turn.base.newest_mut(&owner).ok_or(Rejection::NotEnrolled(owner))?;
            owner.progress = (round, done_permille.min(1000));
            owner.vault_generation = owner.vault_generation.max(vault_generation);
            Ok(())
        }
        Command::Message { sender, epoch, message } => pass_on(turn, phase, sender, epoch, message),
        Command::Commit(commit) if is_repeated(turn, &commit) => Ok(()),
        Command::Enrol(enrol) => roster::enrol(turn, enrol),
        Command::Leave(leave) => roster::leave(turn, leave),
        Command::ProposeRemoval { owner, sequence, reason } => roster::propose(turn, owner, sequence, reason),
        Command::SignRemoval(signed) => roster::sign(turn, signed),
        Command::Enrolled { owner, sequence, transaction } => {
            roster::enrolled(turn, owner, sequence, transaction);
            Ok(())
        }
        Command::Left { owner, sequence, transaction } => {
            roster::left(turn, owner, sequence, transaction);
            Ok(())
        }
        Command::ChangeRefused { owner, sequence, refusal } => {
            roster::refused(turn, owner, sequence, refusal);
            Ok(())
        }
        Command::Removed { owner, sequence } => {
            roster::removed(turn, owner, sequence);
            Ok(())
        }
        Command::RemovalTooFew { owner, sequence } => {
            roster::removal_too_few(turn, owner, sequence);
            Ok(())
        }
        Command::RemovalRefused { owner, sequence, refusal } => {
            roster::removal_refused(turn, owner, sequence, refusal);
            Ok(())
        }
        Command::ConsentRevoked { owner } => {
            roster::revoked(turn, owner);
            Ok(())
        }
        Command::ConsentWithdrawn { owner, sequence } => {
            roster::withdrawn(turn, owner, sequence);
            Ok(())
        }
        command if phase.needs_no(&command) || is_about_finished(turn, &command) => Ok(()),
        command => phase.accept(turn, command),
    }
}

/// Appends an application message of the group to the log.
fn pass_on(
    turn: &mut Turn,
    phase: &mut Phase,
    sender: OwnerId,
    epoch: u64,
    message: Vec<u8>,
) -> Result<(), Rejection> {
    if sender != turn.base.facts.chain.researcher && !turn.base.owners.contains_key(&sender) {
        return Err(Rejection::NotEnrolled(sender));
    }
    let Some(now) = turn.base.mls_epoch else {
        let hint = "the researcher forms the group first";
        return Err(Rejection::NotNow { what: "an MLS message", phase: phase.name(), hint });
    };
    if epoch < now {
        return Err(Rejection::EpochOver { epoch });
    }
    if epoch > now {
        return Err(Rejection::invalid("epoch", format!("the group is in epoch {now}, not in {epoch}")));
    }
    if let Phase::Forming(forming) = phase {
        forming.heard(turn, sender);
    }
    let sender = sender.0.to_vec();
    turn.append(Audience::Everyone, Event::MlsMessage(v1::MlsMessage { sender, message }));
    Ok(())
}

/// Whether the commit is the one that began the group's epoch: its answer was lost.
fn is_repeated(turn: &Turn, commit: &Commit) -> bool {
    turn.base.last_commit.as_ref().is_some_and(|last| {
        (last.sender, last.epoch) == (commit.sender, commit.epoch) && last.fingerprint == fingerprint(commit)
    })
}

/// Whether a quorum ended the attempt well without this.
fn is_about_finished(turn: &Turn, command: &Command) -> bool {
    let quorum_message = matches!(
        command,
        Command::BeaconShare { .. }
            | Command::GraphShare { .. }
            | Command::Release { .. }
            | Command::Evaluation { .. }
            | Command::SettlementShare { .. }
    );
    quorum_message && turn.base.finished.is_some() && turn.base.finished == command.attempt()
}
