// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {Generation} from "../../../src/types/Art.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract NameAttesterTest is ArtFixture {
    uint256 private servingSecret = uint256(keccak256("serving key"));
    address private servingKey = vm.addr(servingSecret);

    function test_RevertsForOthers() external {
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotModelOwner.selector, MODEL, stranger, researcher)
        );
        vm.prank(stranger);
        gallery.nameAttester(MODEL, stranger);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        gallery.nameAttester(1, stranger);
    }

    function test_HasTheNamedOnesWord() external {
        assertEq(gallery.attesterOf(MODEL), researcher, "the owner, first");
        _name(servingKey);
        assertEq(gallery.attesterOf(MODEL), servingKey, "who was named");
        Generation memory made = generation();
        bytes32 digest = gallery.generationDigest(made);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_AttestationInvalid.selector, servingKey, digest)
        );
        vm.prank(artist);
        gallery.mint(made, ecdsa(researcherKey, digest));
        vm.prank(artist);
        gallery.mint(made, ecdsa(servingSecret, digest));
    }

    function test_HasTheOwnersAgainAfterNamingNobody() external {
        _name(servingKey);
        _name(address(0));
        assertEq(gallery.attesterOf(MODEL), researcher, "the owner");
        mintPiece();
    }

    function test_EndsWhenTheModelChangesHands() external {
        _name(servingKey);
        vm.prank(researcher);
        registry.transferFrom(researcher, stranger, MODEL);
        assertEq(gallery.attesterOf(MODEL), stranger, "the new owner");
    }

    function _name(address attester) private {
        vm.expectEmit(address(gallery));
        emit IArtGallery.AttesterNamed(MODEL, researcher, attester);
        vm.prank(researcher);
        gallery.nameAttester(MODEL, attester);
    }
}
