// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ArtGallery} from "../../src/ArtGallery.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {PieceStatus} from "../../src/types/Art.sol";
import {ModelFixture} from "../utils/ModelFixture.sol";
import {CascadeHandler, World} from "./CascadeHandler.sol";

/// Art, model, owners: the whole cascade.
contract CascadeInvariantTest is ModelFixture {
    CascadeHandler private handler;
    ArtGallery private gallery;

    function setUp() public override {
        super.setUp();
        RoyaltySplitter ofModel = deployedSplitter();
        gallery = new ArtGallery(token, registry, parameters, address(implementation));
        World memory world;
        (world.token, world.gallery, world.ofModel) = (token, gallery, ofModel);
        (world.model, world.researcherKey) = (MODEL, researcherKey);
        world.feeBps = FEE_BPS;
        (world.owners, world.payouts) = (owners, payouts);
        world.proofs = new bytes32[][](owners.length);
        for (uint256 i = 0; i < owners.length; ++i) {
            world.proofs[i] = ownerProof(STUDY, i);
        }
        handler = new CascadeHandler(world);
    }

    /// What forge calls at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_ReleasedAndHeldIsReceived() external view {
        for (uint256 i = 0; i < handler.splitterCount(); ++i) {
            RoyaltySplitter splitter = RoyaltySplitter(handler.splitters(i));
            CascadeHandler.Book memory book = handler.book(address(splitter));
            (uint256 inAll, uint256 toPayees) = splitter.released(token);
            assertEq(splitter.received(token), book.received, "received");
            assertEq(inAll + balance(address(splitter)), book.received, "released + held");
            assertEq(inAll, book.toPayees + book.toCreator, "released");
            assertEq(toPayees, book.toPayees, "to payees");
            assertEq(splitter.reserved(), book.reserved, "reserved");
        }
    }

    function invariant_NobodyAboveItsPart() external view {
        for (uint256 i = 0; i < handler.splitterCount(); ++i) {
            RoyaltySplitter splitter = RoyaltySplitter(handler.splitters(i));
            CascadeHandler.Book memory book = handler.book(address(splitter));
            uint256 part = book.reserved + (book.received - book.reserved) * book.payeesBps / 10_000;
            assertEq(splitter.payeesPart(token), part, "the payees' part");
            assertTrue(book.toPayees <= part, "payees");
            assertTrue(book.toCreator <= book.received - part, "creator");
        }
        CascadeHandler.Book memory ofModel = handler.book(handler.splitters(0));
        uint256 whole = ofModel.reserved + (ofModel.received - ofModel.reserved) * ofModel.payeesBps / 10_000;
        for (uint256 i = 0; i < owners.length; ++i) {
            assertTrue(balance(owners[i]) <= whole * payouts[i] / TOTAL, "an owner");
        }
    }

    function invariant_TheWholeCascadeIsConserved() external view {
        uint256 arrived = balance(treasury) + balance(researcher) + balance(handler.artists(0))
            + balance(handler.artists(1));
        for (uint256 i = 0; i < owners.length; ++i) {
            arrived += balance(owners[i]);
            assertEq(balance(owners[i]), handler.paidTo(owners[i]), "an owner's");
        }
        for (uint256 i = 0; i < handler.splitterCount(); ++i) {
            arrived += balance(handler.splitters(i));
        }
        assertEq(arrived, handler.paid(), "to the last unit");
        assertEq(balance(treasury), handler.fees(), "fees");
        assertEq(balance(researcher), handler.paidTo(researcher), "the researcher's");
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(balance(handler.artists(i)), handler.paidTo(handler.artists(i)), "an artist's");
        }
    }

    function invariant_TheGalleryKeepsNothingAndSellsOnce() external view {
        assertEq(balance(address(gallery)), 0, "held");
        for (uint256 i = 0; i < handler.pieceCount(); ++i) {
            uint256 id = handler.pieces(i);
            PieceStatus status = gallery.piece(id).status;
            assertTrue(status == (handler.sold(id) ? PieceStatus.Sold : PieceStatus.Primary), "status");
            address artist = gallery.piece(id).generation.artist;
            assertTrue((gallery.ownerOf(id) == artist) == !handler.sold(id), "owner");
        }
    }
}
