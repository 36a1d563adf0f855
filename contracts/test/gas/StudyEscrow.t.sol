// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Launch, Settlement} from "../../src/types/Study.sol";
import {StudyFixture} from "../utils/StudyFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract StudyEscrowGasTest is StudyFixture {
    uint64 private constant SETTLEMENT_LIMIT = 240_000;

    function test_Launch() external {
        Launch memory plan = terms();
        vm.prank(researcher);
        escrow.launch(plan);
        _record("launch");
    }

    function test_Enrol() external {
        bytes32 id = launch();
        enrol(id, 0);
        _record("enrol");
    }

    function test_RegisterCommittee() external {
        _register(4, "registerCommittee (4 owners)");
    }

    function test_RegisterCommitteeOf16() external {
        _register(16, "registerCommittee (16 owners)");
    }

    function test_SettleRound() external {
        _settle(4, "settleRound (4 owners, first round)", "settleRound (4 owners, later rounds)");
    }

    function test_SettleRoundOf16() external {
        _settle(16, "settleRound (16 owners, first round)", "settleRound (16 owners, later rounds)");
    }

    function test_ClaimFor() external {
        _claim(4, "claimFor (4 owners, first claim)", "claimFor (4 owners, later claims)");
    }

    function test_ClaimForOf16() external {
        _claim(16, "claimFor (16 owners, first claim)", "claimFor (16 owners, later claims)");
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
