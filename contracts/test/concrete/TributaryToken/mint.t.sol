// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ITributaryToken} from "../../../src/interfaces/ITributaryToken.sol";
import {TokenFixture} from "../../utils/TokenFixture.sol";

contract TributaryTokenMintTest is TokenFixture {
    uint256 private constant YEAR = 365 days;
    /// Two per cent.
    uint256 private constant FIRST = SUPPLY / 50;

    function _mint(uint256 amount) private {
        vm.prank(minter);
        token.mint(payee, amount);
    }

    function _expectAboveSchedule(uint256 amount, uint256 left) private {
        vm.expectRevert(
            abi.encodeWithSelector(ITributaryToken.TributaryToken_AboveSchedule.selector, amount, left)
        );
        vm.prank(minter);
        token.mint(payee, amount);
    }

    function _expectNotTheMinter(address caller) private {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, caller));
        vm.prank(caller);
        token.mint(payee, 1);
    }

    /// when the caller is not the minter: it should revert
    function test_RevertWhen_TheCallerIsNotTheMinter() external {
        _expectNotTheMinter(stranger);
        _expectNotTheMinter(holder);
    }

    /// when the amount is zero: it should revert
    function test_RevertWhen_TheAmountIsZero() external {
        vm.expectRevert(ITributaryToken.TributaryToken_AmountZero.selector);
        _mint(0);
    }

    /// when the recipient is the zero address: it should revert
    function test_RevertWhen_TheRecipientIsTheZeroAddress() external {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(minter);
        token.mint(address(0), 1);
    }

    /// when the amount is above what this period has left: it should revert, and say what is left
    function test_RevertWhen_TheAmountIsAboveWhatThisPeriodHasLeft() external {
        _expectAboveSchedule(FIRST + 1, FIRST);
        _expectAboveSchedule(type(uint256).max, FIRST);
        _mint(FIRST - 3);
        _expectAboveSchedule(4, 3);
        _mint(3);
        _expectAboveSchedule(1, 0);
    }

    /// when the period has it left
    /// - it should create the tokens
    /// - it should leave that much less in this period
    /// mintable, when nothing was minted in this period: it should be two per cent of the supply
    /// mintable, when something was: it should be what is left of it
    function test_WhenThePeriodHasItLeft() external {
        assertEq(token.period(), 0, "the first period");
        assertEq(token.mintable(), FIRST, "before");
        _mint(FIRST / 4);
        assertEq(token.balanceOf(payee), FIRST / 4, "created");
        assertEq(token.totalSupply(), SUPPLY + FIRST / 4, "supply");
        assertEq(token.mintedIn(0), FIRST / 4, "booked");
        assertEq(token.mintable(), FIRST - FIRST / 4, "left");
    }

    /// when the next period begins
    /// - it should allow as much of the supply that there is by then
    /// - it should have forgotten what was left of the last one
    /// period, when the first period is not over: it should be zero, up to its last second
    /// mintable, when a period begins
    /// - it should be two per cent of the supply there is by then, without what was left
    function test_WhenTheNextPeriodBegins() external {
        _mint(FIRST / 2);
        vm.warp(START + YEAR - 1);
        assertEq(token.period(), 0, "the last second of a period");
        assertEq(token.mintable(), FIRST / 2, "left");
        vm.warp(START + YEAR);
        assertEq(token.period(), 1, "the first of the next");
        uint256 second = (SUPPLY + FIRST / 2) / 50;
        assertEq(token.mintable(), second, "of the supply by then, without what was left");
        _mint(second);
        assertEq(token.mintedIn(1), second, "booked");
        assertEq(token.mintedIn(0), FIRST / 2, "the last period's books are closed");
        _expectAboveSchedule(1, 0);
    }

    /// when periods have passed without a mint: it should allow no more than one period's
    /// period, when periods have passed: it should be how many
    function test_WhenPeriodsHavePassedWithoutAMint() external {
        vm.warp(START + 10 * YEAR + 5);
        assertEq(token.period(), 10, "period");
        _expectAboveSchedule(FIRST + 1, FIRST);
        _mint(FIRST);
        _expectAboveSchedule(1, 0);
    }

    /// when the minter hands its office on
    /// - it should stay with the old one until the new one accepts
    /// - it should then be the new one's alone
    function test_WhenTheMinterHandsItsOfficeOn() external {
        vm.prank(minter);
        token.transferOwnership(stranger);
        _expectNotTheMinter(stranger);
        _mint(1);

        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, payee));
        vm.prank(payee);
        token.acceptOwnership();

        vm.prank(stranger);
        token.acceptOwnership();
        _expectNotTheMinter(minter);
        // A new minter has no period of its own.
        assertEq(token.mintable(), FIRST - 1, "left");
        vm.prank(stranger);
        token.mint(payee, FIRST - 1);
    }

    /// when the minter gives up its office: it should revert for everybody, forever
    function test_WhenTheMinterGivesUpItsOffice() external {
        vm.prank(minter);
        token.renounceOwnership();
        _expectNotTheMinter(minter);
        vm.warp(START + 50 * YEAR);
        _expectNotTheMinter(address(this));
    }
}
