// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {VotingBalances} from "../../src/VotingBalances.sol";

/// OpenZeppelin's votes as they are, with everything open to everybody.
contract PlainVotes is ERC20Votes {
    constructor() ERC20("", "") EIP712("", "1") {}

    function update(address from, address to, uint256 value) external {
        _update(from, to, value);
    }

    function delegateFor(address account, address delegatee) external {
        _delegate(account, delegatee);
    }
}

/// The same over our balances.
contract LeanVotes is VotingBalances {
    constructor() ERC20("", "") EIP712("", "1") {}

    function update(address from, address to, uint256 value) external {
        _update(from, to, value);
    }

    function delegateFor(address account, address delegatee) external {
        _delegate(account, delegatee);
    }
}
