// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {License} from "../../../src/License.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

/// A token that calls back while it moves, for what the seller is owed.
contract LicenceReentrancyTest is LicenseFixture {
    uint256 private sold;
    uint256 private awaiting;

    function setUp() public override {
        super.setUp();
        sold = buy(timed);
        awaiting = buy(sealedFor);
    }

    /// buy, when a buyer's contract or the token calls back: it should refuse the inner call
    function test_BuyRefusesToBeReentered() external {
        _callBack();
        buy(timed);
        _assertRefused();
    }

    /// renew, when the token calls back: it should refuse the inner call
    function test_RenewRefusesToBeReentered() external {
        _callBack();
        vm.prank(buyer);
        license.renew(sold, PRICE);
        _assertRefused();
    }

    /// deliver, when the token calls back: it should refuse the inner call
    function test_DeliverRefusesToBeReentered() external {
        _callBack();
        deliver(awaiting);
        _assertRefused();
    }

    /// confirm, when the token calls back: it should refuse the inner call
    function test_ConfirmRefusesToBeReentered() external {
        _callBack();
        vm.prank(buyer);
        license.confirm(awaiting);
        _assertRefused();
    }

    /// refund, when the token calls back: it should refuse the inner call and pay once
    function test_RefundRefusesToBeReentered() external {
        vm.warp(START + DELIVERY + 1);
        uint256 before = balance(buyer);
        _callBack();
        license.refund(awaiting);
        _assertRefused();
        assertEq(balance(buyer) - before, PRICE, "paid once");
    }

    function _callBack() private {
        token.callOnTransfer(address(license), abi.encodeCall(License.withdraw, (researcher)));
    }

    function _assertRefused() private view {
        assertTrue(token.calls() != 0 && !token.succeeded(), "refused");
        assertEq(
            token.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(balance(researcher), 0, "nothing through the back door");
    }
}
