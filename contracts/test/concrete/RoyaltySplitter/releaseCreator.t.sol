// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IRoyaltySplitter} from "../../../src/interfaces/IRoyaltySplitter.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract ReleaseCreatorTest is ModelFixture {
    RoyaltySplitter private splitter;

    function setUp() public override {
        super.setUp();
        splitter = deployedSplitter();
    }

    /// when it is called on the implementation: it should revert
    /// split, when it is called on the implementation: it should revert
    /// fundPayees, when it is called on the implementation: it should revert
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

    /// when nothing has come in for the creator: it should revert
    function test_RevertsWhenNothingHasComeIn() external {
        _expectNothing(0);
        token.mint(address(splitter), 1000);
        splitter.releaseCreator();
        _expectNothing(300);
    }

    /// when something has
    /// - it should pay the creator the rest of all that ever came, whoever calls
    /// - it should leave the payees theirs
    /// - it should emit CreatorReleased
    /// releasableCreator, when something has come in since: it should be the rest of it, the payees' floor with it
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

    /// when the token calls back: it should refuse the inner call and pay once
    /// releaseCreatorOf, when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        bytes[2] memory inner = [
            abi.encodeCall(RoyaltySplitter.releaseCreator, ()),
            abi.encodeCall(RoyaltySplitter.release, (owners[0], payouts[0], ownerProof(STUDY, 0)))
        ];
        for (uint256 i = 0; i < 2; ++i) {
            token.callOnTransfer(address(0), "");
            token.mint(address(splitter), 1000);
            token.callOnTransfer(address(splitter), inner[i]);
            if (i == 0) assertEq(splitter.releaseCreator(), 300, "paid once");
            else assertEq(splitter.releaseCreatorOf(token), 300, "paid once");
            assertTrue(token.calls() == i + 1 && !token.succeeded(), "refused");
            assertEq(
                token.returned(),
                abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "reason"
            );
        }
        assertEq(balance(owners[0]), 0, "nothing through the back door");
    }

    /// releaseCreatorOf, when releaseCreator would revert: it should revert
    /// releaseCreatorOf, when something has come in
    /// - it should pay as releaseCreator does, each token apart from another
    function test_OfAnotherToken() external {
        HookedToken other = new HookedToken();
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NotAClone.selector, address(implementation)
            )
        );
        implementation.releaseCreatorOf(other);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NothingToRelease.selector, researcher, 0, 0
            )
        );
        splitter.releaseCreatorOf(other);
        token.mint(address(splitter), 1000);
        other.mint(address(splitter), 100);
        vm.prank(stranger);
        assertEq(splitter.releaseCreatorOf(other), 30, "of the other");
        assertEq(other.balanceOf(researcher), 30, "to the creator");
        assertEq(splitter.releasableCreator(token), 300, "this one is apart");
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
