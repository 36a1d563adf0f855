//! The MLS group forms or follows the roster, the owners make the committee's key, sign it, and the chain registers it.

mod change;
mod keygen;
mod signing;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1::{self, event::Event};

use super::{Advance, Gathering, not_now};
use crate::rounds::base::{Attempt, LastCommit};
use crate::rounds::command::{Command, Commit};
use crate::rounds::effect::Audience;
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::rejection::Rejection;
use crate::rounds::roster;
use crate::rounds::turn::{Turn, list};
use change::Change;
use keygen::Keygen;
use signing::Signing;

/// The group forms and makes its committee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forming {
    /// When all this must be done.
    deadline: Millis,
    /// The attempt that the study goes on with.
    due: Attempt,
    /// What happens to a group that is there already; nothing while it is created.
    change: Option<Change>,
    /// From the commit on.
    keygen: Option<Keygen>,
    signing: Signing,
    /// Whether the study can go on.
    done: bool,
    /// Why the study can't go on.
    failed: Option<String>,
}

impl Forming {
    /// The researcher creates the group.
    pub(super) fn creation(turn: &Turn) -> Self {
        Self::new(turn, Attempt { round: 0, attempt: 1 }, None)
    }

    /// The group is to follow the chain's roster, before the attempt that is due.
    pub(super) fn follow_roster(turn: &mut Turn, due: Attempt) -> Self {
        turn.log(format!("the roster has changed: it is sealed, and {due} waits for a new committee"));
        roster::seal(turn);
        Self::new(turn, due, Some(Change::default()))
    }

    fn new(turn: &Turn, due: Attempt, change: Option<Change>) -> Self {
        let deadline = turn.now + seconds(turn.base.facts.plan.deadlines.committee_s);
        let signing = Signing::default();
        Self { deadline, due, change, keygen: None, signing, done: false, failed: None }
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        match command {
            Command::Commit(commit) => self.commit(turn, commit),
            Command::CommitteeSigned(signed) => self.signing.sign(turn, signed),
            Command::CommitteeRegistered { epoch, transaction } => {
                self.done |= self.signing.registered(turn, epoch, transaction);
                Ok(())
            }
            Command::CommitteeRefused { reason } => {
                turn.log(format!("the chain does not register the committee: {reason}"));
                self.signing = Signing::default();
                Ok(())
            }
            Command::Sealed { roster } => {
                if let Some(change) = &mut self.change {
                    self.failed = change.sealed(turn, roster).err();
                }
                Ok(())
            }
            Command::SealRefused { reason } => {
                if self.change.as_ref().is_some_and(|change| !change.is_sealed()) {
                    turn.log(format!("the chain does not seal the roster, {} goes on: {reason}", self.due));
                    roster::not_sealed(turn);
                    self.done = true;
                }
                Ok(())
            }
            other => Err(not_now(&other, "forming", "wait until the committee is registered")),
        }
    }

    /// Notes that a member spoke in the present epoch.
    pub(crate) fn heard(&mut self, turn: &Turn, sender: OwnerId) {
        if let Some(keygen) = &mut self.keygen {
            keygen.heard(turn, sender);
        }
    }

    /// The delivery service's rule: the first commit of an epoch wins (RFC 9750, section 5.2.3).
    fn commit(&mut self, turn: &mut Turn, commit: Commit) -> Result<(), Rejection> {
        let fingerprint = fingerprint(&commit);
        let Commit { sender, epoch, commit, welcome, added } = commit;
        let is_member = sender == turn.base.facts.chain.researcher || turn.base.owners.contains_key(&sender);
        if !is_member {
            return Err(Rejection::NotEnrolled(sender));
        }
        let current = turn.base.mls_epoch.unwrap_or(0);
        if epoch < current {
            return Err(Rejection::EpochTaken { epoch });
        }
        if epoch > current {
            let reason =
                format!("the group is in epoch {current}; a commit ends that one, not epoch {epoch}");
            return Err(Rejection::invalid("commit.epoch", reason));
        }
        if self.keygen.is_some() {
            let reason = "the group has followed the roster: the next commit follows its next change";
            return Err(Rejection::invalid("commit", reason));
        }
        let added: BTreeSet<OwnerId> = added.into_iter().collect();
        match &self.change {
            None => check_creation(turn, sender, &commit, &welcome, &added)?,
            Some(change) => change.check(turn, sender, &commit, &welcome, &added)?,
        }
        if !commit.is_empty() {
            let sender = sender.0.to_vec();
            turn.tell(Event::MlsMessage(v1::MlsMessage { sender, message: commit }));
        }
        if !welcome.is_empty() {
            let welcome = v1::MlsWelcome { epoch: epoch + 1, welcome };
            turn.append(Audience::Owners(added.into_iter().collect()), Event::MlsWelcome(welcome));
        }
        turn.base.last_commit = Some(LastCommit { sender, epoch, fingerprint });
        turn.base.mls_epoch = Some(epoch + 1);
        turn.log(format!("the MLS group is in epoch {}", epoch + 1));
        self.signing = Signing::default();
        self.keygen = Some(Keygen::default());
        Ok(())
    }

    pub(super) fn advance(mut self, turn: &mut Turn) -> Advance {
        if let Some(reason) = self.failed {
            return Advance::Next(turn.end(reason));
        }
        if self.done {
            roster::unseal(turn);
            return Advance::Next(Gathering::new(self.due, turn.now).into());
        }
        self.signing.relay(turn);
        if self.signing.is_registering() {
            return Advance::Wait(self.into());
        }
        if turn.now >= self.deadline {
            let reason = self.missing(turn);
            return Advance::Next(turn.end(reason));
        }
        match (&mut self.keygen, &mut self.change) {
            (Some(keygen), _) => keygen.watch(turn, &self.signing),
            (None, Some(change)) => change.ask(turn),
            (None, None) => {}
        }
        Advance::Wait(self.into())
    }

    /// What was waited for in vain.
    fn missing(&self, turn: &Turn) -> String {
        match (&self.keygen, &self.change) {
            (None, None) => "the researcher has not formed the MLS group in time".into(),
            (None, Some(_)) => "no member has brought the MLS group to the new roster in time".into(),
            (Some(_), _) => {
                let missing = list(&self.signing.missing(turn));
                format!("no quorum signed the committee's key in time; not signed: {missing}")
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        let keygen = self.keygen.as_ref().and_then(Keygen::until);
        let change = self.change.as_ref().filter(|_| self.keygen.is_none()).and_then(Change::until);
        keygen.into_iter().chain(change).chain([self.deadline]).min()
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.deadline = self.deadline.max(until);
        if let Some(keygen) = &mut self.keygen {
            keygen.extend(until);
        }
        if let Some(change) = &mut self.change {
            change.extend(until);
        }
    }

    pub(super) fn attempt(&self) -> Option<Attempt> {
        self.change.as_ref().map(|_| self.due)
    }
}

/// What a commit is known again by.
pub(crate) fn fingerprint(commit: &Commit) -> Digest {
    sha256(&[&sha256(&commit.commit).0[..], &sha256(&commit.welcome).0].concat())
}

fn check_creation(
    turn: &Turn,
    sender: OwnerId,
    commit: &[u8],
    welcome: &[u8],
    added: &BTreeSet<OwnerId>,
) -> Result<(), Rejection> {
    if sender != turn.base.facts.chain.researcher {
        return Err(Rejection::invalid("commit", "the study's researcher creates the group"));
    }
    if !commit.is_empty() {
        let reason = "must be empty for the group's creation, which nobody else needs to process";
        return Err(Rejection::invalid("commit", reason));
    }
    if welcome.is_empty() || !added.iter().eq(turn.base.owners.keys()) {
        return Err(Rejection::invalid(
            "commit.added",
            "the group is created with all enrolled owners, by a welcome",
        ));
    }
    Ok(())
}
