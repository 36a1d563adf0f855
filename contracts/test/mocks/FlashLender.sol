// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

interface IFlashBorrower {
    function onLoan(uint256 amount) external;
}

/// Lends all that it has for as long as a call takes.
contract FlashLender {
    IERC20 private immutable TOKEN;

    constructor(IERC20 token) {
        TOKEN = token;
    }

    function lend(uint256 amount) external {
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.transfer(msg.sender, amount);
        IFlashBorrower(msg.sender).onLoan(amount);
        require(TOKEN.balanceOf(address(this)) == before, "not paid back");
    }
}
