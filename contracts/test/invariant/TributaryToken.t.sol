// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TributaryToken} from "../../src/TributaryToken.sol";
import {Base} from "../utils/Base.sol";
import {TokenHandler} from "./TokenHandler.sol";

contract TributaryTokenInvariantTest is Base {
    TokenHandler private handler;
    TributaryToken private token;

    function setUp() external {
        handler = new TokenHandler();
        token = handler.theToken();
    }

    /// What forge calls at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_TheSupplyIsConstantButForTheMintersSchedule() external view {
        assertEq(token.totalSupply(), handler.supplyAtFirst() + handler.minted(), "supply");
        assertTrue(handler.mintedNow() <= handler.supplyThen() * 2 / 100, "two per cent a period");
        assertEq(token.mintedIn(token.period()), handler.mintedNow(), "booked");
    }

    function invariant_EverybodyHasWhatTheBooksSay() external view {
        uint256 total = 0;
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            address actor = handler.actor(i);
            assertEq(token.balanceOf(actor), handler.balances(actor), "balance");
            total += token.balanceOf(actor);
        }
        assertEq(total, token.totalSupply(), "nobody else has any");
    }

    /// Every token that somebody delegated is one vote, of its delegate and of nobody else.
    function invariant_VotesAreConserved() external view {
        uint256 votes = 0;
        uint256 delegated = 0;
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            address actor = handler.actor(i);
            uint256 expected = 0;
            for (uint256 j = 0; j < handler.ACTORS(); ++j) {
                if (token.delegates(handler.actor(j)) == actor) {
                    expected += token.balanceOf(handler.actor(j));
                }
            }
            assertEq(token.getVotes(actor), expected, "votes");
            votes += expected;
            if (token.delegates(actor) != address(0)) delegated += token.balanceOf(actor);
        }
        assertEq(votes, delegated, "all that is delegated");
        assertTrue(votes <= token.totalSupply(), "not above the supply");
    }

    function invariant_AnAuthorizationIsUsedAtMostOnce() external view {
        assertEq(handler.usedTwice(), 0, "twice");
    }
}
