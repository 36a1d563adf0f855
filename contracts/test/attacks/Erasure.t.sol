// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {IConsentSink} from "../../src/interfaces/IConsentSink.sol";
import {IDatasetRegistry} from "../../src/interfaces/IDatasetRegistry.sol";
import {Purpose} from "../../src/types/Dataset.sol";
import {DatasetFixture} from "../utils/DatasetFixture.sol";

/// Owner, wallet and escrow at once: while its dataset is erased it sells it.
contract Seller is IConsentSink, IERC1271 {
    DatasetRegistry private immutable REGISTRY;
    address private immutable BUYER;
    uint256 private _dataset;
    bool public sold;

    constructor(DatasetRegistry registry, address buyer) {
        (REGISTRY, BUYER) = (registry, buyer);
    }

    function eraseAndSell(bytes32 study) external {
        _dataset = REGISTRY.list("commitment", "uri", 0);
        REGISTRY.grant(_dataset, address(this), study, type(uint64).max, 0, "");
        Purpose[] memory open = new Purpose[](1);
        open[0] = Purpose(address(this), study);
        REGISTRY.erase(_dataset, "receipt", open);
    }

    function consentRevoked(bytes32, address) external {
        try REGISTRY.transferFrom(address(this), BUYER, _dataset) {
            sold = true;
        } catch {}
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }
}

contract ErasureAttacksTest is DatasetFixture {
    /// The buyer would pay for what is burnt a moment later.
    function test_ADatasetSoldWhileItIsErased() external {
        Seller seller = new Seller(registry, bob);
        seller.eraseAndSell(STUDY);
        assertTrue(!seller.sold(), "there is nothing to sell any more");
        assertEq(registry.balanceOf(bob), 0, "nothing of the buyer's was burnt");
        assertEq(registry.balanceOf(address(seller)), 0, "burnt");
    }

    /// The relayer of an erasure names a study that the owner is about to consent to, to void its signature.
    function test_AnErasureThatVoidsOtherSignatures() external {
        bytes32 other = keccak256("another study");
        uint256 second = listAs(alice);
        bytes memory held = signConsent(second, other, UNTIL, 0);
        Purpose[] memory open = new Purpose[](1);
        open[0] = Purpose(address(sink), other);
        bytes memory signature = ecdsa(ALICE_KEY, registry.eraseDigest(alice, dataset, RECEIPT, 0));
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_NotGranted.selector);
        registry.eraseFor(dataset, RECEIPT, open, 0, signature);
        registry.eraseFor(dataset, RECEIPT, new Purpose[](0), 0, signature);
        registry.grant(second, address(sink), other, UNTIL, 0, held);
        assertTrue(granted(other), "it is good still");
    }
}
