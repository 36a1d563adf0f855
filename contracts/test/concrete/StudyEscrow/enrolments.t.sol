// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Enrolled} from "../../../src/types/Study.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract EnrolmentsTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = launch();
        enrolAll(id);
    }

    /// when the owners are on the roster: it should show them in the order asked, and how many there are
    /// when nobody is asked for: it should count those on the roster
    /// enrolment, when it is on the roster: it should show its identity, its next sequence and the epoch it came in
    function test_ShowsOwnersInTheOrderAsked() external view {
        address[] memory asked = new address[](3);
        (asked[0], asked[1], asked[2]) = (owners[2], owners[0], owners[2]);
        (Enrolled[] memory shown, uint16 count) = escrow.enrolments(id, asked);
        assertEq(count, 4, "on the roster");
        assertEq(shown.length, 3, "as many as asked");
        assertEq(abi.encode(shown[0]), abi.encode(Enrolled(owners[2], identityFor(owners[2]), 1, 0)), "entry");
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(abi.encode(shown[i]), abi.encode(escrow.enrolment(id, asked[i])), "as alone");
        }

        (shown, count) = escrow.enrolments(id, new address[](0));
        assertEq(shown.length, 0, "nobody asked for");
        assertEq(count, 4, "counted all the same");
    }

    /// when some never were on it, or left: it should show these without an identity, and count the others
    function test_ShowsWhoIsNotOnIt() external {
        leaveStudy(id, 0);
        leaveStudy(id, 2);
        address[] memory asked = new address[](3);
        (asked[0], asked[1], asked[2]) = (owners[0], owners[3], stranger);
        (Enrolled[] memory shown, uint16 count) = escrow.enrolments(id, asked);
        assertEq(count, 2, "two are left");
        assertEq(abi.encode(shown[0]), abi.encode(Enrolled(owners[0], 0, 2, 0)), "left");
        assertEq(abi.encode(shown[1]), abi.encode(Enrolled(owners[3], identityFor(owners[3]), 1, 0)), "stays");
        assertEq(abi.encode(shown[2]), abi.encode(Enrolled(stranger, 0, 0, 0)), "never was");
    }

    /// when the study is unknown: it should show nothing of anybody
    function test_ShowsNothingOfAnUnknownStudy() external view {
        (Enrolled[] memory shown, uint16 count) = escrow.enrolments(keccak256("unknown"), owners);
        assertEq(count, 0, "count");
        for (uint256 i = 0; i < owners.length; ++i) {
            assertEq(abi.encode(shown[i]), abi.encode(Enrolled(owners[i], 0, 0, 0)), "entry");
        }
    }
}
