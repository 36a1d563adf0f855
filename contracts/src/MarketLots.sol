// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {MarketFunds} from "./MarketFunds.sol";
import {IMarketLots} from "./interfaces/IMarketLots.sol";
import {IMarketplace} from "./interfaces/IMarketplace.sol";
import {Asset, AssetKind, KeyTerms, Lot, LotStatus} from "./types/Market.sol";

/// @title Lots: their assets, their shares, and how they end
abstract contract MarketLots is IMarketplace, MarketFunds {
    /// What `royaltyInfo` may use: several times what a stored or computed receiver takes.
    uint256 private constant ROYALTY_GAS = 100_000;
    /// What handing an asset over may use: several times what known collections and wallets take. Who needs more
    /// collects it.
    uint256 private constant HANDOVER_GAS = 500_000;
    /// The price at which a collection is asked for its rate when a lot is offered.
    uint256 private constant SAMPLE_PRICE = 1e18;
    uint32 private constant MIN_KEY_TIME = 1 hours;
    uint32 private constant MAX_KEY_TIME = 30 days;

    /// @inheritdoc IMarketLots
    uint256 public lotCount;
    /// @inheritdoc IMarketLots
    mapping(uint256 id => address) public uncollected;

    mapping(uint256 id => Lot) internal _lots;
    /// The listing that stands for a token: of an ERC-721 token one at most, of an ERC-1155 token one a seller.
    mapping(bytes32 tokenKey => uint256 id) internal _listingOf;

    // ------------------------------------------------------------------------------------------------ actions

    /// @inheritdoc IMarketLots
    function collect(uint256 id, address to) external nonReentrant {
        if (to == address(0)) revert Market_AddressZero();
        address owner = uncollected[id];
        if (owner == address(0) || msg.sender != owner) revert Marketplace_NothingToCollect(id, msg.sender);
        delete uncollected[id];
        emit AssetCollected(id, owner, to);
        _move(_lots[id], address(this), to);
    }

    /// @notice Part of `_release`: a call of its own, so that all of it can fail without the rest. Only the market
    /// itself may call it.
    function handOver(uint256 id, address to) external {
        if (msg.sender != address(this)) revert Marketplace_OnlySelf(msg.sender);
        _move(_lots[id], address(this), to);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IMarketLots
    function lot(uint256 id) external view returns (Lot memory) {
        return _lots[id];
    }

    /// @inheritdoc IMarketLots
    function shares(uint256 id)
        public
        view
        returns (uint256 proceeds, uint256 royalty, address royaltyReceiver, uint256 fee)
    {
        Lot storage it = _lots[id];
        uint256 price = it.price;
        fee = _fee(price, it.feeBps);
        (royaltyReceiver, royalty) = _royalty(it.collection, it.tokenId, price);
        uint256 limit = price * it.royaltyBps / BPS;
        if (royalty > limit) royalty = limit;
        if (royalty > price - fee) royalty = price - fee;
        proceeds = price - fee - royalty;
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Writes what every new lot has. Refuses terms that its seller would not accept.
    function _open(
        Asset calldata asset,
        uint128 price,
        uint16 maxFeeBps,
        uint16 maxRoyaltyBps,
        KeyTerms calldata key
    ) internal returns (uint256 id, Lot storage it) {
        if (price == 0) revert Market_AmountZero();
        _requireKeyTermsValid(key);
        uint16 feeBps = parameters.saleFeeBps();
        if (feeBps > maxFeeBps) revert Marketplace_FeeAboveMaximum(feeBps, maxFeeBps);
        uint16 royaltyBps = _royaltyRate(asset.collection, asset.tokenId);
        if (royaltyBps > maxRoyaltyBps) revert Marketplace_RoyaltyAboveMaximum(royaltyBps, maxRoyaltyBps);

        id = ++lotCount;
        it = _lots[id];
        it.seller = msg.sender;
        it.kind = _kindOf(asset);
        (it.feeBps, it.royaltyBps, it.deliverWithin) = (feeBps, royaltyBps, key.deliverWithin);
        it.collection = asset.collection;
        it.tokenId = asset.tokenId;
        (it.units, it.price) = (asset.units, price);
        if (key.arbiter != address(0)) (it.reviewWithin, it.arbiter) = (key.reviewWithin, key.arbiter);
    }

    /// Shares the price out and says so. The asset is the caller's to move.
    function _sell(uint256 id, Lot storage it) internal {
        (uint256 proceeds, uint256 royalty, address royaltyReceiver, uint256 fee) = shares(id);
        address treasury = parameters.treasury();
        it.status = LotStatus.Sold;
        _credit(it.seller, proceeds);
        _credit(royaltyReceiver, royalty);
        _credit(treasury, fee);
        emit LotSold(id, it.seller, it.buyer, it.price, proceeds, royalty, royaltyReceiver, fee, treasury);
    }

    /// Gives an asset out of the market's hands. If that fails, its owner collects it; nothing else waits for it.
    function _release(uint256 id, address to) internal {
        _requireGas(HANDOVER_GAS);
        try this.handOver{gas: HANDOVER_GAS}(id, to) {}
        catch {
            uncollected[id] = to;
            emit AssetUncollected(id, to);
        }
    }

    /// Moves a lot's asset, and looks whether it moved. ERC-721 by `transferFrom`: a receiver must not be able to
    /// refuse. ERC-1155 knows no such thing.
    function _move(Lot storage it, address from, address to) internal {
        (address collection, uint256 tokenId) = (it.collection, it.tokenId);
        bool moved;
        if (it.kind == AssetKind.ERC721) {
            // forge-lint: disable-next-line(erc20-unchecked-transfer)
            IERC721(collection).transferFrom(from, to, tokenId); // ERC-721's, which returns nothing
            moved = IERC721(collection).ownerOf(tokenId) == to;
        } else {
            uint256 before = IERC1155(collection).balanceOf(to, tokenId);
            IERC1155(collection).safeTransferFrom(from, to, tokenId, it.units, "");
            moved = IERC1155(collection).balanceOf(to, tokenId) == before + it.units;
        }
        if (!moved) revert Marketplace_AssetNotMoved(collection, tokenId, to);
    }

    /// Ends a listing of the lot's token, if there is one, in favour of `by` (0: of none).
    function _replaceListing(Lot storage it, uint256 by) internal {
        _listingOf[_tokenKey(it)] = by;
    }

    function _tokenKey(Lot storage it) internal view returns (bytes32) {
        address seller = it.kind == AssetKind.ERC721 ? address(0) : it.seller;
        return keccak256(abi.encode(it.collection, it.tokenId, seller));
    }

    /// Whether the lot's seller still has its asset.
    function _owns(Lot storage it) internal view returns (bool) {
        if (it.kind == AssetKind.ERC1155) {
            return IERC1155(it.collection).balanceOf(it.seller, it.tokenId) >= it.units;
        }
        // It reverts for a token that was burnt.
        try IERC721(it.collection).ownerOf(it.tokenId) returns (address owner) {
            return owner == it.seller;
        } catch {
            return false;
        }
    }

    function _requireOwned(Lot storage it) internal view {
        if (!_owns(it)) revert Marketplace_NotOwner(it.collection, it.tokenId, it.seller);
    }

    function _requireIn(uint256 id, LotStatus expected) internal view returns (Lot storage it) {
        it = _lots[id];
        if (it.status != expected) revert Marketplace_LotNotIn(id, expected, it.status);
    }

    function _requireSeller(uint256 id, Lot storage it) internal view {
        if (msg.sender != it.seller) revert Marketplace_NotSeller(id, msg.sender, it.seller);
    }

    /// Who buys: not the seller, and with a key to seal to where there is one to come.
    function _requireBuyer(uint256 id, Lot storage it, address buyer, bytes32 buyerKey) internal view {
        if (buyer == it.seller) revert Marketplace_OwnLot(id);
        // It would rule on its own rejection of a key that it has.
        if (it.deliverWithin != 0 && buyer == it.arbiter) revert Marketplace_ArbiterBuys(id, buyer);
        if ((buyerKey == 0) != (it.deliverWithin == 0)) revert Marketplace_BuyerKeyInvalid(id, buyerKey);
    }

    function _requireKeyTermsValid(KeyTerms calldata key) private view {
        bool valid;
        if (key.deliverWithin == 0) {
            valid = key.reviewWithin == 0 && key.arbiter == address(0);
        } else {
            valid = _isKeyTime(key.deliverWithin) && key.arbiter != msg.sender
                && (key.arbiter == address(0) ? key.reviewWithin == 0 : _isKeyTime(key.reviewWithin));
        }
        if (!valid) revert Marketplace_KeyTermsInvalid(key.deliverWithin, key.reviewWithin, key.arbiter);
    }

    function _isKeyTime(uint32 time) private pure returns (bool) {
        return time >= MIN_KEY_TIME && time <= MAX_KEY_TIME;
    }

    function _kindOf(Asset calldata asset) private view returns (AssetKind kind) {
        address collection = asset.collection;
        // A token that also calls itself ERC-721 must not let an asset's way out be the money's.
        if (collection == address(token)) revert Marketplace_CollectionUnsupported(collection);
        bool single = ERC165Checker.supportsInterface(collection, type(IERC721).interfaceId);
        bool multi = ERC165Checker.supportsInterface(collection, type(IERC1155).interfaceId);
        if (single == multi) revert Marketplace_CollectionUnsupported(collection);
        kind = single ? AssetKind.ERC721 : AssetKind.ERC1155;
        if (single ? asset.units != 1 : asset.units == 0) revert Marketplace_UnitsInvalid(kind, asset.units);
    }

    /// The collection's royalty in 1/10,000, rounded up; at most all.
    function _royaltyRate(address collection, uint256 tokenId) private view returns (uint16) {
        (, uint256 royalty) = _royalty(collection, tokenId, SAMPLE_PRICE);
        if (royalty >= SAMPLE_PRICE) return BPS;
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint16((royalty * BPS + SAMPLE_PRICE - 1) / SAMPLE_PRICE); // at most BPS
    }

    /// What ERC-2981 says. None if the call fails or gives no address: it got the gas it needs, so that is the
    /// collection's doing and not the caller's. Two words are read and no more, however much comes back.
    function _royalty(address collection, uint256 tokenId, uint256 price)
        private
        view
        returns (address receiver, uint256 royalty)
    {
        _requireGas(ROYALTY_GAS);
        bytes memory data = abi.encodeCall(IERC2981.royaltyInfo, (tokenId, price));
        bool answered;
        uint256 word;
        assembly ("memory-safe") {
            answered := staticcall(ROYALTY_GAS, collection, add(data, 0x20), mload(data), 0x00, 0x40)
            answered := and(answered, gt(returndatasize(), 0x3f))
            word := mload(0x00)
            royalty := mload(0x20)
        }
        if (!answered || word == 0 || word > type(uint160).max) return (address(0), 0);
        // forge-lint: disable-next-line(unsafe-typecast)
        receiver = address(uint160(word)); // it fits: see above
    }

    /// So much that a call can be given `needed` (EIP-150 keeps back one part in 64), and something is left after it.
    function _requireGas(uint256 needed) private view {
        uint256 floor = needed + needed / 63 + 30_000;
        if (gasleft() < floor) revert Marketplace_GasTooLow(gasleft(), floor);
    }
}
