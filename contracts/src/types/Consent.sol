// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Where a request for consent is.
enum RequestStatus {
    None,
    /// Paid in; the owner may grant.
    Asked,
    /// The owner granted; the grant must stand for the time that was asked for.
    Answered,
    /// The owner was paid.
    Paid,
    /// The requester has its money back.
    Refunded
}

/// What somebody asks of a dataset's owner.
struct ConsentTerms {
    uint256 dataset;
    /// The escrow that holds the study.
    address escrow;
    bytes32 study;
    /// The grant must last until then or longer (its last second).
    uint64 minUntil;
    /// Last second at which the owner may answer.
    uint64 answerBy;
    /// Seconds that the grant must stand before the owner is paid; 0: paid on the answer.
    uint32 holdFor;
    /// The most that the requester is ready to pay, token units.
    uint128 maxPrice;
}

/// One request for consent. Blank lines part the storage slots.
struct ConsentRequest {
    address requester;
    RequestStatus status;
    uint40 answerBy;
    uint32 holdFor;
    uint16 feeBps;

    /// The dataset's owner when it was asked; nobody else's grant counts.
    address owner;
    uint40 minUntil;
    /// From when on the owner is paid if the grant stands; 0 until it is answered.
    uint40 payableFrom;

    address escrow;
    /// Which of the owner's consents answered (`Grant.term`), where it must stand for a time; 0 until then.
    uint40 term;

    uint256 dataset;

    bytes32 study;

    uint128 price;
}
