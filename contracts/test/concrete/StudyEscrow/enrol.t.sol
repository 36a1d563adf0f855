// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Launch, Status} from "../../../src/types/Study.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract EnrolTest is StudyFixture {
    bytes32 private constant IDENTITY = keccak256("identity");

    bytes32 private id;
    address private owner;

    function setUp() public override {
        super.setUp();
        id = launch();
        owner = owners[0];
    }

    /// when the signature is the owner's
    /// - it should put the owner on the roster, whoever relays
    /// - it should store the identity, the next sequence and the registered epoch
    /// - it should emit OwnerEnrolled
    /// isEnrolled, when the owner is on the roster: it should say yes
    function test_EnrolsWhoeverRelays() external {
        bytes memory signature = _signed(id, IDENTITY);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.OwnerEnrolled(id, owner, IDENTITY, 0);
        vm.prank(stranger);
        escrow.enrol(id, owner, IDENTITY, 0, new bytes32[](0), signature);

        assertTrue(escrow.isEnrolled(id, owner), "enrolled");
        assertEq(identityOf(id, owner), IDENTITY, "identity");
        assertEq(escrow.study(id).ownerCount, 1, "count");
        assertTrue(!escrow.isEnrolled(id, owners[1]), "the other is not");
        assertEq(identityOf(id, owners[1]), bytes32(0), "no identity");
    }

    /// enrolDigest: it should be the EIP-712 digest of what the owner signs, the study's plan with it
    function test_DigestIsTheEip712One() external view {
        bytes32 typehash = keccak256(
            "Enrol(bytes32 study,address owner,bytes32 planDigest,bytes32 identity,uint64 sequence)"
        );
        bytes32 message = keccak256(abi.encode(typehash, id, owner, terms().planDigest, IDENTITY, uint64(0)));
        assertEq(
            escrow.enrolDigest(id, owner, IDENTITY, 0),
            keccak256(abi.encodePacked(hex"1901", escrow.domainSeparator(), message)),
            "digest"
        );
    }

    /// when the signature is the owner's: it should put the owner on the roster, whoever relays
    function test_EnrolsUntilTheLastSecond() external {
        vm.warp(terms().enrolBy);
        enrol(id, 0);
        assertTrue(escrow.isEnrolled(id, owner), "enrolled");
    }

    /// when enrolBy has passed and no committee is registered: it should revert
    function test_RevertWhen_EnrolmentIsOver() external {
        bytes memory signature = _signed(id, IDENTITY);
        uint64 enrolBy = terms().enrolBy;
        vm.warp(enrolBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EnrolmentOver.selector, id, enrolBy, enrolBy + 1)
        );
        escrow.enrol(id, owner, IDENTITY, 0, new bytes32[](0), signature);
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsUnknown() external {
        bytes32 unknown = keccak256("unknown");
        bytes memory signature = _signed(unknown, IDENTITY);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, unknown, Status.None)
        );
        escrow.enrol(unknown, owner, IDENTITY, 0, new bytes32[](0), signature);
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsClosed() external {
        bytes memory signature = _signed(id, IDENTITY);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        escrow.enrol(id, owner, IDENTITY, 0, new bytes32[](0), signature);
    }

    /// when the owner is not on the roster, when the study is full: it should revert
    function test_RevertWhen_StudyIsFull() external {
        enrolAll(id);
        _makeOwners(5);
        for (uint256 i = 0; i < 5; ++i) {
            if (escrow.isEnrolled(id, owners[i])) continue;
            bytes memory signature = ecdsa(ownerKeys[i], escrow.enrolDigest(id, owners[i], IDENTITY, 0));
            vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyFull.selector, id, 4));
            escrow.enrol(id, owners[i], IDENTITY, 0, new bytes32[](0), signature);
            return;
        }
        assertTrue(false, "a fifth owner");
    }

    /// when the identity is zero: it should revert
    function test_RevertWhen_IdentityIsZero() external {
        bytes memory signature = _signed(id, 0);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_IdentityZero.selector, id, owner));
        escrow.enrol(id, owner, 0, 0, new bytes32[](0), signature);
    }

    /// when the owner is enrolled with this identity: it should revert
    function test_RevertWhen_EnrolledAlreadyWithThisIdentity() external {
        enrol(id, 0, IDENTITY);
        bytes memory second = signEnrol(id, 0, IDENTITY, 1);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_AlreadyEnrolled.selector, id, owner));
        escrow.enrol(id, owner, IDENTITY, 1, new bytes32[](0), second);
    }

    /// when the sequence is not the owner's next: it should revert
    function test_RevertWhen_TheSequenceIsNotTheNext() external {
        _expectSequenceInvalid(1, 0);
        enrol(id, 0);
        _expectSequenceInvalid(0, 1);
        _expectSequenceInvalid(2, 1);
        leaveStudy(id, 0);
        _expectSequenceInvalid(1, 2);
    }

    /// when the signature is not the owner's, or covers another identity, sequence, study, plan, contract or chain
    /// - it should revert
    function test_RevertWhen_AnotherSequenceWasSigned() external {
        _expectRefused(id, owner, IDENTITY, signEnrol(id, 0, IDENTITY, 1));
    }

    /// when the signature is not the owner's, or covers another identity, sequence, study, plan, contract or chain
    /// - it should revert
    function test_RevertWhen_SomebodyElseSigned() external {
        bytes32 digest = escrow.enrolDigest(id, owner, IDENTITY, 0);
        _expectRefused(id, owner, IDENTITY, ecdsa(ownerKeys[1], digest));
    }

    /// when the signature is not the owner's, or covers another identity, sequence, study, plan, contract or chain
    /// - it should revert
    function test_RevertWhen_IdentityWasSwapped() external {
        _expectRefused(id, owner, keccak256("the relay's identity"), _signed(id, IDENTITY));
    }

    /// when the signature is not the owner's, or covers another identity, sequence, study, plan, contract or chain
    /// - it should revert
    function test_RevertWhen_SignedForAnotherStudy() external {
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        _expectRefused(id, owner, IDENTITY, _signed(launch(plan), IDENTITY));
    }

    /// when the signature is not the owner's, or covers another identity, sequence, study, plan, contract or chain
    /// - it should revert
    function test_RevertWhen_SignedForAnotherContract() external {
        StudyEscrow other = new StudyEscrow(token, datasets, parameters);
        bytes32 typehash = keccak256(
            "Enrol(bytes32 study,address owner,bytes32 planDigest,bytes32 identity,uint64 sequence)"
        );
        bytes32 message = keccak256(abi.encode(typehash, id, owner, terms().planDigest, IDENTITY, uint64(0)));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", other.domainSeparator(), message));
        _expectRefused(id, owner, IDENTITY, ecdsa(ownerKeys[0], digest));
    }

    /// when the signature is not the owner's, or covers another identity, sequence, study, plan, contract or chain
    /// - it should revert
    function test_RevertWhen_SignedForAnotherChain() external {
        bytes memory signature = _signed(id, IDENTITY);
        vm.chainId(block.chainid + 1);
        _expectRefused(id, owner, IDENTITY, signature);
    }

    /// when the signature is not the owner's, or covers another identity, sequence, study, plan, contract or chain
    /// - it should revert
    function test_RevertWhen_SignatureHasAWrongLength() external {
        _expectRefused(id, owner, IDENTITY, "");
        _expectRefused(id, owner, IDENTITY, new bytes(64));
        _expectRefused(id, owner, IDENTITY, bytes.concat(_signed(id, IDENTITY), hex"00"));
    }

    /// when the signature is not the owner's, or covers another identity, sequence, study, plan, contract or chain
    /// - it should revert
    function test_RevertWhen_OwnerIsTheZeroAddress() external {
        _expectRefused(id, address(0), IDENTITY, new bytes(65));
    }

    /// when the owner is a wallet contract, when it accepts the signature
    /// - it should enrol the wallet, or replace its identity
    function test_EnrolsAWalletContract() external {
        address wallet = address(new SmartWallet(owner));
        bytes memory signature = ecdsa(ownerKeys[0], escrow.enrolDigest(id, wallet, IDENTITY, 0));
        escrow.enrol(id, wallet, IDENTITY, 0, new bytes32[](0), signature);
        assertTrue(escrow.isEnrolled(id, wallet), "wallet");
        assertTrue(!escrow.isEnrolled(id, owner), "not its signer");
    }

    /// when the owner is a wallet contract, when it refuses: it should revert
    function test_RevertWhen_TheWalletContractRefuses() external {
        address wallet = address(new SmartWallet(owner));
        bytes memory signature = ecdsa(ownerKeys[1], escrow.enrolDigest(id, wallet, IDENTITY, 0));
        _expectRefused(id, wallet, IDENTITY, signature);
    }

    /// when the owner is a wallet contract, when it refuses: it should revert
    function test_RevertWhen_TheContractIsNoWallet() external {
        bytes memory signature = ecdsa(ownerKeys[0], escrow.enrolDigest(id, address(token), IDENTITY, 0));
        _expectRefused(id, address(token), IDENTITY, signature);
    }

    function _expectSequenceInvalid(uint64 sequence, uint64 expected) private {
        bytes memory signature = signEnrol(id, 0, IDENTITY, sequence);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SequenceInvalid.selector, id, owner, sequence, expected
            )
        );
        escrow.enrol(id, owner, IDENTITY, sequence, new bytes32[](0), signature);
    }

    function _signed(bytes32 study, bytes32 identity) private view returns (bytes memory) {
        return ecdsa(ownerKeys[0], escrow.enrolDigest(study, owner, identity, 0));
    }

    function _expectRefused(bytes32 study, address who, bytes32 identity, bytes memory signature) private {
        bytes32 digest = escrow.enrolDigest(study, who, identity, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignatureInvalid.selector, who, digest)
        );
        escrow.enrol(study, who, identity, 0, new bytes32[](0), signature);
    }
}
