// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ComputeRecords} from "./ComputeRecords.sol";
import {IComputeMarket} from "./interfaces/IComputeMarket.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {StakeView} from "./types/Compute.sol";

/// @title The money of the compute market: stakes, bonds, what is owed, and every transfer in and out
abstract contract ComputeStakes is ComputeRecords, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct Stake {
        uint128 free;
        uint128 bonded;

        uint128 leaving;
        uint40 leavesAt;
    }

    /// @inheritdoc IComputeMarket
    uint32 public constant UNSTAKE_DELAY = 7 days;

    /// @inheritdoc IComputeMarket
    IERC20 public immutable token;
    /// @inheritdoc IComputeMarket
    IProtocolParameters public immutable parameters;

    /// @inheritdoc IComputeMarket
    uint256 public treasuryDue;
    /// @inheritdoc IComputeMarket
    mapping(address account => uint256 amount) public owed;

    mapping(address provider => Stake) private _stakes;

    constructor(IERC20 token_, IProtocolParameters parameters_) {
        if (address(token_).code.length == 0) revert ComputeMarket_TokenInvalid(address(token_));
        if (address(parameters_).code.length == 0) {
            revert ComputeMarket_ParametersInvalid(address(parameters_));
        }
        (token, parameters) = (token_, parameters_);
    }

    // -------------------------------------------------------------------------------------------------- stake

    /// @inheritdoc IComputeMarket
    function stake(uint128 amount) external nonReentrant {
        if (amount == 0) revert ComputeMarket_AmountZero();
        Stake storage held = _stakes[msg.sender];
        // All three parts together stay below 2^128, so that no move from one to another overflows.
        uint256 total = uint256(held.free) + held.bonded + held.leaving + amount;
        if (total > type(uint128).max) revert ComputeMarket_StakeTooLarge(msg.sender, total);
        held.free += amount;
        emit Staked(msg.sender, amount);
        _pull(amount);
    }

    /// @inheritdoc IComputeMarket
    function unstake(uint128 amount) external {
        if (amount == 0) revert ComputeMarket_AmountZero();
        Stake storage held = _stakes[msg.sender];
        _requireFree(held, amount);
        held.free -= amount;
        uint128 leaving = held.leaving + amount;
        // forge-lint: disable-next-line(unsafe-typecast)
        uint40 leavesAt = uint40(block.timestamp + UNSTAKE_DELAY); // for another 34,000 years
        (held.leaving, held.leavesAt) = (leaving, leavesAt);
        emit UnstakeStarted(msg.sender, leaving, leavesAt);
    }

    /// @inheritdoc IComputeMarket
    function withdrawStake(address provider) external nonReentrant {
        Stake storage held = _stakes[provider];
        uint128 amount = held.leaving;
        if (amount == 0) revert ComputeMarket_NothingLeaving(provider);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp <= held.leavesAt) {
            revert ComputeMarket_StakeStillLeaving(provider, held.leavesAt, block.timestamp);
        }
        (held.leaving, held.leavesAt) = (0, 0);
        emit Unstaked(provider, amount);
        token.safeTransfer(provider, amount);
    }

    /// @inheritdoc IComputeMarket
    function stakeOf(address provider) external view returns (StakeView memory) {
        Stake storage held = _stakes[provider];
        return StakeView(held.free, held.bonded, held.leaving, held.leavesAt);
    }

    // ---------------------------------------------------------------------------------------------------- out

    /// @inheritdoc IComputeMarket
    function withdraw(address account) external nonReentrant {
        uint256 amount = owed[account];
        if (amount == 0) revert ComputeMarket_NothingOwed(account);
        owed[account] = 0;
        emit Withdrawn(account, amount);
        token.safeTransfer(account, amount);
    }

    /// @inheritdoc IComputeMarket
    function payTreasury() external nonReentrant {
        uint256 amount = treasuryDue;
        address treasury = parameters.treasury();
        if (amount == 0) revert ComputeMarket_NothingOwed(treasury);
        treasuryDue = 0;
        emit TreasuryPaid(treasury, amount);
        token.safeTransfer(treasury, amount);
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Moves free stake of the caller into a job.
    function _bond(uint128 amount) internal {
        Stake storage held = _stakes[msg.sender];
        _requireFree(held, amount);
        held.free -= amount;
        held.bonded += amount;
    }

    /// Gives a bond back, less what is slashed.
    function _unbond(address provider, uint128 bond, uint128 slashed) internal {
        Stake storage held = _stakes[provider];
        held.bonded -= bond;
        held.free += bond - slashed;
        treasuryDue += slashed;
    }

    function _pull(uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert ComputeMarket_FundingMismatch(amount, received);
    }

    function _requireFree(Stake storage held, uint128 amount) private view {
        if (held.free < amount) revert ComputeMarket_StakeTooSmall(msg.sender, amount, held.free);
    }
}
