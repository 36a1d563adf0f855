// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {Settlement, Status, StudyView} from "./types/Study.sol";

/// @title What the escrow knows about studies: the stored records, how they are read, and what is signed over them
abstract contract StudyRecords is IStudyEscrow, EIP712 {
    /// What an enrolled owner has; `identity` is zero for everybody else.
    struct Enrolment {
        bytes32 identity;
        uint128 claimed;
    }

    /// Blank lines part the storage slots: a settlement touches four of them.
    struct StudyState {
        bytes32 planDigest;

        address researcher;
        uint64 enrolBy;
        uint16 minOwners;
        uint16 maxOwners;

        Status status;
        uint40 settleBy;
        uint64 lastRound;
        uint64 rounds;
        uint64 epoch;

        uint128 budget;
        uint128 cumulativePayout;

        bytes32 payoutsRoot;

        bytes32 keyHash;

        uint128 paid;

        address[] owners;

        mapping(address => Enrolment) enrolments;
    }

    bytes32 private constant ENROL_TYPEHASH =
        keccak256("Enrol(bytes32 study,address owner,bytes32 planDigest,bytes32 identity)");
    bytes32 private constant COMMITTEE_KEY_TYPEHASH =
        keccak256("CommitteeKey(bytes32 study,uint64 epoch,bytes32 keyHash)");
    bytes32 private constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(bytes32 study,uint64 epoch,uint64 round,bytes32 context,bytes32 sums,bytes32 scores,"
        "bytes32 model,bytes32 transcript,bytes32 payoutsRoot,uint128 cumulativePayout)"
    );

    mapping(bytes32 id => StudyState) internal _studies;

    /// @inheritdoc IStudyEscrow
    function studyId(address researcher, bytes32 planDigest, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), researcher, planDigest, salt));
    }

    /// @inheritdoc IStudyEscrow
    function study(bytes32 id) external view returns (StudyView memory) {
        StudyState storage state = _studies[id];
        return StudyView({
            status: state.status,
            researcher: state.researcher,
            planDigest: state.planDigest,
            budget: state.budget,
            cumulativePayout: state.cumulativePayout,
            paid: state.paid,
            refunded: state.status == Status.Closed ? state.budget - state.cumulativePayout : 0,
            rounds: state.rounds,
            lastRound: state.lastRound,
            enrolBy: state.enrolBy,
            settleBy: state.settleBy,
            minOwners: state.minOwners,
            maxOwners: state.maxOwners,
            // forge-lint: disable-next-line(unsafe-typecast)
            ownerCount: uint16(state.owners.length), // not above maxOwners, a uint16
            payoutsRoot: state.payoutsRoot
        });
    }

    /// @inheritdoc IStudyEscrow
    function owners(bytes32 id, uint256 from, uint256 count) external view returns (address[] memory page) {
        address[] storage all = _studies[id].owners;
        uint256 left = from < all.length ? all.length - from : 0;
        page = new address[](count < left ? count : left);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = all[from + i];
        }
    }

    /// @inheritdoc IStudyEscrow
    function ownerCount(bytes32 id) external view returns (uint256) {
        return _studies[id].owners.length;
    }

    /// @inheritdoc IStudyEscrow
    function isEnrolled(bytes32 id, address owner) external view returns (bool) {
        return _studies[id].enrolments[owner].identity != 0;
    }

    /// @inheritdoc IStudyEscrow
    function identityOf(bytes32 id, address owner) external view returns (bytes32) {
        return _studies[id].enrolments[owner].identity;
    }

    /// @inheritdoc IStudyEscrow
    function claimed(bytes32 id, address owner) external view returns (uint128) {
        return _studies[id].enrolments[owner].claimed;
    }

    /// @inheritdoc IStudyEscrow
    function committee(bytes32 id) external view returns (uint64 epoch, bytes32 keyHash) {
        StudyState storage state = _studies[id];
        return (state.epoch, state.keyHash);
    }

    /// @inheritdoc IStudyEscrow
    function quorum(bytes32 id) public view returns (uint256) {
        uint256 size = _studies[id].owners.length;
        uint256 corrupt = size == 0 ? 0 : (size - 1) / 3;
        return (size + corrupt) / 2 + 1;
    }

    /// @inheritdoc IStudyEscrow
    function enrolDigest(bytes32 id, address owner, bytes32 identity) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(abi.encode(ENROL_TYPEHASH, id, owner, _studies[id].planDigest, identity))
            );
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
}
