// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Settlement, StudyView} from "../../src/types/Study.sol";
import {PayoutTree} from "../utils/PayoutTree.sol";
import {StudyFixture} from "../utils/StudyFixture.sol";

contract StudyEscrowFuzzTest is StudyFixture {
    /// Whatever is changed in whatever member of a signed settlement: refused; unchanged: settled.
    function testFuzz_AChangedSettlementIsRefused(uint256 member, uint256 change) external {
        bytes32 id = start();
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        bytes memory key = committeeKey();
        bytes memory words = abi.encode(s);
        member = bound(member, 0, 9);
        // Members 1 and 2 are 64 bits wide, the last 128.
        uint256 width = member == 1 || member == 2 ? 64 : member == 9 ? 128 : 256;
        uint256 mask = bound(change, 1, width == 256 ? type(uint256).max - 1 : (1 << width) - 1);
        assembly ("memory-safe") {
            let at := add(add(words, 32), mul(member, 32))
            mstore(at, xor(mload(at), mask))
        }
        Settlement memory changed = abi.decode(words, (Settlement));
        try escrow.settleRound(changed, signature, key) {
            assertTrue(false, "a changed settlement settled");
        } catch {}
        assertEq(escrow.study(id).lastRound, 0, "nothing settled");
        escrow.settleRound(s, signature, key);
        assertEq(escrow.study(id).lastRound, 1, "the genuine one settled");
    }

    /// Random payouts over two rounds, claimed in a random order and some of them twice: everybody ends with its
    /// own, and the escrow with the rest.
    function testFuzz_EverybodyGetsItsOwn(uint256 seed, uint256 count) external {
        _makeOwners(bound(count, 2, 16));
        bytes32 id = start();
        uint128[] memory payouts = new uint128[](owners.length);
        for (uint64 round = 1; round <= 2; ++round) {
            Settlement memory s = settlement(id, round);
            s.cumulativePayout = 0;
            for (uint256 i = 0; i < payouts.length; ++i) {
                uint256 share = uint256(keccak256(abi.encode(seed, round, i))) % (BUDGET / 32);
                // Some owners earn nothing in some rounds.
                payouts[i] += share % 4 == 0 ? 0 : uint128(share);
                s.cumulativePayout += payouts[i];
            }
            s.payoutsRoot = PayoutTree.root(owners, payouts);
            escrow.settleRound(s, signSettlement(s), committeeKey());
            for (uint256 i = 0; i < payouts.length; ++i) {
                uint256 pick = uint256(keccak256(abi.encode(seed, round, "pick", i))) % payouts.length;
                uint256 before = token.balanceOf(owners[pick]);
                if (payouts[pick] > before) {
                    escrow.claimFor(id, owners[pick], payouts[pick], PayoutTree.proof(owners, payouts, pick));
                }
                assertEq(token.balanceOf(owners[pick]), payouts[pick], "exactly its own");
            }
        }
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        for (uint256 i = 0; i < payouts.length; ++i) {
            if (payouts[i] > token.balanceOf(owners[i])) {
                escrow.claimFor(id, owners[i], payouts[i], PayoutTree.proof(owners, payouts, i));
            }
            assertEq(token.balanceOf(owners[i]), payouts[i], "exactly its own in the end");
        }
        StudyView memory study = escrow.study(id);
        assertEq(study.paid, study.cumulativePayout, "paid");
        assertEq(uint256(study.paid) + study.refunded, study.budget, "paid + refunded = funded");
        assertEq(token.balanceOf(address(escrow)), 0, "nothing stays behind");
    }

    /// For every size: two quorums share an honest member though t are corrupt, and the honest alone make a quorum.
    function test_QuorumIsSafeAndLive() external {
        _makeOwners(64);
        bytes32 id = launch();
        for (uint256 size = 1; size <= 64; ++size) {
            enrol(id, size - 1);
            uint256 corrupt = (size - 1) / 3;
            uint256 quorum = escrow.quorum(id);
            assertTrue(2 * quorum > size + corrupt, "safe");
            assertTrue(quorum <= size - corrupt, "live");
        }
    }
}
