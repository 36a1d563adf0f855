// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRecords} from "./DatasetRecords.sol";
import {IConsentSink} from "./interfaces/IConsentSink.sol";
import {IDatasetRegistry} from "./interfaces/IDatasetRegistry.sol";
import {GrantStatus} from "./types/Dataset.sol";

/// @title Consents: how they are given and revoked
abstract contract DatasetConsents is DatasetRecords {
    /// @inheritdoc IDatasetRegistry
    uint256 public constant NOTICE_GAS = 200_000;

    /// What is left of the gas after the notice must do for the rest of the call, whatever the escrow does.
    uint256 private constant NOTICE_MARGIN = 20_000;

    /// @inheritdoc IDatasetRegistry
    function grant(
        uint256 dataset,
        address escrow,
        bytes32 study,
        uint64 until,
        uint64 nonce,
        bytes calldata signature
    ) external {
        address owner = _owner(dataset);
        if (escrow == address(0)) revert DatasetRegistry_EscrowZero();
        if (study == 0) revert DatasetRegistry_StudyZero();
        // forge-lint: disable-next-line(block-timestamp)
        if (until < block.timestamp) revert DatasetRegistry_UntilPassed(until, block.timestamp);
        GrantState storage state = _grants[escrow][study][owner];
        _requireNonce(owner, nonce, state.nonce);
        bool open = state.status == GrantStatus.Granted;
        if (open && state.dataset != dataset) revert DatasetRegistry_OtherDataset(dataset, state.dataset);
        // Else the escrow would have to be told when the shorter time is up.
        if (open && until < state.until) revert DatasetRegistry_UntilShortened(until, state.until);
        _requireSignature(owner, consentDigest(owner, dataset, escrow, study, until, nonce), signature);

        if (!open) {
            ++_datasets[dataset].openGrants;
            ++state.term;
        }
        // forge-lint: disable-next-line(unsafe-typecast)
        (state.dataset, state.until) = (uint80(dataset), until); // datasets are counted from 1
        (state.nonce, state.status) = (nonce + 1, GrantStatus.Granted);
        emit ConsentGranted(dataset, study, owner, escrow, until, nonce);
    }

    /// @inheritdoc IDatasetRegistry
    function revoke(uint256 dataset, address escrow, bytes32 study) external {
        _requireOwner(dataset);
        _revoke(msg.sender, dataset, escrow, study);
    }

    /// @inheritdoc IDatasetRegistry
    function revokeFor(uint256 dataset, address escrow, bytes32 study, uint64 nonce, bytes calldata signature)
        external
    {
        address owner = _owner(dataset);
        _requireNonce(owner, nonce, _grants[escrow][study][owner].nonce);
        _requireSignature(owner, revokeDigest(owner, dataset, escrow, study, nonce), signature);
        _revoke(owner, dataset, escrow, study);
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// The escrow is told last, when nothing is left to be done.
    function _revoke(address owner, uint256 dataset, address escrow, bytes32 study) private {
        if (_end(owner, dataset, escrow, study)) _notify(escrow, study, owner);
    }

    /// Ends an owner's consent and makes void what it signed before; says whether there was one.
    function _end(address owner, uint256 dataset, address escrow, bytes32 study)
        internal
        returns (bool open)
    {
        GrantState storage state = _grants[escrow][study][owner];
        open = state.status == GrantStatus.Granted;
        if (open && state.dataset != dataset) revert DatasetRegistry_OtherDataset(dataset, state.dataset);
        if (open) --_datasets[dataset].openGrants;

        uint64 nonce = state.nonce;
        (state.status, state.nonce) = (GrantStatus.Revoked, nonce + 1);
        emit ConsentRevoked(dataset, study, owner, escrow, nonce);
    }

    /// A relayer must not be able to revoke and keep it from the escrow by sending too little gas: a call gets at most
    /// 63/64 of what is left (EIP-150). And an escrow must not be able to stop a revocation: it gets no more than its
    /// share, and what it returns is not looked at.
    function _notify(address escrow, bytes32 study, address owner) internal {
        if (escrow.code.length == 0) return;
        uint256 needed = (NOTICE_GAS * 64) / 63 + NOTICE_MARGIN;
        if (gasleft() < needed) revert DatasetRegistry_GasTooLow(gasleft(), needed);
        bytes memory notice = abi.encodeCall(IConsentSink.consentRevoked, (study, owner));
        uint256 gasCap = NOTICE_GAS;
        bool heard;
        assembly ("memory-safe") {
            heard := call(gasCap, escrow, 0, add(notice, 32), mload(notice), 0, 0)
        }
        if (!heard) emit NoticeFailed(escrow, study, owner);
    }
}
