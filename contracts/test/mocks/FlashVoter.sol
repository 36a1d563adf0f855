// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TributaryToken} from "../../src/TributaryToken.sol";
import {FlashLender, IFlashBorrower} from "./FlashLender.sol";

/// Borrows votes, makes one call with them, and gives them back, all in one transaction.
contract FlashVoter is IFlashBorrower {
    TributaryToken private immutable TOKEN;
    FlashLender private immutable LENDER;
    address private _target;
    bytes private _data;
    bool public succeeded;
    bytes public returned;
    uint256 public votesInHand;

    constructor(TributaryToken token, FlashLender lender) {
        (TOKEN, LENDER) = (token, lender);
        token.delegate(address(this));
    }

    function attack(uint256 amount, address target, bytes calldata data) external {
        (_target, _data) = (target, data);
        LENDER.lend(amount);
    }

    function onLoan(uint256 amount) external {
        votesInHand = TOKEN.getVotes(address(this));
        (succeeded, returned) = _target.call(_data);
        TOKEN.transfer(address(LENDER), amount);
    }
}
