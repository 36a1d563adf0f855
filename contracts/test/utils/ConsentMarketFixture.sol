// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ConsentMarket} from "../../src/ConsentMarket.sol";
import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {ConsentTerms, RequestStatus} from "../../src/types/Consent.sol";
import {IConsentMarket} from "../../src/interfaces/IConsentMarket.sol";
import {Base} from "./Base.sol";

/// A token, a registry with one dataset of one owner, a market with a fee of 2.5 %, and requesters with money.
abstract contract ConsentMarketFixture is Base {
    uint256 internal constant START = 1_800_000_000;
    uint128 internal constant PRICE = 1_000e18;
    uint16 internal constant FEE_BPS = 250;
    bytes32 internal constant STUDY = keccak256("a study");
    uint64 internal constant ANSWER_BY = uint64(START + 7 days);
    uint64 internal constant GRANT_UNTIL = uint64(START + 365 days);
    uint32 internal constant HOLD = 10 days;

    uint256 internal ownerKey = uint256(keccak256("owner"));
    address internal owner = vm.addr(ownerKey);
    address internal requester = vm.addr(uint256(keccak256("requester")));
    address internal other = vm.addr(uint256(keccak256("other requester")));
    address internal stranger = vm.addr(uint256(keccak256("stranger")));
    address internal treasury = vm.addr(uint256(keccak256("treasury")));
    /// Only its address matters here.
    address internal escrow = vm.addr(uint256(keccak256("escrow")));

    TributaryToken internal token;
    ProtocolParameters internal parameters;
    DatasetRegistry internal datasets;
    ConsentMarket internal market;
    uint256 internal dataset;

    function setUp() public virtual {
        vm.warp(START);
        token = new TributaryToken(address(this), address(this), 1_000_000e18);
        parameters = new ProtocolParameters(address(this), treasury, 100, FEE_BPS, new bytes32[](0));
        datasets = new DatasetRegistry();
        market = new ConsentMarket(token, datasets, parameters);
        dataset = listDataset(PRICE);
        fund(requester);
        fund(other);
    }

    function fund(address account) internal {
        token.transfer(account, 20 * PRICE);
        vm.prank(account);
        token.approve(address(market), type(uint256).max);
    }

    function listDataset(uint128 price) internal returns (uint256) {
        vm.prank(owner);
        return datasets.list(keccak256("salted description"), "ipfs://sealed", price);
    }

    /// Paid on the answer.
    function terms() internal view returns (ConsentTerms memory) {
        return ConsentTerms(dataset, escrow, STUDY, GRANT_UNTIL, ANSWER_BY, 0, PRICE);
    }

    /// Paid when the grant has stood for ten days.
    function heldTerms() internal view returns (ConsentTerms memory it) {
        it = terms();
        it.holdFor = HOLD;
    }

    function ask() internal returns (uint256) {
        return ask(terms());
    }

    function ask(ConsentTerms memory it) internal returns (uint256) {
        vm.prank(requester);
        return market.requestConsent(it);
    }

    function signGrant(uint64 until) internal view returns (uint64 nonce, bytes memory signature) {
        nonce = datasets.grantOf(escrow, STUDY, owner).nonce;
        signature = ecdsa(ownerKey, datasets.consentDigest(owner, dataset, escrow, STUDY, until, nonce));
    }

    function grant() internal {
        grant(GRANT_UNTIL);
    }

    function grant(uint64 until) internal {
        (uint64 nonce, bytes memory signature) = signGrant(until);
        datasets.grant(dataset, escrow, STUDY, until, nonce, signature);
    }

    function revoke() internal {
        vm.prank(owner);
        datasets.revoke(dataset, escrow, STUDY);
    }

    /// Asked with a time to stand, granted and answered.
    function answered() internal returns (uint256 id) {
        id = ask(heldTerms());
        grant();
        market.answerRequest(id);
    }

    function expectNotIn(uint256 id, RequestStatus expected) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentMarket.ConsentMarket_RequestNotIn.selector, id, expected, market.request(id).status
            )
        );
    }

    function expectMissing(uint256 id) internal {
        vm.expectRevert(abi.encodeWithSelector(IConsentMarket.ConsentMarket_ConsentMissing.selector, id));
    }

    function assertStatus(uint256 id, RequestStatus expected) internal view {
        assertEq(uint256(market.request(id).status), uint256(expected), "status");
    }

    function assertPaid(uint256 id) internal view {
        assertStatus(id, RequestStatus.Paid);
        uint256 fee = uint256(PRICE) * FEE_BPS / 10_000;
        assertEq(market.credit(treasury), fee, "fee");
        assertEq(market.credit(owner), PRICE - fee, "proceeds");
        assertEq(market.openRequest(requester, dataset, escrow, STUDY), 0, "nothing open");
        assertHeld(0);
    }

    function assertRefunded(uint256 id) internal view {
        assertStatus(id, RequestStatus.Refunded);
        assertEq(market.credit(requester), PRICE, "back");
        assertEq(market.credit(owner), 0, "nothing for the owner");
        assertEq(market.openRequest(requester, dataset, escrow, STUDY), 0, "nothing open");
        assertHeld(0);
    }

    /// What the market holds is what it owes to these people, and `open` in requests.
    function assertHeld(uint256 open) internal view {
        uint256 owed =
            market.credit(owner) + market.credit(requester) + market.credit(other) + market.credit(treasury);
        assertEq(token.balanceOf(address(market)), owed + open, "held");
    }
}
