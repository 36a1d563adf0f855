// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";

/// @title Balances that know whether their holder has a delegate
/// @notice OpenZeppelin's ERC20Votes looks up both accounts' delegates at every transfer, although most have none. Here
/// the answer lies beside the balance, in a slot that a transfer reads anyway, which saves two cold reads (EIP-2929).
/// @dev Balances and supply are kept here in place of the base's, which are private and stay empty; checks, errors,
/// events and the accounting of votes are the base's own.
abstract contract VotingBalances is ERC20Votes {
    /// Twice the balance, and one more if the account has a delegate.
    mapping(address account => uint256) private _words;

    /// Never above `_maxSupply`, so that twice of it fits a word.
    uint256 private _supply;

    /// @inheritdoc ERC20
    function totalSupply() public view virtual override returns (uint256) {
        return _supply;
    }

    /// @inheritdoc ERC20
    function balanceOf(address account) public view virtual override returns (uint256) {
        return _words[account] >> 1;
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// @inheritdoc Votes
    function _delegate(address account, address delegatee) internal virtual override {
        super._delegate(account, delegatee);
        uint256 word = _words[account] & ~uint256(1);
        _words[account] = delegatee == address(0) ? word : word | 1;
    }

    /// @dev Does not call the base's, which would keep balances of its own.
    function _update(address from, address to, uint256 value) internal virtual override {
        // Minting and burning move votes as well: those that there are in all.
        bool votesMove = from == address(0) || to == address(0);
        if (from == address(0)) {
            _grow(value);
        } else {
            uint256 word = _words[from];
            if (word >> 1 < value) revert ERC20InsufficientBalance(from, word >> 1, value);
            unchecked {
                _words[from] = word - (value << 1);
            }
            votesMove = votesMove || word & 1 != 0;
        }
        unchecked {
            if (to == address(0)) {
                _supply -= value;
            } else {
                // No balance is above the supply, which the value is part of.
                uint256 word = _words[to] + (value << 1);
                _words[to] = word;
                votesMove = votesMove || word & 1 != 0;
            }
        }
        emit Transfer(from, to, value);
        if (votesMove) _transferVotingUnits(from, to, value);
    }

    function _grow(uint256 value) private {
        (uint256 supply, uint256 cap) = (_supply + value, _maxSupply());
        if (supply > cap) revert ERC20ExceededSafeSupply(supply, cap);
        _supply = supply;
    }
}
