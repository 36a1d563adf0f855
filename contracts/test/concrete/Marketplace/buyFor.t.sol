// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketListings} from "../../../src/interfaces/IMarketListings.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract BuyForTest is MarketFixture {
    uint64 private constant UNTIL = uint64(START + 1 hours);

    /// when the lot is not listed, or was bought by the same signature before: it should revert
    function test_RevertWhen_TheSignatureIsUsedTwice() external {
        uint256 id = list();
        bytes memory signature = _sign(id, buyer, 0, UNTIL);
        market.buyFor(id, buyer, 0, UNTIL, signature);
        expectNotIn(id, LotStatus.Listed);
        market.buyFor(id, buyer, 0, UNTIL, signature);
    }

    /// when the signature's time is over: it should revert
    function test_RevertWhen_TheSignaturesTimeIsOver() external {
        uint256 id = list();
        bytes memory signature = _sign(id, buyer, 0, UNTIL);
        vm.warp(UNTIL + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketListings.Marketplace_OfferOver.selector, id, UNTIL, UNTIL + 1)
        );
        market.buyFor(id, buyer, 0, UNTIL, signature);
        vm.warp(UNTIL);
        market.buyFor(id, buyer, 0, UNTIL, signature);
        assertEq(ownerOfPiece(), buyer, "at the last second");
    }

    /// when lot, buyer, key or time is not what was signed, or somebody else signed: it should revert
    function test_RevertWhen_SomethingElseWasSigned() external {
        uint256 id = listWith(withKey());
        pieces.mint(seller, 8);
        bytes memory signature = _sign(id, buyer, BUYER_KEY, UNTIL);
        _expectInvalid(id, buyer, keccak256("another key"), UNTIL, signature);
        _expectInvalid(id, buyer, BUYER_KEY, UNTIL + 1, signature);
        _expectInvalid(id, rival, BUYER_KEY, UNTIL, signature);
        _expectInvalid(id, buyer, BUYER_KEY, UNTIL, ecdsa(sellerKey, keccak256("anything")));
        _expectInvalid(id, buyer, BUYER_KEY, UNTIL, "");
    }

    /// when the buyer's wallet contract (ERC-1271) refuses the signature: it should revert
    function test_RevertWhen_AWalletContractRefuses() external {
        uint256 id = list();
        address wallet = address(new SmartWallet(buyer));
        _expectInvalid(id, wallet, 0, UNTIL, ecdsa(sellerKey, market.buyDigest(id, wallet, 0, UNTIL)));
    }

    /// when the buyer's key or wallet contract signed: it should sell to the buyer, who pays
    function test_ItSellsToTheBuyerWhoSigned() external {
        uint256 id = list();
        uint256 before = token.balanceOf(buyer);
        bytes memory signature = _sign(id, buyer, 0, UNTIL);
        vm.prank(stranger);
        market.buyFor(id, buyer, 0, UNTIL, signature);
        assertEq(ownerOfPiece(), buyer, "owner");
        assertEq(before - token.balanceOf(buyer), PRICE, "paid");
        assertShared(PRICE);
    }

    /// when the buyer's key or wallet contract signed: it should sell to the buyer, who pays
    function test_ItSellsToAWalletContract() external {
        uint256 id = listWith(withKey());
        address wallet = address(new SmartWallet(buyer));
        token.transfer(wallet, PRICE);
        vm.prank(wallet);
        token.approve(address(market), PRICE);
        bytes memory signature = ecdsa(buyerSecret, market.buyDigest(id, wallet, BUYER_KEY, UNTIL));
        market.buyFor(id, wallet, BUYER_KEY, UNTIL, signature);
        assertEq(market.lot(id).buyer, wallet, "buyer");
        deliver(id);
        assertEq(ownerOfPiece(), wallet, "owner, though it knows no onERC721Received");
    }

    function _sign(uint256 id, address who, bytes32 key, uint64 until) private view returns (bytes memory) {
        return ecdsa(buyerSecret, market.buyDigest(id, who, key, until));
    }

    function _expectInvalid(uint256 id, address who, bytes32 key, uint64 until, bytes memory signature)
        private
    {
        bytes32 digest = market.buyDigest(id, who, key, until);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_SignatureInvalid.selector, who, digest)
        );
        market.buyFor(id, who, key, until, signature);
    }
}
