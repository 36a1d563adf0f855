// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {Generation} from "../../../src/types/Art.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract NameAttesterTest is ArtFixture {
    uint256 private servingSecret = uint256(keccak256("serving key"));
    address private servingKey = vm.addr(servingSecret);

    /// when there is no such model: it should revert
    /// when the caller does not own the model: it should revert
    function test_RevertsForOthers() external {
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotModelOwner.selector, MODEL, stranger, researcher)
        );
        vm.prank(stranger);
        gallery.nameAttester(MODEL, stranger);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        gallery.nameAttester(1, stranger);
    }

    /// when the owner names somebody
    /// - it should have that one's word, and no longer the owner's
    /// - it should emit AttesterNamed
    /// attesterOf, when nobody is named: it should be the model's owner
    /// attesterOf, when the owner has named somebody: it should be who was named
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

    /// when the owner names nobody: it should have the owner's again
    /// attesterOf, when nobody is named: it should be the model's owner
    function test_HasTheOwnersAgainAfterNamingNobody() external {
        _name(servingKey);
        _name(address(0));
        assertEq(gallery.attesterOf(MODEL), researcher, "the owner");
        mintPiece();
    }

    /// attesterOf, when the model has changed hands since: it should be the new owner
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
