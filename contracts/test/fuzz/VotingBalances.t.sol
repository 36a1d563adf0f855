// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Base} from "../utils/Base.sol";
import {MoreVm, moreVm} from "../utils/MoreVm.sol";
import {LeanVotes, PlainVotes} from "../mocks/VotesTokens.sol";

/// Our balances against OpenZeppelin's own: the same calls do the same, log the same and fail the same.
contract VotingBalancesFuzzTest is Base {
    uint256 private constant ACCOUNTS = 4;
    uint256 private constant CAP = type(uint208).max;

    PlainVotes private plain = new PlainVotes();
    LeanVotes private lean = new LeanVotes();

    /// Mints, burns, transfers, also to oneself and of more than there is, and delegations, also back to nobody.
    function testFuzz_DoAsOpenZeppelinsDo(uint256[24] calldata steps) external {
        for (uint256 i = 0; i < steps.length; ++i) {
            moreVm.roll(block.number + (steps[i] >> 200) % 3);
            _callBoth(_step(steps[i]));
        }
        assertEq(lean.totalSupply(), plain.totalSupply(), "supply");
        uint256 now_ = block.number;
        moreVm.roll(now_ + 1);
        assertEq(lean.getPastTotalSupply(now_), plain.getPastTotalSupply(now_), "votes in all");
        for (uint256 i = 0; i <= ACCOUNTS; ++i) {
            _compare(_account(i));
        }
    }

    /// As much as votes can be counted of, to one account that has a delegate: the mark and the balance stay apart.
    function test_TheWholeSupplyWithADelegate() external {
        _callBoth(abi.encodeCall(PlainVotes.delegateFor, (_account(1), _account(2))));
        _callBoth(abi.encodeCall(PlainVotes.update, (address(0), _account(1), CAP)));
        assertEq(lean.balanceOf(_account(1)), CAP, "balance");
        assertEq(lean.getVotes(_account(2)), CAP, "votes");
        _callBoth(abi.encodeCall(PlainVotes.update, (address(0), _account(1), 1)));
        _callBoth(abi.encodeCall(PlainVotes.update, (_account(1), _account(3), CAP)));
        assertEq(lean.getVotes(_account(2)), 0, "votes, when all went");
        assertEq(lean.delegates(_account(1)), _account(2), "delegate, when all went");
        _compare(_account(3));
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Account 0 is the zero address: to update from it is to mint, to it to burn.
    function _account(uint256 index) private pure returns (address) {
        return address(uint160(index % (ACCOUNTS + 1)));
    }

    function _step(uint256 seed) private view returns (bytes memory) {
        (address from, address to) = (_account(seed >> 8), _account(seed >> 16));
        if (seed % 4 == 0 && from != address(0)) return abi.encodeCall(PlainVotes.delegateFor, (from, to));
        // Mostly less than there is; now and then all, or one more.
        uint256 most = from == address(0) ? CAP / 16 : plain.balanceOf(from);
        uint256 value = seed % 8 < 6 ? bound(seed >> 24, 0, most) : most + seed % 2;
        return abi.encodeCall(PlainVotes.update, (from, to, value));
    }

    function _callBoth(bytes memory call) private {
        (bool done, bytes memory answer, MoreVm.Log[] memory logs) = _call(address(lean), call);
        (bool plainly, bytes memory expected, MoreVm.Log[] memory plainLogs) = _call(address(plain), call);
        assertTrue(done == plainly, "done");
        assertEq(answer, expected, "answer");
        if (!done) return; // forge shows the logs of what was undone as well
        assertEq(logs.length, plainLogs.length, "logs");
        for (uint256 i = 0; i < logs.length; ++i) {
            assertEq(abi.encode(logs[i].topics), abi.encode(plainLogs[i].topics), "topics");
            assertEq(logs[i].data, plainLogs[i].data, "data");
        }
    }

    function _call(address token, bytes memory call)
        private
        returns (bool done, bytes memory answer, MoreVm.Log[] memory logs)
    {
        moreVm.recordLogs();
        (done, answer) = token.call(call);
        logs = moreVm.getRecordedLogs();
    }

    function _compare(address account) private view {
        assertEq(lean.balanceOf(account), plain.balanceOf(account), "balance");
        assertEq(lean.delegates(account), plain.delegates(account), "delegate");
        assertEq(lean.getVotes(account), plain.getVotes(account), "votes");
        assertEq(lean.numCheckpoints(account), plain.numCheckpoints(account), "checkpoints");
    }
}
