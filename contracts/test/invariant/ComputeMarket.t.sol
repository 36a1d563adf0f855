// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ComputeMarket} from "../../src/ComputeMarket.sol";
import {JobStatus, JobView, ReplicaStatus, StakeView} from "../../src/types/Compute.sol";
import {Base} from "../utils/Base.sol";
import {moreVm} from "../utils/MoreVm.sol";
import {ComputeHandler} from "./ComputeHandler.sol";

/// Shorter runs than elsewhere: one call may take a job through its whole course.
/// forge-config: default.invariant.depth = 32
contract ComputeMarketInvariantTest is Base {
    ComputeHandler private handler;
    ComputeMarket private market;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() external {
        handler = new ComputeHandler();
        market = handler.contractAddress();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// All but `drain`, which ends it all.
    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0] = FuzzSelector(address(handler), new bytes4[](2));
        excluded[0].selectors[0] = handler.drain.selector;
        excluded[0].selectors[1] = handler.setUp.selector;
    }

    function invariant_StakeAndEscrowAreConserved() external view {
        uint256 held = handler.held();
        assertEq(
            handler.stakedIn() + handler.postedIn(),
            held + handler.unstakedOut() + handler.withdrawnOut() + handler.treasuryOut(),
            "by the handler's books"
        );
        uint256 due = market.treasuryDue() + market.owed(handler.requesterAddress());
        for (uint256 i = 0; i < 5; ++i) {
            address provider = handler.providerAt(i);
            StakeView memory shown = market.stakeOf(provider);
            due += uint256(shown.free) + shown.bonded + shown.leaving + market.owed(provider);
        }
        for (uint256 i = 0; i < handler.count(); ++i) {
            due += market.job(handler.jobs(i)).escrowed;
        }
        assertEq(held, due, "by the contract's books");
    }

    function invariant_BondsAreThoseOfPartsThatHaveNotEnded() external view {
        for (uint256 i = 0; i < 5; ++i) {
            address provider = handler.providerAt(i);
            uint256 bonded = 0;
            for (uint256 j = 0; j < handler.count(); ++j) {
                bytes32 id = handler.jobs(j);
                ReplicaStatus status = market.replica(id, provider).status;
                if (status != ReplicaStatus.None && status != ReplicaStatus.Done) {
                    bonded += market.job(id).bond;
                }
            }
            assertEq(market.stakeOf(provider).bonded, bonded, "bonded");
        }
    }

    function invariant_AResultIsWhatAQuorumRevealed() external view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            bytes32 id = handler.jobs(i);
            JobView memory shown = market.job(id);
            uint256 same = 0;
            uint256 revealed = 0;
            for (uint256 j = 0; j < 5; ++j) {
                bytes32 digest = handler.revealedDigest(id, handler.providerAt(j));
                if (digest != 0) ++revealed;
                if (digest != 0 && digest == shown.result) ++same;
            }
            assertEq(shown.revealed, revealed, "revealed");
            assertEq(shown.agreed, same, "agreed");
            assertTrue(shown.result == 0 || same >= shown.quorum, "a quorum");
            assertTrue(shown.status != JobStatus.Agreed || shown.result != 0, "agreed on something");
            assertTrue(shown.status != JobStatus.Failed || shown.result == 0, "failed without a quorum");
            assertTrue(shown.revealed <= shown.committed && shown.committed <= shown.replicas, "counts");
        }
    }

    /// From every state, anybody can end every job after its deadlines, and everybody's money comes out.
    function invariant_NoJobIsStuck() external {
        uint256 snapshot = moreVm.snapshotState();
        handler.drain();
        assertEq(handler.held(), 0, "nothing is left");
        moreVm.revertToState(snapshot);
    }
}
