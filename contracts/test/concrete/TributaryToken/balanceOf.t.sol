// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TokenFixture} from "../../utils/TokenFixture.sol";

contract TributaryTokenBalanceOfTest is TokenFixture {
    /// when the account never had any: it should be zero
    function test_WhenTheAccountNeverHadAny() external view {
        assertEq(token.balanceOf(payee), 0, "balance");
    }

    /// when tokens came or went: it should be what is left
    function test_WhenTokensCameOrWent() external {
        vm.prank(holder);
        token.transfer(payee, 7);
        vm.prank(payee);
        token.transfer(stranger, 2);
        assertEq(token.balanceOf(holder), SUPPLY - 7, "who gave");
        assertEq(token.balanceOf(payee), 5, "who got, and gave on");
        assertEq(token.balanceOf(stranger), 2, "who got");
    }

    /// when the account has a delegate: it should be the same
    function test_WhenTheAccountHasADelegate() external {
        vm.prank(holder);
        token.delegate(stranger);
        assertEq(token.balanceOf(holder), SUPPLY, "with a delegate");
        vm.prank(holder);
        token.transfer(payee, SUPPLY);
        assertEq(token.balanceOf(holder), 0, "with a delegate, and nothing left");
        vm.prank(payee);
        token.transfer(holder, 3);
        vm.prank(holder);
        token.delegate(address(0));
        assertEq(token.balanceOf(holder), 3, "with none any more");
    }

    /// totalSupply: it should be what was created at deployment and minted since
    /// totalSupply, when tokens move or votes are delegated: it should stay
    function test_TotalSupply() external {
        assertEq(token.totalSupply(), SUPPLY, "created");
        vm.prank(holder);
        token.delegate(payee);
        vm.prank(holder);
        token.transfer(payee, 7);
        assertEq(token.totalSupply(), SUPPLY, "moved, and delegated");
        vm.prank(minter);
        token.mint(payee, 5);
        assertEq(token.totalSupply(), SUPPLY + 5, "minted");
    }
}
