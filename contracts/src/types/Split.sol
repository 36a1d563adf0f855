// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice How a splitter divides what it receives: fixed in its code when it is made.
struct Split {
    /// Root of the Merkle tree over (payee, cumulative) by which the payees' part is divided. Leaves are
    /// keccak256(bytes.concat(keccak256(abi.encode(payee, cumulative)))), pairs are sorted.
    bytes32 root;
    /// Sum of all `cumulative` in that tree: a payee's share is cumulative / total.
    uint128 total;
    /// The payees' part of what comes in, in basis points (1/10,000).
    uint16 payeesBps;
    /// Who gets the rest.
    address creator;
}
