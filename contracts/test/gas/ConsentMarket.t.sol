// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ConsentMarketFixture} from "../utils/ConsentMarketFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract ConsentMarketGasTest is ConsentMarketFixture {
    function test_Answer() external {
        uint256 id = ask();
        _record("requestConsent");
        (uint64 nonce, bytes memory signature) = signGrant(GRANT_UNTIL);
        market.answerWithGrant(id, GRANT_UNTIL, nonce, signature);
        _record("answerWithGrant (paid at once)");
        market.withdraw(owner);
        _record("withdraw");
    }

    function test_Hold() external {
        uint256 id = ask(heldTerms());
        grant();
        market.answerRequest(id);
        _record("answerRequest (held)");
        vm.warp(START + HOLD);
        market.payRequest(id);
        _record("payRequest");
    }

    function test_Refund() external {
        uint256 id = ask();
        vm.warp(ANSWER_BY + 1);
        market.refundRequest(id);
        _record("refundRequest");
    }

    function _record(string memory name) private {
        vm.snapshotGasLastCall("ConsentMarket", name);
    }
}
