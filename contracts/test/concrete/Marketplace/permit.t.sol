// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {MarketFixture} from "../../utils/MarketFixture.sol";

contract PermitAndBuyTest is MarketFixture {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    // The permit's signature.
    uint8 private _v;
    bytes32 private _r;
    bytes32 private _s;

    /// when the permit is good: it should let the same transaction pay
    function test_APermitAndAPurchaseInOneTransaction() external {
        uint256 id = list();
        bytes[] memory calls = _permitAndBuy(id);
        vm.prank(buyer);
        market.multicall(calls);
        assertEq(ownerOfPiece(), buyer, "bought");
    }

    /// when the permit was submitted before: it should go on with the allowance that is there
    function test_APermitThatWasSubmittedBefore() external {
        uint256 id = list();
        bytes[] memory calls = _permitAndBuy(id);
        vm.prank(buyer);
        market.permit(0, 0, 0, 0, 0); // nonsense does no harm
        _submitted();
        vm.prank(buyer);
        market.multicall(calls);
        assertEq(ownerOfPiece(), buyer, "bought");
    }

    /// when the permit is not the caller's: it should do nothing
    function test_APermitOfAnotherDoesNothing() external {
        _permitAndBuy(list());
        vm.prank(rival);
        market.permit(PRICE, START + 1, _v, _r, _s);
        assertEq(token.allowance(buyer, address(market)), 0, "the buyer's");
        assertEq(token.nonces(buyer), 0, "not used");
    }

    function _submitted() private {
        token.permit(buyer, address(market), PRICE, START + 1, _v, _r, _s);
    }

    function _permitAndBuy(uint256 id) private returns (bytes[] memory calls) {
        vm.prank(buyer);
        token.approve(address(market), 0);
        bytes32 hash = keccak256(
            abi.encode(PERMIT_TYPEHASH, buyer, address(market), PRICE, token.nonces(buyer), START + 1)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), hash));
        (_v, _r, _s) = vm.sign(buyerSecret, digest);
        calls = new bytes[](2);
        calls[0] = abi.encodeCall(market.permit, (PRICE, START + 1, _v, _r, _s));
        calls[1] = abi.encodeCall(market.buy, (id, PRICE, bytes32(0)));
    }
}
