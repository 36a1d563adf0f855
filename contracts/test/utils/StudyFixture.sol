// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StudyEscrow} from "../../src/StudyEscrow.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {Launch, Settlement} from "../../src/types/Study.sol";
import {Base} from "./Base.sol";
import {BLSSigner} from "./BLSSigner.sol";
import {PayoutTree} from "./PayoutTree.sol";

/// A token, an escrow, a funded researcher, owners with wallets in ascending order, and a committee secret.
abstract contract StudyFixture is Base {
    bytes internal constant SETTLEMENT_DOMAIN = "TRIBUTARY-V1-SETTLEMENT_BLS12381G2_XMD:SHA-256_SSWU_RO_";
    uint128 internal constant BUDGET = 1_000e18;
    uint256 internal constant COMMITTEE_SECRET = uint256(keccak256("committee")) % BLSSigner.ORDER;
    uint256 internal constant START = 1_800_000_000;

    TributaryToken internal token;
    StudyEscrow internal escrow;
    address internal researcher = vm.addr(uint256(keccak256("researcher")));
    address internal stranger = vm.addr(uint256(keccak256("stranger")));
    /// Ascending, as `registerCommittee` wants its signers; ownerKeys[i] signs for owners[i].
    address[] internal owners;
    uint256[] internal ownerKeys;

    function setUp() public virtual {
        vm.warp(START);
        token = new TributaryToken();
        escrow = new StudyEscrow(token);
        token.mint(researcher, 10 * BUDGET);
        vm.prank(researcher);
        token.approve(address(escrow), type(uint256).max);
        _makeOwners(4);
    }

    function _makeOwners(uint256 count) internal {
        delete owners;
        delete ownerKeys;
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode("owner", i)));
            address owner = vm.addr(key);
            owners.push(owner);
            ownerKeys.push(key);
            for (uint256 j = i; j > 0 && owners[j - 1] > owner; --j) {
                (owners[j], owners[j - 1]) = (owners[j - 1], owners[j]);
                (ownerKeys[j], ownerKeys[j - 1]) = (ownerKeys[j - 1], ownerKeys[j]);
            }
        }
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
            salt: 0
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

    function enrol(bytes32 id, uint256 index) internal {
        bytes32 identity = identityFor(owners[index]);
        bytes memory signature = ecdsa(ownerKeys[index], escrow.enrolDigest(id, owners[index], identity));
        escrow.enrol(id, owners[index], identity, signature);
    }

    function enrolAll(bytes32 id) internal {
        for (uint256 i = 0; i < owners.length; ++i) {
            enrol(id, i);
        }
    }

    /// The first `count` owners' signatures over a committee key.
    function approvals(bytes32 id, uint64 epoch, bytes memory key, uint256 count)
        internal
        view
        returns (address[] memory signers, bytes[] memory signatures)
    {
        bytes32 digest = escrow.committeeKeyDigest(id, epoch, keccak256(key));
        signers = new address[](count);
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signers[i] = owners[i];
            signatures[i] = ecdsa(ownerKeys[i], digest);
        }
    }

    function register(bytes32 id, uint64 epoch, bytes memory key) internal {
        (address[] memory signers, bytes[] memory signatures) = approvals(id, epoch, key, escrow.quorum(id));
        escrow.registerCommittee(id, epoch, key, signers, signatures);
    }

    /// Launched, all enrolled, the committee registered for epoch 1.
    function start() internal returns (bytes32 id) {
        id = launch();
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

    function payoutsAfter(uint64 round) internal view returns (uint128[] memory payouts) {
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
