// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SmartWallet} from "../mocks/SmartWallet.sol";
import {TokenFixture} from "../utils/TokenFixture.sol";

/// Somebody wants to be paid twice, by somebody else, or not at all for what it took.
contract TokenAttacks is TokenFixture {
    /// Order of secp256k1.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function _transfer(Authorization memory a, bytes memory signature) private {
        token.transferWithAuthorization(
            a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, signature
        );
    }

    /// A payer that got no answer in time sends the same authorization again, in every form that there is.
    function test_ARetryNeverPaysTwice() external {
        Authorization memory a = authorization();
        bytes memory signature = signAuthorization(HOLDER_KEY, TRANSFER, a);
        (uint8 v, bytes32 r, bytes32 s) = split(signature);
        _transfer(a, signature);
        bytes memory refusal =
            abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, a.from, a.nonce);
        vm.expectRevert(refusal);
        _transfer(a, signature);
        vm.expectRevert(refusal);
        token.transferWithAuthorization(a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, v, r, s);
        bytes memory other = signAuthorization(HOLDER_KEY, RECEIVE, a);
        vm.expectRevert(refusal);
        vm.prank(payee);
        token.receiveWithAuthorization(a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, other);
        assertEq(token.balanceOf(payee), a.value, "once");
    }

    /// A payee holds an authorization back until the payer has paid in another way, which it did after cancelling.
    function test_WhatWasCanceledCannotBeChargedLater() external {
        Authorization memory a = authorization();
        bytes memory held = signAuthorization(HOLDER_KEY, TRANSFER, a);
        token.cancelAuthorization(holder, a.nonce, signCancel(HOLDER_KEY, holder, a.nonce));
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, holder, a.nonce));
        _transfer(a, held);
        assertEq(token.balanceOf(payee), 0, "charged");
    }

    /// Whoever sees `receiveWithAuthorization` on its way can't spend it outside the payee's call.
    function test_AReceiptCannotBeFrontRun() external {
        Authorization memory a = authorization();
        bytes memory signature = signAuthorization(HOLDER_KEY, RECEIVE, a);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        vm.prank(stranger);
        _transfer(a, signature);
        vm.expectPartialRevert(bytes4(keccak256("ERC20InvalidReceiver(address)")));
        vm.prank(stranger);
        token.receiveWithAuthorization(a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, signature);
        vm.prank(payee);
        token.receiveWithAuthorization(a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, signature);
        assertEq(token.balanceOf(payee), a.value, "received");
    }

    /// The other signature that ECDSA has for the same digest is no second authorization, nor a valid one.
    function test_AMirroredSignatureIsRefused() external {
        Authorization memory a = authorization();
        (uint8 v, bytes32 r, bytes32 s) = split(signAuthorization(HOLDER_KEY, TRANSFER, a));
        bytes32 mirrored = bytes32(ORDER - uint256(s));
        v = v == 27 ? 28 : 27;
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, mirrored));
        token.transferWithAuthorization(
            a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, v, r, mirrored
        );
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _transfer(a, abi.encodePacked(r, mirrored, v));
    }

    /// ecrecover answers zero for nonsense: nobody's tokens are not everybody's.
    function test_NonsenseIsNotTheZeroAddresssSignature() external {
        Authorization memory a = authorization();
        (a.from, a.value) = (address(0), 0);
        vm.expectRevert(ECDSA.ECDSAInvalidSignature.selector);
        token.transferWithAuthorization(
            a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, 29, bytes32("r"), bytes32("s")
        );
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _transfer(a, abi.encodePacked(bytes32("r"), bytes32("s"), uint8(29)));
        assertTrue(!token.authorizationState(address(0), a.nonce), "unused");
    }

    /// One key may stand behind two wallets: what it signed for one is not good for the other.
    function test_AWalletsSignatureIsNotItsTwins() external {
        SmartWallet one = new SmartWallet(vm.addr(7));
        SmartWallet two = new SmartWallet(vm.addr(7));
        vm.prank(holder);
        token.transfer(address(one), 10e18);
        vm.prank(holder);
        token.transfer(address(two), 10e18);
        Authorization memory a = authorization();
        a.from = address(one);
        bytes memory signature = signAuthorization(7, TRANSFER, a);
        a.from = address(two);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _transfer(a, signature);
    }

    /// Submitting somebody's permit first sets the allowance that was asked for, and nothing else.
    function test_APermitSubmittedByAStrangerChangesNothing() external {
        bytes32 content = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                holder,
                payee,
                3e18,
                0,
                block.timestamp
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(HOLDER_KEY, typed(content));
        vm.prank(stranger);
        token.permit(holder, payee, 3e18, block.timestamp, v, r, s);
        assertEq(token.allowance(holder, payee), 3e18, "the payee's");
        assertEq(token.allowance(holder, stranger), 0, "the stranger's");
    }

    /// The minter can't mint this year's tokens early, last year's late, or the same twice through a second office.
    function test_TheMinterCannotSaveItsScheduleUp() external {
        vm.warp(START + 3 * 365 days);
        uint256 most = SUPPLY / 50;
        vm.prank(minter);
        token.mint(minter, most);
        vm.prank(minter);
        token.transferOwnership(stranger);
        vm.prank(stranger);
        token.acceptOwnership();
        vm.expectPartialRevert(bytes4(keccak256("TributaryToken_AboveSchedule(uint256,uint256)")));
        vm.prank(stranger);
        token.mint(stranger, 1);
        assertEq(token.totalSupply(), SUPPLY + most, "supply");
    }
}
