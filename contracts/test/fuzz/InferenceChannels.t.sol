// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInferenceChannels} from "../../src/interfaces/IInferenceChannels.sol";
import {ChannelTerms, Voucher} from "../../src/types/Channel.sol";
import {ChannelFixture} from "../utils/ChannelFixture.sol";

contract InferenceChannelsFuzzTest is ChannelFixture {
    /// In whatever order vouchers come, one by one or in a batch: the payee has the largest sum that the deposit covers.
    function testFuzz_TheLargestGoodVoucherIsWhatIsPaid(uint128[8] memory sums, uint128 deposit, bool batch)
        external
    {
        ChannelTerms memory t = terms();
        t.deposit = uint128(bound(deposit, 1, FUNDS));
        bytes32 id = open(t);
        Voucher[] memory vouchers = new Voucher[](8);
        uint128 largest = 0;
        for (uint256 i = 0; i < 8; ++i) {
            sums[i] = uint128(bound(sums[i], 0, 2 * uint256(t.deposit)));
            vouchers[i] = voucher(id, sums[i]);
            if (sums[i] <= t.deposit && sums[i] > largest) largest = sums[i];
        }
        if (batch && largest > 0) {
            assertEq(channels.batchSettle(vouchers), largest, "total");
        } else {
            uint128 settled = 0;
            for (uint256 i = 0; i < 8; ++i) {
                try channels.settle(id, sums[i], vouchers[i].signature) returns (uint128 amount) {
                    assertEq(amount, sums[i] - settled, "amount");
                    settled = sums[i];
                } catch {
                    assertTrue(sums[i] <= settled || sums[i] > t.deposit, "a good voucher was refused");
                }
            }
        }
        assertEq(token.balanceOf(payee), largest, "paid");
        finish(id);
        assertEq(token.balanceOf(payer), FUNDS - largest, "the rest is back");
    }

    /// No signature but the payer's and the session key's pays: not one with a bit flipped, nor of another length.
    function testFuzz_NoOtherSignaturePays(uint256 bit, uint256 length, uint256 key, uint128 sum) external {
        bytes32 id = open();
        sum = uint128(bound(sum, 1, DEPOSIT));
        bytes memory signature = sign(SESSION_KEY, id, sum);
        bytes memory flipped = bytes.concat(signature);
        bit = bound(bit, 0, 8 * 65 - 1);
        flipped[bit / 8] = bytes1(uint8(flipped[bit / 8]) ^ uint8(1 << (bit % 8)));
        length = bound(length, 0, 128);
        if (length == 65) length = 66;
        bytes memory resized = new bytes(length);
        for (uint256 i = 0; i < length && i < 65; ++i) {
            resized[i] = signature[i];
        }
        key = bound(key, 1, type(uint128).max);
        _refused(id, sum, flipped);
        _refused(id, sum, resized);
        _refused(id, sum, sign(key, id, sum));
        channels.settle(id, sum, signature);
    }

    /// Up to the last second of the notice it is the payee's time, then anybody may finish.
    function testFuzz_TheNotice(uint32 lock, uint256 wait, uint128 sum) external {
        ChannelTerms memory t = terms();
        t.lockSeconds = uint32(bound(lock, 1 hours, 30 days));
        bytes32 id = open(t);
        startClose(id);
        wait = bound(wait, 0, 60 days);
        vm.warp(START + wait);
        if (wait <= t.lockSeconds) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IInferenceChannels.InferenceChannels_NoticeStillRuns.selector,
                    id,
                    START + t.lockSeconds,
                    START + wait
                )
            );
            channels.finish(id);
            sum = uint128(bound(sum, 1, DEPOSIT));
            close(id, sum);
            if (sum < DEPOSIT) channels.refund(id);
            assertMoney(id, DEPOSIT, sum, DEPOSIT - sum);
        } else {
            channels.finish(id);
            assertMoney(id, DEPOSIT, 0, DEPOSIT);
        }
        assertEq(token.balanceOf(address(channels)), 0, "nothing is left");
    }

    /// Terms are taken exactly if they keep to the limits.
    function testFuzz_Open(address to, address key, uint128 deposit, uint32 lock, bytes32 salt) external {
        vm.assume(to != address(token));
        deposit = deposit % 5 == 0 ? 0 : uint128(bound(deposit, 1, FUNDS));
        if (lock % 2 == 0) lock = uint32(bound(lock, 1 hours - 2, 30 days + 2));
        ChannelTerms memory t = ChannelTerms(to, key, deposit, lock, salt);
        bool fair = to != address(0) && to != payer && to != address(channels) && key != to;
        fair = fair && deposit > 0 && lock >= 1 hours && lock <= 30 days;
        vm.prank(payer);
        try channels.open(t) returns (bytes32 id) {
            assertTrue(fair, "unfair terms");
            assertEq(id, idOf(payer, t), "id");
            assertMoney(id, deposit, 0, 0);
        } catch {
            assertTrue(!fair, "fair terms were refused");
        }
    }

    function _refused(bytes32 id, uint128 sum, bytes memory signature) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherSignatureInvalid.selector, id, sum
            )
        );
        channels.settle(id, sum, signature);
    }
}
