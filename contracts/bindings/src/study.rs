//! What the escrow's calls take and give, in plain types.

use crate::{Address, Word, keccak256};

/// What is fixed when a study is launched. Whoever launches it is its funder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// SHA-256 of the plan's JSON bytes.
    pub plan_digest: Word,
    /// Tokens put up for owners, in the smallest unit. The protocol's fee comes on top ([`crate::Escrow::funding`]).
    pub budget: u128,
    /// Number of training rounds.
    pub rounds: u64,
    /// Last second at which an owner may enrol.
    pub enrol_by: u64,
    /// Last second at which a round may settle.
    pub settle_by: u64,
    /// Fewest owners with which the study may start.
    pub min_owners: u16,
    /// Most owners that may enrol.
    pub max_owners: u16,
    /// Lets one funder launch the same plan more than once.
    pub salt: Word,
    /// Root of the addresses that may enrol ([`crate::merkle::AllowList`]); zeros let anybody enrol.
    pub allowed: Word,
    /// Whether new owners may enrol after the first committee is registered.
    pub late_enrolment: bool,
    /// Who runs the study.
    pub researcher: Address,
    /// Whether owners need a consent in the dataset registry that lasts until `settle_by`.
    pub consent_required: bool,
    /// The scoring rule: Keccak-256 of its name ([`crate::scoring_rule`]).
    pub scoring: Word,
    /// The highest fee that the funder accepts, in ten-thousandths of what is granted.
    pub max_fee_bps: u16,
}

/// Where a study stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StudyStatus {
    /// It takes owners, committees and settlements.
    Open,
    /// It is over; claims are still paid.
    Closed,
}

/// Where a study's roster stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RosterStatus {
    /// As it was when the committee was last registered.
    Settled,
    /// It has changed since.
    Changed,
    /// Fixed until the next committee is registered.
    Sealed,
}

/// Whether the registered committee may settle, in a study that requires consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentState {
    /// All owners that it counts consented.
    Whole,
    /// One of them withdrew: it may settle one more round, the one that was under way.
    OneMore,
    /// It may settle nothing more; the next committee may.
    Stopped,
}

/// A study as the escrow shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Study {
    /// Open or closed.
    pub status: StudyStatus,
    /// Who runs it.
    pub researcher: Address,
    /// Who put up the money, and gets back what was not granted.
    pub funder: Address,
    /// SHA-256 of the plan's JSON bytes.
    pub plan_digest: Word,
    /// Tokens put up for owners at launch.
    pub budget: u128,
    /// The protocol's fee as it was at launch, in ten-thousandths of what is granted.
    pub fee_bps: u16,
    /// What settled rounds have granted so far.
    pub cumulative_payout: u128,
    /// What owners have been paid so far.
    pub paid: u128,
    /// What the protocol's treasury has been paid so far.
    pub fee_paid: u128,
    /// What went back to the funder.
    pub refunded: u128,
    /// Number of training rounds.
    pub rounds: u64,
    /// The highest settled round; 0 before the first.
    pub last_round: u64,
    /// Last second at which an owner may enrol.
    pub enrol_by: u64,
    /// Last second at which a round may settle.
    pub settle_by: u64,
    /// Fewest owners.
    pub min_owners: u16,
    /// Most owners.
    pub max_owners: u16,
    /// Owners on the roster.
    pub owner_count: u16,
    /// Those of them who decide on committees and removals.
    pub voter_count: u16,
    /// Whether the roster may change, and has.
    pub roster: RosterStatus,
    /// Whether new owners may enrol after the first committee is registered.
    pub late_enrolment: bool,
    /// Root of the addresses that may enrol; zeros if anybody may.
    pub allowed: Word,
    /// The scoring rule: Keccak-256 of its name.
    pub scoring: Word,
    /// Whether owners need a consent in the dataset registry.
    pub consent_required: bool,
    /// Whether the registered committee may settle.
    pub consents: ConsentState,
    /// Owners on the roster who withdrew their consent while it was sealed: they go before it is sealed again.
    pub withdrawals: u16,
    /// Merkle root that claims are checked against; zeros before the first settlement.
    pub payouts_root: Word,
}

impl Study {
    /// The fee on the whole budget, which was put up on top of it.
    #[must_use]
    pub fn fee(&self) -> u128 {
        self.fee_on(self.budget)
    }

    /// The fee on what was granted so far: the treasury's.
    #[must_use]
    pub fn fee_due(&self) -> u128 {
        self.fee_on(self.cumulative_payout)
    }

    fn fee_on(&self, amount: u128) -> u128 {
        let fee = ethers::types::U256::from(amount) * self.fee_bps / 10_000;
        // Ten-thousandths are 10,000 at most.
        fee.min(amount.into()).as_u128()
    }

    /// What the escrow holds for it now.
    #[must_use]
    pub fn held(&self) -> u128 {
        [self.paid, self.refunded, self.fee_paid]
            .iter()
            .fold(self.budget.saturating_add(self.fee()), |held, gone| held.saturating_sub(*gone))
    }
}

/// An owner's signed wish to take part, or to replace its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The study.
    pub study: Word,
    /// Who enrols.
    pub owner: Address,
    /// Commitment to the owner's MLS signature key; not zero.
    pub identity: Word,
    /// Accepted changes of this owner's enrolment so far; 0 at first.
    pub sequence: u64,
    /// That the owner is allowed ([`crate::merkle::AllowList::proof`]); empty if anybody is.
    pub proof: Vec<Word>,
    /// The owner's signature on [`crate::typed_data::enrol_digest`], 65 bytes for a key, any length for a contract
    /// wallet (ERC-1271).
    pub signature: Vec<u8>,
}

/// An owner's signed wish to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The study.
    pub study: Word,
    /// Who leaves.
    pub owner: Address,
    /// Accepted changes of this owner's enrolment so far.
    pub sequence: u64,
    /// The owner's signature on [`crate::typed_data::leave_digest`].
    pub signature: Vec<u8>,
}

/// A quorum's wish that an owner goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The study.
    pub study: Word,
    /// Who is to go.
    pub owner: Address,
    /// Accepted changes of this owner's enrolment so far.
    pub sequence: u64,
    /// Voters and their signatures on [`crate::typed_data::remove_digest`], in any order.
    pub signatures: Vec<(Address, Vec<u8>)>,
}

/// An owner on a study's roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Who.
    pub owner: Address,
    /// Commitment to its MLS signature key.
    pub identity: Word,
    /// Accepted changes of its enrolment so far: what its next one must sign.
    pub sequence: u64,
    /// The epoch that was registered when it came on the roster; 0 before the first registration.
    pub since: u64,
}

impl Enrolled {
    /// Whether it decides on committees and removals, if `epoch` is the last that was registered (0: none was).
    #[must_use]
    pub fn votes(&self, epoch: u64) -> bool {
        epoch == 0 || self.since < epoch
    }
}

/// What a study knows of an owner, on the roster or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub owner: Address,
    /// Commitment to its MLS signature key; none if it is not on the roster.
    pub identity: Option<Word>,
    /// Accepted changes of its enrolment so far: what its next one must sign.
    pub sequence: u64,
    /// The epoch that was registered when it came on the roster; 0 before the first registration or if it is not on
    /// it.
    pub since: u64,
}

/// The last time that a roster was fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Owners on the roster.
    pub owner_count: u16,
    /// Hash of the block that holds it: public randomness.
    pub block_hash: Word,
    /// Number of that block.
    pub block: u64,
    /// The transaction.
    pub tx_hash: Word,
}

/// The committee a study has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committee {
    /// Its epoch, from 1.
    pub epoch: u64,
    /// Keccak-256 of its 128-byte key.
    pub key_hash: Word,
}

/// A committee key with a quorum's signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitteeRegistration {
    /// The study.
    pub study: Word,
    /// Higher than every epoch before.
    pub epoch: u64,
    /// The committee's public key, EIP-2537 encoded (see [`crate::bls::key_to_eip2537`]).
    pub key: [u8; 128],
    /// Owners and their signatures on [`crate::typed_data::committee_key_digest`], in any order.
    pub signatures: Vec<(Address, Vec<u8>)>,
}

impl CommitteeRegistration {
    /// What the escrow keeps of the key.
    #[must_use]
    pub fn key_hash(&self) -> Word {
        keccak256(&self.key)
    }
}

/// The committee's statement about one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The study.
    pub study: Word,
    /// The committee epoch whose key signs.
    pub epoch: u64,
    /// From 1 to the study's number of rounds.
    pub round: u64,
    /// The round's context digest.
    pub context: Word,
    /// Digest of the groups' published sealed sums.
    pub sums: Word,
    /// Digest of the owners' scores.
    pub scores: Word,
    /// Digest of the model after this round.
    pub model: Word,
    /// Digest of the round's published transcript.
    pub transcript: Word,
    /// Root of the Merkle tree over payouts and the model: see [`crate::merkle`].
    pub payouts_root: Word,
    /// Sum of all payouts in that tree.
    pub cumulative_payout: u128,
}

/// An owner's claim to what the last settled round grants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The study.
    pub study: Word,
    /// Who is paid.
    pub owner: Address,
    /// The owner's cumulative payout.
    pub cumulative: u128,
    /// Merkle proof (see [`crate::merkle::PayoutTree::proof`]).
    pub proof: Vec<Word>,
}
