// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// What kind of token a lot is made of.
enum AssetKind {
    None,
    ERC721,
    ERC1155
}

/// Where a lot is. What is on offer ends as one of the last three; an asset in the market's hands leaves them then.
enum LotStatus {
    None,
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
    /// The asset went to the buyer, the money to the seller, the royalty's receiver and the treasury.
    Sold,
    /// Paid for and not delivered: the money went back to the buyer, the asset to the seller.
    Refunded,
    /// Nothing was sold.
    Withdrawn
}

/// What is sold.
struct Asset {
    address collection;
    uint256 tokenId;
    /// 1 for ERC-721.
    uint128 units;
}

/// How the key of what is sold reaches the buyer. All zero: there is no key, and the sale is final at once.
struct KeyTerms {
    /// Seconds from the sale in which the seller must deliver; 0 if there is no key.
    uint32 deliverWithin;
    /// Seconds from the delivery in which the buyer may reject the key; 0 if there is no arbiter.
    uint32 reviewWithin;
    /// Who rules on a rejected key. Nobody (0): delivery ends the sale.
    address arbiter;
}

/// What a seller offers at a fixed price.
struct Offer {
    Asset asset;
    /// Token units for the whole lot.
    uint128 price;
    /// Last second at which it may be bought.
    uint64 until;
    /// The most of the price, in 1/10,000, that the seller is ready to leave to the treasury.
    uint16 maxFeeBps;
    /// The most of the price, in 1/10,000, that the seller is ready to leave to the royalty's receiver.
    uint16 maxRoyaltyBps;
    KeyTerms key;
}

/// What a seller puts up for auction.
struct AuctionOffer {
    Asset asset;
    /// The least first bid, token units for the whole lot.
    uint128 reserve;
    /// Seconds from now to the end, before any extension.
    uint32 duration;
    /// By how much a bid must exceed the one before, in 1/10,000 of it; always by one unit at least.
    uint16 minIncrementBps;
    uint16 maxFeeBps;
    uint16 maxRoyaltyBps;
    KeyTerms key;
}

/// One lot. Blank lines part the storage slots.
struct Lot {
    address seller;
    LotStatus status;
    AssetKind kind;
    /// The treasury's part of the price, fixed when the lot was offered, in 1/10,000.
    uint16 feeBps;
    /// The most that the royalty can take, fixed when the lot was offered, in 1/10,000.
    uint16 royaltyBps;
    /// Auctions: see `AuctionOffer.minIncrementBps`.
    uint16 minIncrementBps;
    uint32 deliverWithin;

    address collection;
    /// Listings: last second at which it may be bought. Auctions: last second at which bids are taken.
    uint40 until;
    /// Auctions: `until` is never extended beyond this.
    uint40 lastUntil;

    uint256 tokenId;

    uint128 units;
    /// Asked; of an auction the reserve and then the highest bid.
    uint128 price;

    /// Who bought it, or bid most so far.
    address buyer;
    /// Last second of the step under way: delivery, review or ruling.
    uint40 dueBy;
    uint32 reviewWithin;

    /// The buyer's X25519 public key, to which the seller seals the content key.
    bytes32 buyerKey;

    /// keccak256 of the sealed key that was delivered.
    bytes32 sealedKeyHash;

    address arbiter;
}
