// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LicenseFixture} from "../utils/LicenseFixture.sol";

/// What a transaction costs, base fee and calldata included.
/// forge-config: default.isolate = true
contract LicenseGasTest is LicenseFixture {
    function test_Offers() external {
        makeOffer(timeTerms());
        _record("makeOffer");
        vm.prank(researcher);
        license.setPrice(timed, 7);
        _record("setPrice");
    }

    function test_ByTime() external {
        buy(timed);
        _record("buy (time, first)");
        uint256 id = buy(timed);
        _record("buy (time, later)");
        vm.prank(buyer);
        license.renew(id, PRICE);
        _record("renew");
        send(id, stranger, 1);
        _record("safeTransferFrom");
        license.withdraw(researcher);
        _record("withdraw");
        license.payOwners(MODEL);
        _record("payOwners (splitter not there)");
        buy(timed);
        license.payOwners(MODEL);
        _record("payOwners (splitter there)");
    }

    function test_ByTheCall() external {
        uint256 id = buy(counted);
        _record("buy (credits, first)");
        bytes memory signature = signSpend(id, 10);
        license.spend(id, 10, signature);
        _record("spend");
        vm.prank(servingKey);
        license.serve(id, 20);
        _record("serve");
    }

    function test_WithAKey() external {
        uint256 id = buy(sealedFor);
        _record("buy (awaiting a key)");
        uint256 late = buy(sealedFor);
        deliver(id);
        _record("deliver");
        vm.warp(START + DELIVERY + 1);
        license.refund(late);
        _record("refund");
    }

    function _record(string memory name) private {
        vm.snapshotGasLastCall("License", name);
    }
}
