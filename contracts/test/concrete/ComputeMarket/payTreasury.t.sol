// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract PayTreasuryTest is ComputeFixture {
    /// when nothing is due: it should revert
    /// when something is
    /// - it should send it to where the parameters say now, whoever calls
    /// - it should emit TreasuryPaid
    function test_SendsTheTreasurysToWhereItIsNow() external {
        bytes32 id = start();
        answer(id, 2, 1);
        market.conclude(id);
        market.release(id, drawnOf(id)[2]);
        address moved = vm.addr(uint256(keccak256("moved")));
        parameters.setTreasury(moved);
        vm.expectEmit(address(market));
        emit IComputeMarket.TreasuryPaid(moved, REWARD + BOND / 2);
        vm.prank(stranger);
        market.payTreasury();
        assertEq(token.balanceOf(moved), REWARD + BOND / 2, "paid");
        assertEq(market.treasuryDue(), 0, "nothing due");
        assertConserved(id);
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_NothingOwed.selector, moved));
        market.payTreasury();
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_TheTreasurysPartRefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        for (uint256 i = 1; i < 3; ++i) {
            hooked.mint(providers[i], FUNDS);
            hooked.approveFor(providers[i], address(market), FUNDS);
        }
        bytes32 id = post();
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(providers[i]);
            market.stake(STAKE);
            offer(id, providers[i]);
        }
        seal(id);
        draw(id);
        conclude(id);
        market.release(id, providers[0]);
        hooked.callOnTransfer(address(market), abi.encodeCall(IComputeMarket.payTreasury, ()));
        market.payTreasury();
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(hooked.balanceOf(treasury), BOND / 2, "paid once");
    }
}
