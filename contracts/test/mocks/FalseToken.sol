// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token that says false instead of reverting, and moves nothing, once it is told to.
contract FalseToken is ERC20 {
    bool public lying;

    constructor() ERC20("False", "FALSE") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function lie(bool lying_) external {
        lying = lying_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return lying ? false : super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return lying ? false : super.transferFrom(from, to, value);
    }
}
