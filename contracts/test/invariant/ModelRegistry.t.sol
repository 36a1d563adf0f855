// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {Model} from "../../src/types/Model.sol";
import {Status} from "../../src/types/Study.sol";
import {Base} from "../utils/Base.sol";
import {ModelHandler} from "./ModelHandler.sol";

contract ModelRegistryInvariantTest is Base {
    ModelHandler private handler;
    ModelRegistry private registry;

    function setUp() external {
        handler = new ModelHandler();
        registry = handler.registry();
    }

    /// What forge calls at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_MintedOnlyByAClosedStudysCertificateAndOnce() external view {
        for (uint256 i = 0; i < handler.studyCount(); ++i) {
            bytes32 id = handler.studies(i);
            ModelHandler.Book memory book = handler.book(id);
            assertTrue(book.mints <= 1, "once");
            if (book.mints == 0) continue;
            assertTrue(book.status == Status.Closed && book.lastRound > 0, "closed and settled");
            Model memory model = registry.model(uint256(id));
            assertEq(model.digest, book.digest, "the digest of its last round");
            assertEq(model.digest, book.minted, "which never changes");
            assertEq(model.creator, book.researcher, "creator");
            assertEq(registry.ownerOf(uint256(id)), book.holder, "owner");
        }
    }

    function invariant_NothingElseExists() external view {
        uint256 minted = 0;
        for (uint256 i = 0; i < handler.studyCount(); ++i) {
            bytes32 id = handler.studies(i);
            minted += handler.book(id).mints;
            if (handler.book(id).mints == 1) continue;
            try registry.ownerOf(uint256(id)) {
                assertTrue(false, "a token without a mint");
            } catch {}
        }
        uint256 held = 0;
        for (uint160 i = 0; i < 4; ++i) {
            if (i < 3) held += registry.balanceOf(address(0x2000 + i));
            held += registry.balanceOf(address(0x3000 + i));
        }
        assertEq(held, minted, "every token is a minted one's");
    }

    function invariant_ASplitterIsDeployedOnceWhereItWasPredicted() external view {
        for (uint256 i = 0; i < handler.studyCount(); ++i) {
            bytes32 id = handler.studies(i);
            ModelHandler.Book memory book = handler.book(id);
            if (book.mints == 0) continue;
            address splitter = registry.splitterOf(uint256(id));
            if (book.splitterCode == 0) assertEq(splitter.code.length, 0, "not deployed");
            else assertEq(splitter.codehash, book.splitterCode, "as it was deployed");
        }
    }
}
