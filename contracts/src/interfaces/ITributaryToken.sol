// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

/// @title The token that studies are paid in and that votes in Tributary's governance
/// @notice ERC-20 with 18 decimals, ERC-2612 permits and ERC-5805 votes counted by timestamp (ERC-6372).
interface ITributaryToken is IERC20, IERC20Permit, IERC5805 {
    /// @notice Creates `amount` tokens for `to`. Only the owner of the contract may call it.
    function mint(address to, uint256 amount) external;
}
