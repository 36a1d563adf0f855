// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Claim} from "../../../src/types/Study.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract ClaimManyTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = start();
        settle(id, 1);
    }

    /// when all are right: it should pay each owner the difference, whoever calls
    function test_PaysEachOwnerWhoeverCalls() external {
        Claim[] memory claims = _claims(1, 4);
        for (uint256 i = 0; i < 4; ++i) {
            uint128 amount = uint128((i + 1) * 1e18);
            vm.expectEmit(address(escrow));
            emit IStudyEscrow.PayoutClaimed(id, owners[i], amount, amount);
        }
        vm.prank(stranger);
        escrow.claimMany(id, claims);
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(token.balanceOf(owners[i]), (i + 1) * 1e18, "paid");
        }
        assertEq(escrow.study(id).paid, 10e18, "counted");
        settle(id, 3);
        escrow.claimMany(id, _claims(3, 4));
        assertEq(token.balanceOf(owners[3]), 12e18, "the difference");
    }

    /// Somebody pays one of the claims first, to have the others fail.
    /// when a claim was paid already: it should pass it over and pay the others
    function test_PassesOverWhatWasPaid() external {
        Claim[] memory claims = _claims(1, 4);
        claim(id, 1, 2);
        escrow.claimMany(id, claims);
        assertEq(escrow.study(id).paid, 10e18, "each once");
        assertEq(token.balanceOf(owners[2]), 3e18, "once");
    }

    /// when an owner is named twice: it should pay it once
    function test_PaysAnOwnerWhoIsNamedTwiceOnce() external {
        Claim[] memory claims = _claims(1, 2);
        claims[0] = claims[1];
        escrow.claimMany(id, claims);
        assertEq(token.balanceOf(owners[1]), 2e18, "once");
    }

    /// when a claim is wrong: it should revert
    function test_RevertWhen_OneIsWrong() external {
        Claim[] memory claims = _claims(1, 4);
        claims[3].cumulative += 1;
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ProofInvalid.selector, id, owners[3], 4e18 + 1)
        );
        escrow.claimMany(id, claims);
        claims[3].owner = stranger;
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotEnrolled.selector, id, stranger));
        escrow.claimMany(id, claims);
        assertEq(escrow.study(id).paid, 0, "nothing");
    }

    /// when there is nothing to pay, or no claim: it should revert
    function test_RevertWhen_ThereIsNothingToPay() external {
        escrow.claimMany(id, _claims(1, 4));
        bytes memory refused =
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NothingToClaim.selector, id, address(0), 0, 0);
        Claim[] memory again = _claims(1, 4);
        vm.expectRevert(refused);
        escrow.claimMany(id, again);
        vm.expectRevert(refused);
        escrow.claimMany(id, new Claim[](0));
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = new HookedToken();
        (token, escrow) = (TributaryToken(address(hooked)), new StudyEscrow(hooked, datasets, parameters));
        hooked.mint(researcher, BUDGET);
        hooked.approveFor(researcher, address(escrow), BUDGET);
        id = start();
        settle(id, 1);
        hooked.callOnTransfer(address(escrow), abi.encodeCall(IStudyEscrow.claimMany, (id, _claims(1, 4))));
        escrow.claimMany(id, _claims(1, 4));
        assertEq(hooked.calls(), 4, "called back");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refused"
        );
        assertEq(escrow.study(id).paid, 10e18, "each once");
    }

    function _claims(uint64 round, uint256 count) private view returns (Claim[] memory claims) {
        claims = new Claim[](count);
        for (uint256 i = 0; i < count; ++i) {
            claims[i] = Claim(owners[i], payoutsAfter(round)[i], proofAfter(round, i));
        }
    }
}
