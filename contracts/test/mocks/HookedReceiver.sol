// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

/// A contract that acts for the test, and when it receives a token calls whom the test wants, or refuses.
contract HookedReceiver is IERC721Receiver, IERC1155Receiver {
    bool public refusing;
    bool public burning;
    address public target;
    bytes public payload;
    uint256 public calls;
    bool public succeeded;
    bytes public returned;

    function act(address to, bytes calldata data) external returns (bytes memory result) {
        bool done;
        (done, result) = to.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    function refuse(bool refusing_) external {
        refusing = refusing_;
    }

    function burnGas(bool burning_) external {
        burning = burning_;
    }

    function callOnReceipt(address target_, bytes calldata payload_) external {
        (target, payload) = (target_, payload_);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        _hook();
        return IERC721Receiver.onERC721Received.selector;
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        _hook();
        return IERC1155Receiver.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        returns (bytes4)
    {
        _hook();
        return IERC1155Receiver.onERC1155BatchReceived.selector;
    }

    function supportsInterface(bytes4) external pure returns (bool) {
        return true;
    }

    function _hook() private {
        if (refusing) revert("not wanted");
        while (burning) {}
        if (target == address(0)) return;
        ++calls;
        (succeeded, returned) = target.call(payload);
    }
}
