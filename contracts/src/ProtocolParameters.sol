// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";

/// @title ProtocolParameters
/// @notice See `IProtocolParameters`.
contract ProtocolParameters is Ownable2Step, IProtocolParameters {
    /// @inheritdoc IProtocolParameters
    uint16 public constant MAX_FEE = 1_000;

    /// @inheritdoc IProtocolParameters
    address public treasury;
    /// @inheritdoc IProtocolParameters
    uint16 public studyFeeBps;
    /// @inheritdoc IProtocolParameters
    uint16 public saleFeeBps;

    /// @inheritdoc IProtocolParameters
    mapping(bytes32 rule => bool) public isScoringRule;

    /// @param owner_ Who may change what is here: the timelock.
    /// @param rules The scoring rules allowed from the start.
    constructor(address owner_, address treasury_, uint16 studyFee, uint16 saleFee, bytes32[] memory rules)
        Ownable(owner_)
    {
        _setTreasury(treasury_);
        _setStudyFee(studyFee);
        _setSaleFee(saleFee);
        for (uint256 i = 0; i < rules.length; ++i) {
            _allow(rules[i]);
        }
    }

    /// @inheritdoc IProtocolParameters
    function setTreasury(address treasury_) external onlyOwner {
        _setTreasury(treasury_);
    }

    /// @inheritdoc IProtocolParameters
    function setStudyFee(uint16 fee) external onlyOwner {
        _setStudyFee(fee);
    }

    /// @inheritdoc IProtocolParameters
    function setSaleFee(uint16 fee) external onlyOwner {
        _setSaleFee(fee);
    }

    /// @inheritdoc IProtocolParameters
    function allowScoringRule(bytes32 rule) external onlyOwner {
        _allow(rule);
    }

    /// @inheritdoc IProtocolParameters
    function forbidScoringRule(bytes32 rule) external onlyOwner {
        if (!isScoringRule[rule]) revert ProtocolParameters_RuleNotAllowed(rule);
        isScoringRule[rule] = false;
        emit ScoringRuleForbidden(rule);
    }

    /// @notice Refused: nobody could change a parameter any more.
    function renounceOwnership() public view override onlyOwner {
        revert ProtocolParameters_OwnershipNotRenounceable();
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert ProtocolParameters_TreasuryZero();
        emit TreasuryChanged(treasury, treasury_);
        treasury = treasury_;
    }

    function _setStudyFee(uint16 fee) private {
        _requireFee(fee);
        emit StudyFeeChanged(studyFeeBps, fee);
        studyFeeBps = fee;
    }

    function _setSaleFee(uint16 fee) private {
        _requireFee(fee);
        emit SaleFeeChanged(saleFeeBps, fee);
        saleFeeBps = fee;
    }

    function _allow(bytes32 rule) private {
        if (rule == 0) revert ProtocolParameters_RuleZero();
        if (isScoringRule[rule]) revert ProtocolParameters_RuleAllowedAlready(rule);
        isScoringRule[rule] = true;
        emit ScoringRuleAllowed(rule);
    }

    function _requireFee(uint16 fee) private pure {
        if (fee > MAX_FEE) revert ProtocolParameters_FeeAboveMaximum(fee, MAX_FEE);
    }
}
