// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token that takes from anybody's balance, as one that rebases downwards does.
contract ShrinkingToken is ERC20 {
    constructor() ERC20("Shrinking", "SHRINK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function shrink(address account, uint256 amount) external {
        _burn(account, amount);
    }

    /// Takes twice what it moves.
    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        super.transferFrom(from, to, value);
        uint256 more = balanceOf(to) < 2 * value ? balanceOf(to) : 2 * value;
        _burn(to, more);
        return true;
    }
}
