// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Grant} from "../../../src/types/Dataset.sol";
import {Listing} from "../../../src/types/Dataset.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";
import {domainOf, typedDigest} from "../../utils/TypedData.sol";

contract ViewsTest is DatasetFixture {
    /// constructor: it should name itself and its EIP-712 domain
    /// supportsInterface, when it is ERC-165, ERC-721 with its metadata, or ERC-4906: it should say yes
    /// supportsInterface, when it is any other: it should say no
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

    /// listing, when there is no such dataset, or it is erased: it should be empty
    /// tokenURI, when there is no such dataset, or it is erased: it should revert
    function test_AnUnknownDataset() external {
        Listing memory nothing;
        assertEq(abi.encode(registry.listing(9)), abi.encode(nothing), "nothing");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        registry.tokenURI(9);
    }

    /// listDigest: it should be the EIP-712 digest of what the owner signs
    /// updateDigest: it should be the EIP-712 digest of what the owner signs
    /// eraseDigest: it should be the EIP-712 digest of what the owner signs
    /// consentDigest: it should be the EIP-712 digest of what the owner signs
    /// revokeDigest: it should be the EIP-712 digest of what the owner signs
    /// domainSeparator: it should be EIP-712's for this contract and chain
    /// constructor: it should name itself and its EIP-712 domain
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

    /// grantOf, when the owner never consented: it should be empty
    /// grantedUntil, when it never did, or its consent is revoked or has run out: it should be zero
    /// isGranted, when it never did, or its consent is revoked or has run out: it should say no
    function test_AConsentThatWasNeverGiven() external view {
        Grant memory nothing;
        assertEq(abi.encode(registry.grantOf(address(sink), STUDY, alice)), abi.encode(nothing), "nothing");
        assertEq(registry.grantedUntil(address(sink), STUDY, alice), 0, "until");
        assertTrue(!granted(STUDY), "granted");
    }

    function _typed(bytes memory members) private view returns (bytes32) {
        assertEq(registry.domainSeparator(), domainOf(address(registry)), "domain");
        return typedDigest(address(registry), keccak256(members));
    }
}
