//! The escrow's events.

use ethers::{abi::RawLog, contract::EthLogDecode, types::Log};

use crate::{Address, ChainError, Settlement, Word, abi::escrow::StudyEscrowContractEvents};

/// Something that happened to a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was launched.
    StudyLaunched {
        /// Who runs it.
        researcher: Address,
        /// Who put up the money.
        funder: Address,
        /// SHA-256 of the plan's JSON bytes.
        plan_digest: Word,
        /// Tokens put up for owners.
        budget: u128,
        /// Number of training rounds.
        rounds: u64,
        /// Last second at which an owner may enrol.
        enrol_by: u64,
        /// Last second at which a round may settle.
        settle_by: u64,
        /// Fewest owners.
        min_owners: u16,
        /// Most owners.
        max_owners: u16,
        /// Root of the addresses that may enrol; zeros if anybody may.
        allowed: Word,
        /// Whether new owners may enrol after the first committee is registered.
        late_enrolment: bool,
        /// Whether owners need a consent in the dataset registry.
        consent_required: bool,
        /// The scoring rule: Keccak-256 of its name.
        scoring: Word,
        /// The protocol's fee, in ten-thousandths of what is granted.
        fee_bps: u16,
    },
    /// An owner came on the roster, or replaced its identity.
    OwnerEnrolled {
        /// Who.
        owner: Address,
        /// Commitment to its MLS signature key.
        identity: Word,
        /// What the owner signed; its next change takes the next number.
        sequence: u64,
    },
    /// An owner left the roster.
    OwnerLeft {
        /// Who.
        owner: Address,
        /// What the owner signed.
        sequence: u64,
    },
    /// A quorum of the voters took an owner off the roster.
    OwnerRemoved {
        /// Who.
        owner: Address,
        /// What the voters signed.
        sequence: u64,
        /// Whose signatures made the quorum.
        signers: Vec<Address>,
    },
    /// An owner withdrew its consent, and is off the roster.
    ConsentWithdrawn {
        /// Who.
        owner: Address,
        /// The number of the change; of an owner that had left before, that of its next one.
        sequence: u64,
    },
    /// An owner withdrew its consent while the roster was sealed: it goes before the roster is sealed again.
    ConsentPending {
        /// Who.
        owner: Address,
    },
    /// The roster is fixed until the next committee is registered.
    RosterSealed {
        /// Owners on it.
        owner_count: u16,
    },
    /// A quorum of owners registered a committee's key.
    CommitteeRegistered {
        /// The committee's epoch.
        epoch: u64,
        /// Its public key, EIP-2537 encoded.
        key: [u8; 128],
        /// Whose signatures made the quorum.
        signers: Vec<Address>,
    },
    /// The committee settled a round.
    RoundSettled(Settlement),
    /// An owner was paid.
    PayoutClaimed {
        /// Who.
        owner: Address,
        /// Tokens paid now.
        amount: u128,
        /// Tokens paid so far.
        cumulative: u128,
    },
    /// The protocol's treasury was paid the fee on what was granted.
    FeeCollected {
        /// The treasury.
        treasury: Address,
        /// Tokens paid now.
        amount: u128,
    },
    /// Its researcher or funder closed it after its last round, or when its budget was granted.
    StudyClosed {
        /// The highest settled round.
        last_round: u64,
        /// Tokens that went back.
        refunded: u128,
    },
    /// Its time ran out.
    StudyRefunded {
        /// The highest settled round.
        last_round: u64,
        /// Tokens that went back.
        refunded: u128,
    },
}

/// An event with where it was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The study.
    pub study: Word,
    /// Block number.
    pub block: u64,
    /// The block's hash.
    pub block_hash: Word,
    /// The transaction's hash.
    pub tx_hash: Word,
    /// Position in the block.
    pub log_index: u64,
    /// What happened.
    pub event: Event,
}

pub(crate) fn decode(log: &Log, escrow: &Address) -> Result<Logged, ChainError> {
    let bad = |reason: String| ChainError::NoContract { contract: super::NAME, address: *escrow, reason };
    let raw = RawLog { topics: log.topics.clone(), data: log.data.to_vec() };
    let decoded = StudyEscrowContractEvents::decode_log(&raw)
        .map_err(|e| bad(format!("a log of its can't be read: {e}")))?;
    let (Some(block), Some(block_hash), Some(tx_hash), Some(log_index)) =
        (log.block_number, log.block_hash, log.transaction_hash, log.log_index)
    else {
        return Err(bad("a log of its is in no block yet".into()));
    };
    let (study, event) = event(decoded).map_err(bad)?;
    Ok(Logged {
        study,
        block: block.as_u64(),
        block_hash: block_hash.0,
        tx_hash: tx_hash.0,
        log_index: log_index.low_u64(),
        event,
    })
}

fn event(decoded: StudyEscrowContractEvents) -> Result<(Word, Event), String> {
    use StudyEscrowContractEvents as Raw;
    Ok(match decoded {
        Raw::StudyLaunchedFilter(e) => (
            e.study,
            Event::StudyLaunched {
                researcher: e.researcher.0,
                funder: e.funder.0,
                plan_digest: e.plan_digest,
                budget: e.budget,
                rounds: e.rounds,
                enrol_by: e.enrol_by,
                settle_by: e.settle_by,
                min_owners: e.min_owners,
                max_owners: e.max_owners,
                allowed: e.allowed,
                late_enrolment: e.late_enrolment,
                consent_required: e.consent_required,
                scoring: e.scoring,
                fee_bps: e.fee_bps,
            },
        ),
        Raw::OwnerEnrolledFilter(e) => {
            (e.study, Event::OwnerEnrolled { owner: e.owner.0, identity: e.identity, sequence: e.sequence })
        }
        Raw::OwnerLeftFilter(e) => (e.study, Event::OwnerLeft { owner: e.owner.0, sequence: e.sequence }),
        Raw::OwnerRemovedFilter(e) => {
            let signers = e.signers.into_iter().map(|signer| signer.0).collect();
            (e.study, Event::OwnerRemoved { owner: e.owner.0, sequence: e.sequence, signers })
        }
        Raw::ConsentWithdrawnFilter(e) => {
            (e.study, Event::ConsentWithdrawn { owner: e.owner.0, sequence: e.sequence })
        }
        Raw::ConsentPendingFilter(e) => (e.study, Event::ConsentPending { owner: e.owner.0 }),
        Raw::FeeCollectedFilter(e) => {
            (e.study, Event::FeeCollected { treasury: e.treasury.0, amount: e.amount })
        }
        Raw::RosterSealedFilter(e) => (e.study, Event::RosterSealed { owner_count: e.owner_count }),
        Raw::CommitteeRegisteredFilter(e) => {
            let key =
                e.key[..].try_into().map_err(|_| "a committee key of another length than 128".to_owned())?;
            let signers = e.signers.into_iter().map(|signer| signer.0).collect();
            (e.study, Event::CommitteeRegistered { epoch: e.epoch, key, signers })
        }
        Raw::RoundSettledFilter(e) => (
            e.study,
            Event::RoundSettled(Settlement {
                study: e.study,
                epoch: e.epoch,
                round: e.round,
                context: e.context,
                sums: e.sums,
                scores: e.scores,
                model: e.model,
                transcript: e.transcript,
                payouts_root: e.payouts_root,
                cumulative_payout: e.cumulative_payout,
            }),
        ),
        Raw::PayoutClaimedFilter(e) => {
            (e.study, Event::PayoutClaimed { owner: e.owner.0, amount: e.amount, cumulative: e.cumulative })
        }
        Raw::StudyClosedFilter(e) => {
            (e.study, Event::StudyClosed { last_round: e.last_round, refunded: e.refunded })
        }
        Raw::StudyRefundedFilter(e) => {
            (e.study, Event::StudyRefunded { last_round: e.last_round, refunded: e.refunded })
        }
        Raw::Eip712DomainChangedFilter(_) => return Err("a log that belongs to no study".into()),
    })
}
