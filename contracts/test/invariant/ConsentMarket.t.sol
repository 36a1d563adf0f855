// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ConsentMarket} from "../../src/ConsentMarket.sol";
import {ConsentRequest, RequestStatus} from "../../src/types/Consent.sol";
import {Base} from "../utils/Base.sol";
import {ConsentHandler} from "./ConsentHandler.sol";

contract ConsentMarketInvariantTest is Base {
    ConsentHandler private handler;
    ConsentMarket private market;

    function setUp() external {
        handler = new ConsentHandler();
        market = handler.market();
    }

    /// What forge calls at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// All that came in is out or held; what is held is owed to somebody.
    function invariant_TheMoneyIsAccountedFor() external view {
        uint256 held = handler.token().balanceOf(address(market));
        assertEq(handler.paidIn(), handler.paidOut() + held, "by the handler's books");
        uint256 owed = handler.credits();
        for (uint256 id = 1; id <= market.requestCount(); ++id) {
            ConsentRequest memory it = market.request(id);
            bool open = it.status == RequestStatus.Asked || it.status == RequestStatus.Answered;
            if (open) owed += it.price;
            assertEq(
                market.openRequest(it.requester, it.dataset, it.escrow, it.study) == id ? 1 : 0,
                open ? 1 : 0,
                "one open request for one thing"
            );
        }
        assertEq(held, owed, "by the market's books");
    }

    /// From whatever state a run ends in, with nobody's help but time's, all money gets out.
    function afterInvariant() external {
        vm.warp(block.timestamp + 365 days);
        for (uint256 id = 1; id <= market.requestCount(); ++id) {
            RequestStatus status = market.request(id).status;
            if (status == RequestStatus.Asked) market.refundRequest(id);
            if (status != RequestStatus.Answered) continue;
            try market.payRequest(id) {}
            catch {
                market.refundRequest(id);
            }
        }
        handler.withdraw(0);
        handler.withdraw(1);
        handler.withdraw(2);
        handler.withdraw(3);
        handler.withdraw(4);
        assertEq(handler.token().balanceOf(address(market)), 0, "money is stuck");
    }
}
