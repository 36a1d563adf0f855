// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ProtocolParameters} from "../../../src/ProtocolParameters.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {Base} from "../../utils/Base.sol";

contract ProtocolParametersTest is Base {
    bytes32 private constant RULE = keccak256("group-shapley-1");
    bytes32 private constant OTHER = keccak256("leave-one-out-1");
    address private owner = address(0x0a);
    address private treasury = address(0x0b);
    address private stranger = address(0x0c);
    ProtocolParameters private parameters;

    function setUp() external {
        parameters = _make(owner, treasury, 250, 300, RULE);
    }

    /// constructor, when all is valid: it should set everything and emit an event for each
    function test_Constructor_SetsEverything() external {
        vm.expectEmit(_next());
        emit IProtocolParameters.TreasuryChanged(address(0), treasury);
        vm.expectEmit(_next());
        emit IProtocolParameters.StudyFeeChanged(0, 250);
        vm.expectEmit(_next());
        emit IProtocolParameters.SaleFeeChanged(0, 300);
        vm.expectEmit(_next());
        emit IProtocolParameters.ScoringRuleAllowed(RULE);
        parameters = _make(owner, treasury, 250, 300, RULE);
        assertEq(parameters.owner(), owner, "owner");
        assertEq(parameters.treasury(), treasury, "treasury");
        assertEq(parameters.studyFeeBps(), 250, "study fee");
        assertEq(parameters.saleFeeBps(), 300, "sale fee");
        assertTrue(parameters.isScoringRule(RULE), "rule");
        assertTrue(!parameters.isScoringRule(OTHER), "other rule");
        assertEq(parameters.MAX_FEE(), 1_000, "maximum");
    }

    /// constructor, when the owner is zero: it should revert
    /// constructor, when the treasury is zero, a fee is above the maximum, or a rule is zero or named twice
    /// - it should revert
    function test_Constructor_RevertWhen_SomethingIsInvalid() external {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        _make(address(0), treasury, 0, 0, RULE);
        vm.expectRevert(IProtocolParameters.ProtocolParameters_TreasuryZero.selector);
        _make(owner, address(0), 0, 0, RULE);
        _expectFeeAboveMaximum();
        _make(owner, treasury, 1_001, 0, RULE);
        _expectFeeAboveMaximum();
        _make(owner, treasury, 0, 1_001, RULE);
        vm.expectRevert(IProtocolParameters.ProtocolParameters_RuleZero.selector);
        _make(owner, treasury, 0, 0, 0);
        bytes32[] memory rules = new bytes32[](2);
        (rules[0], rules[1]) = (RULE, RULE);
        vm.expectRevert(
            abi.encodeWithSelector(IProtocolParameters.ProtocolParameters_RuleAllowedAlready.selector, RULE)
        );
        new ProtocolParameters(owner, treasury, 0, 0, rules);
    }

    /// setTreasury, when it is not zero
    /// - it should set it
    /// - it should emit TreasuryChanged
    function test_SetTreasury() external {
        vm.expectEmit(address(parameters));
        emit IProtocolParameters.TreasuryChanged(treasury, stranger);
        vm.prank(owner);
        parameters.setTreasury(stranger);
        assertEq(parameters.treasury(), stranger, "treasury");
    }

    /// setTreasury, when the treasury is zero: it should revert
    function test_SetTreasury_RevertWhen_Zero() external {
        vm.expectRevert(IProtocolParameters.ProtocolParameters_TreasuryZero.selector);
        vm.prank(owner);
        parameters.setTreasury(address(0));
    }

    /// setStudyFee, when it is not
    /// - it should set that fee and not the other
    /// - it should emit StudyFeeChanged
    function test_SetStudyFee() external {
        vm.expectEmit(address(parameters));
        emit IProtocolParameters.StudyFeeChanged(250, 1_000);
        vm.prank(owner);
        parameters.setStudyFee(1_000);
        assertEq(parameters.studyFeeBps(), 1_000, "study fee");
        assertEq(parameters.saleFeeBps(), 300, "sale fee");
    }

    /// setSaleFee, when it is not
    /// - it should set that fee and not the other
    /// - it should emit SaleFeeChanged
    function test_SetSaleFee() external {
        vm.expectEmit(address(parameters));
        emit IProtocolParameters.SaleFeeChanged(300, 0);
        vm.prank(owner);
        parameters.setSaleFee(0);
        assertEq(parameters.studyFeeBps(), 250, "study fee");
        assertEq(parameters.saleFeeBps(), 0, "sale fee");
    }

    /// setStudyFee, when the fee is above the maximum: it should revert
    /// setSaleFee, when the fee is above the maximum: it should revert
    function test_SetFees_RevertWhen_AboveTheMaximum() external {
        _expectFeeAboveMaximum();
        vm.prank(owner);
        parameters.setStudyFee(1_001);
        _expectFeeAboveMaximum();
        vm.prank(owner);
        parameters.setSaleFee(1_001);
    }

    /// allowScoringRule, when it is new
    /// - it should allow it
    /// - it should emit ScoringRuleAllowed
    /// forbidScoringRule, when it is allowed
    /// - it should forbid it
    /// - it should emit ScoringRuleForbidden
    function test_AllowAndForbidScoringRule() external {
        vm.expectEmit(address(parameters));
        emit IProtocolParameters.ScoringRuleAllowed(OTHER);
        vm.prank(owner);
        parameters.allowScoringRule(OTHER);
        assertTrue(parameters.isScoringRule(OTHER), "allowed");
        vm.expectEmit(address(parameters));
        emit IProtocolParameters.ScoringRuleForbidden(RULE);
        vm.prank(owner);
        parameters.forbidScoringRule(RULE);
        assertTrue(!parameters.isScoringRule(RULE), "forbidden");
        assertTrue(parameters.isScoringRule(OTHER), "the other stays");
    }

    /// allowScoringRule, when the rule is zero or allowed already: it should revert
    function test_AllowScoringRule_RevertWhen_ZeroOrAllowedAlready() external {
        vm.expectRevert(IProtocolParameters.ProtocolParameters_RuleZero.selector);
        vm.prank(owner);
        parameters.allowScoringRule(0);
        vm.expectRevert(
            abi.encodeWithSelector(IProtocolParameters.ProtocolParameters_RuleAllowedAlready.selector, RULE)
        );
        vm.prank(owner);
        parameters.allowScoringRule(RULE);
    }

    /// forbidScoringRule, when the rule is not allowed: it should revert
    function test_ForbidScoringRule_RevertWhen_NotAllowed() external {
        vm.expectRevert(
            abi.encodeWithSelector(IProtocolParameters.ProtocolParameters_RuleNotAllowed.selector, OTHER)
        );
        vm.prank(owner);
        parameters.forbidScoringRule(OTHER);
    }

    /// setTreasury, when the caller is not the owner: it should revert
    /// setStudyFee, when the caller is not the owner: it should revert
    /// setSaleFee, when the caller is not the owner: it should revert
    /// allowScoringRule, when the caller is not the owner: it should revert
    /// forbidScoringRule, when the caller is not the owner: it should revert
    /// transferOwnership, when the caller is not the owner: it should revert
    /// renounceOwnership, when the caller is not the owner: it should revert
    function test_RevertWhen_TheCallerIsNotTheOwner() external {
        bytes[7] memory calls = [
            abi.encodeCall(IProtocolParameters.setTreasury, (stranger)),
            abi.encodeCall(IProtocolParameters.setStudyFee, (0)),
            abi.encodeCall(IProtocolParameters.setSaleFee, (0)),
            abi.encodeCall(IProtocolParameters.allowScoringRule, (OTHER)),
            abi.encodeCall(IProtocolParameters.forbidScoringRule, (RULE)),
            abi.encodeCall(Ownable.transferOwnership, (stranger)),
            abi.encodeCall(Ownable.renounceOwnership, ())
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(stranger);
            (bool done, bytes memory reason) = address(parameters).call(calls[i]);
            assertTrue(!done, "refused");
            assertEq(
                reason,
                abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger),
                "reason"
            );
        }
    }

    /// transferOwnership, when the owner offers it: it should go over when the other accepts
    function test_OwnershipGoesOverInTwoSteps() external {
        vm.prank(owner);
        parameters.transferOwnership(stranger);
        assertEq(parameters.owner(), owner, "not yet");
        vm.prank(stranger);
        parameters.acceptOwnership();
        assertEq(parameters.owner(), stranger, "now");
    }

    /// renounceOwnership, when the owner calls: it should revert, and stay the owner's
    function test_RenounceOwnership_Reverts() external {
        vm.expectRevert(IProtocolParameters.ProtocolParameters_OwnershipNotRenounceable.selector);
        vm.prank(owner);
        parameters.renounceOwnership();
        assertEq(parameters.owner(), owner, "stays");
    }

    /// Where this contract's next contract will be (CREATE, nonce 2).
    function _next() private view returns (address) {
        bytes32 hash = keccak256(abi.encodePacked(hex"d694", address(this), uint8(2)));
        return address(uint160(uint256(hash)));
    }

    function _expectFeeAboveMaximum() private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IProtocolParameters.ProtocolParameters_FeeAboveMaximum.selector, 1_001, 1_000
            )
        );
    }

    function _make(address owner_, address treasury_, uint16 studyFee, uint16 saleFee, bytes32 rule)
        private
        returns (ProtocolParameters)
    {
        bytes32[] memory rules = new bytes32[](1);
        rules[0] = rule;
        return new ProtocolParameters(owner_, treasury_, studyFee, saleFee, rules);
    }
}
