//! What the calls about licences take and give, in plain types.

use super::{abi, number};
use crate::{Address, ChainError, Word};

/// What an offer sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceKind {
    /// Use until a time, by whoever holds the licence.
    Time {
        /// Seconds in force, at most 3,650 days; not zero.
        duration: u64,
    },
    /// A number of calls, by the buyer alone.
    Credits {
        /// Calls; not zero.
        credits: u64,
        /// Seconds in which they can be made, at most 3,650 days; 0: without an end.
        duration: u64,
    },
}

/// What the owner of a model offers. All but the price and the serving key is fixed when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferTerms {
    /// The model's id in the model registry.
    pub model: Word,
    /// What is sold.
    pub kind: LicenceKind,
    /// For one licence, in the token's smallest unit, the protocol's fee included; not zero.
    pub price: u128,
    /// Seconds in which the key must be delivered, at most 90 days; 0: no key is promised, and the licence is in force
    /// at once.
    pub deliver_within: u32,
    /// Who else than the buyer may count credits, and else than the seller say that the key was delivered. An offer made
    /// without one never gets one.
    pub serving_key: Option<Address>,
}

/// An offer as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is offered.
    pub terms: OfferTerms,
    /// Who set the price; none if the offer is closed. Nobody can buy if it is not the model's owner any more.
    pub seller: Option<Address>,
}

/// Where a licence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceStatus {
    /// Paid, and the money held until the key is delivered.
    AwaitingKey,
    /// In force until it expires.
    Live,
    /// The key was not delivered in time; the buyer has its money back.
    Refunded,
}

/// A licence as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Licence {
    /// The offer it was bought by.
    pub offer: u64,
    /// Where it stands.
    pub status: LicenceStatus,
    /// The first second (Unix time) without it; none if it does not expire, or has not begun.
    pub expires: Option<u64>,
    /// The last second (Unix time) to deliver the key; none if none was promised.
    pub deliver_by: Option<u64>,
    /// The protocol's fee on the price, in basis points, as it was when it was bought.
    pub fee_bps: u16,
    /// What was paid, in the token's smallest unit.
    pub price: u128,
    /// Who bought it.
    pub buyer: Address,
    /// Who sold it, and gets what the data owners do not.
    pub seller: Address,
}

pub(super) fn argument(terms: &OfferTerms) -> abi::OfferTerms {
    let (kind, credits, duration) = match terms.kind {
        LicenceKind::Time { duration } => (1, 0, duration),
        LicenceKind::Credits { credits, duration } => (2, credits, duration),
    };
    abi::OfferTerms {
        model: number(&terms.model),
        kind,
        price: terms.price,
        duration,
        credits,
        deliver_within: terms.deliver_within,
        serving_key: terms.serving_key.unwrap_or_default().into(),
    }
}

/// None if there is no such offer.
pub(super) fn offer(shown: abi::Offer) -> Result<Option<Offer>, ChainError> {
    let abi::Offer { terms, seller } = shown;
    let (credits, duration) = (terms.credits, terms.duration);
    let kind = match terms.kind {
        0 => return Ok(None),
        1 => LicenceKind::Time { duration },
        2 => LicenceKind::Credits { credits, duration },
        _ => return Err(ChainError::Range { field: "licence kind", bits: 2 }),
    };
    let terms = OfferTerms {
        model: terms.model.into(),
        kind,
        price: terms.price,
        deliver_within: terms.deliver_within,
        serving_key: account(terms.serving_key),
    };
    Ok(Some(Offer { terms, seller: account(seller) }))
}

/// None if there is no such licence.
pub(super) fn licence(shown: &abi::Licence) -> Result<Option<Licence>, ChainError> {
    let status = match shown.status {
        0 => return Ok(None),
        1 => LicenceStatus::AwaitingKey,
        2 => LicenceStatus::Live,
        3 => LicenceStatus::Refunded,
        _ => return Err(ChainError::Range { field: "licence status", bits: 2 }),
    };
    Ok(Some(Licence {
        offer: shown.offer,
        status,
        expires: (shown.expires != 0).then_some(shown.expires),
        deliver_by: (shown.deliver_by != 0).then_some(shown.deliver_by),
        fee_bps: shown.fee_bps,
        price: shown.price,
        buyer: shown.buyer.0,
        seller: shown.seller.0,
    }))
}

fn account(address: ethers::types::Address) -> Option<Address> {
    (!address.is_zero()).then_some(address.0)
}
