// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Enrolled} from "../../../src/types/Study.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract RosterTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = launch();
        enrolAll(id);
    }

    /// when the page lies within the roster: it should show owners with identity, sequence and epoch
    /// when the page reaches past the end: it should show what is there
    /// enrolment, when it is on the roster: it should show its identity, its next sequence and the epoch it came in
    function test_ShowsOwnersInPages() external view {
        Enrolled[] memory page = escrow.roster(id, 1, 2);
        assertEq(page.length, 2, "page");
        assertEq(abi.encode(page[0]), abi.encode(escrow.enrolment(id, owners[1])), "first");
        assertEq(abi.encode(page[1]), abi.encode(escrow.enrolment(id, owners[2])), "second");
        assertEq(abi.encode(page[0]), abi.encode(Enrolled(owners[1], identityFor(owners[1]), 1, 0)), "entry");
        assertEq(escrow.roster(id, 3, type(uint256).max).length, 1, "tail");
        assertEq(escrow.roster(id, 4, 1).length, 0, "past the end");
        assertEq(escrow.roster(id, type(uint256).max, type(uint256).max).length, 0, "far past the end");
        assertEq(escrow.roster(id, 0, 0).length, 0, "nothing asked");
        assertEq(escrow.roster(keccak256("unknown"), 0, 9).length, 0, "no study");
    }

    /// when owners left: it should show the others once each
    function test_ShowsEverybodyOnceAfterSomeLeft() external {
        leaveStudy(id, 0);
        leaveStudy(id, 2);
        Enrolled[] memory page = escrow.roster(id, 0, 9);
        assertEq(page.length, 2, "two are left");
        assertEq(page[0].owner, owners[3], "the last in the first's place");
        assertEq(page[1].owner, owners[1], "where it was");
    }
}
