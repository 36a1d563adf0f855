// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ConsentMarket} from "../../src/ConsentMarket.sol";
import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {ConsentRequest, ConsentTerms, RequestStatus} from "../../src/types/Consent.sol";
import {Base} from "../utils/Base.sol";

/// Plays owners that grant, prolong and revoke, and requesters that ask, wait and want their money back; keeps its own
/// books of grants and money.
contract ConsentHandler is Base {
    uint256 private constant MAX_REQUESTS = 20;
    uint256 private constant OWNERS = 2;
    uint256 private constant STUDIES = 2;

    TributaryToken public immutable token;
    ProtocolParameters public immutable parameters;
    DatasetRegistry public immutable datasets;
    ConsentMarket public immutable market;

    address private immutable ESCROW = vm.addr(uint256(keccak256("escrow")));
    address private immutable TREASURY = vm.addr(uint256(keccak256("treasury")));

    /// Two owners, then two requesters, then the treasury.
    address[] public people;
    uint256[] private _keys;

    // The books.
    uint256 public paidIn;
    uint256 public paidOut;
    mapping(address owner => mapping(bytes32 study => uint64)) private _grantedUntil;
    mapping(address owner => mapping(bytes32 study => uint256)) private _revocations;
    /// How often the owner had revoked when a request was answered.
    mapping(uint256 id => uint256) private _revokedBefore;

    constructor() {
        vm.warp(1_800_000_000);
        token = new TributaryToken(address(this), address(this), type(uint128).max);
        parameters = new ProtocolParameters(address(this), TREASURY, 0, 250, new bytes32[](0));
        datasets = new DatasetRegistry();
        market = new ConsentMarket(token, datasets, parameters);
        for (uint256 i = 0; i < 4; ++i) {
            _keys.push(uint256(keccak256(abi.encode("person", i))));
            address who = vm.addr(_keys[i]);
            people.push(who);
            vm.prank(who);
            // Dataset i + 1 is owner i's.
            if (i < OWNERS) datasets.list(keccak256("description"), "ipfs://sealed", uint128(1e18 + i));
            else token.approve(address(market), type(uint256).max);
            if (i >= OWNERS) token.transfer(who, 1e30);
        }
        people.push(TREASURY);
    }

    function credits() public view returns (uint256 sum) {
        for (uint256 i = 0; i < people.length; ++i) {
            sum += market.credit(people[i]);
        }
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 minutes, 4 days));
    }

    function change(uint256 fee, uint256 ownerPick, uint256 price) external {
        parameters.setSaleFee(uint16(fee % 1_001));
        uint256 i = ownerPick % OWNERS;
        vm.prank(people[i]);
        datasets.update(i + 1, keccak256("description"), "ipfs://sealed", uint128(bound(price, 1, 1e24)));
    }

    function grant(uint256 ownerPick, uint256 studyPick, uint256 time) external {
        (uint256 i, bytes32 study) = (ownerPick % OWNERS, bytes32(studyPick % STUDIES + 1));
        uint64 until = uint64(block.timestamp + bound(time, 1 days, 60 days));
        if (until < _grantedUntil[people[i]][study]) return;
        uint64 nonce = datasets.grantOf(ESCROW, study, people[i]).nonce;
        bytes32 digest = datasets.consentDigest(people[i], i + 1, ESCROW, study, until, nonce);
        datasets.grant(i + 1, ESCROW, study, until, nonce, ecdsa(_keys[i], digest));
        _grantedUntil[people[i]][study] = until;
    }

    function revoke(uint256 ownerPick, uint256 studyPick) external {
        (uint256 i, bytes32 study) = (ownerPick % OWNERS, bytes32(studyPick % STUDIES + 1));
        vm.prank(people[i]);
        datasets.revoke(i + 1, ESCROW, study);
        _grantedUntil[people[i]][study] = 0;
        ++_revocations[people[i]][study];
    }

    function ask(uint256 requesterPick, uint256 ownerPick, uint256 studyPick, uint256 time, bool hold)
        external
    {
        if (market.requestCount() >= MAX_REQUESTS) return;
        address requester = people[OWNERS + requesterPick % 2];
        uint256 i = ownerPick % OWNERS;
        ConsentTerms memory it;
        (it.dataset, it.escrow, it.study) = (i + 1, ESCROW, bytes32(studyPick % STUDIES + 1));
        it.answerBy = uint64(block.timestamp + bound(time, 1 days, 6 days));
        it.holdFor = hold ? 3 days : 0;
        it.minUntil = it.answerBy + it.holdFor;
        it.maxPrice = type(uint128).max;
        uint128 price = datasets.listing(i + 1).price;
        bool may = market.openRequest(requester, it.dataset, ESCROW, it.study) == 0
            && _grantedUntil[people[i]][it.study] < it.minUntil;
        vm.prank(requester);
        try market.requestConsent(it) {
            assertTrue(may, "paid twice, or for what is there");
            paidIn += price;
        } catch {
            assertTrue(!may, "an honest request failed");
        }
    }

    function answer(uint256 pick) external {
        (uint256 id, ConsentRequest memory it) = _request(pick, RequestStatus.Asked);
        if (id == 0) return;
        bool may = it.status == RequestStatus.Asked && block.timestamp <= it.answerBy && _given(it);
        uint256 before = credits();
        try market.answerRequest(id) {
            assertTrue(may, "answered without a grant");
            _revokedBefore[id] = _revocations[it.owner][it.study];
            assertEq(credits() - before, it.holdFor == 0 ? it.price : 0, "paid");
        } catch {
            assertTrue(!may, "an honest answer failed");
        }
    }

    function pay(uint256 pick) external {
        (uint256 id, ConsentRequest memory it) = _request(pick, RequestStatus.Answered);
        if (id == 0) return;
        bool may = it.status == RequestStatus.Answered && block.timestamp >= it.payableFrom && _stands(id, it);
        uint256 before = credits();
        try market.payRequest(id) {
            assertTrue(may, "paid too early, or for nothing");
            assertEq(credits() - before, it.price, "all of it, and no more");
        } catch {
            assertTrue(!may, "an honest payment failed");
        }
    }

    function refund(uint256 pick, bool answered) external {
        RequestStatus wanted = answered ? RequestStatus.Answered : RequestStatus.Asked;
        (uint256 id, ConsentRequest memory it) = _request(pick, wanted);
        if (id == 0) return;
        bool unanswered = it.status == RequestStatus.Asked && block.timestamp > it.answerBy;
        bool may = unanswered || (it.status == RequestStatus.Answered && !_stands(id, it));
        uint256 before = market.credit(it.requester);
        try market.refundRequest(id) {
            assertTrue(may, "refunded too early");
            assertEq(market.credit(it.requester) - before, it.price, "all of it");
        } catch {
            assertTrue(!may, "an honest refund failed");
        }
    }

    function withdraw(uint256 pick) external {
        address account = people[pick % people.length];
        uint256 due = market.credit(account);
        uint256 before = token.balanceOf(account);
        if (due == 0) return;
        market.withdraw(account);
        assertEq(token.balanceOf(account) - before, due, "exactly its credit");
        paidOut += due;
    }

    /// Mostly one that is in that state, if there is one; at times any.
    function _request(uint256 pick, RequestStatus wanted)
        private
        view
        returns (uint256 id, ConsentRequest memory it)
    {
        uint256 count = market.requestCount();
        for (uint256 i = 0; i < count; ++i) {
            id = 1 + addmod(pick, i, count);
            it = market.request(id);
            if (pick % 8 == 0 || it.status == wanted) return (id, it);
        }
    }

    /// By the books: whether the consent that answered has never been taken back.
    function _stands(uint256 id, ConsentRequest memory it) private view returns (bool) {
        return _given(it) && _revocations[it.owner][it.study] == _revokedBefore[id];
    }

    function _given(ConsentRequest memory it) private view returns (bool) {
        return _grantedUntil[it.owner][it.study] >= it.minUntil;
    }
}
