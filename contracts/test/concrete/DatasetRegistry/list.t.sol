// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {Listing} from "../../../src/types/Dataset.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract ListTest is DatasetFixture {
    /// when they are valid
    /// - it should give the caller the next dataset
    /// - it should store commitment, URI and price
    /// - it should emit DatasetListed and MetadataUpdate
    /// listing, when there is: it should show owner, commitment, price, open consents and URI
    /// tokenURI, when there is: it should be the one it was listed with
    function test_List() external {
        vm.expectEmit(address(registry));
        emit IERC4906.MetadataUpdate(2);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.DatasetListed(2, bob, COMMITMENT, URI, 0);
        vm.prank(bob);
        uint256 id = registry.list(COMMITMENT, URI, 0);
        assertEq(id, 2, "counted from 1");
        assertEq(registry.ownerOf(2), bob, "owner");
        assertEq(bytes(registry.tokenURI(2)), bytes(URI), "uri");
        Listing memory expected = Listing(bob, COMMITMENT, 0, 0, URI);
        assertEq(abi.encode(registry.listing(2)), abi.encode(expected), "listing");
    }

    /// when the commitment is zero: it should revert
    function test_List_RevertWhen_TheCommitmentIsZero() external {
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_CommitmentZero.selector);
        registry.list(0, URI, PRICE);
    }

    /// when the URI is empty or longer than the most: it should revert
    function test_List_RevertWhen_TheUriHasNoOrTooManyBytes() external {
        registry.list(COMMITMENT, string(new bytes(200)), PRICE);
        _expectUriInvalid(0);
        registry.list(COMMITMENT, "", PRICE);
        _expectUriInvalid(201);
        registry.list(COMMITMENT, string(new bytes(201)), PRICE);
    }

    function _expectUriInvalid(uint256 length) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_UriLengthInvalid.selector, length, 200)
        );
    }
}
