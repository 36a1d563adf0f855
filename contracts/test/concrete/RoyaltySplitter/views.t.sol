// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IRoyaltySplitter} from "../../../src/interfaces/IRoyaltySplitter.sol";
import {Split} from "../../../src/types/Split.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

/// What can be asked about a splitter's accounts.
contract SplitterViewsTest is ModelFixture {
    RoyaltySplitter private splitter;

    function setUp() public override {
        super.setUp();
        splitter = deployedSplitter();
    }

    /// split, when it is called on a clone: it should show root, total, the payees' part and the creator
    function test_ShowsItsTerms() external view {
        Split memory expected = Split(rootOf(STUDY), TOTAL, OWNERS_BPS, researcher);
        assertEq(abi.encode(splitter.split()), abi.encode(expected), "terms");
    }

    /// received, when nothing has come in: it should be zero
    /// released, when nothing was released: it should be zero
    /// releasedTo, when the payee was paid nothing: it should be zero
    function test_ShowsThatNothingHasComeIn() external view {
        assertEq(splitter.received(token), 0, "received");
        (uint256 inAll, uint256 toPayees) = splitter.released(token);
        assertEq(inAll + toPayees, 0, "released");
        assertEq(splitter.releasedTo(token, owners[0]), 0, "to a payee");
        assertEq(splitter.payeesPart(token), 0, "payees");
        assertEq(splitter.releasable(token, owners[0], payouts[0]), 0, "a payee");
        assertEq(splitter.releasableCreator(token), 0, "creator");
    }

    /// received, when something has: it should be all that ever came, released or not
    /// released, when something was: it should be all that was, and the payees' of it
    /// releasedTo, when it was: it should be all that it was paid of this token
    /// payeesPart, when it is called on a clone
    /// - it should be their part of all that ever came, and all that came for them alone
    /// releasable, when the payee was paid its part: it should be zero
    /// releasable, when something has come in since: it should be what the payee's word gives it of that
    /// releasableCreator, when the creator was paid its part: it should be zero
    /// releasableCreator, when something has come in since: it should be the rest of it, the payees' floor with it
    function test_ShowsWhatHasComeInAndGone() external {
        token.mint(address(splitter), 1000);
        assertEq(splitter.payeesPart(token), 700, "payees");
        assertEq(splitter.releasable(token, owners[1], payouts[1]), 140, "2/10 of it");
        assertEq(splitter.releasableCreator(token), 300, "creator");

        release(splitter, 1);
        splitter.releaseCreator();
        assertEq(splitter.received(token), 1000, "received");
        (uint256 inAll, uint256 toPayees) = splitter.released(token);
        assertEq(inAll, 440, "released");
        assertEq(toPayees, 140, "to payees");
        assertEq(splitter.releasedTo(token, owners[1]), 140, "to this one");
        assertEq(splitter.releasedTo(token, owners[0]), 0, "to another");
        assertEq(splitter.releasable(token, owners[1], payouts[1]), 0, "nothing more");
        assertEq(splitter.releasableCreator(token), 0, "nor here");
        assertEq(splitter.payeesPart(token), 700, "as before");
    }

    /// split, when it is called on the implementation: it should revert
    /// payeesPart, when it is called on the implementation: it should revert
    /// releasable, when it is called on the implementation: it should revert
    /// releasableCreator, when it is called on the implementation: it should revert
    function test_RevertsOnTheImplementation() external {
        bytes memory reason = abi.encodeWithSelector(
            IRoyaltySplitter.RoyaltySplitter_NotAClone.selector, address(implementation)
        );
        vm.expectRevert(reason);
        implementation.split();
        vm.expectRevert(reason);
        implementation.payeesPart(token);
        vm.expectRevert(reason);
        implementation.releasable(token, owners[0], payouts[0]);
        vm.expectRevert(reason);
        implementation.releasableCreator(token);
    }
}
