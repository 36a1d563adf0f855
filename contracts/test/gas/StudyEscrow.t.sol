// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Claim, Launch} from "../../src/types/Study.sol";
import {AllowList} from "../utils/AllowList.sol";
import {ConsentFixture} from "../utils/ConsentFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract StudyEscrowGasTest is ConsentFixture {
    uint256 private constant SETTLEMENT_LIMIT = 240_000;
    uint256 private constant ENROLMENT_LIMIT = 120_000;
    uint256 private constant CLAIM_LIMIT = 80_000;
    uint256 private constant CONTRACT_SIZE_LIMIT = 24_576;

    function setUp() public override {
        super.setUp();
        chargeFee();
    }

    /// So that a thousand owners' payouts over two rounds fit the budget.
    function payoutsAfter(uint64 round) internal view override returns (uint128[] memory payouts) {
        payouts = new uint128[](owners.length);
        for (uint256 i = 0; i < payouts.length; ++i) {
            payouts[i] = uint128(123_456_789_012_345_678) * round;
        }
    }

    function test_ContractsFitTheirLimit() external view {
        assertTrue(address(escrow).code.length <= CONTRACT_SIZE_LIMIT, "the escrow is too large");
        assertTrue(address(datasets).code.length <= CONTRACT_SIZE_LIMIT, "the registry is too large");
    }

    // ------------------------------------------------------------------------------------------- study and roster

    function test_Launch() external {
        Launch memory plan = terms();
        vm.prank(researcher);
        escrow.launch(plan);
        _record("launch");
        (plan.salt, plan.allowed, plan.consentRequired) = ("2", AllowList.root(owners), true);
        vm.prank(researcher);
        escrow.launch(plan);
        _record("launch (for a list, consent required)");
    }

    function test_Enrol() external {
        bytes32 id = launch();
        enrol(id, 0);
        _record("enrol (first owner)", ENROLMENT_LIMIT);
        enrol(id, 1);
        _record("enrol (later owners)", ENROLMENT_LIMIT);
        enrol(id, 1, "a new machine");
        _record("enrol (new identity)", ENROLMENT_LIMIT);
    }

    function test_EnrolConsenting() external {
        bytes32 id = launch(consentedTerms());
        grant(id, 0);
        enrol(id, 0);
        _record("enrol (consent required)", ENROLMENT_LIMIT);
    }

    function test_EnrolFromAListOf256() external {
        _makeOwners(256);
        Launch memory plan = terms();
        plan.allowed = AllowList.root(owners);
        bytes32 id = launch(plan);
        _enrolListed(id);
        _record("enrol (list of 256)", ENROLMENT_LIMIT);
        (plan.salt, plan.consentRequired) = ("2", true);
        id = launch(plan);
        grant(id, 0);
        _enrolListed(id);
        _record("enrol (list of 256, consent required)", ENROLMENT_LIMIT);
    }

    function test_EnrolLate() external {
        bytes32 id = startConsented();
        leaveStudy(id, 0);
        _record("leaveStudy");
        enrol(id, 0);
        _record("enrol (late, consent required)", ENROLMENT_LIMIT);
    }

    function test_RemoveOwner() external {
        bytes32 id = start();
        removeOwner(id, 3);
        _record("removeOwner (4 owners)");
        escrow.sealRoster(id);
        _record("sealRoster");
    }

    function test_WithdrawConsent() external {
        bytes32 id = startConsented();
        revokeUnheard(id, 0);
        escrow.withdrawConsent(id, owners[0]);
        _record("withdrawConsent");
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

    // ------------------------------------------------------------------------------------- settlement and claims

    function test_SettleAndClaimOf4() external {
        _settleAndClaim(4, "4");
    }

    function test_SettleAndClaimOf10() external {
        _settleAndClaim(10, "10");
    }

    function test_SettleAndClaimOf100() external {
        _settleAndClaim(100, "100");
    }

    function test_SettleAndClaimOf1000() external {
        _settleAndClaim(1000, "1000");
    }

    function test_ClaimMany() external {
        _makeOwners(1000);
        bytes32 id = start();
        settle(id, 1);
        Claim[] memory claims = new Claim[](2);
        for (uint256 i = 0; i < claims.length; ++i) {
            claims[i] = Claim(owners[i], payoutsAfter(1)[i], proofAfter(1, i));
        }
        escrow.claimMany(id, claims);
        _record("claimMany (2 of 1000 owners, first claims)", claims.length * CLAIM_LIMIT);
    }

    function test_CollectFee() external {
        bytes32 id = start();
        settle(id, 1);
        escrow.collectFee(id);
        _record("collectFee");
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

    // ------------------------------------------------------------------------------------------------- internals

    function _enrolListed(bytes32 id) private {
        bytes32[] memory proof = AllowList.proof(owners, owners[0]);
        bytes memory signature = signEnrol(id, 0, identityFor(owners[0]), 0);
        escrow.enrol(id, owners[0], identityFor(owners[0]), 0, proof, signature);
    }

    function _register(uint256 count, string memory name) private {
        _makeOwners(count);
        bytes32 id = launch();
        enrolAll(id);
        register(id, 1, committeeKey());
        _record(name);
    }

    /// The very first claim too: no claim pays for the study's storage.
    function _settleAndClaim(uint256 count, string memory name) private {
        _makeOwners(count);
        bytes32 id = start();
        settle(id, 1);
        _record(string.concat("settleRound (", name, " owners, first round)"), SETTLEMENT_LIMIT);
        claim(id, 1, 0);
        _record(string.concat("claimFor (", name, " owners, owner's first tokens)"), CLAIM_LIMIT);
        settle(id, 2);
        _record(string.concat("settleRound (", name, " owners, later rounds)"), SETTLEMENT_LIMIT);
        claim(id, 2, 0);
        _record(string.concat("claimFor (", name, " owners, owner has tokens)"), CLAIM_LIMIT);
    }

    function _record(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall("StudyEscrow", name);
    }

    function _record(string memory name, uint256 limit) private {
        assertTrue(_record(name) <= limit, string.concat(name, " costs too much"));
    }
}
