// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract ModelViewsTest is ModelFixture {
    /// model, when it was not minted: it should revert
    /// splitterOf, when it was not minted: it should revert
    /// digestOf, when it was not minted: it should revert
    /// ownersBpsOf, when it was not minted: it should revert
    /// royaltyInfo, when it was not minted: it should revert
    /// tokenURI, when it was not minted: it should revert
    function test_RevertForAModelThatWasNotMinted() external {
        bytes memory reason = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, MODEL);
        vm.expectRevert(reason);
        registry.model(MODEL);
        vm.expectRevert(reason);
        registry.splitterOf(MODEL);
        vm.expectRevert(reason);
        registry.digestOf(MODEL);
        vm.expectRevert(reason);
        registry.ownersBpsOf(MODEL);
        vm.expectRevert(reason);
        registry.royaltyInfo(MODEL, 100);
        vm.expectRevert(reason);
        registry.tokenURI(MODEL);
    }

    /// royaltyInfo, when it was
    /// - it should name the splitter and the royalty's part of the price, rounded down, never above it
    function test_RoyaltyIsAPartOfThePrice() external {
        mintModel();
        (address receiver, uint256 amount) = registry.royaltyInfo(MODEL, 1009);
        assertEq(receiver, registry.splitterOf(MODEL), "receiver");
        assertEq(amount, 100, "a tenth, rounded down");
        (, amount) = registry.royaltyInfo(MODEL, type(uint256).max);
        assertEq(amount, type(uint256).max / 10, "of the highest price");
    }

    /// The content identifier that the empty file has everywhere, and that of nine bytes.
    /// tokenURI, when it was: it should be the content identifier of the metadata's bytes
    function test_TokenURIIsAContentIdentifier() external {
        mintModel();
        _expectURI(sha256(""), "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
        _expectURI(sha256("tributary"), "ipfs://bafkreibtzcu63ffyanlqsad4mwwybnf6pag4h2pr3g6yqa6mxk6htyvs7q");
    }

    /// As the committee's members compute it: four words, hashed twice.
    /// modelLeaf: it should be the double hash of tag, study, digest and round
    function test_ModelLeafHasFourWords() external view {
        bytes memory words = abi.encode(keccak256("Tributary model"), STUDY, DIGEST, uint256(ROUND));
        assertEq(words.length, 128, "four words");
        bytes32 leaf = keccak256(bytes.concat(keccak256(words)));
        assertEq(registry.modelLeaf(STUDY, DIGEST, ROUND), leaf, "leaf");
        assertEq(registry.MODEL_TAG(), keccak256("Tributary model"), "tag");
    }

    /// supportsInterface, when it is ERC-165, ERC-721 with its metadata, ERC-2981 or ERC-4906: it should say yes
    /// supportsInterface, when it is any other: it should say no
    function test_KnowsItsInterfaces() external view {
        bytes4[5] memory known = [
            type(IERC165).interfaceId,
            type(IERC721).interfaceId,
            type(IERC721Metadata).interfaceId,
            type(IERC2981).interfaceId,
            bytes4(0x49064906)
        ];
        for (uint256 i = 0; i < known.length; ++i) {
            assertTrue(registry.supportsInterface(known[i]), "known");
        }
        assertTrue(!registry.supportsInterface(0xffffffff), "not everything");
        assertTrue(!registry.supportsInterface(0xd9b67a26), "no ERC-1155");
    }

    function _expectURI(bytes32 metadata, string memory uri) private {
        vm.prank(researcher);
        registry.setMetadata(MODEL, metadata);
        assertEq(bytes(registry.tokenURI(MODEL)), bytes(uri), "CIDv1, raw, sha2-256");
    }
}
