// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";

enum Royalties {
    Honest,
    AbovePrice,
    Everything,
    Reverting,
    BurningGas,
    Bomb,
    OneWord,
    NoAddress,
    WideAddress
}

enum Transfers {
    Honest,
    /// Says nothing and moves nothing.
    Lying,
    Reverting,
    BurningGas,
    /// Fails with a megabyte of reasons.
    Bomb
}

/// Answers `royaltyInfo` as badly as the test wants.
abstract contract HostileRoyalties {
    address private constant RECEIVER = address(0x0ddba11);

    Royalties public royalties;

    function setRoyalties(Royalties royalties_) external {
        royalties = royalties_;
    }

    function royaltyInfo(uint256, uint256 price) external view returns (address, uint256) {
        if (royalties == Royalties.AbovePrice) return (RECEIVER, price * 3);
        if (royalties == Royalties.Everything) return (RECEIVER, type(uint256).max);
        if (royalties == Royalties.Reverting) revert("no royalty today");
        if (royalties == Royalties.BurningGas) {
            while (true) {}
        }
        if (royalties == Royalties.NoAddress) return (address(0), price / 10);
        bool bomb = royalties == Royalties.Bomb;
        bool oneWord = royalties == Royalties.OneWord;
        bool wide = royalties == Royalties.WideAddress;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, 0x0ddba11)
            mstore(add(at, 0x20), div(price, 10))
            if wide { mstore(at, shl(160, 1)) }
            if bomb { return(at, 10000) }
            if or(oneWord, wide) { return(at, add(0x20, mul(wide, 0x20))) }
        }
        return (RECEIVER, price / 10);
    }
}

/// An ERC-721 collection that does what the test wants when it is to move something, and calls back.
contract HostilePieces is ERC721, HostileRoyalties {
    Transfers public transfers;
    /// Only transfers from here are hostile; 0: all.
    address public only;
    address public target;
    bytes public payload;
    uint256 public calls;
    bool public succeeded;
    bytes public returned;

    constructor() ERC721("Hostile", "HOSTILE") {}

    function mint(address to, uint256 id) external {
        _mint(to, id);
    }

    /// Takes any token from anybody.
    function seize(address to, uint256 id) external {
        _transfer(ownerOf(id), to, id);
    }

    function setTransfers(Transfers transfers_, address only_) external {
        (transfers, only) = (transfers_, only_);
    }

    function callOnTransfer(address target_, bytes calldata payload_) external {
        (target, payload) = (target_, payload_);
    }

    function transferFrom(address from, address to, uint256 id) public override {
        if (target != address(0)) {
            ++calls;
            (succeeded, returned) = target.call(payload);
        }
        if (only != address(0) && from != only) return super.transferFrom(from, to, id);
        if (transfers == Transfers.Lying) return;
        if (transfers == Transfers.Reverting) revert("it stays here");
        if (transfers == Transfers.BurningGas) {
            while (true) {}
        }
        if (transfers == Transfers.Bomb) {
            assembly ("memory-safe") {
                revert(mload(0x40), 1000000)
            }
        }
        super.transferFrom(from, to, id);
    }

    function supportsInterface(bytes4 id) public view override returns (bool) {
        return id == type(IERC2981).interfaceId || super.supportsInterface(id);
    }
}

/// An ERC-1155 collection that moves nothing, or half.
contract HostileEditions is ERC1155, HostileRoyalties {
    Transfers public transfers;
    uint256 public kept;

    constructor() ERC1155("") {}

    function mint(address to, uint256 id, uint256 units) external {
        _mint(to, id, units, "");
    }

    function setTransfers(Transfers transfers_, uint256 kept_) external {
        (transfers, kept) = (transfers_, kept_);
    }

    function safeTransferFrom(address from, address to, uint256 id, uint256 units, bytes memory data)
        public
        override
    {
        if (transfers == Transfers.Lying) return;
        super.safeTransferFrom(from, to, id, units - kept, data);
    }
}

/// Says that it is both kinds, or neither.
contract TwoFaced is ERC721 {
    bool private immutable BOTH;

    constructor(bool both) ERC721("Two", "FACED") {
        BOTH = both;
    }

    function mint(address to, uint256 id) external {
        _mint(to, id);
    }

    function supportsInterface(bytes4 id) public view override returns (bool) {
        if (id == 0x80ac58cd || id == 0xd9b67a26) return BOTH;
        return super.supportsInterface(id);
    }
}
