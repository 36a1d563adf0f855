// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {License} from "../../src/License.sol";
import {ILicense} from "../../src/interfaces/ILicense.sol";
import {LicenceKind, LicenceStatus, OfferTerms} from "../../src/types/Licence.sol";
import {ModelFixture} from "./ModelFixture.sol";

/// A minted model, the licences of it, and a buyer with tokens.
abstract contract LicenseFixture is ModelFixture {
    uint128 internal constant PRICE = 1000;
    uint64 internal constant DURATION = 30 days;
    uint64 internal constant CREDITS = 100;
    uint32 internal constant DELIVERY = 2 days;
    bytes32 internal constant KEY = keccak256("X25519 public key");
    bytes32 internal constant RECEIPT = keccak256("sealed shares");
    // What PRICE comes to: 2.5 % of fee, 70 % of the rest to the owners.
    uint256 internal constant FEE = 25;
    uint256 internal constant TO_OWNERS = 682;
    uint256 internal constant TO_SELLER = 293;

    License internal license;
    uint256 internal buyerKey = uint256(keccak256("buyer"));
    address internal buyer = vm.addr(buyerKey);
    address internal servingKey = vm.addr(uint256(keccak256("serving key")));
    uint64 internal timed;
    uint64 internal counted;
    uint64 internal sealedFor;
    uint256 internal purchases;

    function setUp() public virtual override {
        super.setUp();
        license = new License(token, registry, parameters);
        mintModel();
        fund(buyer, address(license), 1_000_000);
        timed = makeOffer(timeTerms());
        counted = makeOffer(creditTerms());
        OfferTerms memory terms = timeTerms();
        terms.deliverWithin = DELIVERY;
        sealedFor = makeOffer(terms);
    }

    function timeTerms() internal view returns (OfferTerms memory) {
        return OfferTerms(MODEL, LicenceKind.Time, PRICE, DURATION, 0, 0, servingKey);
    }

    function creditTerms() internal view returns (OfferTerms memory) {
        return OfferTerms(MODEL, LicenceKind.Credits, PRICE, DURATION, CREDITS, 0, servingKey);
    }

    function makeOffer(OfferTerms memory terms) internal returns (uint64) {
        vm.prank(researcher);
        return license.makeOffer(terms);
    }

    function buy(uint64 offer) internal returns (uint256) {
        // A key buys once: the first time it is KEY.
        bytes32 key = purchases++ == 0 ? KEY : keccak256(abi.encode(KEY, purchases));
        vm.prank(buyer);
        return license.buy(offer, key, PRICE);
    }

    function deliver(uint256 id) internal {
        vm.prank(researcher);
        license.deliver(id, RECEIPT);
    }

    function signSpend(uint256 id, uint64 cumulative) internal view returns (bytes memory) {
        return ecdsa(buyerKey, license.spendDigest(id, cumulative));
    }

    function send(uint256 id, address to, uint256 units) internal {
        vm.prank(buyer);
        license.safeTransferFrom(buyer, to, id, units, "");
    }

    function sellModel(address to) internal {
        vm.prank(researcher);
        registry.transferFrom(researcher, to, MODEL);
    }

    function expectStatusInvalid(uint256 id, LicenceStatus status) internal {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_StatusInvalid.selector, id, status));
    }

    function expectExpired(uint256 id) internal {
        uint64 expires = license.licence(id).expires;
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_Expired.selector, id, expires, block.timestamp)
        );
    }

    function expectStale(uint64 offer) internal {
        address owner = registry.ownerOf(MODEL);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_OfferStale.selector, offer, researcher, owner)
        );
    }

    /// What the contract holds is what it owes, and what it has not earned.
    function assertHeld(uint256 unearned) internal view {
        uint256 owed = license.owed(researcher) + license.owed(stranger) + license.ownersDue(MODEL);
        assertEq(balance(address(license)), owed + unearned, "held = owed + due + unearned");
    }
}
