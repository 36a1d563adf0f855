// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {SmartWallet} from "./SmartWallet.sol";

/// A wallet contract that does what it is told, receives ERC-1155 units, and, when it does, makes a call of the
/// test's choice or refuses them.
contract Holder is SmartWallet, ERC1155Holder {
    address private _target;
    bytes private _data;
    bool private _refusing;
    uint256 public calls;
    bool public succeeded;
    bytes public returned;

    constructor(address signer) SmartWallet(signer) {}

    function callOnReceipt(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function refuse() external {
        _refusing = true;
    }

    function execute(address target, bytes calldata data) external returns (bytes memory) {
        (bool done, bytes memory result) = target.call(data);
        require(done, string(result));
        return result;
    }

    function onERC1155Received(address, address, uint256, uint256, bytes memory)
        public
        override
        returns (bytes4)
    {
        require(!_refusing, "not wanted");
        if (_target != address(0)) {
            ++calls;
            (succeeded, returned) = _target.call(_data);
        }
        return IERC1155Receiver.onERC1155Received.selector;
    }
}
