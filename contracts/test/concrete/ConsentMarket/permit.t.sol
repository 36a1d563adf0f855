// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract PermitAndRequestTest is ConsentMarketFixture {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    uint256 private constant DEADLINE = START + 1;

    // The permit's signature.
    uint8 private _v;
    bytes32 private _r;
    bytes32 private _s;

    function setUp() public override {
        super.setUp();
        vm.prank(requester);
        token.approve(address(market), 0);
        bytes32 content = keccak256(abi.encode(PERMIT, requester, address(market), PRICE, 0, DEADLINE));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content));
        (_v, _r, _s) = vm.sign(uint256(keccak256("requester")), digest);
    }

    /// when the permit is good: it should let the same transaction pay
    function test_APermitAndARequestInOneTransaction() external {
        _ask();
        assertHeld(PRICE);
        assertEq(market.requestCount(), 1, "asked");
        assertEq(token.allowance(requester, address(market)), 0, "used up");
    }

    /// when the permit was submitted before: it should go on with the allowance that is there
    function test_APermitThatWasSubmittedBefore() external {
        vm.prank(stranger);
        token.permit(requester, address(market), PRICE, DEADLINE, _v, _r, _s);
        _ask();
        assertHeld(PRICE);
    }

    /// when the permit is not the caller's: it should do nothing
    function test_APermitOfAnotherDoesNothing() external {
        vm.prank(stranger);
        market.permit(PRICE, DEADLINE, _v, _r, _s);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(market), 0, PRICE
            )
        );
        vm.prank(requester);
        market.requestConsent(terms());
    }

    function _ask() private {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(market.permit, (PRICE, DEADLINE, _v, _r, _s));
        calls[1] = abi.encodeCall(market.requestConsent, (terms()));
        vm.prank(requester);
        market.multicall(calls);
    }
}
