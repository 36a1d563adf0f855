//! What a long-running command tells its user: a line per event, for people or, with `--json`, for programs.

use std::fmt;
use std::io::Write as _;

use serde::Serialize;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};

use crate::dataset::Overview;

/// Something that befell a study, as one of its members sees it.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A study was launched and funded.
    Launched {
        /// The study.
        study: StudyId,
        /// The launching transaction.
        transaction: Digest,
        /// What it holds, in the token's smallest unit.
        budget: String,
    },
    /// The coordinator knows of a study that is on chain.
    TakenOn {
        /// The study.
        study: StudyId,
    },
    /// The owner's data was read.
    DataRead {
        /// Rows.
        rows: usize,
        /// Rows of the positive class; `None` if the label is not of two classes.
        positive: Option<usize>,
    },
    /// The site's policy wants somebody to look at the study first.
    AwaitsApproval {
        /// The study.
        study: StudyId,
        /// What it would do.
        summary: Vec<String>,
    },
    /// The owner is enrolled on chain.
    Enrolled {
        /// The owner.
        owner: OwnerId,
        /// The relayed transaction; none if it was enrolled before.
        transaction: Option<Digest>,
    },
    /// The owner is on the roster with keys that it has lost: it enrols again with new ones.
    KeysReplaced {
        /// The owner.
        owner: OwnerId,
    },
    /// The MLS group is joined, and is exactly the roster on chain.
    GroupJoined {
        /// Members, the researcher included.
        members: usize,
    },
    /// The group was changed by a commit that agrees with the roster on chain.
    EpochBegan {
        /// The epoch.
        epoch: u64,
        /// Members, the researcher included.
        members: usize,
        /// Who came in, or came with new keys.
        added: Vec<OwnerId>,
        /// Who went out, or whose old keys did.
        removed: Vec<OwnerId>,
    },
    /// A newcomer was told where the study stands, and it agrees with the chain.
    HandedOver {
        /// The last finished round; none if the study has not started.
        finished: Option<u64>,
    },
    /// This owner agreed to take another one off the roster.
    RemovalSigned {
        /// The other one.
        owner: OwnerId,
        /// The researcher's reason.
        reason: String,
        /// What this owner knows by itself that speaks for it.
        evidence: String,
    },
    /// The owner has left on chain; the group follows before the next attempt at a round.
    Leaving {
        /// The owner.
        owner: OwnerId,
        /// The relayed transaction; none if it was off the roster before.
        transaction: Option<Digest>,
    },
    /// The owner is out of the group: it has left the roster, or was removed from it.
    Left {
        /// The owner.
        owner: OwnerId,
    },
    /// The researcher has asked the owners to take one of them off the roster.
    RemovalAsked {
        /// The owner to be removed.
        owner: OwnerId,
    },
    /// Dealers of the key generation were named and dropped.
    DealersDropped {
        /// Who.
        owners: Vec<OwnerId>,
    },
    /// The committee's key was made and signed.
    CommitteeSigned {
        /// Members.
        members: usize,
    },
    /// The committee's key was made without this owner: it has no share in this epoch.
    CommitteeFollowed {
        /// The epoch.
        epoch: u64,
    },
    /// The committee's key is on chain, as this member has it.
    CommitteeReady {
        /// The epoch.
        epoch: u64,
    },
    /// A round has come to a phase.
    Phase {
        /// The round; 0 gathers statistics.
        round: u64,
        /// The attempt.
        attempt: u32,
        /// The phase.
        phase: &'static str,
    },
    /// Local training goes on.
    Training {
        /// The round.
        round: u64,
        /// Thousandths done.
        done_permille: u32,
    },
    /// A report is about to leave, and is counted in the privacy account.
    Spent {
        /// The round.
        round: u64,
        /// What the study has spent with it, at this delta: a decimal number.
        epsilon: String,
        /// The delta.
        delta: String,
    },
    /// How the groups' mean updates look beside one another.
    Groups {
        /// The round.
        round: u64,
        /// Each group.
        groups: Vec<GroupLook>,
    },
    /// The study's model ranks this owner's own rows the wrong way round.
    AgainstRows {
        /// The round.
        round: u64,
        /// The model's AUC on the rows.
        auc: f64,
    },
    /// An attempt was given up; the round is opened again.
    Aborted {
        /// The round.
        round: u64,
        /// The attempt.
        attempt: u32,
        /// Why.
        reason: String,
        /// Who was silent.
        absent: Vec<OwnerId>,
    },
    /// A round is finished; a training round is settled on chain.
    Settled {
        /// The round.
        round: u64,
        /// The metric on the holdout, in millionths; none for the statistics round.
        utility_micros: Option<i64>,
        /// The settling transaction.
        transaction: Option<Digest>,
        /// Its gas.
        gas_used: u64,
    },
    /// Something was refused; the study may go on.
    Refused {
        /// What, and why.
        reason: String,
    },
    /// The payout was claimed.
    Paid {
        /// The owner.
        owner: OwnerId,
        /// All that it was paid in this study, in the token's smallest unit.
        cumulative: String,
        /// The claiming transaction; none if there was nothing to claim.
        transaction: Option<Digest>,
    },
    /// The study is over.
    Ended {
        /// Whether all rounds were settled.
        completed: bool,
        /// Why it ended.
        reason: String,
    },
    /// A dataset is listed on chain.
    DatasetListed {
        /// Its number.
        dataset: u64,
        /// Whose it is.
        owner: OwnerId,
        /// The transaction; none if it was listed before.
        transaction: Option<Digest>,
    },
    /// The owner's consent to a study is on chain.
    ConsentGiven {
        /// The study.
        study: StudyId,
        /// The dataset.
        dataset: u64,
        /// Last second, Unix time.
        until: u64,
        /// The transaction; none if it was given before.
        transaction: Option<Digest>,
    },
    /// The owner's consent to a study is taken back on chain.
    ConsentTakenBack {
        /// The study.
        study: StudyId,
        /// The transaction; none if it was taken back before.
        transaction: Option<Digest>,
    },
    /// A dataset is burnt, and all consents given with it are taken back.
    DatasetErased {
        /// Its number.
        dataset: u64,
        /// The transaction; none if it was burnt before.
        transaction: Option<Digest>,
    },
    /// What all owners' rows look like together, as the statistics round counted them.
    Overview {
        /// By column.
        overview: Overview,
    },
    /// A file was written.
    Written {
        /// What it holds.
        what: &'static str,
        /// Where.
        path: String,
    },
}

/// One group's mean update.
#[derive(Debug, Clone, Serialize)]
pub struct GroupLook {
    /// Whose updates are in it.
    pub owners: Vec<OwnerId>,
    /// Its L2 norm over the plan's clip.
    pub norm: f64,
    /// Cosine of the angle to the mean of the other groups; none if there are no others.
    pub cosine: Option<f64>,
}

impl fmt::Display for GroupLook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} of the clip", self.norm)?;
        match self.cosine {
            Some(cosine) => write!(f, " (cosine with the others {cosine:+.2})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |owners: &[OwnerId]| owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let via = |transaction: &Option<Digest>| {
            transaction.as_ref().map_or_else(String::new, |hash| format!(" (transaction {hash})"))
        };
        match self {
            Self::Launched { study, transaction, budget } => {
                write!(f, "study {study} is launched with {budget} units (transaction {transaction})")
            }
            Self::TakenOn { study } => write!(f, "the coordinator has taken study {study} on"),
            Self::DataRead { rows, positive: None } => write!(f, "data: {rows} rows"),
            Self::DataRead { rows, positive: Some(positive) } => {
                write!(f, "data: {rows} rows, {positive} of them positive")
            }
            Self::AwaitsApproval { study, summary } => {
                writeln!(f, "study {study} waits until somebody here approves it:")?;
                summary.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
                write!(f, "say `tributary owner approve --study {study}` or `reject`")
            }
            Self::Enrolled { owner, transaction } => {
                write!(f, "{owner} is enrolled on chain{}", via(transaction))
            }
            Self::KeysReplaced { owner } => {
                write!(f, "{owner} is enrolled with keys that are not here: it enrols again with new ones")
            }
            Self::EpochBegan { epoch, members, added, removed } => {
                write!(f, "epoch {epoch} of the group began with {members} members")?;
                if !added.is_empty() {
                    write!(f, "; came: {}", list(added))?;
                }
                if !removed.is_empty() {
                    write!(f, "; went: {}", list(removed))?;
                }
                Ok(())
            }
            Self::HandedOver { finished: None } => write!(f, "was told that no round is done yet"),
            Self::HandedOver { finished: Some(round) } => {
                write!(f, "was told where the study stands: round {round} is done, as the chain says")
            }
            Self::RemovalSigned { owner, reason, evidence } => {
                write!(
                    f,
                    "agreed to take {owner} off the roster: {evidence} (the researcher says {reason:?})"
                )
            }
            Self::Leaving { owner, transaction } => {
                write!(f, "{owner} is off the roster on chain{}", via(transaction))?;
                write!(f, "; the group follows before the next attempt at a round")
            }
            Self::Left { owner } => write!(f, "{owner} is off the roster: its part in the study is over"),
            Self::RemovalAsked { owner } => {
                write!(f, "the owners were asked to take {owner} off the roster; a quorum of them decides")
            }
            Self::CommitteeFollowed { epoch } => {
                write!(
                    f,
                    "the committee of epoch {epoch} was made without this owner: it has no share of its key"
                )
            }
            Self::GroupJoined { members } => write!(f, "joined the study's group of {members} members"),
            Self::DealersDropped { owners } => {
                write!(f, "key generation is repeated without {}", list(owners))
            }
            Self::CommitteeSigned { members } => {
                write!(f, "the committee's key is made by {members} owners; signed it for the chain")
            }
            Self::CommitteeReady { epoch } => write!(f, "the committee's key of epoch {epoch} is on chain"),
            Self::Phase { round, attempt, phase } => write!(f, "round {round}, attempt {attempt}: {phase}"),
            Self::Training { round, done_permille } => {
                write!(f, "round {round}: training {}%", done_permille / 10)
            }
            Self::Spent { round, epsilon, delta } => {
                write!(f, "round {round}: with it the study has spent epsilon {epsilon} at delta {delta}")
            }
            Self::Groups { round, groups } => {
                let looks: Vec<String> = groups.iter().map(ToString::to_string).collect();
                write!(f, "round {round}: the groups' mean updates have {}", looks.join(", "))
            }
            Self::AgainstRows { round, auc } => {
                write!(
                    f,
                    "LOOK AT YOUR LABELS: before round {round} the study's model has an AUC of {auc:.2} on this site's \
                     rows, far below chance: are the classes swapped in the file or in mapping.toml?"
                )
            }
            Self::Aborted { round, attempt, reason, absent } if absent.is_empty() => {
                write!(f, "round {round}, attempt {attempt} was ABORTED: {reason}")
            }
            Self::Aborted { round, attempt, reason, absent } => {
                write!(f, "round {round}, attempt {attempt} was ABORTED: {reason}; silent: {}", list(absent))
            }
            Self::Settled { round, utility_micros, transaction, gas_used } => {
                write!(f, "round {round} is finished")?;
                if let Some(utility) = utility_micros {
                    write!(f, ", metric on the holdout {:.4}", *utility as f64 / 1e6)?;
                }
                match transaction {
                    Some(hash) => write!(f, ", settled by transaction {hash} ({gas_used} gas)"),
                    None => Ok(()),
                }
            }
            Self::Refused { reason } => write!(f, "REFUSED: {reason}"),
            Self::Paid { owner, cumulative, transaction } => {
                write!(f, "{owner} was paid {cumulative} units in all{}", via(transaction))
            }
            Self::Ended { completed: true, reason } => write!(f, "the study is complete: {reason}"),
            Self::Ended { completed: false, reason } => write!(f, "the study was ABORTED: {reason}"),
            Self::DatasetListed { dataset, owner, transaction } => {
                write!(f, "dataset {dataset} of {owner} is listed on chain{}", via(transaction))
            }
            Self::ConsentGiven { study, dataset, until, transaction } => {
                let via = via(transaction);
                write!(f, "dataset {dataset} is given to study {study} until {until} (Unix time){via}")
            }
            Self::ConsentTakenBack { study, transaction } => {
                write!(f, "the consent to study {study} is taken back{}", via(transaction))?;
                write!(f, "; the round under way may still be settled, no later one has your update")
            }
            Self::DatasetErased { dataset, transaction } => {
                write!(
                    f,
                    "dataset {dataset} is erased: its key is destroyed and its token burnt{}",
                    via(transaction)
                )
            }
            Self::Overview { overview } => write!(f, "all owners together: {overview}"),
            Self::Written { what, path } => write!(f, "wrote {what} to {path}"),
        }
    }
}

/// Tells events, on standard output or to the program around.
#[derive(Clone, Copy)]
pub enum Narrator {
    /// A sentence a line.
    People,
    /// A JSON object a line.
    Programs,
    /// Hands every event over, in order, on the thread that it happens on.
    Listener(&'static (dyn Fn(Event) + Send + Sync)),
}

impl fmt::Debug for Narrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::People => "People",
            Self::Programs => "Programs",
            Self::Listener(_) => "Listener(…)",
        })
    }
}

impl Narrator {
    /// Tells an event. A reader that went away is no reason to stop.
    pub fn tell(self, event: Event) {
        let line = match self {
            // People are not told every step of the training.
            Self::People if matches!(event, Event::Training { done_permille: 1..1000, .. }) => return,
            Self::People => event.to_string(),
            Self::Programs => match serde_json::to_string(&event) {
                Ok(line) => line,
                Err(error) => format!("{{\"event\":\"error\",\"reason\":\"{error}\"}}"),
            },
            Self::Listener(listener) => return listener(event),
        };
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}
