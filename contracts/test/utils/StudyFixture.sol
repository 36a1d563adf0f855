// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {StudyEscrow} from "../../src/StudyEscrow.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {Enrolled, Launch, RosterStatus, Settlement} from "../../src/types/Study.sol";
import {Base} from "./Base.sol";
import {BLSSigner} from "./BLSSigner.sol";
import {PayoutTree} from "./PayoutTree.sol";

/// A token, an escrow, a funded researcher, owners with wallets in ascending order, and a committee secret.
abstract contract StudyFixture is Base {
    bytes internal constant SETTLEMENT_DOMAIN = "TRIBUTARY-V1-SETTLEMENT_BLS12381G2_XMD:SHA-256_SSWU_RO_";
    uint128 internal constant BUDGET = 1_000e18;
    uint256 internal constant COMMITTEE_SECRET = uint256(keccak256("committee")) % BLSSigner.ORDER;
    bytes32 internal constant SCORING = keccak256("group-shapley-1");
    uint256 internal constant START = 1_800_000_000;

    TributaryToken internal token;
    StudyEscrow internal escrow;
    DatasetRegistry internal datasets;
    /// Owned by the test; without fees.
    ProtocolParameters internal parameters;
    address internal treasury = vm.addr(uint256(keccak256("treasury")));
    address internal researcher = vm.addr(uint256(keccak256("researcher")));
    address internal stranger = vm.addr(uint256(keccak256("stranger")));
    /// Ascending, as `registerCommittee` wants its signers; ownerKeys[i] signs for owners[i].
    address[] internal owners;
    uint256[] internal ownerKeys;

    function setUp() public virtual {
        vm.warp(START);
        token = new TributaryToken(address(this), address(this), 1e27);
        datasets = new DatasetRegistry();
        bytes32[] memory rules = new bytes32[](1);
        rules[0] = SCORING;
        parameters = new ProtocolParameters(address(this), treasury, 0, 0, rules);
        escrow = new StudyEscrow(token, datasets, parameters);
        token.transfer(researcher, 10 * BUDGET);
        vm.prank(researcher);
        token.approve(address(escrow), type(uint256).max);
        _makeOwners(4);
    }

    function _makeOwners(uint256 count) internal {
        address[] memory who = new address[](count);
        uint256[] memory keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode("owner", i)));
            address owner = vm.addr(key);
            uint256 j = i;
            for (; j > 0 && who[j - 1] > owner; --j) {
                (who[j], keys[j]) = (who[j - 1], keys[j - 1]);
            }
            (who[j], keys[j]) = (owner, key);
        }
        (owners, ownerKeys) = (who, keys);
    }

    /// Terms for exactly the fixture's owners and three rounds.
    function terms() internal view returns (Launch memory) {
        return Launch({
            planDigest: sha256("plan"),
            budget: BUDGET,
            rounds: 3,
            enrolBy: uint64(START + 1 days),
            settleBy: uint64(START + 30 days),
            minOwners: 2,
            maxOwners: uint16(owners.length),
            salt: 0,
            allowed: 0,
            lateEnrolment: false,
            researcher: researcher,
            consentRequired: false,
            scoring: SCORING,
            maxFeeBps: 1_000
        });
    }

    function launch() internal returns (bytes32) {
        return launch(terms());
    }

    function launch(Launch memory plan) internal returns (bytes32) {
        vm.prank(researcher);
        return escrow.launch(plan);
    }

    function identityFor(address owner) internal pure returns (bytes32) {
        return keccak256(abi.encode("identity", owner));
    }

    function sequenceOf(bytes32 id, address owner) internal view returns (uint64) {
        return escrow.enrolment(id, owner).sequence;
    }

    function identityOf(bytes32 id, address owner) internal view returns (bytes32) {
        return escrow.enrolment(id, owner).identity;
    }

    /// Those of `owners` that are on a study's roster, in their order; nobody else may be on it.
    function rosterOf(bytes32 id) internal view returns (Enrolled[] memory roster) {
        (Enrolled[] memory shown, uint16 count) = escrow.enrolments(id, owners);
        roster = new Enrolled[](count);
        uint256 found = 0;
        for (uint256 i = 0; i < shown.length; ++i) {
            if (shown[i].identity == 0) continue;
            if (found < count) roster[found] = shown[i];
            ++found;
        }
        assertEq(found, count, "the roster's size");
    }

    function enrol(bytes32 id, uint256 index) internal {
        enrol(id, index, identityFor(owners[index]));
    }

    /// Enrols for the first time, or again with another identity.
    function enrol(bytes32 id, uint256 index, bytes32 identity) internal {
        uint64 sequence = sequenceOf(id, owners[index]);
        bytes memory signature = signEnrol(id, index, identity, sequence);
        escrow.enrol(id, owners[index], identity, sequence, new bytes32[](0), signature);
    }

    function enrolAll(bytes32 id) internal virtual {
        for (uint256 i = 0; i < owners.length; ++i) {
            enrol(id, i);
        }
    }

    function signEnrol(bytes32 id, uint256 index, bytes32 identity, uint64 sequence)
        internal
        view
        returns (bytes memory)
    {
        return ecdsa(ownerKeys[index], escrow.enrolDigest(id, owners[index], identity, sequence));
    }

    function signLeave(bytes32 id, uint256 index, uint64 sequence) internal view returns (bytes memory) {
        return ecdsa(ownerKeys[index], escrow.leaveDigest(id, owners[index], sequence));
    }

    function leaveStudy(bytes32 id, uint256 index) internal {
        escrow.leaveStudy(id, owners[index], signLeave(id, index, sequenceOf(id, owners[index])));
    }

    /// The first `count` owners' signatures over the removal of one of them or another.
    function removals(bytes32 id, address owner, uint256 count)
        internal
        view
        returns (address[] memory signers, bytes[] memory signatures)
    {
        return signedByFirst(escrow.removeDigest(id, owner, sequenceOf(id, owner)), count);
    }

    function removeOwner(bytes32 id, uint256 index) internal {
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[index], escrow.quorum(id));
        escrow.removeOwner(id, owners[index], signers, signatures);
    }

    /// The first `count` owners' signatures over a committee key.
    function approvals(bytes32 id, uint64 epoch, bytes memory key, uint256 count)
        internal
        view
        returns (address[] memory signers, bytes[] memory signatures)
    {
        return signedByFirst(escrow.committeeKeyDigest(id, epoch, keccak256(key)), count);
    }

    function signedByFirst(bytes32 digest, uint256 count)
        internal
        view
        returns (address[] memory signers, bytes[] memory signatures)
    {
        signers = new address[](count);
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signers[i] = owners[i];
            signatures[i] = ecdsa(ownerKeys[i], digest);
        }
    }

    /// Registers by the first owners' signatures; seals the roster before, if nobody has.
    function register(bytes32 id, uint64 epoch, bytes memory key) internal {
        if (escrow.study(id).roster != RosterStatus.Sealed) escrow.sealRoster(id);
        (address[] memory signers, bytes[] memory signatures) = approvals(id, epoch, key, escrow.quorum(id));
        escrow.registerCommittee(id, epoch, key, signers, signatures);
    }

    /// Launched, all enrolled, the committee registered for epoch 1.
    function start() internal returns (bytes32) {
        return start(terms());
    }

    function start(Launch memory plan) internal returns (bytes32 id) {
        id = launch(plan);
        enrolAll(id);
        register(id, 1, committeeKey());
    }

    function committeeKey() internal view returns (bytes memory) {
        return BLSSigner.publicKey(COMMITTEE_SECRET);
    }

    /// A settlement of epoch 1 in which owner i has earned (i + 1) tokens a round.
    function settlement(bytes32 id, uint64 round) internal view returns (Settlement memory) {
        uint128[] memory payouts = payoutsAfter(round);
        uint128 total = 0;
        for (uint256 i = 0; i < payouts.length; ++i) {
            total += payouts[i];
        }
        return Settlement({
            study: id,
            epoch: 1,
            round: round,
            context: keccak256("context"),
            sums: keccak256("sums"),
            scores: keccak256("scores"),
            model: keccak256("model"),
            transcript: keccak256("transcript"),
            payoutsRoot: PayoutTree.root(owners, payouts),
            cumulativePayout: total
        });
    }

    function payoutsAfter(uint64 round) internal view virtual returns (uint128[] memory payouts) {
        payouts = new uint128[](owners.length);
        for (uint256 i = 0; i < payouts.length; ++i) {
            payouts[i] = uint128((i + 1) * 1e18) * round;
        }
    }

    function proofAfter(uint64 round, uint256 index) internal view returns (bytes32[] memory) {
        return PayoutTree.proof(owners, payoutsAfter(round), index);
    }

    function signSettlement(Settlement memory s) internal view returns (bytes memory) {
        return signSettlement(s, COMMITTEE_SECRET);
    }

    function signSettlement(Settlement memory s, uint256 secret) internal view returns (bytes memory) {
        return BLSSigner.sign(secret, bytes.concat(escrow.settlementDigest(s)), SETTLEMENT_DOMAIN);
    }

    function settle(bytes32 id, uint64 round) internal {
        Settlement memory s = settlement(id, round);
        escrow.settleRound(s, signSettlement(s), committeeKey());
    }

    function claim(bytes32 id, uint64 round, uint256 index) internal {
        escrow.claimFor(id, owners[index], payoutsAfter(round)[index], proofAfter(round, index));
    }

    function proofWith(bytes32 node) internal pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = node;
    }
}
