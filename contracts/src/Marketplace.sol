// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {MarketAuctions} from "./MarketAuctions.sol";
import {MarketFunds} from "./MarketFunds.sol";
import {MarketListings} from "./MarketListings.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";

/// @title Marketplace
/// @notice See `IMarketplace`. Several calls can go in one transaction (`multicall`).
contract Marketplace is MarketListings, MarketAuctions, Multicall, IERC1155Receiver {
    /// @param token_ What is paid in; it must move exactly the amounts it is asked to.
    /// @param parameters_ Where the sale fee and the treasury come from.
    constructor(IERC20 token_, IProtocolParameters parameters_)
        EIP712("Tributary", "1")
        MarketFunds(token_, parameters_)
    {}

    /// @notice Takes ERC-1155 units that the market itself fetches, and no others: those would have no way out.
    function onERC1155Received(address operator, address, uint256, uint256, bytes calldata)
        external
        view
        returns (bytes4)
    {
        if (operator != address(this)) revert Marketplace_AssetUnsolicited(msg.sender, operator);
        return IERC1155Receiver.onERC1155Received.selector;
    }

    /// @notice The market never fetches batches.
    function onERC1155BatchReceived(
        address operator,
        address,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external view returns (bytes4) {
        revert Marketplace_AssetUnsolicited(msg.sender, operator);
    }

    /// @notice ERC-165.
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC1155Receiver).interfaceId;
    }
}
