// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {TokenFixture} from "../../utils/TokenFixture.sol";

contract TributaryTokenDelegateTest is TokenFixture {
    /// when nobody has delegated: it should count no votes
    function test_WhenNobodyHasDelegated() external view {
        assertEq(token.getVotes(holder), 0, "votes");
    }

    /// when a holder delegates to itself: it should count its balance, from then on
    function test_WhenAHolderDelegatesToItself() external {
        vm.prank(holder);
        token.delegate(holder);
        assertEq(token.getVotes(holder), SUPPLY, "votes");
        assertEq(token.delegates(holder), holder, "delegate");
    }

    /// when tokens move: it should move their votes from delegate to delegate
    function test_WhenTokensMove() external {
        vm.prank(holder);
        token.delegate(stranger);
        vm.prank(payee);
        token.delegate(payee);
        vm.prank(holder);
        token.transfer(payee, 7);
        assertEq(token.getVotes(stranger), SUPPLY - 7, "who lost them");
        assertEq(token.getVotes(payee), 7, "who got them");
        assertEq(token.getVotes(holder), 0, "who gave its votes away");
    }

    /// when a past moment is asked for: it should answer by timestamp what there was then
    /// clock: it should be the block's timestamp
    /// CLOCK_MODE: it should say that it is a timestamp
    function test_WhenAPastMomentIsAskedFor() external {
        vm.prank(holder);
        token.delegate(holder);
        vm.warp(START + 100);
        vm.prank(holder);
        token.transfer(payee, 10);
        vm.warp(START + 200);
        vm.prank(minter);
        token.mint(holder, 1);
        vm.warp(START + 300);
        assertEq(token.clock(), START + 300, "clock");
        assertEq(bytes(token.CLOCK_MODE()), "mode=timestamp", "mode");
        assertEq(token.getPastVotes(holder, START - 1), 0, "before all");
        assertEq(token.getPastVotes(holder, START + 99), SUPPLY, "at first");
        assertEq(token.getPastVotes(holder, START + 199), SUPPLY - 10, "after the transfer");
        assertEq(token.getPastTotalSupply(START + 199), SUPPLY, "supply then");
        assertEq(token.getPastTotalSupply(START + 299), SUPPLY + 1, "supply now");
    }

    /// when the moment is not over: it should revert
    function test_RevertWhen_TheMomentIsNotOver() external {
        vm.expectRevert(
            abi.encodeWithSelector(Votes.ERC5805FutureLookup.selector, block.timestamp, block.timestamp)
        );
        token.getPastVotes(holder, block.timestamp);
    }
}
