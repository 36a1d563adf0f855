// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {InferenceChannels} from "../../../src/InferenceChannels.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelTerms} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

/// A token whose authorizations nobody checks, and that may keep some of what it moves.
contract LeakyToken is HookedToken {
    uint256 private immutable KEPT;

    constructor(uint256 kept) {
        KEPT = kept;
    }

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256,
        uint256,
        bytes32,
        bytes calldata
    ) external {
        _transfer(from, to, value - KEPT);
    }
}

contract OpenWithAuthorizationTest is ChannelFixture {
    string private constant RECEIVE = "ReceiveWithAuthorization";

    function setUp() public override {
        super.setUp();
        vm.prank(payer);
        token.approve(address(channels), 0);
    }

    /// when the payer signed for this channel
    /// - it should open whoever relays it, without gas or approval of the payer
    /// - it should emit ChannelOpened
    function test_OpensWhoeverRelaysIt() external {
        ChannelTerms memory t = terms();
        bytes memory signature = _sign(payer, t, RECEIVE);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.ChannelOpened(idOf(payer, t), payer, payee, sessionKey, DEPOSIT, LOCK, 0);
        vm.prank(stranger);
        bytes32 id = channels.openWithAuthorization(payer, t, START - 1, START + 1, signature);
        assertMoney(id, DEPOSIT, 0, 0);
        assertEq(channels.channel(id).payer, payer, "payer");
        assertEq(token.balanceOf(payer), FUNDS - DEPOSIT, "paid by the payer");
    }

    /// when the payer signed for this channel: it should open for an ERC-1271 wallet
    function test_OpensForASmartWallet() external {
        SmartWallet wallet = new SmartWallet(payer);
        vm.prank(payer);
        token.transfer(address(wallet), DEPOSIT);
        ChannelTerms memory t = terms();
        bytes memory signature = _sign(address(wallet), t, RECEIVE);
        bytes32 id = channels.openWithAuthorization(address(wallet), t, START - 1, START + 1, signature);
        assertEq(channels.channel(id).payer, address(wallet), "payer");
        assertEq(token.balanceOf(address(wallet)), 0, "paid by the wallet");
    }

    /// when a relay changes the payee, the session key, the notice, the salt or the deposit: it should revert
    function test_RevertWhen_ARelayChangesTheTerms() external {
        bytes memory signature = _sign(payer, terms(), RECEIVE);
        for (uint256 i = 0; i < 5; ++i) {
            ChannelTerms memory t = terms();
            if (i == 0) t.payee = stranger;
            if (i == 1) t.sessionKey = stranger;
            if (i == 2) t.lockSeconds = LOCK + 1;
            if (i == 3) t.salt = bytes32(uint256(1));
            if (i == 4) t.deposit = DEPOSIT + 1;
            vm.prank(stranger);
            vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
            channels.openWithAuthorization(payer, t, START - 1, START + 1, signature);
        }
    }

    /// when the authorization was used: it should revert
    function test_RevertWhen_TheAuthorizationWasUsed() external {
        ChannelTerms memory t = terms();
        bytes memory signature = _sign(payer, t, RECEIVE);
        bytes32 id = channels.openWithAuthorization(payer, t, START - 1, START + 1, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelExists.selector, id)
        );
        channels.openWithAuthorization(payer, t, START - 1, START + 1, signature);
    }

    /// when somebody takes the authorization to the token itself: it should revert there
    function test_RevertWhen_SomebodyTakesItToTheTokenItself() external {
        ChannelTerms memory t = terms();
        bytes memory signature = _sign(payer, t, RECEIVE);
        bytes32 id = idOf(payer, t);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(channels)));
        token.receiveWithAuthorization(payer, address(channels), DEPOSIT, START - 1, START + 1, id, signature);
    }

    /// when the payer signed a transfer instead of a receipt: it should revert
    function test_RevertWhen_ATransferWasSigned() external {
        ChannelTerms memory t = terms();
        bytes memory signature = _sign(payer, t, "TransferWithAuthorization");
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        channels.openWithAuthorization(payer, t, START - 1, START + 1, signature);
    }

    /// when the token moves less than was authorized: it should revert
    function test_RevertWhen_TheTokenMovesLess() external {
        LeakyToken leaky = new LeakyToken(1);
        leaky.mint(payer, FUNDS);
        channels = new InferenceChannels(IERC20(leaky));
        ChannelTerms memory t = terms();
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_FundingMismatch.selector, DEPOSIT, DEPOSIT - 1
            )
        );
        channels.openWithAuthorization(payer, t, START - 1, START + 1, "");
    }

    /// when open would revert: it should revert
    function test_RevertWhen_TheTermsAreWrong() external {
        ChannelTerms memory t = terms();
        t.deposit = 0;
        bytes memory signature = _sign(payer, t, RECEIVE);
        vm.expectRevert(abi.encodeWithSelector(IInferenceChannels.InferenceChannels_AmountZero.selector));
        channels.openWithAuthorization(payer, t, START - 1, START + 1, signature);
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        LeakyToken hooked = new LeakyToken(0);
        hooked.mint(payer, FUNDS);
        channels = new InferenceChannels(IERC20(hooked));
        ChannelTerms memory t = terms();
        t.salt = bytes32(uint256(1));
        hooked.callOnTransfer(
            address(channels),
            abi.encodeCall(IInferenceChannels.openWithAuthorization, (payer, t, START - 1, START + 1, ""))
        );
        t = terms();
        channels.openWithAuthorization(payer, t, START - 1, START + 1, "");
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(address(channels)), DEPOSIT, "one channel");
    }

    function _sign(address from, ChannelTerms memory t, string memory name)
        private
        view
        returns (bytes memory)
    {
        bytes32 typeHash = keccak256(
            abi.encodePacked(
                name,
                "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
            )
        );
        bytes32 content = keccak256(
            abi.encode(typeHash, from, address(channels), t.deposit, START - 1, START + 1, idOf(from, t))
        );
        return ecdsa(PAYER_KEY, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content)));
    }
}
