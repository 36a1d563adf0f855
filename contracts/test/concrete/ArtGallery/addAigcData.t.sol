// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {IERC7007} from "../../../src/interfaces/IERC7007.sol";
import {Generation} from "../../../src/types/Art.sol";
import {Split} from "../../../src/types/Split.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract AddAigcDataTest is ArtFixture {
    /// when the bytes have another shape: it should revert
    function test_RevertsForAnotherShape() external {
        Generation memory made = generation();
        (bytes memory prompt, bytes memory data) = (promptBytes(made), dataBytes(made));
        bytes memory proof = proofBytes(made, attest(made));
        uint256 id = idOf(made);
        _malformed(id, bytes.concat(prompt, hex"00"), data, proof);
        _malformed(id, "", data, proof);
        _malformed(id, prompt, bytes.concat(data, hex"00"), proof);
        _malformed(id, prompt, "", proof);
        _malformed(id, prompt, data, proofBytes(made, ""));
        _malformed(id, prompt, data, "");
    }

    /// when they are about another token or another digest of the model: it should revert
    function test_RevertsForAnotherTokenOrDigest() external {
        Generation memory made = generation();
        bytes memory proof = proofBytes(made, attest(made));
        uint256 id = idOf(made);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_DataMismatch.selector, id + 1, id, DIGEST)
        );
        vm.prank(artist);
        gallery.addAigcData(id + 1, promptBytes(made), dataBytes(made), proof);
        bytes memory foreign =
            abi.encode(made.model, keccak256("another model"), made.seed, made.output, made.metadata);
        vm.expectRevert(abi.encodeWithSelector(IArtGallery.ArtGallery_DataMismatch.selector, id, id, DIGEST));
        vm.prank(artist);
        gallery.addAigcData(id, promptBytes(made), foreign, proof);
    }

    /// when mint would revert: it should revert
    /// when everything is right: it should do what mint does, and emit the same
    function test_DoesWhatMintDoes() external {
        Generation memory made = generation();
        bytes memory signature = attest(made);
        uint256 id = idOf(made);
        bytes memory proof = proofBytes(made, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotArtist.selector, id, address(this), artist)
        );
        gallery.addAigcData(id, promptBytes(made), dataBytes(made), proof);
        expectMinted(made, signature);
        vm.prank(artist);
        gallery.addAigcData(id, promptBytes(made), dataBytes(made), proof);
        assertEq(abi.encode(gallery.piece(id).generation), abi.encode(made), "generation");
        vm.expectRevert(abi.encodeWithSelector(IArtGallery.ArtGallery_AlreadyMinted.selector, id));
        vm.prank(artist);
        gallery.addAigcData(id, promptBytes(made), dataBytes(made), proof);
    }

    function _malformed(uint256 id, bytes memory prompt, bytes memory data, bytes memory proof) private {
        vm.expectRevert(IArtGallery.ArtGallery_DataMalformed.selector);
        vm.prank(artist);
        gallery.addAigcData(id, prompt, data, proof);
    }
}
