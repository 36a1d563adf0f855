// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {StudyRecords} from "./StudyRecords.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Settlement} from "./types/Study.sol";

/// @title What is signed about studies
abstract contract StudyDigests is StudyRecords, EIP712 {
    bytes32 private constant ENROL_TYPEHASH =
        keccak256("Enrol(bytes32 study,address owner,bytes32 planDigest,bytes32 identity,uint64 sequence)");
    bytes32 private constant LEAVE_TYPEHASH = keccak256("Leave(bytes32 study,address owner,uint64 sequence)");
    bytes32 private constant REMOVE_TYPEHASH =
        keccak256("Remove(bytes32 study,address owner,uint64 sequence)");
    bytes32 private constant COMMITTEE_KEY_TYPEHASH =
        keccak256("CommitteeKey(bytes32 study,uint64 epoch,bytes32 keyHash)");
    bytes32 private constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(bytes32 study,uint64 epoch,uint64 round,bytes32 context,bytes32 sums,bytes32 scores,"
        "bytes32 model,bytes32 transcript,bytes32 payoutsRoot,uint128 cumulativePayout)"
    );

    /// @inheritdoc IStudyEscrow
    function enrolDigest(bytes32 id, address owner, bytes32 identity, uint64 sequence)
        public
        view
        returns (bytes32)
    {
        bytes32 planDigest = _studies[id].planDigest;
        return
            _hashTypedDataV4(keccak256(abi.encode(ENROL_TYPEHASH, id, owner, planDigest, identity, sequence)));
    }

    /// @inheritdoc IStudyEscrow
    function leaveDigest(bytes32 id, address owner, uint64 sequence) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(LEAVE_TYPEHASH, id, owner, sequence)));
    }

    /// @inheritdoc IStudyEscrow
    function removeDigest(bytes32 id, address owner, uint64 sequence) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REMOVE_TYPEHASH, id, owner, sequence)));
    }

    /// @inheritdoc IStudyEscrow
    function committeeKeyDigest(bytes32 id, uint64 epoch, bytes32 keyHash) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(COMMITTEE_KEY_TYPEHASH, id, epoch, keyHash)));
    }

    /// @inheritdoc IStudyEscrow
    function settlementDigest(Settlement calldata settlement) public view returns (bytes32) {
        // Every member is one 32-byte word, so encoding the struct is encoding its members in order.
        return _hashTypedDataV4(keccak256(abi.encode(SETTLEMENT_TYPEHASH, settlement)));
    }

    /// @inheritdoc IStudyEscrow
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _requireSignature(address signer, bytes32 digest, bytes calldata signature) internal view {
        if (!Signatures.isValid(signer, digest, signature)) {
            revert StudyEscrow_SignatureInvalid(signer, digest);
        }
    }
}
