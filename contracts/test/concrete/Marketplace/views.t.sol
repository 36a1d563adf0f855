// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Lot, Offer} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";
import {typedDigest} from "../../utils/TypedData.sol";

/// What can be asked about lots, and what is signed about them.
contract MarketViewsTest is MarketFixture {
    /// supportsInterface, when it is ERC-165 or the receiver of ERC-1155: it should return true
    /// supportsInterface, when it is any other: it should return false
    function test_SupportsInterface() external view {
        assertTrue(market.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        assertTrue(market.supportsInterface(type(IERC1155Receiver).interfaceId), "receiver");
        assertTrue(!market.supportsInterface(0xffffffff), "none");
        assertTrue(!market.supportsInterface(type(IERC1155).interfaceId), "not a token");
    }

    /// lot, when there is no such lot: it should be empty
    /// shares, when there is no such lot: it should be nothing
    /// leastBid, when there is no such lot: it should be zero
    /// isBuyable, when it is over or replaced, or there is none: it should say no
    function test_ALotThatIsNotThere() external view {
        Lot memory nothing;
        assertEq(abi.encode(market.lot(9)), abi.encode(nothing), "lot");
        (uint256 proceeds, uint256 royalty, address receiver, uint256 fee) = market.shares(9);
        assertEq(proceeds + royalty + fee, 0, "shares");
        assertEq(receiver, address(0), "receiver");
        assertEq(market.leastBid(9), 0, "least");
        assertTrue(!market.isBuyable(9), "buyable");
    }

    /// isBuyable, when its seller does not own the asset any more, or has withdrawn the approval: it should say no
    function test_ALotThatItsSellerCannotSell() external {
        uint256 id = list();
        assertTrue(market.isBuyable(id), "listed");
        vm.prank(seller);
        pieces.approve(address(0), PIECE);
        assertTrue(!market.isBuyable(id), "not approved");
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        assertTrue(market.isBuyable(id), "approved again");
        vm.prank(seller);
        pieces.transferFrom(seller, rival, PIECE);
        vm.prank(rival);
        pieces.approve(address(market), PIECE);
        assertTrue(!market.isBuyable(id), "not its owner");
    }

    /// shares, when fee and royalty are above the price
    /// - it should leave the royalty what the fee leaves, and the seller nothing
    function test_ARoyaltyOfEverything() external {
        pieces.setRoyalty(creator, 10_000);
        Offer memory it = offer();
        it.maxRoyaltyBps = 10_000;
        (uint256 proceeds, uint256 royalty,, uint256 fee) = market.shares(list(it));
        assertEq(fee, PRICE * FEE_BPS / 10_000, "the fee first");
        assertEq(royalty, PRICE - fee, "the rest");
        assertEq(proceeds, 0, "nothing for the seller");
    }

    /// buyDigest: it should be the EIP-712 digest of what the buyer signs, the price with it
    /// deliverDigest: it should be the EIP-712 digest of what the seller signs, the buyer's key with it
    /// confirmDigest: it should be the EIP-712 digest of what the buyer signs, the delivered key with it
    /// rejectDigest: it should be the EIP-712 digest of what the buyer signs, the delivered key with it
    function test_DigestsAreThoseOfEip712() external {
        uint256 id = sell(withArbiter());
        bytes32 sealedHash = keccak256(SEALED);
        string memory buy_ = "Buy(uint256 lot,address buyer,uint128 price,bytes32 buyerKey,uint64 validUntil)";
        assertEq(
            market.buyDigest(id, rival, BUYER_KEY, 7),
            _typed(abi.encode(keccak256(bytes(buy_)), id, rival, PRICE, BUYER_KEY, 7)),
            "Buy"
        );
        string memory deliver_ = "DeliverKey(uint256 lot,bytes32 buyerKey,bytes32 sealedKeyHash)";
        assertEq(
            market.deliverDigest(id, sealedHash),
            _typed(abi.encode(keccak256(bytes(deliver_)), id, BUYER_KEY, sealedHash)),
            "DeliverKey"
        );
        deliver(id);
        assertEq(
            market.confirmDigest(id),
            _typed(abi.encode(keccak256("ConfirmKey(uint256 lot,bytes32 sealedKeyHash)"), id, sealedHash)),
            "ConfirmKey"
        );
        assertEq(
            market.rejectDigest(id),
            _typed(abi.encode(keccak256("RejectKey(uint256 lot,bytes32 sealedKeyHash)"), id, sealedHash)),
            "RejectKey"
        );
    }

    function _typed(bytes memory members) private view returns (bytes32) {
        return typedDigest(address(market), keccak256(members));
    }
}
