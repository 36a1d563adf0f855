// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Launch, Status} from "../../../src/types/Study.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract LaunchWithPermitTest is StudyFixture {
    uint256 private constant KEY = uint256(keccak256("researcher"));
    uint256 private constant DEADLINE = START + 1 hours;

    function setUp() public override {
        super.setUp();
        vm.prank(researcher);
        token.approve(address(escrow), 0);
    }

    /// when the permit is the funder's over budget and fee, or more: it should launch without an approval
    function test_LaunchesWithoutAnApproval() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(BUDGET);
        Launch memory plan = terms();
        vm.prank(researcher);
        bytes32 id = escrow.launchWithPermit(plan, BUDGET, DEADLINE, v, r, s);
        assertTrue(escrow.study(id).status == Status.Open, "open");
        assertEq(token.balanceOf(address(escrow)), BUDGET, "held");
        assertEq(token.allowance(researcher, address(escrow)), 0, "allowance used up");
    }

    /// when somebody submitted the permit first: it should launch all the same
    function test_LaunchesWhenThePermitWasSubmittedBefore() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(BUDGET);
        vm.prank(stranger);
        token.permit(researcher, address(escrow), BUDGET, DEADLINE, v, r, s);
        Launch memory plan = terms();
        vm.prank(researcher);
        escrow.launchWithPermit(plan, BUDGET, DEADLINE, v, r, s);
        assertEq(token.balanceOf(address(escrow)), BUDGET, "held");
    }

    /// when the permit is not valid and there is no allowance: it should revert
    function test_RevertWhen_PermitIsForAnotherAmount() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(BUDGET + 1);
        Launch memory plan = terms();
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, BUDGET
            )
        );
        vm.prank(researcher);
        escrow.launchWithPermit(plan, BUDGET, DEADLINE, v, r, s);
    }

    /// when the permit is not valid and there is no allowance: it should revert
    function test_RevertWhen_SomebodyElseUsesThePermit() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(BUDGET);
        Launch memory plan = terms();
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, BUDGET
            )
        );
        vm.prank(stranger);
        escrow.launchWithPermit(plan, BUDGET, DEADLINE, v, r, s);
    }

    /// when launch would revert: it should revert
    function test_RevertWhen_TheTermsAreWrong() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(BUDGET);
        Launch memory plan = terms();
        plan.rounds = 0;
        vm.expectRevert(IStudyEscrow.StudyEscrow_RoundsZero.selector);
        vm.prank(researcher);
        escrow.launchWithPermit(plan, BUDGET, DEADLINE, v, r, s);
        assertEq(token.nonces(researcher), 0, "the permit is not used");
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = new HookedToken();
        escrow = new StudyEscrow(hooked, datasets, parameters);
        hooked.mint(researcher, BUDGET);
        hooked.approveFor(researcher, address(escrow), BUDGET);
        Launch memory plan = terms();
        hooked.callOnTransfer(
            address(escrow), abi.encodeCall(IStudyEscrow.launchWithPermit, (plan, BUDGET, DEADLINE, 0, 0, 0))
        );
        vm.prank(researcher);
        escrow.launchWithPermit(plan, BUDGET, DEADLINE, 0, 0, 0);
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
    }

    function _permit(uint256 amount) private view returns (uint8, bytes32, bytes32) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(typehash, researcher, address(escrow), amount, 0, DEADLINE));
        return vm.sign(KEY, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), message)));
    }
}
