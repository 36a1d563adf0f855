// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Launch} from "../../../src/types/Study.sol";
import {AllowList} from "../../utils/AllowList.sol";
import {PayoutTree} from "../../utils/PayoutTree.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

/// A study launched for a list of addresses.
contract EnrolAllowedTest is StudyFixture {
    bytes32 private constant IDENTITY = keccak256("identity");

    bytes32 private id;

    function setUp() public override {
        super.setUp();
        Launch memory plan = terms();
        plan.allowed = AllowList.root(owners);
        id = launch(plan);
    }

    /// enrol, when the owner is not on the roster, when there is a list and the proof shows the owner on it
    /// - it should enrol the owner
    function test_EnrolsEverybodyOnTheList() external {
        for (uint256 i = 0; i < owners.length; ++i) {
            _enrol(i, IDENTITY, 0, AllowList.proof(owners, owners[i]));
        }
        assertEq(escrow.study(id).ownerCount, owners.length, "all");
    }

    /// enrol, when the owner is not on the roster, when there is a list and the proof shows the owner on it
    /// - it should enrol the owner
    /// enrol, when the owner is not on the roster, when there is a list and the proof does not show the owner on it
    /// - it should revert
    function test_AListOfOneNeedsNoProof() external {
        address[] memory alone = new address[](1);
        alone[0] = owners[2];
        Launch memory plan = terms();
        (plan.allowed, plan.salt) = (AllowList.root(alone), bytes32(uint256(1)));
        id = launch(plan);
        _enrol(2, IDENTITY, 0, new bytes32[](0));
        assertTrue(escrow.isEnrolled(id, owners[2]), "enrolled");
        _expectNotAllowed(1, new bytes32[](0));
    }

    /// enrol, when the owner is on the roster with another identity
    /// - it should replace the identity, also in a full study that takes nobody late
    function test_WhoIsOnTheRosterNeedsNoProofForAnotherIdentity() external {
        _enrol(0, IDENTITY, 0, AllowList.proof(owners, owners[0]));
        _enrol(0, keccak256("a new machine"), 1, new bytes32[](0));
        assertEq(identityOf(id, owners[0]), keccak256("a new machine"), "identity");
    }

    /// enrol, when the owner is not on the roster, when there is a list and the proof does not show the owner on it
    /// - it should revert
    /// enrol, when the owner is not on the roster, when there is a list and the proof shows the owner on it
    /// - it should enrol the owner
    function test_WhoComesBackNeedsItsProofAgain() external {
        _enrol(0, IDENTITY, 0, AllowList.proof(owners, owners[0]));
        leaveStudy(id, 0);
        bytes memory signature = signEnrol(id, 0, IDENTITY, 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotAllowed.selector, id, owners[0]));
        escrow.enrol(id, owners[0], IDENTITY, 2, new bytes32[](0), signature);
        _enrol(0, IDENTITY, 2, AllowList.proof(owners, owners[0]));
    }

    /// enrol, when the owner is not on the roster, when there is a list and the proof shows the owner on it
    /// - it should enrol the owner
    function test_TheTreeIsOpenZeppelinsStandardMerkleTree() external pure {
        // StandardMerkleTree.of([["0x11…"], ["0x22…"], ["0x33…"]], ["address"]) of npm @openzeppelin/merkle-tree.
        address[] memory who = new address[](3);
        who[0] = 0x1111111111111111111111111111111111111111;
        who[1] = 0x2222222222222222222222222222222222222222;
        who[2] = 0x3333333333333333333333333333333333333333;
        assertEq(
            AllowList.root(who), 0xae6afff7b7c4d883d5efd44afa0b98e80317697e8984b4c2de7c54b49c1c4dd4, "root"
        );
    }

    /// enrol, when the owner is not on the roster, when there is a list and the proof does not show the owner on it
    /// - it should revert
    function test_RevertWhen_TheProofIsAnothers() external {
        _expectNotAllowed(0, AllowList.proof(owners, owners[1]));
        _expectNotAllowed(0, new bytes32[](0));
        bytes32[] memory longer = new bytes32[](3);
        bytes32[] memory own = AllowList.proof(owners, owners[0]);
        (longer[0], longer[1]) = (own[0], own[1]);
        _expectNotAllowed(0, longer);
    }

    /// enrol, when the owner is not on the roster, when there is a list and the proof does not show the owner on it
    /// - it should revert
    function test_RevertWhen_TheProofIsOfAPayout() external {
        // A tree over payouts is no list: its leaves hash another thing.
        uint128[] memory payouts = payoutsAfter(1);
        Launch memory plan = terms();
        (plan.allowed, plan.salt) = (PayoutTree.root(owners, payouts), bytes32(uint256(1)));
        id = launch(plan);
        _expectNotAllowed(0, PayoutTree.proof(owners, payouts, 0));
    }

    function _enrol(uint256 index, bytes32 identity, uint64 sequence, bytes32[] memory proof) private {
        bytes memory signature = signEnrol(id, index, identity, sequence);
        escrow.enrol(id, owners[index], identity, sequence, proof, signature);
    }

    function _expectNotAllowed(uint256 index, bytes32[] memory proof) private {
        bytes memory signature = signEnrol(id, index, IDENTITY, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotAllowed.selector, id, owners[index])
        );
        escrow.enrol(id, owners[index], IDENTITY, 0, proof, signature);
    }
}
