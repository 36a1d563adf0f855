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

    function test_RevertWhen_TheCallerIsNotTheMinter() external {
        _expectNotTheMinter(stranger);
        _expectNotTheMinter(holder);
    }

    function test_RevertWhen_TheAmountIsZero() external {
        vm.expectRevert(ITributaryToken.TributaryToken_AmountZero.selector);
        _mint(0);
    }

    function test_RevertWhen_TheRecipientIsTheZeroAddress() external {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(minter);
        token.mint(address(0), 1);
    }

    function test_RevertWhen_TheAmountIsAboveWhatThisPeriodHasLeft() external {
        _expectAboveSchedule(FIRST + 1, FIRST);
        _expectAboveSchedule(type(uint256).max, FIRST);
        _mint(FIRST - 3);
        _expectAboveSchedule(4, 3);
        _mint(3);
        _expectAboveSchedule(1, 0);
    }

    function test_WhenThePeriodHasItLeft() external {
        assertEq(token.period(), 0, "the first period");
        assertEq(token.mintable(), FIRST, "before");
        _mint(FIRST / 4);
        assertEq(token.balanceOf(payee), FIRST / 4, "created");
        assertEq(token.totalSupply(), SUPPLY + FIRST / 4, "supply");
        assertEq(token.mintedIn(0), FIRST / 4, "booked");
        assertEq(token.mintable(), FIRST - FIRST / 4, "left");
    }

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

    function test_WhenPeriodsHavePassedWithoutAMint() external {
        vm.warp(START + 10 * YEAR + 5);
        assertEq(token.period(), 10, "period");
        _expectAboveSchedule(FIRST + 1, FIRST);
        _mint(FIRST);
        _expectAboveSchedule(1, 0);
    }

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

    function test_WhenTheMinterGivesUpItsOffice() external {
        vm.prank(minter);
        token.renounceOwnership();
        _expectNotTheMinter(minter);
        vm.warp(START + 50 * YEAR);
        _expectNotTheMinter(address(this));
    }
}
