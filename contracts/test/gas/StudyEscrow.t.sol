// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Launch, Settlement} from "../../src/types/Study.sol";
import {AllowList} from "../utils/AllowList.sol";
import {StudyFixture} from "../utils/StudyFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract StudyEscrowGasTest is StudyFixture {
    uint64 private constant SETTLEMENT_LIMIT = 240_000;
    uint64 private constant ENROLMENT_LIMIT = 120_000;

    function test_Launch() external {
        Launch memory plan = terms();
        vm.prank(researcher);
        escrow.launch(plan);
        _record("launch");
    }

    function test_LaunchForAList() external {
        Launch memory plan = terms();
        (plan.allowed, plan.lateEnrolment) = (AllowList.root(owners), true);
        vm.prank(researcher);
        escrow.launch(plan);
        _record("launch (for a list, late enrolment)");
    }

    function test_Enrol() external {
        bytes32 id = launch();
        enrol(id, 0);
        assertTrue(_record("enrol (first owner)") <= ENROLMENT_LIMIT, "the first enrolment costs too much");
        enrol(id, 1);
        assertTrue(_record("enrol (later owners)") <= ENROLMENT_LIMIT, "a later enrolment costs too much");
        enrol(id, 1, "a new machine");
        assertTrue(_record("enrol (new identity)") <= ENROLMENT_LIMIT, "a new identity costs too much");
    }

    function test_EnrolFromAListOf256() external {
        _makeOwners(256);
        Launch memory plan = terms();
        plan.allowed = AllowList.root(owners);
        bytes32 id = launch(plan);
        bytes32[] memory proof = AllowList.proof(owners, owners[0]);
        bytes memory signature = signEnrol(id, 0, identityFor(owners[0]), 0);
        escrow.enrol(id, owners[0], identityFor(owners[0]), 0, proof, signature);
        assertTrue(_record("enrol (list of 256)") <= ENROLMENT_LIMIT, "an enrolment by list costs too much");
    }

    function test_EnrolLate() external {
        Launch memory plan = terms();
        plan.lateEnrolment = true;
        bytes32 id = start(plan);
        leaveStudy(id, 0);
        _record("leaveStudy");
        enrol(id, 0);
        assertTrue(_record("enrol (late)") <= ENROLMENT_LIMIT, "a late enrolment costs too much");
    }

    function test_RemoveOwner() external {
        bytes32 id = start();
        removeOwner(id, 3);
        _record("removeOwner (4 owners)");
        escrow.sealRoster(id);
        _record("sealRoster");
    }

    function test_RegisterCommittee() external {
        _register(4, "registerCommittee (4 owners)");
    }

    function test_RegisterCommitteeOf16() external {
        _register(16, "registerCommittee (16 owners)");
    }

    function test_RegisterCommitteeOf256() external {
        _register(256, "registerCommittee (256 owners)");
    }

    function test_SettleRound() external {
        _settle(4, "settleRound (4 owners, first round)", "settleRound (4 owners, later rounds)");
    }

    function test_SettleRoundOf16() external {
        _settle(16, "settleRound (16 owners, first round)", "settleRound (16 owners, later rounds)");
    }

    function test_SettleRoundOf256() external {
        _makeOwners(256);
        bytes32 id = start();
        Settlement memory s = settlement(id, 1);
        s.cumulativePayout = BUDGET;
        escrow.settleRound(s, signSettlement(s), committeeKey());
        assertTrue(_record("settleRound (256 owners, first round)") <= SETTLEMENT_LIMIT, "it costs too much");
    }

    function test_ClaimFor() external {
        _claim(4, "claimFor (4 owners, first claim)", "claimFor (4 owners, later claims)");
    }

    function test_ClaimForOf16() external {
        _claim(16, "claimFor (16 owners, first claim)", "claimFor (16 owners, later claims)");
    }

    function test_ClaimForOf1000() external {
        _makeOwners(1000);
        bytes32 id = start();
        settle(id, 1);
        claim(id, 1, 1);
        _record("claimFor (1000 owners, first claim)");
    }

    function test_Close() external {
        bytes32 id = start();
        settle(id, 3);
        vm.prank(researcher);
        escrow.close(id);
        _record("close");
    }

    function test_Refund() external {
        bytes32 id = start();
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        _record("refund");
    }

    function _register(uint256 count, string memory name) private {
        _makeOwners(count);
        bytes32 id = launch();
        enrolAll(id);
        register(id, 1, committeeKey());
        _record(name);
    }

    function _settle(uint256 count, string memory first, string memory later) private {
        _makeOwners(count);
        bytes32 id = start();
        settle(id, 1);
        assertTrue(_record(first) <= SETTLEMENT_LIMIT, "the first settlement costs too much");
        settle(id, 2);
        assertTrue(_record(later) <= SETTLEMENT_LIMIT, "a later settlement costs too much");
    }

    function _claim(uint256 count, string memory first, string memory later) private {
        _makeOwners(count);
        bytes32 id = start();
        settle(id, 1);
        // The second, so that another's payment does not make it dearer.
        claim(id, 1, 0);
        claim(id, 1, 1);
        _record(first);
        settle(id, 2);
        claim(id, 2, 1);
        _record(later);
    }

    function _record(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall("StudyEscrow", name);
    }
}
