// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {GrantStatus, Listing} from "../../../src/types/Dataset.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract ViewsTest is DatasetFixture {
    function test_NamesAndInterfaces() external view {
        assertEq(bytes(registry.name()), "Tributary Dataset", "name");
        assertEq(bytes(registry.symbol()), "TRIB-D", "symbol");
        assertTrue(registry.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        assertTrue(registry.supportsInterface(type(IERC721).interfaceId), "ERC-721");
        assertTrue(registry.supportsInterface(type(IERC721Metadata).interfaceId), "metadata");
        assertTrue(registry.supportsInterface(0x49064906), "ERC-4906");
        assertTrue(!registry.supportsInterface(0xffffffff), "not that");
        assertEq(registry.MAX_URI(), 200, "uri");
        assertEq(registry.NOTICE_GAS(), 200_000, "gas");
    }

    function test_AnUnknownDataset() external {
        Listing memory nothing;
        assertEq(abi.encode(registry.listing(9)), abi.encode(nothing), "nothing");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        registry.tokenURI(9);
    }

    function test_DigestsAreThoseOfEip712() external view {
        string memory list = "List(address owner,bytes32 commitment,string uri,uint128 price,uint64 nonce)";
        bytes32 uri = keccak256(bytes(URI));
        assertEq(
            registry.listDigest(alice, COMMITMENT, URI, PRICE, 3),
            _typed(abi.encode(keccak256(bytes(list)), alice, COMMITMENT, uri, PRICE, 3)),
            "List"
        );
        string memory update =
            "Update(address owner,uint256 dataset,bytes32 commitment,string uri,uint128 price,uint64 nonce)";
        assertEq(
            registry.updateDigest(alice, 7, COMMITMENT, URI, PRICE, 3),
            _typed(abi.encode(keccak256(bytes(update)), alice, 7, COMMITMENT, uri, PRICE, 3)),
            "Update"
        );
        string memory erase = "Erase(address owner,uint256 dataset,bytes32 receipt,uint64 nonce)";
        assertEq(
            registry.eraseDigest(alice, 7, RECEIPT, 3),
            _typed(abi.encode(keccak256(bytes(erase)), alice, 7, RECEIPT, 3)),
            "Erase"
        );
        string memory consent =
            "Consent(address owner,uint256 dataset,address escrow,bytes32 study,uint64 until,uint64 nonce)";
        assertEq(
            registry.consentDigest(alice, 7, address(sink), STUDY, UNTIL, 3),
            _typed(abi.encode(keccak256(bytes(consent)), alice, 7, address(sink), STUDY, UNTIL, 3)),
            "Consent"
        );
        string memory revoke_ =
            "Revoke(address owner,uint256 dataset,address escrow,bytes32 study,uint64 nonce)";
        assertEq(
            registry.revokeDigest(alice, 7, address(sink), STUDY, 3),
            _typed(abi.encode(keccak256(bytes(revoke_)), alice, 7, address(sink), STUDY, 3)),
            "Revoke"
        );
    }

    // --------------------------------------------------------------------------------------------- transfers

    function test_Transfer_LeavesRevokedConsentsRevoked() external {
        grant(STUDY, UNTIL);
        revoke(STUDY);
        vm.prank(alice);
        registry.transferFrom(alice, bob, dataset);
        assertEq(registry.ownerOf(dataset), bob, "owner");
        vm.prank(bob);
        registry.safeTransferFrom(bob, alice, dataset);
        assertTrue(!granted(STUDY), "also when it comes back");
        assertGrant(UNTIL, 2, GrantStatus.Revoked);
    }

    function test_Transfer_RevertWhen_ConsentsAreOpen() external {
        grant(STUDY, UNTIL);
        vm.warp(UNTIL + 1);
        bytes memory refused =
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_GrantsOpen.selector, dataset, 1);
        vm.expectRevert(refused);
        vm.prank(alice);
        registry.transferFrom(alice, bob, dataset);
        vm.expectRevert(refused);
        vm.prank(alice);
        registry.safeTransferFrom(alice, bob, dataset);
        // By an operator no more than by the owner.
        vm.prank(alice);
        registry.approve(bob, dataset);
        vm.expectRevert(refused);
        vm.prank(bob);
        registry.transferFrom(alice, bob, dataset);
    }

    function _typed(bytes memory members) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Tributary"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        assertEq(registry.domainSeparator(), domain, "domain");
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(members)));
    }
}
