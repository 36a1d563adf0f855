// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ChannelTerms, Voucher} from "../../src/types/Channel.sol";
import {SmartWallet} from "../mocks/SmartWallet.sol";
import {ChannelFixture} from "../utils/ChannelFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract InferenceChannelsGasTest is ChannelFixture {
    uint64 private constant CLOSE_LIMIT = 90_000;

    function test_Open() external {
        ChannelTerms memory t = terms();
        vm.prank(payer);
        channels.open(t);
        _record("open");
    }

    function test_OpenWithoutSessionKey() external {
        ChannelTerms memory t = terms();
        t.sessionKey = address(0);
        vm.prank(payer);
        channels.open(t);
        _record("open (no session key)");
    }

    function test_TopUp() external {
        bytes32 id = open();
        vm.prank(payer);
        channels.topUp(id, 1e18);
        _record("topUp");
    }

    function test_Settle() external {
        bytes32 id = open();
        settle(id, 10e18);
        _record("settle (payee's first tokens)");
        settle(id, 20e18);
        _record("settle (later)");
    }

    function test_BatchSettle() external {
        Voucher[] memory vouchers = new Voucher[](64);
        for (uint256 i = 0; i < 64; ++i) {
            ChannelTerms memory t = terms();
            (t.deposit, t.salt) = (1e18, bytes32(i));
            vouchers[i] = voucher(open(t), 1e18);
        }
        channels.batchSettle(vouchers);
        _record("batchSettle (64 channels, one payee)");
    }

    function test_Close() external {
        bytes32 id = open();
        settle(openSalted(1), 1);
        close(id, 60e18);
        assertTrue(_record("close") <= CLOSE_LIMIT, "a close costs too much");
    }

    function test_CloseByThePayersOwnSignature() external {
        bytes32 id = open();
        settle(openSalted(1), 1);
        bytes memory signature = sign(PAYER_KEY, id, 60e18);
        vm.prank(payee);
        channels.close(id, 60e18, signature);
        assertTrue(_record("close (payer's signature)") <= CLOSE_LIMIT, "a close costs too much");
    }

    /// The payee never had a token: its balance is a new storage slot.
    function test_CloseAtItsDearest() external {
        bytes32 id = open();
        close(id, 60e18);
        assertTrue(_record("close (payee's first tokens)") <= CLOSE_LIMIT, "a close costs too much");
        channels.refund(id);
        _record("refund");
    }

    function test_CloseWithNothingToPay() external {
        bytes32 id = open();
        settle(id, 60e18);
        vm.prank(payee);
        channels.close(id, 60e18, "");
        assertTrue(_record("close (settled before)") <= CLOSE_LIMIT, "a close costs too much");
    }

    function test_CloseForASmartWallet() external {
        SmartWallet wallet = new SmartWallet(payer);
        vm.prank(payer);
        token.transfer(address(wallet), 2 * DEPOSIT);
        vm.prank(address(wallet));
        token.approve(address(channels), type(uint256).max);
        ChannelTerms memory t = terms();
        vm.prank(address(wallet));
        bytes32 id = channels.open(t);
        settle(openSalted(1), 1);
        bytes memory signature = sign(PAYER_KEY, id, 60e18);
        vm.prank(payee);
        channels.close(id, 60e18, signature);
        assertTrue(_record("close (ERC-1271 payer)") <= CLOSE_LIMIT, "a close costs too much");
    }

    function test_StartCloseAndFinish() external {
        bytes32 id = open();
        startClose(id);
        _record("startClose");
        vm.warp(block.timestamp + LOCK + 1);
        channels.finish(id);
        assertTrue(_record("finish") <= CLOSE_LIMIT, "a finish costs too much");
    }

    function _record(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall("InferenceChannels", name);
    }
}
