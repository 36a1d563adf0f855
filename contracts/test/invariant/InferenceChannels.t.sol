// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {InferenceChannels} from "../../src/InferenceChannels.sol";
import {ChannelStatus, ChannelView} from "../../src/types/Channel.sol";
import {Base} from "../utils/Base.sol";
import {moreVm} from "../utils/MoreVm.sol";
import {ChannelHandler} from "./ChannelHandler.sol";

contract InferenceChannelsInvariantTest is Base {
    ChannelHandler private handler;
    InferenceChannels private channels;
    uint256 private funds;

    function setUp() external {
        handler = new ChannelHandler();
        channels = handler.contractAddress();
        (funds,) = handler.balances();
    }

    /// What forge calls at random: everything but `drain`, which ends it all.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0] = FuzzSelector(address(handler), new bytes4[](2));
        excluded[0].selectors[0] = ChannelHandler.drain.selector;
        excluded[0].selectors[1] = ChannelHandler.setUp.selector;
    }

    function invariant_PaidAndRefundedAndHeldIsDeposited() external view {
        assertEq(handler.paid() + handler.refunded() + handler.held(), handler.deposited(), "the books");
        uint256 held = 0;
        for (uint256 i = 0; i < handler.count(); ++i) {
            ChannelView memory shown = channels.channel(handler.ids(i));
            held += uint256(shown.deposit) - shown.settled - shown.refunded;
        }
        assertEq(handler.held(), held, "the contract's");
        (uint256 ofPayer, uint256 ofPayee) = handler.balances();
        assertEq(ofPayee, handler.paid(), "the payee has what was paid");
        assertEq(ofPayer, funds - handler.deposited() + handler.refunded(), "the payer has the rest");
    }

    function invariant_NoChannelPaysAboveItsDeposit() external view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            bytes32 id = handler.ids(i);
            ChannelView memory shown = channels.channel(id);
            assertEq(shown.settled, handler.paidBy(id), "settled is what was paid");
            assertTrue(shown.settled <= shown.deposit, "not above the deposit");
            assertTrue(uint256(shown.settled) + shown.refunded <= shown.deposit, "nor with the refund");
        }
    }

    function invariant_AVoucherPaysOnce() external view {
        assertEq(handler.paidTwice(), 0, "twice");
    }

    function invariant_EveryChannelIsAsTheBooksSay() external view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            bytes32 id = handler.ids(i);
            ChannelView memory shown = channels.channel(id);
            ChannelHandler.Book memory book = handler.bookOf(id);
            assertEq(uint8(shown.status), uint8(book.status), "status");
            assertEq(shown.deposit, book.deposit, "deposit");
            assertEq(shown.settled, book.settled, "settled");
            assertEq(shown.closesAt, book.closesAt, "closes at");
            assertEq(shown.sessionKeyUntil, book.keyUntil, "session key until");
        }
    }

    /// From every state there is a way out that needs neither the payee nor anybody's goodwill.
    function invariant_NoChannelIsStuck() external {
        uint256 snapshot = moreVm.snapshotState();
        handler.drain();
        assertEq(handler.held(), 0, "nothing is left");
        moreVm.revertToState(snapshot);
    }
}
