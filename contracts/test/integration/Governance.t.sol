// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {Launch, Status, StudyView} from "../../src/types/Study.sol";
import {GovernanceFixture, Proposal} from "../utils/GovernanceFixture.sol";
import {StudyFixture} from "../utils/StudyFixture.sol";

/// The token's holders propose, vote, queue and execute; what they decide concerns studies that are real: owners enrol,
/// a committee signs, rounds settle.
contract GovernanceOfStudiesTest is StudyFixture, GovernanceFixture {
    bytes32 private constant NEW_RULE = keccak256("group-shapley-2");
    uint256 private constant TREASURY = 100_000e18;

    function setUp() public override {
        super.setUp();
        deployGovernance(token);
        // A deployment makes the timelock the owner from the start. What another owned it has to accept.
        parameters.transferOwnership(address(timelock));
        token.transferOwnership(address(timelock));
        token.transfer(address(timelock), TREASURY);
        Proposal memory p = proposal(address(parameters), abi.encodeCall(Ownable2Step.acceptOwnership, ()));
        p = add(p, address(token), abi.encodeCall(Ownable2Step.acceptOwnership, ()));
        p = add(p, address(parameters), abi.encodeCall(parameters.setTreasury, (address(timelock))));
        p.description = "Take office";
        pass(p);
    }

    /// The fixture's terms, from now on.
    function _termsNow(uint256 patience) private view returns (Launch memory plan) {
        plan = terms();
        plan.enrolBy = uint64(block.timestamp + patience + 1 days);
        plan.settleBy = uint64(block.timestamp + patience + 30 days);
    }

    function test_TheTimelockIsInOffice() external view {
        assertEq(parameters.owner(), address(timelock), "parameters");
        assertEq(token.owner(), address(timelock), "minter");
        assertEq(parameters.treasury(), address(timelock), "treasury");
    }

    function test_ADecisionChangesALiveFee() external {
        Launch memory plan = _termsNow(0);
        bytes32 before = launch(plan);
        pass(proposal(address(parameters), abi.encodeCall(parameters.setStudyFee, (150))));

        plan = _termsNow(0);
        plan.salt = "after";
        assertEq(escrow.funding(plan.budget), plan.budget + plan.budget * 150 / 10_000, "what it costs now");
        uint256 had = token.balanceOf(researcher);
        bytes32 since = launch(plan);
        assertEq(had - token.balanceOf(researcher), escrow.funding(plan.budget), "paid");
        assertEq(escrow.study(since).feeBps, 150, "the new one");
        assertEq(escrow.study(before).feeBps, 0, "the old one keeps what it was launched with");

        plan.salt = "unwilling";
        plan.maxFeeBps = 149;
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_FeeAboveMaximum.selector, 150, 149));
        launch(plan);
    }

    function test_ADecisionAddsAScoringRuleAndAnotherForbidsIt() external {
        Launch memory plan = _termsNow(0);
        plan.scoring = NEW_RULE;
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ScoringRuleUnknown.selector, NEW_RULE)
        );
        launch(plan);

        pass(proposal(address(parameters), abi.encodeCall(parameters.allowScoringRule, (NEW_RULE))));
        plan = _termsNow(30 days);
        plan.scoring = NEW_RULE;
        bytes32 id = launch(plan);
        assertEq(escrow.study(id).scoring, NEW_RULE, "rule");

        pass(proposal(address(parameters), abi.encodeCall(parameters.forbidScoringRule, (NEW_RULE))));
        plan.salt = "another";
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ScoringRuleUnknown.selector, NEW_RULE)
        );
        launch(plan);
        // What was launched under it goes on.
        enrolAll(id);
        register(id, 1, committeeKey());
        settle(id, 1);
        assertEq(escrow.study(id).lastRound, 1, "settled");
    }

    function test_ADecisionSpendsTheTreasury() external {
        pass(proposal(address(token), abi.encodeCall(token.transfer, (stranger, 40_000e18))));
        assertEq(token.balanceOf(stranger), 40_000e18, "spent");
        assertEq(token.balanceOf(address(timelock)), TREASURY - 40_000e18, "left");
    }

    function test_ADecisionMintsWhatTheScheduleAllows() external {
        uint256 amount = token.mintable();
        pass(proposal(address(token), abi.encodeCall(token.mint, (address(timelock), amount))));
        assertEq(token.balanceOf(address(timelock)), TREASURY + amount, "minted");
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        token.mint(address(this), 1);
    }

    /// One decision: a fee, a rule, and a study under both, which the treasury pays for and a researcher runs.
    function test_ADecisionLaunchesAndFundsAStudyThatRuns() external {
        Launch memory plan = _termsNow(15 days);
        (plan.scoring, plan.maxFeeBps) = (NEW_RULE, 200);
        uint256 cost = plan.budget + plan.budget * 200 / 10_000;
        Proposal memory p = proposal(address(parameters), abi.encodeCall(parameters.setStudyFee, (200)));
        p = add(p, address(parameters), abi.encodeCall(parameters.allowScoringRule, (NEW_RULE)));
        p = add(p, address(token), abi.encodeCall(token.approve, (address(escrow), cost)));
        p = add(p, address(escrow), abi.encodeCall(escrow.launch, (plan)));
        p.description = "Study hearts #researcher";
        bytes32 id = escrow.studyId(address(timelock), plan.planDigest, plan.salt);
        ripen(p);
        assertTrue(escrow.study(id).status == Status.None, "not before it is executed");
        execute(p);

        StudyView memory study = escrow.study(id);
        assertEq(study.funder, address(timelock), "funder");
        assertEq(study.researcher, researcher, "researcher");
        assertEq(token.balanceOf(address(escrow)), cost, "held");
        assertEq(token.allowance(address(timelock), address(escrow)), 0, "nothing more to take");

        // It runs like any other.
        enrolAll(id);
        register(id, 1, committeeKey());
        uint256 earned = 0;
        for (uint64 round = 1; round <= plan.rounds; ++round) {
            settle(id, round);
        }
        for (uint256 i = 0; i < owners.length; ++i) {
            claim(id, plan.rounds, i);
            uint256 payout = payoutsAfter(plan.rounds)[i];
            assertEq(token.balanceOf(owners[i]), payout, "an owner's");
            earned += payout;
        }

        // The fee comes back to the treasury that paid it, and so does what nobody earned.
        escrow.collectFee(id);
        assertEq(token.balanceOf(address(timelock)), TREASURY - cost + earned * 200 / 10_000, "fee");
        vm.prank(researcher);
        escrow.close(id);
        assertEq(token.balanceOf(address(timelock)), TREASURY - earned, "all but what owners earned");
        assertEq(token.balanceOf(address(escrow)), 0, "nothing is left behind");
    }

    /// The treasury can't be made to fund a study that was not decided on: its id and terms are in the proposal.
    function test_ADecisionFundsNoOtherStudy() external {
        Launch memory plan = _termsNow(15 days);
        Proposal memory p =
            proposal(address(token), abi.encodeCall(token.approve, (address(escrow), plan.budget)));
        p = add(p, address(escrow), abi.encodeCall(escrow.launch, (plan)));
        ripen(p);
        plan.researcher = stranger;
        p.calldatas[1] = abi.encodeCall(escrow.launch, (plan));
        vm.expectPartialRevert(IGovernor.GovernorNonexistentProposal.selector);
        execute(p);
        // Nor can anybody else use what the timelock approves: who launches a study pays for it.
        vm.prank(address(timelock));
        token.approve(address(escrow), plan.budget);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, plan.budget
            )
        );
        vm.prank(stranger);
        escrow.launch(plan);
    }
}
