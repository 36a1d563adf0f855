// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketAuctions} from "./IMarketAuctions.sol";
import {IMarketDelivery} from "./IMarketDelivery.sol";
import {IMarketFunds} from "./IMarketFunds.sol";
import {IMarketListings} from "./IMarketListings.sol";
import {IMarketLots} from "./IMarketLots.sol";

/// @title The market of models, pieces, licences and datasets: fixed prices, auctions, and keys against payment
/// @notice Nobody governs it: only the fee on what is offered from now on and the treasury's address come from
/// `IProtocolParameters`.
interface IMarketplace is IMarketFunds, IMarketLots, IMarketListings, IMarketAuctions, IMarketDelivery {}
