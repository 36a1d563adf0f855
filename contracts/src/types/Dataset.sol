// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Where an owner's consent to a study stands. `None` means that none was ever given.
enum GrantStatus {
    None,
    /// Given and not revoked; it may have run out (see `until`).
    Granted,
    Revoked
}

/// @notice An owner's consent to one study, as `IDatasetRegistry.grantOf` shows it.
struct Grant {
    /// The dataset that the consent is for; 0 if none was ever given.
    uint256 dataset;
    /// Last second (Unix time) for which the consent is given.
    uint64 until;
    /// Changes of this consent so far: the next signature over `Consent` or `Revoke` covers this number.
    uint64 nonce;
    /// Which of the owner's consents to this study it is, from 1: a prolonged one keeps its number, one that was revoked
    /// and given again has another.
    uint40 term;
    GrantStatus status;
}

/// @notice A purpose that consent may be given for.
struct Purpose {
    /// The contract that runs the study.
    address escrow;
    /// The study's id there.
    bytes32 study;
}

/// @notice A dataset as `IDatasetRegistry.listing` shows it; all zero if there is none.
struct Listing {
    address owner;
    /// Salted commitment to the dataset's description.
    bytes32 commitment;
    /// Asked for a study's use, in the token's smallest unit.
    uint128 price;
    /// Consents given with this dataset and not revoked, run out ones among them.
    uint64 openGrants;
    /// Where the sealed description is.
    string uri;
}
