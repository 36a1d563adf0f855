// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../../src/DatasetRegistry.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract VoidNonceTest is DatasetFixture {
    /// it should void what the caller signed for its present nonce
    /// nonces, when a signature was used, or the nonce voided: it should be one more
    function test_VoidsWhatWasSigned() external {
        bytes memory signature = _sign(registry, alice, 0);
        vm.prank(alice);
        registry.voidNonce();
        assertEq(registry.nonces(alice), 1, "nonce");
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 0, 1)
        );
        registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature);
    }

    function _sign(DatasetRegistry where, address owner, uint64 nonce) private view returns (bytes memory) {
        return ecdsa(ALICE_KEY, where.listDigest(owner, COMMITMENT, URI, PRICE, nonce));
    }
}
