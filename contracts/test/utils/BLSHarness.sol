// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BLS12381} from "../../src/libraries/BLS12381.sol";

/// Makes the library's functions callable.
contract BLSHarness {
    function hashToG2(bytes calldata message, bytes calldata domain) external view returns (bytes memory) {
        return BLS12381.hashToG2(message, domain);
    }

    function requireKey(bytes calldata key) external view {
        BLS12381.requireKey(key);
    }

    function verify(
        bytes calldata key,
        bytes calldata message,
        bytes calldata domain,
        bytes calldata signature
    ) external view returns (bool) {
        return BLS12381.verify(key, message, domain, signature);
    }
}
