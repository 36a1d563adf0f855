// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IRoyaltySplitter} from "../../../src/interfaces/IRoyaltySplitter.sol";
import {Status} from "../../../src/types/Study.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract ReleaseTest is ModelFixture {
    RoyaltySplitter private splitter;

    function setUp() public override {
        super.setUp();
        splitter = deployedSplitter();
        token.mint(address(splitter), 1000);
    }

    /// when it is called on the implementation: it should revert
    function test_RevertsOnTheImplementation() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NotAClone.selector, address(implementation)
            )
        );
        implementation.release(owners[0], 1, new bytes32[](0));
    }

    /// when the proof is for another payee, word or tree: it should revert
    function test_RevertsWhenTheProofIsForAnotherPayeeWordOrTree() external {
        _expectProofInvalid(owners[1], payouts[0], ownerProof(STUDY, 0));
        _expectProofInvalid(owners[0], payouts[0] + 1, ownerProof(STUDY, 0));
        _expectProofInvalid(owners[0], payouts[0], ownerProof(STUDY, 1));
        _expectProofInvalid(owners[0], payouts[0], ownerProof(keccak256("another study"), 0));
    }

    /// when nothing has come in since the last time: it should revert
    function test_RevertsWhenNothingHasComeIn() external {
        release(splitter, 0);
        bytes32[] memory proof = ownerProof(STUDY, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NothingToRelease.selector, owners[0], 70, 70
            )
        );
        splitter.release(owners[0], payouts[0], proof);
    }

    /// The committee signed leaves of 10 tokens and a total of 5.
    /// when the tree shares out more than its total: it should stop at the payees' part
    function test_StopsAtThePayeesPart() external {
        bytes32 study = keccak256("a study with a generous tree");
        escrow.set(study, Status.Closed, researcher, ROUND, rootOf(study), 5e18);
        RoyaltySplitter generous = mintModel(study);
        registry.deploySplitter(uint256(study));
        token.mint(address(generous), 1000);
        assertEq(generous.release(owners[3], payouts[3], ownerProof(study, 3)), 560, "4/5 of 700");
        bytes32[] memory proof = ownerProof(study, 2);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplitter.RoyaltySplitter_AbovePart.selector, owners[2], 980, 700)
        );
        generous.release(owners[2], payouts[2], proof);
        assertEq(generous.releaseCreator(), 300, "the creator's part is there");
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        bytes[3] memory inner = [
            abi.encodeCall(RoyaltySplitter.release, (owners[0], payouts[0], ownerProof(STUDY, 0))),
            abi.encodeCall(RoyaltySplitter.releaseCreator, ()),
            abi.encodeCall(RoyaltySplitter.fundPayees, (1))
        ];
        for (uint256 i = 0; i < inner.length; ++i) {
            token.callOnTransfer(address(splitter), inner[i]);
            assertEq(release(splitter, i), 70 * (i + 1), "paid once");
            assertEq(token.calls(), i + 1, "called back");
            assertTrue(!token.succeeded(), "refused");
            assertEq(
                token.returned(),
                abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "reason"
            );
        }
        assertEq(balance(owners[0]), 70, "nothing through the back door");
    }

    /// when the proof is right
    /// - it should pay the payee its part of all that ever came, whoever calls
    /// - it should emit PayeeReleased
    /// received, when something has: it should be all that ever came, released or not
    /// released, when something was: it should be all that was, and the payees' of it
    /// releasable, when something has come in since: it should be what the payee's word gives it of that
    function test_PaysItsPartOfAllThatEverCame() external {
        bytes32[] memory proof = ownerProof(STUDY, 3);
        vm.expectEmit(address(splitter));
        emit IRoyaltySplitter.PayeeReleased(token, owners[3], 280);
        vm.prank(stranger);
        assertEq(splitter.release(owners[3], payouts[3], proof), 280, "4/10 of 700");
        assertEq(balance(owners[3]), 280, "to the owner");
        token.mint(address(splitter), 1000);
        assertEq(splitter.releasable(token, owners[3], payouts[3]), 280, "of what came since");
        assertEq(release(splitter, 3), 280, "paid");
        assertEq(release(splitter, 0), 140, "both at once");
        assertEq(splitter.received(token), 2000, "received");
        (uint256 inAll, uint256 toPayees) = splitter.released(token);
        assertEq(inAll, 700, "released");
        assertEq(toPayees, 700, "to payees");
        assertEq(splitter.payeesPart(token), 1400, "their part");
    }

    /// when the proof is right: it should keep what the floor leaves
    function test_KeepsWhatTheFloorLeaves() external {
        token.mint(address(splitter), 9); // 1009: 706 and 303; of 706: 70, 141, 211, 282
        assertEq(release(splitter, 0), 70, "first");
        assertEq(release(splitter, 1), 141, "second");
        assertEq(release(splitter, 2), 211, "third");
        assertEq(release(splitter, 3), 282, "fourth");
        assertEq(splitter.releaseCreator(), 303, "creator");
        assertEq(balance(address(splitter)), 2, "less than one for each");
        assertEq(splitter.received(token), 1009, "released + held = received");
    }

    function _expectProofInvalid(address payee, uint128 cumulative, bytes32[] memory proof) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplitter.RoyaltySplitter_ProofInvalid.selector, payee, cumulative)
        );
        splitter.release(payee, cumulative, proof);
    }
}
