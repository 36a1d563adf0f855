// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A hostile token: on every transfer it makes a call of the test's choice, and keeps a fee.
contract HookedToken is ERC20 {
    address public target;
    bytes public payload;
    uint256 public fee;
    uint256 public calls;
    bool public succeeded;
    bytes public returned;

    constructor() ERC20("Hooked", "HOOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function approveFor(address owner, address spender, uint256 amount) external {
        _approve(owner, spender, amount);
    }

    function callOnTransfer(address target_, bytes calldata payload_) external {
        (target, payload) = (target_, payload_);
    }

    function takeFee(uint256 fee_) external {
        fee = fee_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (fee > 0 && from != address(0) && to != address(0)) super._update(to, address(0xfee), fee);
        if (target != address(0)) {
            ++calls;
            (succeeded, returned) = target.call(payload);
        }
    }
}
