// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ModelRegistry} from "../../../src/ModelRegistry.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IRoyaltySplitter} from "../../../src/interfaces/IRoyaltySplitter.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Status} from "../../../src/types/Study.sol";
import {MockEscrow} from "../../mocks/MockEscrow.sol";
import {ShrinkingToken} from "../../mocks/ShrinkingToken.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract FundPayeesTest is ModelFixture {
    RoyaltySplitter private splitter;

    function setUp() public override {
        super.setUp();
        splitter = deployedSplitter();
        fund(stranger, address(splitter), 1000);
    }

    /// when the amount is zero: it should revert
    function test_RevertsWhenTheAmountIsZero() external {
        vm.expectRevert(IRoyaltySplitter.RoyaltySplitter_AmountZero.selector);
        splitter.fundPayees(0);
    }

    /// when the token takes a fee, or takes more than it moves: it should revert
    function test_RevertsWhenTheTokenTakesAFee() external {
        token.takeFee(3);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplitter.RoyaltySplitter_FundingMismatch.selector, 100, 97)
        );
        vm.prank(stranger);
        splitter.fundPayees(100);
        assertEq(splitter.reserved(), 0, "nothing reserved");
    }

    /// when the token takes a fee, or takes more than it moves: it should revert
    function test_RevertsWhenTheTokenTakesMoreThanItMoves() external {
        ShrinkingToken shrinking = new ShrinkingToken();
        RoyaltySplitter frail = _splitterFor(shrinking);
        shrinking.mint(address(frail), 1000);
        shrinking.mint(address(this), 100);
        shrinking.approve(address(frail), 100);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplitter.RoyaltySplitter_FundingMismatch.selector, 100, 0)
        );
        frail.fundPayees(100);
    }

    /// when the caller has not approved it: it should revert
    function test_RevertsWithoutAnApproval() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(splitter), 0, 100
            )
        );
        splitter.fundPayees(100);
    }

    /// when the amount comes in
    /// - it should belong to the payees alone
    /// - it should count beside what was received otherwise
    /// - it should emit PayeesFunded
    /// payeesPart, when it is called on a clone
    /// - it should be their part of all that ever came, and all that came for them alone
    function test_BelongsToThePayeesAlone() external {
        vm.expectEmit(address(splitter));
        emit IRoyaltySplitter.PayeesFunded(stranger, 100);
        vm.prank(stranger);
        splitter.fundPayees(100);
        assertEq(splitter.reserved(), 100, "reserved");
        assertEq(splitter.payeesPart(token), 100, "all of it theirs");
        assertEq(splitter.releasableCreator(token), 0, "nothing for the creator");
        token.mint(address(splitter), 1000);
        assertEq(splitter.payeesPart(token), 800, "100 and 700");
        assertEq(splitter.releaseCreator(), 300, "of the 1000 only");
        assertEq(release(splitter, 3), 320, "4/10 of 800");
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        token.mint(address(splitter), 1000);
        token.callOnTransfer(address(splitter), abi.encodeCall(RoyaltySplitter.releaseCreator, ()));
        vm.prank(stranger);
        splitter.fundPayees(100);
        assertTrue(token.calls() == 1 && !token.succeeded(), "refused");
        assertEq(
            token.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(balance(researcher), 0, "nothing through the back door");
    }

    /// Should the token ever take from the splitter, nobody's account ends in a panic.
    /// when the token shrinks what was paid in: it should leave accounts that can be read, and pay nothing more
    function test_SurvivesATokenThatShrinks() external {
        vm.prank(stranger);
        splitter.fundPayees(1000);
        release(splitter, 3);
        ShrinkingToken shrinking = new ShrinkingToken();
        RoyaltySplitter frail = _splitterFor(shrinking);
        shrinking.mint(address(frail), 1000);
        bytes32[] memory proof = ownerProof(STUDY, 3);
        assertEq(frail.release(owners[3], payouts[3], proof), 280, "before");
        shrinking.shrink(address(frail), 720);
        assertEq(frail.received(shrinking), 280, "what is left");
        assertEq(frail.releasable(shrinking, owners[3], payouts[3]), 0, "nothing now");
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NothingToRelease.selector, owners[3], 78, 280
            )
        );
        frail.release(owners[3], payouts[3], proof);
    }

    function _splitterFor(ShrinkingToken other) private returns (RoyaltySplitter) {
        MockEscrow beside = new MockEscrow(other);
        beside.set(STUDY, Status.Closed, researcher, ROUND, rootOf(STUDY), TOTAL);
        registry = new ModelRegistry(IStudyEscrow(address(beside)), address(new RoyaltySplitter(other)));
        return deployedSplitter();
    }
}
