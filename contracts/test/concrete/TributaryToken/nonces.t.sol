// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TokenFixture} from "../../utils/TokenFixture.sol";

contract TributaryTokenNoncesTest is TokenFixture {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 private constant DELEGATION =
        keccak256("Delegation(address delegatee,uint256 nonce,uint256 expiry)");

    /// when the account has signed nothing: it should be zero
    function test_WhenTheAccountHasSignedNothing() external view {
        assertEq(token.nonces(holder), 0, "nonce");
    }

    /// when a permit or a delegation by signature was used: it should be one more, for both count together
    function test_WhenAPermitOrADelegationBySignatureWasUsed() external {
        uint256 expiry = block.timestamp;
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(HOLDER_KEY, typed(keccak256(abi.encode(PERMIT, holder, payee, 7, 0, expiry))));
        token.permit(holder, payee, 7, expiry, v, r, s);
        assertEq(token.nonces(holder), 1, "a permit");

        (v, r, s) = vm.sign(HOLDER_KEY, typed(keccak256(abi.encode(DELEGATION, payee, 1, expiry))));
        token.delegateBySig(payee, 1, expiry, v, r, s);
        assertEq(token.delegates(holder), payee, "delegated");
        assertEq(token.nonces(holder), 2, "a delegation");
        assertEq(token.nonces(payee), 0, "another's");
    }
}
