// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMarketFunds} from "./interfaces/IMarketFunds.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";

/// @title The till of a market
/// @notice Money comes in exactly, is credited, and is withdrawn. See `IMarketFunds`.
abstract contract MarketFunds is IMarketFunds, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint16 internal constant BPS = 10_000;

    /// @inheritdoc IMarketFunds
    IERC20 public immutable token;
    /// @inheritdoc IMarketFunds
    IProtocolParameters public immutable parameters;

    /// @inheritdoc IMarketFunds
    mapping(address account => uint256) public credit;

    constructor(IERC20 token_, IProtocolParameters parameters_) {
        if (address(token_).code.length == 0) revert Market_TokenInvalid(address(token_));
        if (address(parameters_) == address(0)) revert Market_AddressZero();
        (token, parameters) = (token_, parameters_);
    }

    /// @inheritdoc IMarketFunds
    function withdraw(address account) external nonReentrant returns (uint256 amount) {
        amount = credit[account];
        if (amount == 0) revert Market_NothingToWithdraw(account);
        credit[account] = 0;
        emit CreditWithdrawn(account, amount);
        token.safeTransfer(account, amount);
    }

    /// @inheritdoc IMarketFunds
    function permit(uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // Whoever sees the permit can submit it first; then it fails here, but its allowance is there already.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), value, deadline, v, r, s) {}
            catch {}
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Takes exactly `amount` from `payer`.
    function _pull(address payer, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(payer, address(this), amount);
        uint256 held = token.balanceOf(address(this));
        // Nor must a token that takes more than it moves end in a panic.
        uint256 received = held > before ? held - before : 0;
        if (received != amount) revert Market_FundingMismatch(amount, received);
    }

    function _credit(address account, uint256 amount) internal {
        if (amount > 0) credit[account] += amount;
    }

    /// The treasury's part of `price`.
    function _fee(uint256 price, uint16 feeBps) internal pure returns (uint256) {
        return price * feeBps / BPS;
    }
}
