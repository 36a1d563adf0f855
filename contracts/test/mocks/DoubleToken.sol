// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// A payment token that says of itself that it is an ERC-721 collection: its amounts are piece numbers.
contract DoubleToken is ERC20, IERC165 {
    address private immutable MAKER = msg.sender;

    constructor() ERC20("Double", "DOUBLE") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// Everything is its maker's.
    function ownerOf(uint256) external view returns (address) {
        return MAKER;
    }

    function getApproved(uint256) external view returns (address) {
        return msg.sender;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IERC721).interfaceId;
    }
}
