// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ConsentFixture} from "../../utils/ConsentFixture.sol";

contract CollectFeeTest is ConsentFixture {
    function setUp() public override {
        super.setUp();
        chargeFee();
    }

    /// when rounds have granted something since
    /// - it should pay the fee on it, as it was at launch, to the treasury of the day, whoever calls
    /// - it should emit FeeCollected
    function test_PaysTheTreasuryWhatWasEarned() external {
        bytes32 id = start();
        settle(id, 1);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.FeeCollected(id, treasury, feeOn(10e18));
        vm.prank(stranger);
        escrow.collectFee(id);
        assertEq(token.balanceOf(treasury), feeOn(10e18), "first");
        settle(id, 3);
        escrow.collectFee(id);
        assertEq(token.balanceOf(treasury), feeOn(30e18), "both");
        assertEq(escrow.study(id).feePaid, feeOn(30e18), "counted");
    }

    /// when rounds have granted something since
    /// - it should pay the fee on it, as it was at launch, to the treasury of the day, whoever calls
    function test_PaysTheTreasuryOfTheDay() external {
        bytes32 id = start();
        settle(id, 1);
        parameters.setTreasury(stranger);
        escrow.collectFee(id);
        assertEq(token.balanceOf(stranger), feeOn(10e18), "the new one");
    }

    /// when rounds have granted something since: it should do so after the study has closed
    function test_PaysAfterTheStudyHasClosed() external {
        bytes32 id = start();
        settle(id, 3);
        vm.prank(researcher);
        escrow.close(id);
        escrow.collectFee(id);
        assertEq(token.balanceOf(treasury), feeOn(30e18), "collected");
    }

    /// when nothing is earned that was not collected: it should revert
    function test_RevertWhen_NothingIsEarned() external {
        bytes32 id = start();
        _expectNothingToCollect(id);
        settle(id, 1);
        escrow.collectFee(id);
        _expectNothingToCollect(id);
        _expectNothingToCollect(keccak256("unknown"));
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        HookedToken hooked = new HookedToken();
        (token, escrow) = (TributaryToken(address(hooked)), new StudyEscrow(hooked, datasets, parameters));
        hooked.mint(researcher, 2 * BUDGET);
        hooked.approveFor(researcher, address(escrow), 2 * BUDGET);
        bytes32 id = start();
        settle(id, 3);
        hooked.callOnTransfer(address(escrow), abi.encodeCall(IStudyEscrow.collectFee, (id)));
        escrow.collectFee(id);
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(treasury), feeOn(30e18), "once");
    }

    function _expectNothingToCollect(bytes32 id) private {
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NothingToCollect.selector, id));
        escrow.collectFee(id);
    }
}
