// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IMarketAuctions} from "../../../src/interfaces/IMarketAuctions.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {AuctionOffer, LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract BidTest is MarketFixture {
    uint64 private constant END = uint64(START + 1 days);

    /// when the lot is not under the hammer: it should revert
    function test_RevertWhen_TheLotIsNotUnderTheHammer() external {
        uint256 id = list();
        vm.prank(buyer);
        expectNotIn(id, LotStatus.Auctioned);
        market.bid(id, PRICE, 0);
    }

    /// when the bidder is the seller or the arbiter, or its key does not fit: it should revert
    function test_RevertWhen_TheBidderIsTheSeller() external {
        uint256 id = startAuction();
        vm.prank(seller);
        vm.expectRevert(abi.encodeWithSelector(IMarketLots.Marketplace_OwnLot.selector, id));
        market.bid(id, PRICE, 0);
    }

    /// when the bidder is the seller or the arbiter, or its key does not fit: it should revert
    function test_RevertWhen_TheBidderIsTheArbiter() external {
        AuctionOffer memory it = auctionOffer();
        it.key = withArbiter();
        uint256 id = startAuction(it);
        vm.prank(arbiter);
        vm.expectRevert(abi.encodeWithSelector(IMarketLots.Marketplace_ArbiterBuys.selector, id, arbiter));
        market.bid(id, PRICE, BUYER_KEY);
    }

    /// when the bidder is the seller or the arbiter, or its key does not fit: it should revert
    function test_RevertWhen_TheKeyDoesNotFit() external {
        uint256 id = startAuction();
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_BuyerKeyInvalid.selector, id, BUYER_KEY)
        );
        market.bid(id, PRICE, BUYER_KEY);
    }

    /// when the auction is over: it should revert
    function test_RevertWhen_TheAuctionIsOver() external {
        uint256 id = startAuction();
        vm.warp(END + 1);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketAuctions.Marketplace_AuctionOver.selector, id, END, END + 1)
        );
        market.bid(id, PRICE, 0);
    }

    /// when it is the first bid and below the reserve: it should revert
    function test_RevertWhen_ItIsBelowTheReserve() external {
        uint256 id = startAuction();
        _expectTooLow(id, PRICE - 1, PRICE);
    }

    /// when it does not exceed the highest bid by the increment, or by one unit: it should revert
    /// leastBid, when somebody has: it should be more by the increment, rounded up, and by one unit at least
    function test_RevertWhen_ItIsNotHighEnough() external {
        uint256 id = startAuction();
        bid(id, rival, PRICE);
        uint256 least = PRICE + PRICE * 5 / 100;
        assertEq(market.leastBid(id), least, "least");
        _expectTooLow(id, uint128(least - 1), least);
        bid(id, buyer, uint128(least));
    }

    /// when it does not exceed the highest bid by the increment, or by one unit: it should revert
    function test_RevertWhen_ItIsNotHigherByOneUnit() external {
        AuctionOffer memory it = auctionOffer();
        (it.reserve, it.minIncrementBps) = (10, 0);
        uint256 id = startAuction(it);
        bid(id, rival, 10);
        _expectTooLow(id, 10, 11);
        bid(id, buyer, 11);
    }

    /// leastBid, when somebody has: it should be more by the increment, rounded up, and by one unit at least
    function test_TheIncrementIsRoundedUp() external {
        AuctionOffer memory it = auctionOffer();
        it.reserve = 21; // 5 % of it is 1.05
        uint256 id = startAuction(it);
        bid(id, rival, 21);
        assertEq(market.leastBid(id), 23, "least");
    }

    /// when the bidder can't pay: it should revert
    function test_RevertWhen_TheBidderCantPay() external {
        uint256 id = startAuction();
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(market), 0, PRICE
            )
        );
        market.bid(id, PRICE, 0);
    }

    /// when it is high enough
    /// - it should take the money
    /// - it should credit what is outbid
    /// - it should emit BidPlaced
    function test_ItTakesTheMoneyAndCreditsWhatIsOutbid() external {
        uint256 id = startAuction();
        vm.expectEmit(address(market));
        emit IMarketAuctions.BidPlaced(id, rival, PRICE, END);
        bid(id, rival, PRICE);
        assertHeld(PRICE);
        vm.expectEmit(address(market));
        emit IMarketAuctions.Outbid(id, rival, PRICE);
        bid(id, buyer, 2 * PRICE);
        assertEq(market.lot(id).buyer, buyer, "highest");
        assertEq(market.lot(id).price, 2 * PRICE, "price");
        assertEq(market.credit(rival), PRICE, "credited");
        assertHeld(2 * PRICE);
        uint256 before = token.balanceOf(rival);
        market.withdraw(rival);
        assertEq(token.balanceOf(rival) - before, PRICE, "back");
    }

    /// when it is high enough: it should credit what is outbid
    function test_ABidderMayRaiseItsOwnBid() external {
        uint256 id = startAuction();
        bid(id, buyer, PRICE);
        bid(id, buyer, 2 * PRICE);
        assertEq(market.credit(buyer), PRICE, "the first is credited");
        assertHeld(2 * PRICE);
    }

    /// when it is high enough: it should keep the key of the highest bidder
    function test_ItKeepsTheKeyOfTheHighestBidder() external {
        AuctionOffer memory it = auctionOffer();
        it.key = withKey();
        uint256 id = startAuction(it);
        bid(id, buyer, PRICE);
        vm.prank(rival);
        market.bid(id, 2 * PRICE, keccak256("the rival's"));
        assertEq(market.lot(id).buyerKey, keccak256("the rival's"), "key");
    }

    /// when it comes in the last ten minutes: it should move the end to ten minutes from now
    function test_ALateBidMovesTheEnd() external {
        uint256 id = startAuction();
        vm.warp(END - 10 minutes);
        bid(id, buyer, PRICE);
        assertEq(market.lot(id).until, END, "not yet");
        vm.warp(END);
        vm.expectEmit(address(market));
        emit IMarketAuctions.BidPlaced(id, rival, 2 * PRICE, END + 10 minutes);
        bid(id, rival, 2 * PRICE);
        assertEq(market.lot(id).until, END + 10 minutes, "moved");
    }

    /// when it comes in the last ten minutes: it should not move it beyond six hours after the announced end
    function test_TheEndMovesNoFurtherThanSixHours() external {
        AuctionOffer memory it = auctionOffer();
        (it.reserve, it.minIncrementBps) = (1, 0);
        uint256 id = startAuction(it);
        uint128 amount = 0;
        vm.warp(END);
        uint64 last = END + 6 hours;
        while (market.lot(id).until < last) {
            vm.warp(market.lot(id).until);
            bid(id, ++amount % 2 == 0 ? buyer : rival, amount);
        }
        assertEq(amount, 36, "every ten minutes for six hours");
        vm.warp(last);
        bid(id, buyer, ++amount);
        assertEq(market.lot(id).until, last, "not moved");
        vm.warp(last + 1);
        market.settleAuction(id);
        assertEq(ownerOfPiece(), buyer, "sold");
    }

    function _expectTooLow(uint256 id, uint128 amount, uint256 least) private {
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketAuctions.Marketplace_BidTooLow.selector, id, amount, least)
        );
        market.bid(id, amount, 0);
    }
}
