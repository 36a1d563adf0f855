// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {ArtFixture} from "../utils/ArtFixture.sol";

/// What a transaction costs, base fee and calldata included.
/// forge-config: default.isolate = true
contract ArtGalleryGasTest is ArtFixture {
    function test_APiecesWay() external {
        uint256 id = mintPiece();
        _record("mint");
        vm.prank(artist);
        gallery.setPrice(id, PRICE);
        _record("setPrice");
        buyPiece(id);
        _record("buy");
        RoyaltySplitter splitter = splitterFor(id);
        _record("deploySplitter");
        releaseToModel(splitter);
        _record("release to the model's splitter");
        splitter.releaseCreator();
        _record("release to the artist");
    }

    function _record(string memory name) private {
        vm.snapshotGasLastCall("ArtGallery", name);
    }
}
