// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IProtocolParameters} from "./IProtocolParameters.sol";

/// @title The till of `Marketplace` and of `ConsentMarket`, each its own
/// @notice Every token that is paid in is held until it is credited to somebody, and every credit until it is withdrawn.
/// Nothing is ever sent where somebody could refuse it and so hold up others. Tokens that are sent to a till without a
/// call of its functions belong to nobody and stay.
interface IMarketFunds {
    event CreditWithdrawn(address indexed account, uint256 amount);

    error Market_TokenInvalid(address token);
    error Market_AddressZero();
    error Market_AmountZero();
    /// @notice The token moved another amount than asked: it takes fees, or rebases.
    error Market_FundingMismatch(uint256 expected, uint256 received);
    error Market_NothingToWithdraw(address account);

    /// @notice Pays an account all that is credited to it. Anybody may call it: the money goes to the account.
    /// @return amount Token units.
    function withdraw(address account) external returns (uint256 amount);

    /// @notice Lets the till take tokens from the caller by the caller's permit (ERC-2612), for use in `multicall`
    /// before what is paid. A permit that was submitted by somebody else already does no harm.
    function permit(uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice What is paid in.
    function token() external view returns (IERC20);

    /// @notice Where the sale fee and the treasury come from.
    function parameters() external view returns (IProtocolParameters);

    /// @notice Token units that `account` may withdraw.
    function credit(address account) external view returns (uint256);
}
