//! What the market's calls take and give, in plain types.

use ethers::types::U256;

use super::abi;
use crate::{Address, ChainError, Word, handle::amount, typed_data::number_word};

/// What is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The ERC-721 or ERC-1155 contract.
    pub collection: Address,
    /// The token's id there.
    pub token_id: Word,
    /// How many of it: 1 of an ERC-721 token.
    pub units: u128,
}

impl Asset {
    /// An ERC-721 token of a collection that counts its tokens, such as a dataset.
    #[must_use]
    pub fn numbered(collection: Address, number: u64) -> Self {
        Self { collection, token_id: number_word(number.into()), units: 1 }
    }
}

/// What kind of token an asset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetKind {
    /// One of its kind (ERC-721).
    Single,
    /// Some of many alike (ERC-1155).
    Units,
}

/// Where a lot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LotStatus {
    /// For sale at a fixed price; the asset is still its seller's.
    Listed,
    /// Under the hammer; the market holds the asset.
    Auctioned,
    /// Paid; the market holds asset and money until the key comes.
    AwaitingKey,
    /// The key came; the buyer may reject it until the review ends.
    Delivered,
    /// The buyer rejected the key; the arbiter rules.
    Disputed,
    /// The asset went to the buyer, the money to the seller and who else has a share.
    Sold,
    /// Paid for and not delivered: the money went back to the buyer, the asset to the seller.
    Refunded,
    /// Nothing was sold.
    Withdrawn,
}

/// How the key of what is sold reaches the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTerms {
    /// Seconds from the sale in which the seller must deliver: 1 hour to 30 days.
    pub deliver_within: u32,
    /// Who rules on a key that the buyer rejects; without one, delivery makes the sale final.
    pub arbiter: Option<Arbiter>,
}

/// Who rules on a rejected key, and how long a buyer may reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arbiter {
    /// Not the seller.
    pub account: Address,
    /// Seconds from the delivery in which the buyer may reject the key: 1 hour to 30 days.
    pub review_within: u32,
}

/// What a seller offers at a fixed price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What.
    pub asset: Asset,
    /// For the whole lot; not zero.
    pub price: u128,
    /// Last second at which it may be bought, at most 180 days from now.
    pub until: u64,
    /// The most of the price, in ten-thousandths, that the seller is ready to leave to the treasury.
    pub max_fee_bps: u16,
    /// The most of the price, in ten-thousandths, that the seller is ready to leave to the royalty's receiver.
    pub max_royalty_bps: u16,
    /// None if there is no key: the sale is final at once.
    pub key: Option<KeyTerms>,
}

/// What a seller puts up for auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionOffer {
    /// What.
    pub asset: Asset,
    /// The least first bid, for the whole lot; not zero.
    pub reserve: u128,
    /// Seconds from now to the end, before any extension: 1 hour to 30 days.
    pub duration: u32,
    /// By how much a bid must exceed the one before, in ten-thousandths of it, at most 5,000; always by one unit at
    /// least.
    pub min_increment_bps: u16,
    /// As in [`Offer`].
    pub max_fee_bps: u16,
    /// As in [`Offer`].
    pub max_royalty_bps: u16,
    /// As in [`Offer`].
    pub key: Option<KeyTerms>,
}

/// A buyer's signed wish to buy a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The lot.
    pub lot: u64,
    /// Who buys and pays.
    pub buyer: Address,
    /// The X25519 public key that the seller seals the content key to; none if the lot has no key.
    pub buyer_key: Option<Word>,
    /// Last second at which the signature is good.
    pub valid_until: u64,
    /// The buyer's signature on [`super::buy_digest`], 65 bytes for a key, any length for a contract wallet (ERC-1271).
    pub signature: Vec<u8>,
}

/// A lot, as the market shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Who sells.
    pub seller: Address,
    /// Where it is.
    pub status: LotStatus,
    /// What is sold.
    pub asset: Asset,
    /// What kind of token that is.
    pub kind: AssetKind,
    /// Asked; of an auction the reserve and then the highest bid.
    pub price: u128,
    /// The treasury's part of the price, fixed when the lot was offered, in ten-thousandths.
    pub fee_bps: u16,
    /// The most that the royalty can take, fixed when the lot was offered, in ten-thousandths.
    pub royalty_bps: u16,
    /// Of an auction: see [`AuctionOffer::min_increment_bps`].
    pub min_increment_bps: u16,
    /// Last second at which it may be bought or bid for.
    pub until: u64,
    /// Of an auction: `until` is never extended beyond this; else 0.
    pub last_until: u64,
    /// None if there is no key.
    pub key: Option<KeyTerms>,
    /// Who bought it, or bid most so far.
    pub buyer: Option<Address>,
    /// The buyer's X25519 public key.
    pub buyer_key: Option<Word>,
    /// Keccak-256 of the sealed key that was delivered.
    pub sealed_key_hash: Option<Word>,
    /// Last second of the delivery, review or ruling that was begun last; 0 before a sale.
    pub due_by: u64,
}

/// How a lot's price is shared: `proceeds + royalty + fee = price`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The seller's.
    pub proceeds: u128,
    /// The royalty (ERC-2981).
    pub royalty: u128,
    /// Whose that is; none if the collection names nobody.
    pub royalty_receiver: Option<Address>,
    /// The treasury's.
    pub fee: u128,
}

pub(super) fn account(shown: ethers::types::Address) -> Option<Address> {
    (!shown.is_zero()).then_some(shown.0)
}

fn word(shown: Word) -> Option<Word> {
    (shown != [0; 32]).then_some(shown)
}

/// None for the status `None`: there is no such lot.
pub(super) fn lot(shown: &abi::Lot) -> Result<Option<Lot>, ChainError> {
    let status = match shown.status {
        0 => return Ok(None),
        1 => LotStatus::Listed,
        2 => LotStatus::Auctioned,
        3 => LotStatus::AwaitingKey,
        4 => LotStatus::Delivered,
        5 => LotStatus::Disputed,
        6 => LotStatus::Sold,
        7 => LotStatus::Refunded,
        8 => LotStatus::Withdrawn,
        _ => return Err(ChainError::Range { field: "lot status", bits: 4 }),
    };
    let kind = match shown.kind {
        1 => AssetKind::Single,
        2 => AssetKind::Units,
        _ => return Err(ChainError::Range { field: "asset kind", bits: 2 }),
    };
    let mut token_id = [0; 32];
    shown.token_id.to_big_endian(&mut token_id);
    let arbiter =
        account(shown.arbiter).map(|account| Arbiter { account, review_within: shown.review_within });
    let key = KeyTerms { deliver_within: shown.deliver_within, arbiter };
    Ok(Some(Lot {
        seller: shown.seller.0,
        status,
        asset: Asset { collection: shown.collection.0, token_id, units: shown.units },
        kind,
        price: shown.price,
        fee_bps: shown.fee_bps,
        royalty_bps: shown.royalty_bps,
        min_increment_bps: shown.min_increment_bps,
        until: shown.until,
        last_until: shown.last_until,
        key: (shown.deliver_within != 0).then_some(key),
        buyer: account(shown.buyer),
        buyer_key: word(shown.buyer_key),
        sealed_key_hash: word(shown.sealed_key_hash),
        due_by: shown.due_by,
    }))
}

pub(super) fn shares(shown: &abi::SharesReturn) -> Result<Shares, ChainError> {
    Ok(Shares {
        proceeds: amount("proceeds", shown.proceeds)?,
        royalty: amount("royalty", shown.royalty)?,
        royalty_receiver: account(shown.royalty_receiver),
        fee: amount("fee", shown.fee)?,
    })
}

fn asset(asset: &Asset) -> abi::Asset {
    abi::Asset {
        collection: asset.collection.into(),
        token_id: U256::from_big_endian(&asset.token_id),
        units: asset.units,
    }
}

fn key(key: Option<&KeyTerms>) -> abi::KeyTerms {
    let arbiter = key.and_then(|key| key.arbiter);
    abi::KeyTerms {
        deliver_within: key.map_or(0, |key| key.deliver_within),
        review_within: arbiter.map_or(0, |arbiter| arbiter.review_within),
        arbiter: arbiter.map_or([0; 20], |arbiter| arbiter.account).into(),
    }
}

pub(super) fn offer(offer: &Offer) -> abi::Offer {
    abi::Offer {
        asset: asset(&offer.asset),
        price: offer.price,
        until: offer.until,
        max_fee_bps: offer.max_fee_bps,
        max_royalty_bps: offer.max_royalty_bps,
        key: key(offer.key.as_ref()),
    }
}

pub(super) fn auction_offer(offer: &AuctionOffer) -> abi::AuctionOffer {
    abi::AuctionOffer {
        asset: asset(&offer.asset),
        reserve: offer.reserve,
        duration: offer.duration,
        min_increment_bps: offer.min_increment_bps,
        max_fee_bps: offer.max_fee_bps,
        max_royalty_bps: offer.max_royalty_bps,
        key: key(offer.key.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_kinds_that_are_unknown_are_refused() {
        let of = |status, kind| abi::Lot { status, kind, ..abi::Lot::default() };
        assert_eq!(lot(&of(0, 0)).unwrap(), None);
        let last = lot(&of(8, 2)).unwrap().unwrap();
        assert_eq!((last.status, last.kind), (LotStatus::Withdrawn, AssetKind::Units));
        for (status, kind, of_what) in [(9, 1, "lot status"), (1, 0, "asset kind"), (1, 3, "asset kind")] {
            let refused = lot(&of(status, kind));
            assert!(matches!(refused, Err(ChainError::Range { field, .. }) if field == of_what));
        }
    }
}
