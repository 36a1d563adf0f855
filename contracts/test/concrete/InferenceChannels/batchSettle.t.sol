// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelTerms, Voucher} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract BatchSettleTest is ChannelFixture {
    /// when all are good
    /// - it should pay each payee its sum
    /// - it should emit VoucherSettled for each
    function test_PaysEachPayee() external {
        ChannelTerms memory t = terms();
        t.payee = stranger;
        (bytes32 a, bytes32 b, bytes32 c) = (openSalted(1), open(t), openSalted(2));
        Voucher[] memory vouchers = new Voucher[](3);
        (vouchers[0], vouchers[1], vouchers[2]) = (voucher(a, 1), voucher(b, 20), voucher(c, 300));
        vm.expectEmit(address(channels));
        emit IInferenceChannels.VoucherSettled(a, payee, 1, 1);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.VoucherSettled(b, stranger, 20, 20);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.VoucherSettled(c, payee, 300, 300);
        assertEq(channels.batchSettle(vouchers), 321, "total");
        assertEq(token.balanceOf(payee), 301, "two channels");
        assertEq(token.balanceOf(stranger), 20, "one channel");
        assertMoney(c, DEPOSIT, 300, 0);
    }

    /// when one voucher is refused
    /// - it should pay the others
    /// - it should emit VoucherRefused with the reason
    function test_PaysTheOthersAndSaysWhyNotOne() external {
        (bytes32 spent, bytes32 good, bytes32 closed) = (openSalted(1), openSalted(2), openSalted(3));
        settle(spent, 9);
        close(closed, 1);
        Voucher[] memory vouchers = new Voucher[](6);
        vouchers[0] = voucher(spent, 9);
        vouchers[1] = voucher(closed, 5);
        vouchers[2] = Voucher(good, 5, sign(STRANGER_KEY, good, 5));
        vouchers[3] = voucher(good, DEPOSIT + 1);
        vouchers[4] = voucher(good, 6);
        vouchers[5] = voucher(keccak256("nothing"), 1);
        _expectRefused(
            spent,
            9,
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_VoucherSpent.selector, spent, 9, 9)
        );
        _expectRefused(
            closed,
            5,
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, closed)
        );
        _expectRefused(
            good,
            5,
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherSignatureInvalid.selector, good, 5
            )
        );
        _expectRefused(
            good,
            DEPOSIT + 1,
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherAboveDeposit.selector, good, DEPOSIT + 1, DEPOSIT
            )
        );
        _expectRefused(
            keccak256("nothing"),
            1,
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_ChannelUnknown.selector, keccak256("nothing")
            )
        );
        assertEq(channels.batchSettle(vouchers), 6, "total");
        assertEq(token.balanceOf(payee), 9 + 1 + 6, "paid");
    }

    /// when one channel is in the batch twice: it should pay up to the last of its vouchers, once
    function test_PaysOneChannelOnce() external {
        bytes32 id = open();
        Voucher[] memory vouchers = new Voucher[](3);
        (vouchers[0], vouchers[1], vouchers[2]) = (voucher(id, 4), voucher(id, 9), voucher(id, 9));
        assertEq(channels.batchSettle(vouchers), 9, "total");
        assertEq(token.balanceOf(payee), 9, "paid");
        assertMoney(id, DEPOSIT, 9, 0);
    }

    /// when every voucher is refused: it should revert
    function test_RevertWhen_EveryVoucherIsRefused() external {
        bytes32 id = open();
        settle(id, 5);
        Voucher[] memory vouchers = new Voucher[](2);
        (vouchers[0], vouchers[1]) = (voucher(id, 4), voucher(id, 5));
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_NothingSettled.selector, 2)
        );
        channels.batchSettle(vouchers);
    }

    /// when the batch is empty or too long: it should revert
    function test_RevertWhen_TheBatchIsEmptyOrTooLong() external {
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_BatchSizeInvalid.selector, 0, 64)
        );
        channels.batchSettle(new Voucher[](0));
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_BatchSizeInvalid.selector, 65, 64)
        );
        channels.batchSettle(new Voucher[](65));
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        bytes32 id = open();
        Voucher[] memory vouchers = new Voucher[](1);
        vouchers[0] = voucher(id, 2);
        hooked.callOnTransfer(address(channels), abi.encodeCall(IInferenceChannels.batchSettle, (vouchers)));
        channels.batchSettle(vouchers);
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(payee), 2, "paid once");
    }

    function _expectRefused(bytes32 id, uint128 cumulative, bytes memory reason) private {
        vm.expectEmit(address(channels));
        emit IInferenceChannels.VoucherRefused(id, cumulative, reason);
    }
}
