// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {UsageFixture} from "../utils/UsageFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract UsageAnchorGasTest is UsageFixture {
    function test_Anchor() external {
        anchor(0, 5);
        vm.snapshotGasLastCall("UsageAnchor", "anchor (first batch)");
        anchor(5, 5);
        vm.snapshotGasLastCall("UsageAnchor", "anchor (later batches)");
        bytes memory signature = ecdsa(PUBLISHER_KEY, digest(publisher, root(10, 5), 10, 5));
        usage.anchorFor(publisher, STREAM, root(10, 5), 10, 5, signature);
        vm.snapshotGasLastCall("UsageAnchor", "anchorFor (later batches)");
    }
}
