// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";

/// ERC-721 with royalties, as they should be.
contract Pieces is ERC721, ERC2981 {
    constructor(address royaltyReceiver, uint96 royaltyBps) ERC721("Pieces", "PIECE") {
        _setDefaultRoyalty(royaltyReceiver, royaltyBps);
    }

    function mint(address to, uint256 id) external {
        _mint(to, id);
    }

    function burn(uint256 id) external {
        _burn(id);
    }

    function setRoyalty(address receiver, uint96 bps) external {
        _setDefaultRoyalty(receiver, bps);
    }

    function supportsInterface(bytes4 id) public view override(ERC721, ERC2981) returns (bool) {
        return super.supportsInterface(id);
    }
}

/// ERC-721 without royalties.
contract PlainPieces is ERC721 {
    constructor() ERC721("Plain", "PLAIN") {}

    function mint(address to, uint256 id) external {
        _mint(to, id);
    }
}

/// ERC-1155 with royalties, as they should be.
contract Editions is ERC1155, ERC2981 {
    constructor(address royaltyReceiver, uint96 royaltyBps) ERC1155("") {
        _setDefaultRoyalty(royaltyReceiver, royaltyBps);
    }

    function mint(address to, uint256 id, uint256 units) external {
        _mint(to, id, units, "");
    }

    function supportsInterface(bytes4 id) public view override(ERC1155, ERC2981) returns (bool) {
        return super.supportsInterface(id);
    }
}
