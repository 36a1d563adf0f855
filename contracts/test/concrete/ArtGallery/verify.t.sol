// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Generation} from "../../../src/types/Art.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract VerifyTest is ArtFixture {
    /// when the bytes have another shape: it should say false
    /// when the piece is not minted: it should say whether the model's attester signed it
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

    /// when the model is unknown, or its digest is another: it should say false
    function test_SaysFalseForAnUnknownModelOrDigest() external view {
        Generation memory made = generation();
        bytes memory proof = proofBytes(made, attest(made));
        bytes memory digest =
            abi.encode(made.model, keccak256("another model"), made.seed, made.output, made.metadata);
        assertTrue(!gallery.verify(promptBytes(made), digest, proof), "another digest");
        made.model = 1;
        assertTrue(!gallery.verify(promptBytes(made), dataBytes(made), proof), "no such model");
    }

    /// when anything was changed: it should say false
    function test_SaysFalseWhenAnythingWasChanged() external {
        _assertChangesShow();
        mintPiece();
        _assertChangesShow();
    }

    /// when the piece is not minted: it should say whether the model's attester signed it
    /// when it is minted: it should say whether who attested it then signed it, whoever attests now
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
