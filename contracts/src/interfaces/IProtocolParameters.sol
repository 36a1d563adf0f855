// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title What governance decides for all of Tributary's contracts: fees, where they go, and scoring rules
/// @notice Contracts read it when they need a value, and keep what was agreed: a change of a fee concerns what begins
/// after it. Fees are basis points (1/10,000). Only the owner (the timelock) changes anything, and no fee rises above
/// `MAX_FEE`. Ownership moves in two steps (OpenZeppelin's Ownable2Step) and can't be renounced.
interface IProtocolParameters {
    // ------------------------------------------------------------------------------------------------- events

    event TreasuryChanged(address indexed previous, address indexed treasury);
    event StudyFeeChanged(uint16 previous, uint16 fee);
    event SaleFeeChanged(uint16 previous, uint16 fee);
    event ScoringRuleAllowed(bytes32 indexed rule);
    event ScoringRuleForbidden(bytes32 indexed rule);

    // ------------------------------------------------------------------------------------------------- errors

    error ProtocolParameters_TreasuryZero();
    error ProtocolParameters_FeeAboveMaximum(uint16 fee, uint16 maximum);
    error ProtocolParameters_RuleZero();
    error ProtocolParameters_RuleAllowedAlready(bytes32 rule);
    error ProtocolParameters_RuleNotAllowed(bytes32 rule);
    /// @notice Nobody could change a parameter any more.
    error ProtocolParameters_OwnershipNotRenounceable();

    // -------------------------------------------------------------------------------------------------- owner

    /// @param treasury_ Gets what fees are collected from now on, also those agreed before; not zero.
    function setTreasury(address treasury_) external;

    /// @param fee Of what a study grants to owners, on top of its budget; for studies launched from now on.
    function setStudyFee(uint16 fee) external;

    /// @param fee Of a sale's price; taken from what the seller gets.
    function setSaleFee(uint16 fee) external;

    /// @notice Lets studies be launched under a scoring rule.
    /// @param rule keccak256(bytes(name)), for example of "group-shapley-1".
    function allowScoringRule(bytes32 rule) external;

    /// @notice Studies under this rule can't be launched any more; those that run go on.
    function forbidScoringRule(bytes32 rule) external;

    // -------------------------------------------------------------------------------------------------- views

    /// @notice The highest fee, in basis points.
    function MAX_FEE() external view returns (uint16);

    function treasury() external view returns (address);

    function studyFeeBps() external view returns (uint16);

    function saleFeeBps() external view returns (uint16);

    function isScoringRule(bytes32 rule) external view returns (bool);
}
