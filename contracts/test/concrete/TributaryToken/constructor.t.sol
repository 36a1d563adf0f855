// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {ITributaryToken} from "../../../src/interfaces/ITributaryToken.sol";
import {TokenFixture} from "../../utils/TokenFixture.sol";
import {domainOf} from "../../utils/TypedData.sol";

contract TributaryTokenConstructorTest is TokenFixture {
    /// when the supply is zero: it should revert
    function test_RevertWhen_TheSupplyIsZero() external {
        vm.expectRevert(ITributaryToken.TributaryToken_SupplyZero.selector);
        new TributaryToken(minter, holder, 0);
    }

    /// when the supply is above what votes can be counted of: it should revert
    function test_RevertWhen_TheSupplyIsAboveWhatVotesCanBeCountedOf() external {
        uint256 most = type(uint208).max;
        new TributaryToken(minter, holder, most);
        vm.expectRevert(abi.encodeWithSelector(ERC20Votes.ERC20ExceededSafeSupply.selector, most + 1, most));
        new TributaryToken(minter, holder, most + 1);
    }

    /// when the minter is the zero address: it should revert
    function test_RevertWhen_TheMinterIsTheZeroAddress() external {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        new TributaryToken(address(0), holder, SUPPLY);
    }

    /// when the holder is the zero address: it should revert
    function test_RevertWhen_TheHolderIsTheZeroAddress() external {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        new TributaryToken(minter, address(0), SUPPLY);
    }

    /// when all is given
    /// - it should give the whole supply to the holder
    /// - it should make the minter its owner
    /// - it should name itself and its domain
    function test_WhenAllIsGiven() external view {
        assertEq(token.totalSupply(), SUPPLY, "supply");
        assertEq(token.balanceOf(holder), SUPPLY, "the holder's");
        assertEq(token.owner(), minter, "owner");
        assertEq(bytes(token.name()), "Tributary", "name");
        assertEq(bytes(token.symbol()), "TRIB", "symbol");
        assertEq(token.decimals(), 18, "decimals");
        assertEq(token.DOMAIN_SEPARATOR(), domainOf(address(token)), "domain");
    }
}
