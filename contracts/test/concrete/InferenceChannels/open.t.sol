// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelStatus, ChannelTerms, ChannelView} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract OpenTest is ChannelFixture {
    /// when the terms are right
    /// - it should hold the deposit
    /// - it should give the id that the terms have
    /// - it should emit ChannelOpened
    /// channelId: it should be the hash of chain, contract and the terms but for the deposit
    /// channel, when there is: it should show its terms and what has become of it
    function test_HoldsTheDeposit() external {
        ChannelTerms memory t = terms();
        bytes32 expected = idOf(payer, t);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.ChannelOpened(expected, payer, payee, sessionKey, DEPOSIT, LOCK, 0);
        bytes32 id = open(t);

        assertEq(id, expected, "id");
        assertEq(channels.channelId(payer, payee, sessionKey, LOCK, 0), expected, "predicted id");
        assertEq(token.balanceOf(address(channels)), DEPOSIT, "held");
        ChannelView memory shown = channels.channel(id);
        assertStatus(id, ChannelStatus.Open);
        assertMoney(id, DEPOSIT, 0, 0);
        assertEq(shown.payer, payer, "payer");
        assertEq(shown.payee, payee, "payee");
        assertEq(shown.sessionKey, sessionKey, "session key");
        assertEq(shown.lockSeconds, LOCK, "notice");
        assertEq(shown.closesAt, 0, "not closing");
        assertEq(shown.sessionKeyUntil, 0, "not revoked");
    }

    /// when the terms are right: it should hold the deposit
    function test_TakesTheShortestAndTheLongestNotice() external {
        ChannelTerms memory t = terms();
        t.lockSeconds = channels.MIN_LOCK();
        open(t);
        t.lockSeconds = channels.MAX_LOCK();
        open(t);
    }

    /// when the payee is nobody, the payer or the contract: it should revert
    function test_RevertWhen_ThePayeeIsInvalid() external {
        address[3] memory payees = [address(0), payer, address(channels)];
        for (uint256 i = 0; i < 3; ++i) {
            ChannelTerms memory t = terms();
            t.payee = payees[i];
            _expect(
                t,
                abi.encodeWithSelector(IInferenceChannels.InferenceChannels_PayeeInvalid.selector, payees[i])
            );
        }
    }

    /// when the payee itself would be the session key: it should revert
    function test_RevertWhen_ThePayeeWouldSignVouchers() external {
        ChannelTerms memory t = terms();
        t.sessionKey = payee;
        _expect(
            t, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_SessionKeyInvalid.selector, payee)
        );
    }

    /// when the deposit is zero: it should revert
    function test_RevertWhen_TheDepositIsZero() external {
        ChannelTerms memory t = terms();
        t.deposit = 0;
        _expect(t, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_AmountZero.selector));
    }

    /// when the notice is shorter or longer than allowed: it should revert
    function test_RevertWhen_TheNoticeIsOutOfRange() external {
        uint32[4] memory locks = [0, 1 hours - 1, 30 days + 1, type(uint32).max];
        for (uint256 i = 0; i < 4; ++i) {
            ChannelTerms memory t = terms();
            t.lockSeconds = locks[i];
            _expect(
                t,
                abi.encodeWithSelector(
                    IInferenceChannels.InferenceChannels_LockInvalid.selector, locks[i], 1 hours, 30 days
                )
            );
        }
    }

    /// when the same payer has opened a channel with the same terms and salt
    /// - it should revert, also after that channel was closed
    function test_RevertWhen_TheChannelExists() external {
        bytes32 id = open();
        bytes memory exists =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelExists.selector, id);
        _expect(terms(), exists);
        close(id, 40e18);
        _expect(terms(), exists);
        channels.refund(id);
        _expect(terms(), exists);
    }

    /// when the token moves less than the deposit: it should revert
    function test_RevertWhen_TheTokenTakesAFee() external {
        useHookedToken().takeFee(1);
        _expect(
            terms(),
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_FundingMismatch.selector, DEPOSIT, DEPOSIT - 1
            )
        );
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        ChannelTerms memory t = terms();
        t.salt = bytes32(uint256(1));
        hooked.callOnTransfer(address(channels), abi.encodeCall(IInferenceChannels.open, (t)));
        open();
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
    }

    function _expect(ChannelTerms memory t, bytes memory reason) private {
        vm.prank(payer);
        vm.expectRevert(reason);
        channels.open(t);
    }
}
