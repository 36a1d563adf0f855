// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Generation} from "../../../src/types/Art.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";
import {domainOf} from "../../utils/TypedData.sol";

/// What can be asked about pieces and the gallery.
contract ArtViewsTest is ArtFixture {
    /// piece, when there is no such piece: it should revert
    /// splitterOf, when there is no such piece: it should revert
    /// royaltyInfo, when there is no such piece: it should revert
    /// tokenURI, when there is no such piece: it should revert
    /// deploySplitter, when there is no such piece: it should revert
    function test_ViewsRevertForNoPiece() external {
        bytes memory reason = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1);
        vm.expectRevert(reason);
        gallery.piece(1);
        vm.expectRevert(reason);
        gallery.splitterOf(1);
        vm.expectRevert(reason);
        gallery.royaltyInfo(1, 1);
        vm.expectRevert(reason);
        gallery.tokenURI(1);
        vm.expectRevert(reason);
        gallery.deploySplitter(1);
    }

    /// royaltyInfo, when there is: it should be the splitter, and the artist's rate of the price, rounded down
    /// tokenURI, when there is: it should be the IPFS address of the metadata's digest
    function test_ShowsRoyaltyAndMetadata() external {
        uint256 id = mintPiece();
        (address receiver, uint256 amount) = gallery.royaltyInfo(id, 1019);
        assertEq(receiver, gallery.splitterOf(id), "receiver");
        assertEq(amount, 50, "5 %, rounded down");
        Generation memory made = generation();
        (made.seed, made.metadata) = (keccak256("another seed"), sha256(""));
        assertEq(
            bytes(gallery.tokenURI(mintPiece(made))),
            "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
            "URI"
        );
    }

    /// supportsInterface, when it is ERC-165, ERC-721, ERC-2981 or ERC-7007: it should say yes
    /// supportsInterface, when it is any other: it should say no
    function test_KnowsItsInterfaces() external view {
        bytes4[4] memory known = [
            type(IERC165).interfaceId,
            type(IERC721).interfaceId,
            type(IERC2981).interfaceId,
            // ERC-7007
            bytes4(0x702c55a6)
        ];
        for (uint256 i = 0; i < known.length; ++i) {
            assertTrue(gallery.supportsInterface(known[i]), "known");
        }
        assertTrue(!gallery.supportsInterface(0xffffffff), "not everything");
    }

    /// domainSeparator: it should be EIP-712's for this contract and chain
    function test_TellsItsDomain() external view {
        assertEq(gallery.domainSeparator(), domainOf(address(gallery)), "domain");
    }

    /// pieceId: it should be the hash of model, seed and output
    function test_PieceIdIsAHash() external view {
        bytes32 expected = keccak256(abi.encode(uint256(7), keccak256("seed"), keccak256("output")));
        assertEq(gallery.pieceId(7, keccak256("seed"), keccak256("output")), uint256(expected), "id");
    }

    /// generationDigest, when there is no such model: it should revert
    /// generationDigest, when there is
    /// - it should be the EIP-712 digest of what the attester signs, the model's digest with it
    function test_DigestIsTheEip712One() external {
        Generation memory made = generation();
        bytes32 typehash = keccak256(
            "Generation(uint256 model,bytes32 modelDigest,bytes32 prompt,bytes32 seed,bytes32 output,bytes32 metadata,address artist,uint16 modelBps,uint16 royaltyBps)"
        );
        bytes memory head = abi.encode(typehash, made.model, DIGEST, made.prompt, made.seed, made.output);
        bytes memory tail = abi.encode(made.metadata, made.artist, made.modelBps, made.royaltyBps);
        assertEq(
            gallery.generationDigest(made),
            keccak256(
                abi.encodePacked(hex"1901", gallery.domainSeparator(), keccak256(bytes.concat(head, tail)))
            ),
            "digest"
        );
        made.model = 1;
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        gallery.generationDigest(made);
    }

    /// attesterOf, when there is no such model: it should revert
    function test_NobodyAttestsForNoModel() external {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        gallery.attesterOf(1);
    }
}
