// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {JobStatus} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";
import {moreVm} from "../../utils/MoreVm.sol";

contract SealOffersTest is ComputeFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = post();
    }

    /// when there are enough, or the hash is gone: it should fix this block and emit OffersSealed
    function test_SealFixesTheBlock() external {
        offerAll(id);
        vm.warp(START + 1 hours + 1);
        vm.expectEmit(address(market));
        emit IComputeMarket.OffersSealed(id, 5, uint64(FIRST_BLOCK));
        vm.prank(stranger);
        market.sealOffers(id);
        assertStatus(id, JobStatus.Sealed);
        assertEq(market.job(id).sealedAt, FIRST_BLOCK, "block");
    }

    /// when offers are still open, too few, or the time for the draw is over: it should revert
    function test_RevertWhen_OffersAreOpen() external {
        offerAll(id);
        vm.warp(START + 1 hours);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_OffersStillOpen.selector, id, START + 1 hours, START + 1 hours
            )
        );
        market.sealOffers(id);
    }

    /// when offers are still open, too few, or the time for the draw is over: it should revert
    function test_RevertWhen_OffersAreTooFew() external {
        offer(id, providers[0]);
        offer(id, providers[1]);
        vm.warp(START + 1 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_TooFewOffers.selector, id, 2, 3));
        market.sealOffers(id);
    }

    /// when offers are still open, too few, or the time for the draw is over: it should revert
    function test_RevertWhen_TheTimeForTheDrawIsOver() external {
        offerAll(id);
        vm.warp(START + 25 hours + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_DrawOver.selector, id, START + 25 hours, START + 25 hours + 1
            )
        );
        market.sealOffers(id);
    }

    /// when there is no such job, or it is drawn or over: it should revert
    function test_RevertWhen_TheJobIsUnknownOrDrawn() external {
        expectStatusInvalid(0, JobStatus.None);
        market.sealOffers(0);
        offerAll(id);
        seal(id);
        draw(id);
        expectStatusInvalid(id, JobStatus.Running);
        market.sealOffers(id);
    }

    /// when it is sealed, and the hash can be read still: it should revert
    /// when there are enough, or the hash is gone: it should fix this block and emit OffersSealed
    /// draw, when the hash is not known yet, or not any more, or the time for the draw is over: it should revert
    function test_SealsAgainOnlyOnceTheHashIsGone() external {
        offerAll(id);
        seal(id);
        moreVm.roll(FIRST_BLOCK + 256);
        vm.expectRevert(
            abi.encodeWithSelector(IComputeMarket.ComputeMarket_AlreadySealed.selector, id, FIRST_BLOCK)
        );
        market.sealOffers(id);
        moreVm.roll(FIRST_BLOCK + 257);
        vm.expectRevert(
            abi.encodeWithSelector(IComputeMarket.ComputeMarket_BlockHashGone.selector, id, FIRST_BLOCK)
        );
        market.draw(id);
        market.sealOffers(id);
        assertEq(market.job(id).sealedAt, FIRST_BLOCK + 257, "block");
        draw(id);
        assertStatus(id, JobStatus.Running);
    }
}
