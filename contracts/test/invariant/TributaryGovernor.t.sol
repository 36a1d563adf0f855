// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TributaryGovernor} from "../../src/TributaryGovernor.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {Base} from "../utils/Base.sol";
import {GovernanceHandler} from "./GovernanceHandler.sol";

contract TributaryGovernorInvariantTest is Base {
    GovernanceHandler private handler;
    TributaryGovernor private governor;
    TributaryToken private token;

    function setUp() external {
        handler = new GovernanceHandler();
        governor = handler.theGovernor();
        token = handler.theToken();
    }

    /// What forge calls at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_OnlyTheTimelockChangesParametersAndSpendsTheTreasury() external view {
        assertEq(handler.intrusions(), 0, "intrusions");
        assertEq(handler.theParameters().studyFeeBps(), handler.fee(), "the fee that was decided");
        assertEq(handler.theParameters().treasury(), address(handler.theTimelock()), "nobody decided on that");
        uint256 held = token.balanceOf(address(handler.theTimelock()));
        assertEq(held + handler.spent(), handler.TREASURY(), "held + spent = all that there was");
    }

    /// What was executed was voted for by enough, was queued, waited, and happened once.
    function invariant_WhatIsExecutedWasDecided() external view {
        uint256 delay = handler.theTimelock().getMinDelay();
        for (uint256 i = 0; i < handler.proposalCount(); ++i) {
            GovernanceHandler.Book memory book = handler.book(i);
            bool executed = governor.state(book.id) == IGovernor.ProposalState.Executed;
            assertEq(book.executions, executed ? 1 : 0, "once");
            if (!executed) continue;
            uint256 snapshot = governor.proposalSnapshot(book.id);
            (uint256 against, uint256 inFavour, uint256 abstained) = governor.proposalVotes(book.id);
            assertTrue(inFavour > against, "most were for it");
            assertTrue(inFavour + abstained >= governor.quorum(snapshot), "enough voted");
            assertTrue(book.queuedAt > governor.proposalDeadline(book.id), "queued after the vote");
            assertTrue(book.executedAt >= book.queuedAt + delay, "waited");
            assertTrue(!book.canceled, "was not cancelled");
        }
    }

    function invariant_NoMoreVotesAreCastThanThereAre() external view {
        for (uint256 i = 0; i < handler.proposalCount(); ++i) {
            uint256 id = handler.book(i).id;
            uint256 snapshot = governor.proposalSnapshot(id);
            (uint256 against, uint256 inFavour, uint256 abstained) = governor.proposalVotes(id);
            if (snapshot >= block.timestamp) {
                assertEq(against + inFavour + abstained, 0, "before it began");
                continue;
            }
            assertTrue(
                against + inFavour + abstained <= token.getPastTotalSupply(snapshot), "not above the supply"
            );
        }
    }

    function invariant_WhatWasCanceledStaysSo() external view {
        for (uint256 i = 0; i < handler.proposalCount(); ++i) {
            GovernanceHandler.Book memory book = handler.book(i);
            bool canceled = governor.state(book.id) == IGovernor.ProposalState.Canceled;
            assertTrue(canceled == book.canceled, "canceled");
        }
    }
}
