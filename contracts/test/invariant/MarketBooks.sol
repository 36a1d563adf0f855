// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Marketplace} from "../../src/Marketplace.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {Asset, KeyTerms, Lot, LotStatus} from "../../src/types/Market.sol";
import {Editions, Pieces} from "../mocks/Collections.sol";
import {HookedReceiver} from "../mocks/HookedReceiver.sol";
import {Base} from "../utils/Base.sol";

/// People, pieces and units, and books of who owns what and what was paid, kept beside the market's.
abstract contract MarketBooks is Base {
    uint256 internal constant PIECES = 4;
    uint256 internal constant EDITION = 3;
    uint256 internal constant MAX_LOTS = 14;
    bytes32 internal constant KEY = keccak256("a buyer's key");

    TributaryToken public immutable token;
    ProtocolParameters public immutable parameters;
    Marketplace public immutable market;
    Pieces public immutable pieces;
    Editions public immutable editions;
    /// The last of the actors: a contract that refuses units at times.
    HookedReceiver public immutable wallet;

    address public creator = vm.addr(uint256(keccak256("creator")));
    address public treasury = vm.addr(uint256(keccak256("treasury")));
    address public arbiter = vm.addr(uint256(keccak256("arbiter")));
    address[] public actors;

    // The books.
    uint256 public paidIn;
    uint256 public paidOut;
    mapping(uint256 piece => address) public ownerOf;
    mapping(address => uint256) public unitsOf;
    uint256 public sales;
    uint256 public refunds;
    uint256 public outbids;

    constructor() {
        vm.warp(1_800_000_000);
        token = new TributaryToken(address(this), address(this), type(uint128).max);
        parameters = new ProtocolParameters(address(this), treasury, 0, 250, new bytes32[](0));
        market = new Marketplace(token, parameters);
        pieces = new Pieces(creator, 500);
        editions = new Editions(creator, 700);
        wallet = new HookedReceiver();
        for (uint256 i = 0; i < 4; ++i) {
            address actor = i == 3 ? address(wallet) : vm.addr(uint256(keccak256(abi.encode("actor", i))));
            actors.push(actor);
            token.transfer(actor, 1e30);
            vm.prank(actor);
            token.approve(address(market), type(uint256).max);
            pieces.mint(actor, i);
            ownerOf[i] = actor;
            editions.mint(actor, EDITION, 20);
            unitsOf[actor] = 20;
            vm.prank(actor);
            editions.setApprovalForAll(address(market), true);
        }
    }

    function actorCount() external view returns (uint256) {
        return actors.length;
    }

    /// What everybody could withdraw.
    function credits() public view returns (uint256 sum) {
        sum = market.credit(creator) + market.credit(treasury);
        for (uint256 i = 0; i < actors.length; ++i) {
            sum += market.credit(actors[i]);
        }
    }

    /// Whether the market holds the asset of a lot, and its money, by the lot's state.
    function holds(uint256 id) public view returns (bool asset, uint256 money) {
        Lot memory lot = market.lot(id);
        bool sale = lot.status == LotStatus.AwaitingKey || lot.status == LotStatus.Delivered
            || lot.status == LotStatus.Disputed;
        bool auction = lot.status == LotStatus.Auctioned;
        asset = sale || auction || market.uncollected(id) != address(0);
        if (sale || (auction && lot.buyer != address(0))) money = lot.price;
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _actor(uint256 pick) internal view returns (address) {
        return actors[pick % actors.length];
    }

    /// Mostly a lot between two states, if there is one; at times any.
    function _lotIn(uint256 pick, LotStatus from, LotStatus to)
        internal
        view
        returns (uint256 id, Lot memory lot)
    {
        uint256 count = market.lotCount();
        if (count == 0) return (0, lot);
        for (uint256 i = 0; i < count; ++i) {
            id = 1 + addmod(pick, i, count);
            lot = market.lot(id);
            if (pick % 8 == 0 || (lot.status >= from && lot.status <= to)) return (id, lot);
        }
    }

    /// Mostly who is meant, at times anybody.
    function _mostly(address who, uint256 pick) internal view returns (address) {
        return pick % 4 == 0 ? _actor(pick / 4) : who;
    }

    /// Mostly who owns the asset.
    function _offerer(Asset memory it, uint256 pick) internal view returns (address) {
        if (it.collection == address(editions)) return _actor(pick);
        address owner = ownerOf[it.tokenId];
        return owner == address(market) ? _actor(pick) : _mostly(owner, pick);
    }

    /// One of the pieces, or some of the actor's units.
    function _asset(uint256 pick, uint256 units) internal view returns (Asset memory it) {
        if (pick % (PIECES + 1) == PIECES) return Asset(address(editions), EDITION, uint128(1 + units % 9));
        return Asset(address(pieces), pick % (PIECES + 1), 1);
    }

    function _owns(address actor, Asset memory it) internal view returns (bool) {
        if (it.collection == address(editions)) return unitsOf[actor] >= it.units;
        return ownerOf[it.tokenId] == actor;
    }

    function _terms(uint256 pick) internal view returns (KeyTerms memory) {
        if (pick % 3 == 0) return KeyTerms(0, 0, address(0));
        if (pick % 3 == 1) return KeyTerms(1 days, 0, address(0));
        return KeyTerms(1 days, 2 days, arbiter);
    }

    /// Books that an asset went from one to another.
    function _move(Lot memory lot, address from, address to) internal {
        if (lot.collection == address(pieces)) {
            assertEq(ownerOf[lot.tokenId], from, "it was another's");
            ownerOf[lot.tokenId] = to;
        } else {
            unitsOf[from] -= lot.units;
            unitsOf[to] += lot.units;
        }
    }

    /// Books how a lot that the market held ended, from what the market says afterwards.
    function _ended(uint256 id, Lot memory before, uint256 creditsBefore) internal {
        Lot memory lot = market.lot(id);
        address to = lot.status == LotStatus.Sold ? lot.buyer : lot.seller;
        if (lot.status == LotStatus.Sold) {
            ++sales;
            assertEq(lot.buyer, before.buyer, "sold to who paid");
        }
        if (lot.status == LotStatus.Refunded) ++refunds;
        uint256 credited = lot.status == LotStatus.Withdrawn ? 0 : lot.price;
        assertEq(credits() - creditsBefore, credited, "all of the price is credited, and no more");
        bool refused = lot.collection == address(editions) && to == address(wallet) && wallet.refusing();
        assertEq(market.uncollected(id), refused ? to : address(0), "uncollected only if refused");
        if (!refused) _move(lot, address(market), to);
    }
}
