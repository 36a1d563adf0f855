// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice What an offer sells.
enum LicenceKind {
    None,
    /// Use until a time: one unit, which may change hands.
    Time,
    /// A number of calls: one unit each, burnt as they are made, bound to the buyer.
    Credits
}

/// @notice Where a licence stands. `None` means that no licence has this id.
enum LicenceStatus {
    None,
    /// Paid, and held until the key is delivered.
    AwaitingKey,
    /// In force until it expires.
    Live,
    /// The key was not delivered in time; the buyer has its money back.
    Refunded
}

/// @notice What the owner of a model offers. All but the price and who serves is fixed when it is made.
struct OfferTerms {
    /// Token id of the model in the model registry.
    uint256 model;
    LicenceKind kind;
    /// Tokens for one licence, in the token's smallest unit, the protocol's fee included; not zero.
    uint128 price;
    /// Seconds a licence is in force; for credits 0 means that they do not expire.
    uint64 duration;
    /// Calls in a licence; 0 for a licence by time.
    uint64 credits;
    /// Seconds in which the key must be delivered, or the buyer may have its money back; 0 if there is no key to wait
    /// for: then the licence is in force, and the money earned, at once.
    uint32 deliverWithin;
    /// Who else than the buyer may count credits, and who else than the seller may say that the key was delivered;
    /// zero for nobody. It can be replaced, but an offer made without one never gets one.
    address servingKey;
}

/// @notice An offer as `ILicense.offer` shows it.
struct Offer {
    OfferTerms terms;
    /// Who set the price. Nobody can buy when it is zero (closed), or no longer the model's owner.
    address seller;
}

/// @notice A licence as `ILicense.licence` shows it.
struct Licence {
    /// The offer it was bought by.
    uint64 offer;
    LicenceStatus status;
    /// The first second (Unix time) without it; 0 if it does not expire, or has not begun.
    uint64 expires;
    /// The last second (Unix time) to deliver the key; 0 if there was none to wait for.
    uint64 deliverBy;
    /// The protocol's fee on the price, in basis points, as it was when it was bought.
    uint16 feeBps;
    /// What was paid.
    uint128 price;
    address buyer;
    /// Who sold it, and gets what the data owners do not.
    address seller;
}
