// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Enrolled, Launch} from "../../src/types/Study.sol";
import {AllowList} from "../utils/AllowList.sol";
import {StudyFixture} from "../utils/StudyFixture.sol";

contract RosterFuzzTest is StudyFixture {
    /// Lists of every size: who is on it enrols by its proof, and nobody by another's.
    function testFuzz_AListAdmitsItsOwn(uint256 size, uint256 pick, uint256 other) external {
        _makeOwners(bound(size, 2, 24));
        Launch memory plan = terms();
        plan.allowed = AllowList.root(owners);
        bytes32 id = launch(plan);
        (pick, other) = (bound(pick, 0, owners.length - 1), bound(other, 0, owners.length - 1));
        bytes memory signature = signEnrol(id, pick, "identity", 0);
        if (pick != other) {
            try escrow.enrol(
                id, owners[pick], "identity", 0, AllowList.proof(owners, owners[other]), signature
            ) {
                assertTrue(false, "enrolled by another's proof");
            } catch {}
        }
        escrow.enrol(id, owners[pick], "identity", 0, AllowList.proof(owners, owners[pick]), signature);
        assertTrue(escrow.isEnrolled(id, owners[pick]), "enrolled");
    }

    /// Whoever leaves in whatever order: the others stay as they are, and the numbers agree.
    function testFuzz_TheRosterHoldsThoseWhoStay(uint256 size, uint256 seed) external {
        _makeOwners(bound(size, 2, 24));
        bytes32 id = start();
        uint256 left = bound(seed, 0, owners.length);
        for (uint256 i = 0; i < left; ++i) {
            uint256 next = uint256(keccak256(abi.encode(seed, i))) % owners.length;
            while (!escrow.isEnrolled(id, owners[next])) {
                next = (next + 1) % owners.length;
            }
            leaveStudy(id, next);
        }
        Enrolled[] memory roster = rosterOf(id);
        assertEq(roster.length, owners.length - left, "as many as stayed");
        assertEq(escrow.study(id).voterCount, roster.length, "voters");
        uint256 found = 0;
        for (uint256 i = 0; i < owners.length; ++i) {
            if (!escrow.isEnrolled(id, owners[i])) continue;
            Enrolled memory stays = Enrolled(owners[i], identityFor(owners[i]), 1, 0);
            assertEq(abi.encode(roster[found++]), abi.encode(stays), "as it came");
        }
        assertEq(found, roster.length, "all who stay");
    }

    /// An owner's signature is good for one number, and for one kind of change.
    function testFuzz_ASignatureFitsOneSequence(uint64 signed, bool asLeave) external {
        bytes32 id = launch();
        enrol(id, 0);
        if (!asLeave && signed == 1) signed = 2;
        bytes memory signature = asLeave ? signLeave(id, 0, signed) : signEnrol(id, 0, "new", signed);
        try escrow.enrol(id, owners[0], "new", 1, new bytes32[](0), signature) {
            assertTrue(false, "enrolled");
        } catch {}
        if (asLeave && signed == 1) return;
        try escrow.leaveStudy(id, owners[0], signature) {
            assertTrue(false, "left");
        } catch {}
    }
}
