// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Split} from "../types/Split.sol";

/// @title Splitter clones: where they are, and how they get there
/// @dev The split and the salt decide the address, together with the contract that deploys. So a splitter can be paid
/// before it exists, and nobody can put another one in its place.
library Splitters {
    /// @notice The address of this contract's splitter, deployed or not.
    function predict(address implementation, Split memory split, bytes32 salt)
        internal
        view
        returns (address)
    {
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, abi.encode(split), salt);
    }

    /// @notice Deploys a splitter unless it is there.
    /// @return fresh Whether it was deployed now.
    function ensure(address implementation, Split memory split, bytes32 salt, address where)
        internal
        returns (bool fresh)
    {
        if (where.code.length != 0) return false;
        Clones.cloneDeterministicWithImmutableArgs(implementation, abi.encode(split), salt);
        return true;
    }

    /// @notice The tree of one payee who gets the payees' whole part: its root is its leaf (payee, 1), its total 1.
    function single(address payee) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(payee, uint128(1)))));
    }
}
