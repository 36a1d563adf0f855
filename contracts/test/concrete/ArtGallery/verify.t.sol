// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Generation} from "../../../src/types/Art.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract VerifyTest is ArtFixture {
    function test_SaysFalseForAnotherShape() external view {
        Generation memory made = generation();
        (bytes memory prompt, bytes memory data) = (promptBytes(made), dataBytes(made));
        bytes memory proof = proofBytes(made, attest(made));
        assertTrue(gallery.verify(prompt, data, proof), "the right one");
        assertTrue(!gallery.verify("", data, proof), "no prompt");
        assertTrue(!gallery.verify(bytes.concat(prompt, hex"00"), data, proof), "a longer prompt");
        assertTrue(!gallery.verify(prompt, "", proof), "no data");
        assertTrue(!gallery.verify(prompt, bytes.concat(data, hex"00"), proof), "longer data");
        assertTrue(!gallery.verify(prompt, data, ""), "no proof");
        assertTrue(!gallery.verify(prompt, data, proofBytes(made, "")), "no signature");
        assertTrue(!gallery.verify(prompt, data, bytes.concat(proof, hex"00")), "a longer signature");
    }

    function test_SaysFalseForAnUnknownModelOrDigest() external view {
        Generation memory made = generation();
        bytes memory proof = proofBytes(made, attest(made));
        bytes memory digest =
            abi.encode(made.model, keccak256("another model"), made.seed, made.output, made.metadata);
        assertTrue(!gallery.verify(promptBytes(made), digest, proof), "another digest");
        made.model = 1;
        assertTrue(!gallery.verify(promptBytes(made), dataBytes(made), proof), "no such model");
    }

    function test_SaysFalseWhenAnythingWasChanged() external {
        _assertChangesShow();
        mintPiece();
        _assertChangesShow();
    }

    function test_SaysWhoAttestedItThen() external {
        Generation memory made = generation();
        bytes memory proof = proofBytes(made, attest(made));
        mintPiece();
        vm.prank(researcher);
        gallery.nameAttester(MODEL, stranger);
        assertTrue(gallery.verify(promptBytes(made), dataBytes(made), proof), "of the minted one, still");
        made.seed = keccak256("another seed");
        proof = proofBytes(made, attest(made));
        assertTrue(!gallery.verify(promptBytes(made), dataBytes(made), proof), "of another, no more");
    }

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

    function test_TellsItsDomain() external view {
        bytes32 typehash =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 expected = keccak256(
            abi.encode(typehash, keccak256("Tributary"), keccak256("1"), block.chainid, address(gallery))
        );
        assertEq(gallery.domainSeparator(), expected, "domain");
    }

    function _assertChangesShow() private view {
        bytes memory signature = attest(generation());
        for (uint256 i = 0; i < 8; ++i) {
            Generation memory made = generation();
            if (i == 0) made.prompt = keccak256("changed");
            if (i == 1) made.seed = keccak256("changed");
            if (i == 2) made.output = keccak256("changed");
            if (i == 3) made.metadata = keccak256("changed");
            if (i == 4) made.artist = stranger;
            if (i == 5) made.modelBps -= 1;
            if (i == 6) made.royaltyBps += 1;
            bool valid = gallery.verify(promptBytes(made), dataBytes(made), proofBytes(made, signature));
            assertTrue(valid == (i == 7), "only what was signed");
        }
    }
}
