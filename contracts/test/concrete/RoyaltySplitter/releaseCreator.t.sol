// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IRoyaltySplitter} from "../../../src/interfaces/IRoyaltySplitter.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract ReleaseCreatorTest is ModelFixture {
    RoyaltySplitter private splitter;

    function setUp() public override {
        super.setUp();
        splitter = deployedSplitter();
    }

    function test_RevertsOnTheImplementation() external {
        bytes memory reason = abi.encodeWithSelector(
            IRoyaltySplitter.RoyaltySplitter_NotAClone.selector, address(implementation)
        );
        vm.expectRevert(reason);
        implementation.releaseCreator();
        vm.expectRevert(reason);
        implementation.split();
        vm.expectRevert(reason);
        implementation.fundPayees(1);
    }

    function test_RevertsWhenNothingHasComeIn() external {
        _expectNothing(0);
        token.mint(address(splitter), 1000);
        splitter.releaseCreator();
        _expectNothing(300);
    }

    function test_PaysTheRestOfAllThatEverCame() external {
        token.mint(address(splitter), 999);
        assertEq(splitter.releasableCreator(token), 300, "what the payees' floor leaves");
        vm.expectEmit(address(splitter));
        emit IRoyaltySplitter.CreatorReleased(token, researcher, 300);
        vm.prank(stranger);
        assertEq(splitter.releaseCreator(), 300, "paid");
        assertEq(balance(researcher), 300, "to the creator");
        assertEq(splitter.releasableCreator(token), 0, "nothing left");
        assertEq(balance(address(splitter)), splitter.payeesPart(token), "the payees' is there");
    }

    function _expectNothing(uint256 part) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NothingToRelease.selector, researcher, part, part
            )
        );
        splitter.releaseCreator();
    }
}
