//! What the compute market's calls take and give, in plain types.

use super::abi;
use crate::{
    Address, ChainError, Word,
    handle::amount,
    keccak256,
    typed_data::{address_word, number_word},
};

/// What a requester posts a job with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobTerms {
    /// Salted commitment to the job's description, which alone is to determine the result's digest; not zero.
    pub spec: Word,
    /// Tokens for each replica that reveals the agreed result, in the token's smallest unit; above zero.
    pub reward: u128,
    /// Tokens of its stake that each provider puts at risk; above zero.
    pub bond: u128,
    /// Providers that run the job.
    pub replicas: u8,
    /// Equal results that make a result the agreed one: more than half of the replicas, and at most all.
    pub quorum: u8,
    /// What a wrong or silent replica loses of its bond, in ten-thousandths; above zero.
    pub slash_bps: u16,
    /// Last second in which providers may offer.
    pub offer_by: u64,
    /// Seconds, from the draw, in which the drawn providers commit.
    pub commit_s: u32,
    /// Seconds after that in which they reveal.
    pub reveal_s: u32,
    /// Tells apart the jobs that one requester posts with the same terms.
    pub salt: Word,
}

impl JobTerms {
    /// The id of the job on a chain's market: it stands for the terms.
    #[must_use]
    pub fn job_id(&self, chain_id: u64, market: &Address, requester: &Address) -> Word {
        let terms = [
            self.spec,
            number_word(self.reward),
            number_word(self.bond),
            number_word(self.replicas.into()),
            number_word(self.quorum.into()),
            number_word(self.slash_bps.into()),
            number_word(self.offer_by.into()),
            number_word(self.commit_s.into()),
            number_word(self.reveal_s.into()),
            self.salt,
        ];
        let terms = keccak256(terms.as_flattened());
        let words = [number_word(chain_id.into()), address_word(market), address_word(requester), terms];
        keccak256(words.as_flattened())
    }

    pub(super) fn argument(&self) -> abi::JobTerms {
        abi::JobTerms {
            spec: self.spec,
            reward: self.reward,
            bond: self.bond,
            replicas: self.replicas,
            quorum: self.quorum,
            slash_bps: self.slash_bps,
            offer_by: self.offer_by,
            commit_seconds: self.commit_s,
            reveal_seconds: self.reveal_s,
            salt: self.salt,
        }
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobStatus {
    /// Providers offer.
    Offering,
    /// The block that decides the draw is fixed.
    Sealed,
    /// The drawn replicas commit and reveal.
    Running,
    /// A quorum revealed the same result.
    Agreed,
    /// No quorum did.
    Failed,
    /// It was never drawn.
    Expired,
}

/// A job as the market shows it. Times are seconds since the Unix epoch, and inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Where it stands.
    pub status: JobStatus,
    /// Who posted it.
    pub requester: Address,
    /// Salted commitment to its description.
    pub spec: Word,
    /// Tokens for each replica that reveals the agreed result.
    pub reward: u128,
    /// Tokens that each provider puts at risk.
    pub bond: u128,
    /// Providers that run it.
    pub replicas: u8,
    /// Equal results that make a result the agreed one.
    pub quorum: u8,
    /// What a wrong or silent replica loses of its bond, in ten-thousandths.
    pub slash_bps: u16,
    /// Last second for offers.
    pub offer_by: u64,
    /// Last second in which it can be drawn.
    pub draw_by: u64,
    /// Last second for commitments, once it is drawn.
    pub commit_by: Option<u64>,
    /// Last second for reveals, once it is drawn.
    pub reveal_by: Option<u64>,
    /// The block whose hash decides the draw, once offers are sealed.
    pub sealed_at: Option<u64>,
    /// Offers so far.
    pub offers: u8,
    /// Commitments so far.
    pub committed: u8,
    /// Reveals so far.
    pub revealed: u8,
    /// Replicas that revealed the agreed result.
    pub agreed: u8,
    /// The agreed result, if there is one.
    pub result: Option<Word>,
    /// Tokens of the requester's that are held for replicas which have not been released.
    pub escrowed: u128,
}

impl Job {
    /// None if there is no such job.
    pub(super) fn read(shown: abi::JobView) -> Result<Option<Self>, ChainError> {
        let status = match shown.status {
            0 => return Ok(None),
            1 => JobStatus::Offering,
            2 => JobStatus::Sealed,
            3 => JobStatus::Running,
            4 => JobStatus::Agreed,
            5 => JobStatus::Failed,
            6 => JobStatus::Expired,
            _ => return Err(ChainError::Range { field: "job status", bits: 3 }),
        };
        let known = |number: u64| (number != 0).then_some(number);
        Ok(Some(Self {
            status,
            requester: shown.requester.0,
            spec: shown.spec,
            reward: shown.reward,
            bond: shown.bond,
            replicas: shown.replicas,
            quorum: shown.quorum,
            slash_bps: shown.slash_bps,
            offer_by: shown.offer_by,
            draw_by: shown.draw_by,
            commit_by: known(shown.commit_by),
            reveal_by: known(shown.reveal_by),
            sealed_at: known(shown.sealed_at),
            offers: shown.offers,
            committed: shown.committed,
            revealed: shown.revealed,
            agreed: shown.agreed,
            result: (shown.result != [0; 32]).then_some(shown.result),
            escrowed: amount("escrowed pay", shown.escrowed)?,
        }))
    }
}

/// One provider's part in one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replica {
    /// It has not offered.
    None,
    /// It offered, and was not drawn, or not yet.
    Offered,
    /// It was drawn and may commit.
    Drawn,
    /// It committed to this.
    Committed(Word),
    /// It revealed this digest.
    Revealed(Word),
    /// It was released: its bond is free again, or slashed.
    Done,
}

impl Replica {
    pub(super) fn read(shown: &abi::ReplicaView) -> Result<Self, ChainError> {
        Ok(match shown.status {
            0 => Self::None,
            1 => Self::Offered,
            2 => Self::Drawn,
            3 => Self::Committed(shown.word),
            4 => Self::Revealed(shown.word),
            5 => Self::Done,
            _ => return Err(ChainError::Range { field: "replica status", bits: 3 }),
        })
    }
}

/// How a provider's part in a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaOutcome {
    /// It did what it had to, and got its bond back without pay: it was not drawn, or there was no quorum.
    Unpaid,
    /// It revealed the agreed result.
    Paid,
    /// It revealed another result than the quorum.
    Wrong,
    /// It was drawn and did not reveal.
    Silent,
}

/// What a provider's release came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// How its part ended.
    pub outcome: ReplicaOutcome,
    /// Tokens that it was owed from then on.
    pub paid: u128,
    /// Tokens of its bond that went to the treasury.
    pub slashed: u128,
}

impl Release {
    pub(super) fn read(event: &abi::ReplicaReleasedFilter) -> Result<Self, ChainError> {
        let outcome = match event.outcome {
            0 => ReplicaOutcome::Unpaid,
            1 => ReplicaOutcome::Paid,
            2 => ReplicaOutcome::Wrong,
            3 => ReplicaOutcome::Silent,
            _ => return Err(ChainError::Range { field: "replica's outcome", bits: 2 }),
        };
        Ok(Self { outcome, paid: event.paid, slashed: event.slashed })
    }
}

/// A provider's stake, in the token's smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    /// Neither in a job nor leaving.
    pub free: u128,
    /// Bonds in jobs.
    pub bonded: u128,
    /// On its way out.
    pub leaving: u128,
    /// Last second before what is leaving can be withdrawn.
    pub leaves_at: Option<u64>,
}

impl Stake {
    pub(super) fn read(shown: &abi::StakeView) -> Self {
        Self {
            free: shown.free,
            bonded: shown.bonded,
            leaving: shown.leaving,
            leaves_at: (shown.leaves_at != 0).then_some(shown.leaves_at),
        }
    }
}

/// What the market allows. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComputeLimits {
    /// The most providers that run one job.
    pub max_replicas: u8,
    /// The most offers for one job.
    pub max_offers: u8,
    /// How long stake takes to leave.
    pub unstake_delay_s: u32,
    /// The shortest time to commit or to reveal.
    pub min_window_s: u32,
    /// The longest time for offers, commitments and reveals each.
    pub max_window_s: u32,
    /// The time after offers in which a job can be drawn.
    pub draw_window_s: u32,
}
