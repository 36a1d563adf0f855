//! What researcher and owners tell with `--json`, a line an event.

use serde::Deserialize;

/// Something that befell a study, as one of its members sees it. Ids, digests and addresses are `0x` and hex digits;
/// amounts are decimal, in the token's smallest unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "the fields are documented where the events are made: `tributary`'s narration"
)]
pub enum Event {
    /// A study was launched and funded.
    Launched { study: String, transaction: String, budget: String },
    /// The coordinator knows of the study.
    TakenOn { study: String },
    /// The owner's data was read.
    DataRead { rows: usize, positive: Option<usize> },
    /// Somebody at the site has to approve the study.
    AwaitsApproval { study: String, summary: Vec<String> },
    /// The owner is enrolled on chain.
    Enrolled { owner: String, transaction: Option<String> },
    /// The owner is on the roster with keys that it has lost: it enrols again.
    KeysReplaced { owner: String },
    /// The group is joined.
    GroupJoined { members: usize },
    /// The group was changed by a commit.
    EpochBegan { epoch: u64, members: usize, added: Vec<String>, removed: Vec<String> },
    /// A newcomer was told where the study stands.
    HandedOver { finished: Option<u64> },
    /// The researcher has asked for a removal.
    RemovalAsked { owner: String },
    /// An owner agreed to a removal.
    RemovalSigned { owner: String, reason: String, evidence: String },
    /// The study's model contradicts the owner's labels.
    AgainstRows { round: u64 },
    /// The owner has left on chain.
    Leaving { owner: String, transaction: Option<String> },
    /// The owner is out of the group.
    Left { owner: String },
    /// Dealers of the key generation were dropped.
    DealersDropped { owners: Vec<String> },
    /// The committee's key was made and signed.
    CommitteeSigned { members: usize },
    /// The committee's key was made without this owner.
    CommitteeFollowed { epoch: u64 },
    /// The committee's key is on chain.
    CommitteeReady { epoch: u64 },
    /// A round has come to a phase; round 0 gathers statistics.
    Phase { round: u64, attempt: u32, phase: Phase },
    /// A report is counted in the privacy account.
    Spent { round: u64, epsilon: String, delta: String },
    /// Local training goes on.
    Training { round: u64, done_permille: u32 },
    /// How the groups look beside one another.
    Groups { round: u64 },
    /// An attempt was given up.
    Aborted { round: u64, attempt: u32, reason: String, absent: Vec<String> },
    /// A round is finished; the utility is in millionths of the study's metric.
    Settled { round: u64, utility_micros: Option<i64>, transaction: Option<String>, gas_used: u64 },
    /// Something was refused.
    Refused { reason: String },
    /// The payout was claimed.
    Paid { owner: String, cumulative: String, transaction: Option<String> },
    /// The study is over.
    Ended { completed: bool, reason: String },
    /// A file was written.
    Written { what: String, path: String },
}

/// Where a member is in a round, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The researcher heard who is to take part.
    Announced,
    /// Sealed its pair seeds.
    Joined,
    /// Began to train.
    Training,
    /// Sent its masked update.
    Reported,
    /// Gave its shares of the cut.
    Released,
    /// Evaluated the coalitions.
    Evaluated,
    /// Signed the settlement.
    Signed,
}

impl Phase {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Joined => "joined",
            Self::Training => "training",
            Self::Reported => "masked and reported",
            Self::Released => "released its shares",
            Self::Evaluated => "evaluated",
            Self::Signed => "signed the settlement",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_others_refused() {
        let read = |line: &str| serde_json::from_str::<Event>(line);
        assert_eq!(
            read(r#"{"event":"phase","round":1,"attempt":2,"phase":"reported"}"#).unwrap(),
            Event::Phase { round: 1, attempt: 2, phase: Phase::Reported }
        );
        assert_eq!(
            read(r#"{"event":"settled","round":0,"utility_micros":null,"transaction":null,"gas_used":0}"#)
                .unwrap(),
            Event::Settled { round: 0, utility_micros: None, transaction: None, gas_used: 0 }
        );
        assert!(read(r#"{"event":"unheard_of"}"#).is_err());
        assert!(read(r#"{"event":"phase","round":1,"attempt":2,"phase":"asleep"}"#).is_err());
        assert!(Phase::Joined < Phase::Training && Phase::Training < Phase::Reported);
    }
}
