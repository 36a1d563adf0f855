// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IModelRegistry} from "../../../src/interfaces/IModelRegistry.sol";
import {Split} from "../../../src/types/Split.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract DeploySplitterTest is ModelFixture {
    /// when the model was not minted: it should revert
    function test_RevertsWhenTheModelWasNotMinted() external {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, MODEL));
        registry.deploySplitter(MODEL);
    }

    /// when it is not
    /// - it should deploy it where the registry said it would be, whoever calls
    /// - it should give it the study's payouts, the owners' part and the researcher
    /// - it should emit SplitterDeployed
    /// splitterOf, when it was: it should be where its splitter is or will be
    function test_DeploysItWhereTheRegistrySaidItWouldBe() external {
        RoyaltySplitter splitter = mintModel();
        assertEq(address(splitter).code.length, 0, "not there yet");
        vm.expectEmit(address(registry));
        emit IModelRegistry.SplitterDeployed(MODEL, address(splitter));
        vm.prank(stranger);
        address there = registry.deploySplitter(MODEL);
        assertEq(there, address(splitter), "address");
        Split memory split = splitter.split();
        assertEq(split.root, rootOf(STUDY), "root");
        assertEq(split.total, TOTAL, "total");
        assertEq(split.payeesBps, OWNERS_BPS, "owners' part");
        assertEq(split.creator, researcher, "creator");
        assertEq(address(splitter.token()), address(token), "token");
    }

    /// when the splitter is there: it should return its address and change nothing
    function test_ReturnsTheAddressOfOneThatIsThere() external {
        RoyaltySplitter splitter = deployedSplitter();
        bytes32 code = address(splitter).codehash;
        assertEq(registry.deploySplitter(MODEL), address(splitter), "address");
        assertEq(address(splitter).codehash, code, "code");
    }

    /// when it is not: it should leave it what it was paid before
    function test_LeavesItWhatItWasPaidBefore() external {
        RoyaltySplitter splitter = mintModel();
        token.mint(address(splitter), 100);
        registry.deploySplitter(MODEL);
        assertEq(release(splitter, 3), 28, "4/10 of 70");
        assertEq(splitter.releaseCreator(), 30, "the rest");
    }
}
