// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelTerms} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract OpenWithPermitTest is ChannelFixture {
    function setUp() public override {
        super.setUp();
        vm.prank(payer);
        token.approve(address(channels), 0);
    }

    /// when the permit is right: it should open without an approval
    function test_OpensWithoutAnApproval() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(PAYER_KEY);
        ChannelTerms memory t = terms();
        vm.prank(payer);
        bytes32 id = channels.openWithPermit(t, START, v, r, s);
        assertMoney(id, DEPOSIT, 0, 0);
        assertEq(token.balanceOf(address(channels)), DEPOSIT, "held");
        assertEq(token.allowance(payer, address(channels)), 0, "nothing over");
    }

    /// when somebody else has submitted the permit: it should open all the same
    function test_OpensAfterAnotherSubmittedThePermit() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(PAYER_KEY);
        vm.prank(stranger);
        token.permit(payer, address(channels), DEPOSIT, START, v, r, s);
        ChannelTerms memory t = terms();
        vm.prank(payer);
        assertMoney(channels.openWithPermit(t, START, v, r, s), DEPOSIT, 0, 0);
    }

    /// when the permit is wrong and there is no approval: it should revert
    function test_RevertWhen_ThePermitIsWrong() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(STRANGER_KEY);
        ChannelTerms memory t = terms();
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(channels), 0, DEPOSIT
            )
        );
        channels.openWithPermit(t, START, v, r, s);
    }

    /// when open would revert: it should revert
    function test_RevertWhen_TheTermsAreWrong() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(PAYER_KEY);
        ChannelTerms memory t = terms();
        t.payee = payer;
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_PayeeInvalid.selector, payer)
        );
        channels.openWithPermit(t, START, v, r, s);
        assertEq(token.nonces(payer), 0, "the permit is not used");
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        ChannelTerms memory t = terms();
        t.salt = bytes32(uint256(1));
        hooked.callOnTransfer(
            address(channels), abi.encodeCall(IInferenceChannels.openWithPermit, (t, START, 0, 0, 0))
        );
        t = terms();
        vm.prank(payer);
        channels.openWithPermit(t, START, 0, 0, 0);
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(address(channels)), DEPOSIT, "one channel");
    }

    function _permit(uint256 key) private view returns (uint8, bytes32, bytes32) {
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 content =
            keccak256(abi.encode(typeHash, payer, address(channels), DEPOSIT, token.nonces(payer), START));
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content)));
    }
}
