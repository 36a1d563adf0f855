//! What the registry's calls take and give, in plain types.

use crate::{Address, Word};

/// A dataset as the registry shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Who owns it.
    pub owner: Address,
    /// Salted commitment to its description.
    pub commitment: Word,
    /// Where the sealed description is.
    pub uri: String,
    /// Asked for a study's use, in the token's smallest unit.
    pub price: u128,
    /// Consents given with it and not revoked; some of them may have run out.
    pub open_grants: u64,
}

/// What consent is given for: a study, and the contract that runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purpose {
    /// The contract.
    pub escrow: Address,
    /// The study's id there.
    pub study: Word,
}

/// Where an owner's consent to a study stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantStatus {
    /// It was never given.
    None,
    /// Given and not revoked; it may have run out.
    Granted,
    /// Taken back.
    Revoked,
}

/// What an owner's consent to a study came to so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consented {
    /// The dataset that it is given with; 0 if it was never given.
    pub dataset: u64,
    /// Last second for which it is given.
    pub until: u64,
    /// Its changes so far: what the next signature over it covers.
    pub nonce: u64,
    /// Where it stands.
    pub status: GrantStatus,
}

/// An owner's signed wish to list a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Who lists it.
    pub owner: Address,
    /// Salted commitment to its description; not zero.
    pub commitment: Word,
    /// Where the sealed description is: 1 to 200 bytes.
    pub uri: String,
    /// Asked for a study's use, in the token's smallest unit.
    pub price: u128,
    /// The owner's counter.
    pub nonce: u64,
    /// The owner's signature on [`crate::typed_data::list_digest`], 65 bytes for a key, any length for a contract wallet
    /// (ERC-1271).
    pub signature: Vec<u8>,
}

/// An owner's signed consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who gives it.
    pub owner: Address,
    /// The dataset.
    pub dataset: u64,
    /// For what.
    pub purpose: Purpose,
    /// Last second (Unix time).
    pub until: u64,
    /// The consent's counter.
    pub nonce: u64,
    /// The owner's signature on [`crate::typed_data::consent_digest`].
    pub signature: Vec<u8>,
}

/// An owner's signed revocation of a consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Who takes it back.
    pub owner: Address,
    /// The dataset that it was given with.
    pub dataset: u64,
    /// For what.
    pub purpose: Purpose,
    /// The consent's counter.
    pub nonce: u64,
    /// The owner's signature on [`crate::typed_data::revoke_digest`].
    pub signature: Vec<u8>,
}

/// An owner's signed wish to have a dataset erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Whose it is.
    pub owner: Address,
    /// The dataset.
    pub dataset: u64,
    /// Salted commitment to the erasure's receipt; not zero.
    pub receipt: Word,
    /// What consents given with it and not revoked are for: all of them ([`crate::Datasets::open_purposes`]).
    pub open: Vec<Purpose>,
    /// The owner's counter.
    pub nonce: u64,
    /// The owner's signature on [`crate::typed_data::erase_digest`].
    pub signature: Vec<u8>,
}
