// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {InferenceChannels} from "../../src/InferenceChannels.sol";
import {ChannelStatus, ChannelTerms, Voucher} from "../../src/types/Channel.sol";
import {ChannelFixture} from "../utils/ChannelFixture.sol";

/// Plays a payer, a payee and cheats on many channels at random, and keeps its own books beside the contract's.
contract ChannelHandler is ChannelFixture {
    struct Book {
        ChannelStatus status;
        uint128 deposit;
        uint128 settled;
        uint256 closesAt;
        uint256 keyUntil;
    }

    // The books: sums over everything, and each channel as it should be.
    uint256 public deposited;
    uint256 public paid;
    uint256 public refunded;
    /// How often a voucher that was paid before, or a lower one, has paid again.
    uint256 public paidTwice;
    bytes32[] public ids;
    mapping(bytes32 => Book) private _books;
    mapping(bytes32 => uint256) public paidBy;

    constructor() {
        super.setUp();
    }

    /// Set up already: forge calls every function of a handler.
    function setUp() public override {}

    // ------------------------------------------------------------------------------------------------- opening

    function openOne(uint256 amount, uint256 lock) external {
        if (ids.length >= 8) return;
        ChannelTerms memory t = terms();
        t.deposit = uint128(bound(amount, 1, 50e18));
        t.lockSeconds = uint32(bound(lock, 1 hours, 30 days));
        t.salt = bytes32(ids.length);
        bytes32 id = open(t);
        _books[id] = Book(ChannelStatus.Open, t.deposit, 0, 0, 0);
        ids.push(id);
        deposited += t.deposit;
    }

    function openAgain(uint256 pick) external {
        if (ids.length == 0) return;
        pick = bound(pick, 0, ids.length - 1);
        ChannelTerms memory t = terms();
        (t.lockSeconds, t.salt) = (channels.channel(ids[pick]).lockSeconds, bytes32(pick));
        vm.prank(payer);
        try channels.open(t) {
            assertTrue(false, "a channel was opened twice");
        } catch {}
    }

    function topUpOne(uint256 pick, uint256 amount) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        uint128 added = uint128(bound(amount, 1, 5e18));
        bool may = _books[id].status == ChannelStatus.Open;
        vm.prank(payer);
        try channels.topUp(id, added) {
            assertTrue(may, "a channel that is not open was topped up");
            _books[id].deposit += added;
            deposited += added;
        } catch {
            assertTrue(!may, "an open channel was not topped up");
        }
    }

    // ------------------------------------------------------------------------------------------------- vouchers

    function settleOne(uint256 pick, uint256 sum, uint256 signer) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        (uint128 cumulative, bytes memory signature, bool good) = _voucher(id, sum, signer);
        try channels.settle(id, cumulative, signature) {
            assertTrue(good, "a bad voucher paid");
            _pay(id, cumulative);
        } catch {
            assertTrue(!good, "a good voucher did not pay");
        }
    }

    /// Turns the same voucher in twice.
    function settleTwice(uint256 pick, uint256 sum, uint256 signer) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        (uint128 cumulative, bytes memory signature, bool good) = _voucher(id, sum, signer);
        if (!good) return;
        channels.settle(id, cumulative, signature);
        _pay(id, cumulative);
        try channels.settle(id, cumulative, signature) {
            ++paidTwice;
        } catch {}
    }

    function settleBatch(uint256[5] calldata picks, uint256[5] calldata sums, uint256[5] calldata signers)
        external
    {
        if (ids.length == 0) return;
        Voucher[] memory vouchers = new Voucher[](5);
        uint256 due = 0;
        for (uint256 i = 0; i < 5; ++i) {
            bytes32 id = _pick(picks[i]);
            (uint128 cumulative, bytes memory signature, bool good) = _voucher(id, sums[i], signers[i]);
            vouchers[i] = Voucher(id, cumulative, signature);
            if (!good) continue;
            // As the batch goes on, so do the books.
            due += cumulative - _books[id].settled;
            _pay(id, cumulative);
        }
        try channels.batchSettle(vouchers) returns (uint256 total) {
            assertEq(total, due, "the batch's total");
        } catch {
            assertEq(due, 0, "a batch with good vouchers was refused");
        }
    }

    // -------------------------------------------------------------------------------------------------- closing

    function closeOne(uint256 pick, uint256 sum, uint256 signer) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        Book storage book = _books[id];
        (uint128 cumulative, bytes memory signature, bool good) = _voucher(id, sum, signer);
        bool may = _isLive(book) && (good || cumulative <= book.settled);
        vm.prank(payee);
        try channels.close(id, cumulative, signature) {
            assertTrue(may, "a close that should fail");
            if (cumulative > book.settled) _pay(id, cumulative);
            book.status = book.settled == book.deposit ? ChannelStatus.Done : ChannelStatus.Closed;
        } catch {
            assertTrue(!may, "the payee could not close");
        }
    }

    function refundOne(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        bool may = _books[id].status == ChannelStatus.Closed;
        try channels.refund(id) {
            assertTrue(may, "a refund that was not due");
            _payBack(id);
        } catch {
            assertTrue(!may, "a refund did not go through");
        }
    }

    function startCloseOne(uint256 pick, bool byRelay) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        Book storage book = _books[id];
        bool may = book.status == ChannelStatus.Open;
        bytes memory call_ = byRelay
            ? abi.encodeCall(InferenceChannels.startCloseFor, (id, signStartClose(PAYER_KEY, id)))
            : abi.encodeCall(InferenceChannels.startClose, (id));
        if (!byRelay) vm.prank(payer);
        (bool done,) = address(channels).call(call_);
        assertTrue(done == may, "a notice starts once, and only in an open channel");
        if (!done) return;
        book.status = ChannelStatus.Closing;
        book.closesAt = block.timestamp + channels.channel(id).lockSeconds;
    }

    function finishOne(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        Book storage book = _books[id];
        bool may = book.status == ChannelStatus.Closing && block.timestamp > book.closesAt;
        try channels.finish(id) {
            assertTrue(may, "finished before the notice was over");
            _payBack(id);
        } catch {
            assertTrue(!may, "could not be finished");
        }
    }

    function revokeOne(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        Book storage book = _books[id];
        bool may = _isLive(book) && book.keyUntil == 0;
        vm.prank(payer);
        try channels.revokeSessionKey(id) {
            assertTrue(may, "revoked twice or too late");
            book.keyUntil = block.timestamp + channels.channel(id).lockSeconds;
        } catch {
            assertTrue(!may, "could not be revoked");
        }
    }

    function pass(uint256 duration) external {
        vm.warp(block.timestamp + bound(duration, 1, 10 days));
    }

    // ---------------------------------------------------------------------------------------------------- views

    function count() external view returns (uint256) {
        return ids.length;
    }

    function bookOf(bytes32 id) external view returns (Book memory) {
        return _books[id];
    }

    function held() external view returns (uint256) {
        return token.balanceOf(address(channels));
    }

    function balances() external view returns (uint256 ofPayer, uint256 ofPayee) {
        return (token.balanceOf(payer), token.balanceOf(payee));
    }

    function contractAddress() external view returns (InferenceChannels) {
        return channels;
    }

    /// Ends every channel without its payee: the payer gives notice if need be, and anybody does the rest.
    function drain() external {
        for (uint256 i = 0; i < ids.length; ++i) {
            if (_books[ids[i]].status == ChannelStatus.Open) startClose(ids[i]);
        }
        vm.warp(block.timestamp + channels.MAX_LOCK() + 1);
        for (uint256 i = 0; i < ids.length; ++i) {
            ChannelStatus status = channels.channel(ids[i]).status;
            if (status == ChannelStatus.Closing) channels.finish(ids[i]);
            if (status == ChannelStatus.Closed) channels.refund(ids[i]);
            assertStatus(ids[i], ChannelStatus.Done);
        }
    }

    // ------------------------------------------------------------------------------------------------ internals

    /// A voucher by the payer, its session key, or one who may not sign; and whether the contract must take it.
    function _voucher(bytes32 id, uint256 sum, uint256 signer)
        private
        view
        returns (uint128 cumulative, bytes memory signature, bool good)
    {
        Book storage entry = _books[id];
        cumulative = uint128(bound(sum, 0, uint256(entry.deposit) + entry.deposit / 4));
        good = _isLive(entry) && cumulative > entry.settled && cumulative <= entry.deposit;
        signer %= 8;
        if (signer == 0) {
            return (cumulative, sign(STRANGER_KEY, id, cumulative), false);
        }
        if (signer < 4) return (cumulative, sign(PAYER_KEY, id, cumulative), good);
        good = good && (entry.keyUntil == 0 || block.timestamp <= entry.keyUntil);
        return (cumulative, sign(SESSION_KEY, id, cumulative), good);
    }

    function _pay(bytes32 id, uint128 cumulative) private {
        uint256 amount = cumulative - _books[id].settled;
        _books[id].settled = cumulative;
        paid += amount;
        paidBy[id] += amount;
    }

    function _payBack(bytes32 id) private {
        _books[id].status = ChannelStatus.Done;
        refunded += _books[id].deposit - _books[id].settled;
    }

    function _isLive(Book storage entry) private view returns (bool) {
        return entry.status == ChannelStatus.Open || entry.status == ChannelStatus.Closing;
    }

    function _pick(uint256 pick) private view returns (bytes32) {
        return ids.length == 0 ? bytes32(0) : ids[pick % ids.length];
    }
}
