// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TokenFixture} from "../utils/TokenFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract TributaryTokenGasTest is TokenFixture {
    function _record(string memory name) private {
        vm.snapshotGasLastCall("TributaryToken", name);
    }

    function test_Transfer() external {
        vm.prank(holder);
        token.transfer(payee, 1);
        _record("transfer (to a new holder)");
        vm.prank(holder);
        token.transfer(payee, 1);
        _record("transfer");
        vm.prank(holder);
        token.delegate(holder);
        _record("delegate");
        vm.prank(payee);
        token.delegate(payee);
        vm.warp(block.timestamp + 1);
        vm.prank(holder);
        token.transfer(payee, 1);
        _record("transfer (between two who vote)");
    }

    function test_Mint() external {
        vm.prank(minter);
        token.mint(payee, 1);
        _record("mint (first of a period)");
        vm.prank(minter);
        token.mint(payee, 1);
        _record("mint");
    }

    function test_Authorizations() external {
        Authorization memory a = authorization();
        bytes memory signature = signAuthorization(HOLDER_KEY, TRANSFER, a);
        token.transferWithAuthorization(
            a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, signature
        );
        _record("transferWithAuthorization (to a new holder)");
        a.nonce = keccak256("another");
        (uint8 v, bytes32 r, bytes32 s) = split(signAuthorization(HOLDER_KEY, TRANSFER, a));
        token.transferWithAuthorization(a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, v, r, s);
        _record("transferWithAuthorization (v, r, s)");
        bytes32 nonce = keccak256("a third");
        token.cancelAuthorization(holder, nonce, signCancel(HOLDER_KEY, holder, nonce));
        _record("cancelAuthorization");
    }
}
