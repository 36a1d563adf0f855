// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {Grant, GrantStatus, Listing} from "../../src/types/Dataset.sol";
import {Base} from "../utils/Base.sol";
import {DatasetHandler} from "./DatasetHandler.sol";

contract DatasetRegistryInvariantTest is Base {
    DatasetHandler private handler;
    DatasetRegistry private registry;

    function setUp() external {
        handler = new DatasetHandler();
        registry = handler.registry();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Granted exactly if the owner granted, has not revoked since, and the time is not up.
    function invariant_AConsentIsLiveExactlyAsItsOwnerSaidLast() external view {
        address sink = address(handler.sink());
        for (uint256 i = 0; i < handler.OWNERS(); ++i) {
            address owner = handler.owners(i);
            for (uint256 j = 1; j <= handler.STUDIES(); ++j) {
                DatasetHandler.Book memory book = handler.book(owner, bytes32(j));
                bool live = book.open && block.timestamp <= book.until;
                assertTrue(registry.isGranted(sink, bytes32(j), owner) == live, "granted");
                assertEq(registry.grantedUntil(sink, bytes32(j), owner), live ? book.until : 0, "until");
                Grant memory grant = registry.grantOf(sink, bytes32(j), owner);
                assertEq(grant.nonce, book.nonce, "nonce");
                assertTrue((grant.status == GrantStatus.Granted) == book.open, "status");
                assertTrue(
                    !book.open || registry.ownerOf(grant.dataset) == owner, "its giver owns the dataset"
                );
            }
        }
    }

    function invariant_DatasetsAreAsTheBooksSay() external view {
        uint256 owned = 0;
        for (uint256 dataset = 1; dataset <= handler.count(); ++dataset) {
            Listing memory listing = registry.listing(dataset);
            assertEq(listing.owner, handler.ownerOf(dataset), "owner");
            assertEq(listing.openGrants, handler.open(dataset), "open");
            bool gone = listing.owner == address(0);
            assertTrue((listing.commitment == 0) == gone, "an erased dataset leaves nothing");
            assertTrue((bytes(listing.uri).length == 0) == gone, "an erased dataset leaves nothing");
            if (!gone) ++owned;
        }
        uint256 balances = 0;
        for (uint256 i = 0; i < handler.OWNERS(); ++i) {
            balances += registry.balanceOf(handler.owners(i));
            assertEq(registry.nonces(handler.owners(i)), handler.nonces(handler.owners(i)), "nonce");
        }
        assertEq(balances, owned, "balances");
    }
}
