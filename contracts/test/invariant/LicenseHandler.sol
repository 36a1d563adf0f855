// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {License} from "../../src/License.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {Licence, LicenceKind, LicenceStatus, OfferTerms} from "../../src/types/Licence.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {Base} from "../utils/Base.sol";

/// Sells, delivers, refunds, renews, spends and moves licences at random, and keeps its own books beside the
/// contract's.
contract LicenseHandler is Base {
    /// What the books say of one licence.
    struct Book {
        bool refunded;
        bool begun;
        uint256 price;
        uint256 deliverBy;
        uint256 ends;
        uint64 credits;
        uint64 spent;
        address buyer;
        address holder;
    }

    uint256 private constant MOST = 24;
    uint16 private constant OWNERS_BPS = 7000;

    HookedToken public immutable token;
    License public immutable license;
    ModelRegistry private immutable registry;
    ProtocolParameters private immutable parameters;
    address private immutable governor;
    uint256 public immutable model;
    address private immutable servingKey = address(0x5e);

    uint64[] private _offers;
    Book[] private _books;
    mapping(uint256 => Book) private _none;
    uint256[3] private _keys = [uint256(11), 22, 33];

    // The books: what every licence brought in, and where it went.
    uint256 public paid;
    uint256 public refunded;
    uint256 public fees;
    uint256 public toOwners;
    uint256 public withdrawn;
    mapping(address => uint256) public toSeller;
    uint256 public unearned;
    address[2] public sellers;

    constructor(
        License license_,
        HookedToken token_,
        ModelRegistry registry_,
        ProtocolParameters parameters_,
        address governor_,
        uint256 model_
    ) {
        (license, token, registry, parameters) = (license_, token_, registry_, parameters_);
        (governor, model) = (governor_, model_);
        sellers = [registry_.ownerOf(model_), address(0xbeef)];
        for (uint256 i = 0; i < 4; ++i) {
            bool timed = i % 2 == 0;
            OfferTerms memory terms = OfferTerms({
                model: model_,
                kind: timed ? LicenceKind.Time : LicenceKind.Credits,
                price: uint128(777 + 1000 * i),
                duration: timed || i == 1 ? 10 days : 0,
                credits: timed ? 0 : 50,
                deliverWithin: i < 2 ? 0 : 3 days,
                servingKey: servingKey
            });
            vm.prank(sellers[0]);
            _offers.push(license_.makeOffer(terms));
        }
    }

    function count() external view returns (uint256) {
        return _books.length;
    }

    function book(uint256 index) external view returns (Book memory) {
        return _books[index];
    }

    function buyer(uint256 index) public view returns (address) {
        return vm.addr(_keys[index % 3]);
    }

    // ------------------------------------------------------------------------------------------------- honest

    function buy(uint256 who, uint256 pick) external {
        if (_books.length == MOST) return;
        uint64 offer = _offers[pick % _offers.length];
        OfferTerms memory terms = license.offer(offer).terms;
        address account = buyer(who);
        token.mint(account, terms.price);
        token.approveFor(account, address(license), terms.price);
        bool open = license.offer(offer).seller == registry.ownerOf(model);
        vm.prank(account);
        try license.buy(offer, keccak256(abi.encode("key", _books.length)), terms.price) returns (
            uint256 id
        ) {
            assertTrue(open, "a stale offer was sold");
            assertEq(id, _books.length + 1, "id");
            _note(account, terms);
        } catch {
            assertTrue(!open, "an honest purchase failed");
        }
    }

    function deliver(uint256 pick, bool byBuyer) external {
        (uint256 id, Book storage state) = _pick(pick);
        if (id == 0) return;
        bool may = !state.begun && !state.refunded && (byBuyer || block.timestamp <= state.deliverBy);
        uint16 feeBps = license.licence(id).feeBps;
        address seller = license.licence(id).seller;
        bool done;
        if (byBuyer) {
            vm.prank(state.buyer);
            try license.confirm(id) {
                done = true;
            } catch {}
        } else {
            vm.prank(servingKey);
            try license.deliver(id, "receipt") {
                done = true;
            } catch {}
        }
        assertTrue(done == may, may ? "an honest delivery failed" : "delivered late or twice");
        if (!done) return;
        unearned -= state.price;
        _begin(state, license.offer(license.licence(id).offer).terms);
        _earn(state.price, feeBps, seller);
    }

    function refund(uint256 pick) external {
        (uint256 id, Book storage state) = _pick(pick);
        if (id == 0) return;
        bool may = !state.begun && !state.refunded && block.timestamp > state.deliverBy;
        uint256 before = token.balanceOf(state.buyer);
        try license.refund(id) {
            assertTrue(may, "refunded early or twice");
            (state.refunded, state.holder) = (true, address(0));
            unearned -= state.price;
            refunded += state.price;
            assertEq(token.balanceOf(state.buyer) - before, state.price, "all of it");
        } catch {
            assertTrue(!may, "an honest refund failed");
        }
    }

    function renew(uint256 pick, uint256 who) external {
        (uint256 id, Book storage state) = _pick(pick);
        if (id == 0) return;
        Licence memory bought = license.licence(id);
        OfferTerms memory terms = license.offer(bought.offer).terms;
        address seller = license.offer(bought.offer).seller;
        token.mint(buyer(who), terms.price);
        token.approveFor(buyer(who), address(license), terms.price);
        bool may = state.begun && terms.kind == LicenceKind.Time && seller == registry.ownerOf(model);
        vm.prank(buyer(who));
        try license.renew(id, terms.price) {
            assertTrue(may, "renewed what can't be");
            state.ends = (state.ends > block.timestamp ? state.ends : block.timestamp) + terms.duration;
            paid += terms.price;
            _earn(terms.price, parameters.saleFeeBps(), seller);
        } catch {
            assertTrue(!may, "an honest renewal failed");
        }
    }

    function spend(uint256 pick, uint64 cumulative, bool byServer) external {
        (uint256 id, Book storage state) = _pick(pick);
        if (id == 0) return;
        cumulative = uint64(bound(cumulative, 0, 60));
        bool live = state.begun && (state.ends == 0 || block.timestamp < state.ends);
        bool may = live && cumulative > state.spent && cumulative <= state.credits;
        bool done;
        if (byServer) {
            vm.prank(servingKey);
            try license.serve(id, cumulative) {
                done = true;
            } catch {}
        } else {
            bytes memory signature = ecdsa(_keyOf(state.buyer), license.spendDigest(id, cumulative));
            try license.spend(id, cumulative, signature) {
                done = true;
            } catch {}
        }
        assertTrue(done == may, may ? "an honest count failed" : "counted twice, late or too much");
        if (done) state.spent = cumulative;
    }

    function transfer(uint256 pick, uint256 to) external {
        (uint256 id, Book storage state) = _pick(pick);
        if (id == 0 || state.holder == address(0)) return;
        bool may = state.begun && state.credits == 0 && block.timestamp < state.ends;
        vm.prank(state.holder);
        try license.safeTransferFrom(state.holder, buyer(to), id, 1, "") {
            assertTrue(may, "moved what may not move");
            state.holder = buyer(to);
        } catch {
            assertTrue(!may, "an honest transfer failed");
        }
    }

    function withdraw(uint256 which) external {
        address account = sellers[which % 2];
        uint256 due = license.owed(account);
        if (due == 0) return;
        assertEq(license.withdraw(account), due, "withdrawn");
        withdrawn += due;
    }

    function payOwners() external {
        if (license.ownersDue(model) != 0) license.payOwners(model);
    }

    /// The model changes hands, and the new owner takes the offers over or not.
    function sellModel(bool adopt) external {
        address from = registry.ownerOf(model);
        address to = from == sellers[0] ? sellers[1] : sellers[0];
        vm.prank(from);
        registry.transferFrom(from, to, model);
        for (uint256 i = 0; adopt && i < _offers.length; ++i) {
            uint128 price = license.offer(_offers[i]).terms.price;
            vm.prank(to);
            license.setPrice(_offers[i], price);
        }
    }

    function changeFee(uint16 fee) external {
        vm.prank(governor);
        parameters.setSaleFee(fee % 1001);
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + time % 4 days);
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _note(address account, OfferTerms memory terms) private {
        paid += terms.price;
        Book storage state = _books.push();
        (state.price, state.buyer, state.holder) = (terms.price, account, account);
        state.credits = terms.credits;
        if (terms.deliverWithin != 0) {
            state.deliverBy = block.timestamp + terms.deliverWithin;
            unearned += terms.price;
            return;
        }
        _begin(state, terms);
        _earn(terms.price, parameters.saleFeeBps(), registry.ownerOf(model));
    }

    function _begin(Book storage state, OfferTerms memory terms) private {
        state.begun = true;
        if (terms.duration != 0) state.ends = block.timestamp + terms.duration;
    }

    function _earn(uint256 price, uint256 feeBps, address seller) private {
        uint256 fee = price * feeBps / 10_000;
        uint256 owners = (price - fee) * OWNERS_BPS / 10_000;
        fees += fee;
        toOwners += owners;
        toSeller[seller] += price - fee - owners;
    }

    /// The books of one licence; those of none are empty, under the number 0.
    function _pick(uint256 pick) private view returns (uint256 id, Book storage state) {
        uint256 index = _books.length == 0 ? 0 : pick % _books.length;
        id = _books.length == 0 ? 0 : index + 1;
        state = id == 0 ? _none[0] : _books[index];
    }

    function _keyOf(address account) private view returns (uint256) {
        for (uint256 i = 0; i < 3; ++i) {
            if (vm.addr(_keys[i]) == account) return _keys[i];
        }
        revert("nobody's key");
    }
}
