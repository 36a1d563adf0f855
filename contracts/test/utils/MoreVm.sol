// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Cheatcodes of forge that only some tests use.
interface MoreVm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function etch(address target, bytes calldata code) external;
    function getRecordedLogs() external returns (Log[] memory);
    function recordLogs() external;
    function revertToState(uint256 snapshot) external returns (bool);
    function roll(uint256 blockNumber) external;
    function setBlockhash(uint256 blockNumber, bytes32 hash) external;
    function snapshotState() external returns (uint256);
}

MoreVm constant moreVm = MoreVm(address(uint160(uint256(keccak256("hevm cheat code")))));
