// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConsentSink} from "../../src/interfaces/IConsentSink.sol";

/// An escrow that listens to revocations, and does with them what the test says.
contract Sink is IConsentSink {
    enum Manner {
        Listens,
        Reverts,
        /// Burns all the gas it is given.
        Burns,
        /// Returns more than anybody wants to copy.
        Floods,
        /// Makes the call that the test has set.
        CallsBack
    }

    Manner public manner;
    uint256 public heard;
    bytes32 public study;
    address public owner;
    address public target;
    bytes public payload;
    bool public succeeded;
    bytes public returned;

    function behave(Manner manner_) external {
        manner = manner_;
    }

    function callBack(address target_, bytes calldata payload_) external {
        (manner, target, payload) = (Manner.CallsBack, target_, payload_);
    }

    function consentRevoked(bytes32 study_, address owner_) external {
        if (manner == Manner.Reverts) revert("not interested");
        if (manner == Manner.Burns) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (manner == Manner.Floods) {
            assembly ("memory-safe") {
                revert(0, 150000)
            }
        }
        ++heard;
        (study, owner) = (study_, owner_);
        if (manner == Manner.CallsBack) (succeeded, returned) = target.call(payload);
    }
}
