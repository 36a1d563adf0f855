// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Takes tokens in and says how many came
library TokenPull {
    using SafeERC20 for IERC20;

    /// @notice Moves `amount` from an account that approved it to this contract.
    /// @return received What this contract's balance grew by: another number than `amount` if the token takes fees.
    function pull(IERC20 token, address from, uint256 amount) internal returns (uint256 received) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        // A token that takes more than it moves must not end in a panic.
        uint256 held = token.balanceOf(address(this));
        return held > before ? held - before : 0;
    }
}
