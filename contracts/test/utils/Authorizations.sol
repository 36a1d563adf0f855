// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TokenFixture} from "./TokenFixture.sol";

/// ERC-3009's functions come in two forms: with v, r and s, and with a signature of any length. Both must do the same, so
/// every test runs with both.
abstract contract Authorizations is TokenFixture {
    function submitTransfer(Authorization memory a, bytes memory signature) internal virtual;
    function submitReceive(Authorization memory a, bytes memory signature) internal virtual;
    function submitCancel(address authorizer, bytes32 nonce, bytes memory signature) internal virtual;
}

abstract contract AuthorizationsByParts is Authorizations {
    function submitTransfer(Authorization memory a, bytes memory signature) internal override {
        (uint8 v, bytes32 r, bytes32 s) = split(signature);
        token.transferWithAuthorization(a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, v, r, s);
    }

    function submitReceive(Authorization memory a, bytes memory signature) internal override {
        (uint8 v, bytes32 r, bytes32 s) = split(signature);
        token.receiveWithAuthorization(a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, v, r, s);
    }

    function submitCancel(address authorizer, bytes32 nonce, bytes memory signature) internal override {
        (uint8 v, bytes32 r, bytes32 s) = split(signature);
        token.cancelAuthorization(authorizer, nonce, v, r, s);
    }
}

abstract contract AuthorizationsByBytes is Authorizations {
    function submitTransfer(Authorization memory a, bytes memory signature) internal override {
        token.transferWithAuthorization(
            a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, signature
        );
    }

    function submitReceive(Authorization memory a, bytes memory signature) internal override {
        token.receiveWithAuthorization(a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, signature);
    }

    function submitCancel(address authorizer, bytes32 nonce, bytes memory signature) internal override {
        token.cancelAuthorization(authorizer, nonce, signature);
    }
}
