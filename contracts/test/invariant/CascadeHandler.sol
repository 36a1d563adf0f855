// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ArtGallery} from "../../src/ArtGallery.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {Generation} from "../../src/types/Art.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {Base} from "../utils/Base.sol";

/// What the handler needs to know of the test's world.
struct World {
    HookedToken token;
    ArtGallery gallery;
    RoyaltySplitter ofModel;
    uint256 model;
    uint256 researcherKey;
    uint16 feeBps;
    address[] owners;
    uint128[] payouts;
    bytes32[][] proofs;
}

/// Mints and sells pieces, pays royalties at every level, and releases at random: art, model, owners. Its books say
/// what came into each splitter and what left it.
contract CascadeHandler is Base {
    /// What the books say of one splitter.
    struct Book {
        uint256 reserved;
        uint256 received;
        uint256 toPayees;
        uint256 toCreator;
        uint16 payeesBps;
        address creator;
    }

    uint256 private constant MOST = 16;

    World private _world;
    address[2] public artists;

    /// The model's splitter, then the pieces'.
    address[] public splitters;
    mapping(address => Book) private _books;
    uint256[] public pieces;
    mapping(uint256 => bool) public sold;

    // The books: all that was ever paid, to whom it went in the end.
    uint256 public paid;
    uint256 public fees;
    mapping(address => uint256) public paidTo;

    constructor(World memory world) {
        _world = world;
        artists = [address(0xa1), address(0xa2)];
        splitters.push(address(world.ofModel));
        _books[address(world.ofModel)].payeesBps = world.ofModel.split().payeesBps;
        _books[address(world.ofModel)].creator = world.ofModel.split().creator;
    }

    function splitterCount() external view returns (uint256) {
        return splitters.length;
    }

    function pieceCount() external view returns (uint256) {
        return pieces.length;
    }

    function book(address splitter) external view returns (Book memory) {
        return _books[splitter];
    }

    // ------------------------------------------------------------------------------------------------- honest

    function mintPiece(uint256 seed, bool second) external {
        if (pieces.length == MOST) return;
        Generation memory made = Generation({
            model: _world.model,
            prompt: keccak256("prompt"),
            seed: keccak256(abi.encode(seed)),
            output: keccak256(abi.encode("output", pieces.length)),
            metadata: keccak256("metadata"),
            artist: artists[second ? 1 : 0],
            // Few different parts, so that some pieces share a splitter.
            modelBps: uint16(1 + (seed % 3) * 4999),
            royaltyBps: 500
        });
        bytes memory signature = ecdsa(_world.researcherKey, _world.gallery.generationDigest(made));
        vm.prank(made.artist);
        uint256 id = _world.gallery.mint(made, signature);
        pieces.push(id);
        address splitter = _world.gallery.deploySplitter(id);
        if (_books[splitter].payeesBps == 0) {
            splitters.push(splitter);
            (_books[splitter].payeesBps, _books[splitter].creator) = (made.modelBps, made.artist);
        }
    }

    function sell(uint256 pick, uint128 price, uint256 who) external {
        if (pieces.length == 0) return;
        uint256 id = pieces[pick % pieces.length];
        price = uint128(bound(price, 1, 1e30));
        address artist = _world.gallery.piece(id).generation.artist;
        address buyer = _fund(who, address(_world.gallery), price);
        vm.prank(artist);
        try _world.gallery.setPrice(id, price) {
            assertTrue(!sold[id], "priced after it was sold");
        } catch {
            assertTrue(sold[id], "an artist could not set its price");
        }
        vm.prank(buyer);
        try _world.gallery.buy(id, price) {
            assertTrue(!sold[id], "sold twice as new");
            sold[id] = true;
            uint256 fee = uint256(price) * _world.feeBps / 10_000;
            fees += fee;
            paid += price;
            _books[_world.gallery.splitterOf(id)].received += price - fee;
        } catch {
            assertTrue(sold[id], "an honest sale failed");
            _giveBack(buyer, price);
        }
    }

    /// A royalty comes in, by a plain transfer.
    function payRoyalty(uint256 pick, uint128 amount) external {
        address splitter = splitters[pick % splitters.length];
        amount = uint128(bound(amount, 1, 1e30));
        _world.token.mint(splitter, amount);
        _books[splitter].received += amount;
        paid += amount;
    }

    /// Money for the payees alone comes in.
    function fundPayees(uint256 pick, uint128 amount, uint256 who) external {
        address splitter = splitters[pick % splitters.length];
        amount = uint128(bound(amount, 1, 1e30));
        address payer = _fund(who, splitter, amount);
        vm.prank(payer);
        RoyaltySplitter(splitter).fundPayees(amount);
        _books[splitter].received += amount;
        _books[splitter].reserved += amount;
        paid += amount;
    }

    function releaseCreator(uint256 pick) external {
        address splitter = splitters[pick % splitters.length];
        Book storage state = _books[splitter];
        uint256 due = state.received - _part(state) - state.toCreator;
        try RoyaltySplitter(splitter).releaseCreator() returns (uint256 amount) {
            assertEq(amount, due, "the creator's");
            state.toCreator += amount;
            paidTo[state.creator] += amount;
        } catch {
            assertEq(due, 0, "an honest release failed");
        }
    }

    /// From a piece's splitter to the model's.
    function releaseToModel(uint256 pick) external {
        if (splitters.length == 1) return;
        address splitter = splitters[1 + pick % (splitters.length - 1)];
        Book storage state = _books[splitter];
        uint256 due = _part(state) - state.toPayees;
        address model = splitters[0];
        try RoyaltySplitter(splitter).release(model, 1, new bytes32[](0)) returns (uint256 amount) {
            assertEq(amount, due, "the model's");
            state.toPayees += amount;
            _books[model].received += amount;
        } catch {
            assertEq(due, 0, "an honest release failed");
        }
    }

    /// From the model's splitter to an owner.
    function releaseToOwner(uint256 pick) external {
        uint256 i = pick % _world.owners.length;
        address owner = _world.owners[i];
        Book storage state = _books[splitters[0]];
        uint256 due = _part(state) * _world.payouts[i] / _total() - paidTo[owner];
        try _world.ofModel.release(owner, _world.payouts[i], _world.proofs[i]) returns (uint256 amount) {
            assertEq(amount, due, "the owner's");
            state.toPayees += amount;
            paidTo[owner] += amount;
        } catch {
            assertEq(due, 0, "an honest release failed");
        }
    }

    // ------------------------------------------------------------------------------------------------- cheats

    /// Another's proof, another word, another's splitter.
    function cheat(uint256 pick, uint256 i, uint256 j, uint128 word) external {
        (i, j) = (i % _world.owners.length, j % _world.owners.length);
        RoyaltySplitter splitter = RoyaltySplitter(splitters[pick % splitters.length]);
        bool right = address(splitter) == splitters[0] && i == j;
        if (right) {
            if (word == _world.payouts[i]) return;
        } else {
            word = _world.payouts[i];
        }
        try splitter.release(_world.owners[i], word, _world.proofs[j]) {
            assertTrue(false, "released by a wrong proof");
        } catch {}
    }

    // ----------------------------------------------------------------------------------------------- internals

    /// What a failed purchase left with its buyer leaves the test's world.
    function _giveBack(address buyer, uint256 amount) private {
        vm.prank(buyer);
        _world.token.transfer(address(0xdead), amount);
    }

    function _part(Book storage state) private view returns (uint256) {
        return state.reserved + (state.received - state.reserved) * state.payeesBps / 10_000;
    }

    function _total() private view returns (uint256) {
        return _world.ofModel.split().total;
    }

    function _fund(uint256 who, address spender, uint256 amount) private returns (address buyer) {
        buyer = address(uint160(0xb000 + who % 4));
        _world.token.mint(buyer, amount);
        _world.token.approveFor(buyer, spender, amount);
    }
}
