// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {StudyEscrow} from "../../src/StudyEscrow.sol";
import {IDatasetRegistry} from "../../src/interfaces/IDatasetRegistry.sol";
import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {Purpose} from "../../src/types/Dataset.sol";
import {ConsentState, Launch, Settlement} from "../../src/types/Study.sol";
import {Sink} from "../mocks/Sink.sol";
import {SmartWallet} from "../mocks/SmartWallet.sol";
import {ConsentFixture} from "../utils/ConsentFixture.sol";

/// What an owner, a relayer, an escrow or a committee would do about consent, step by step, and where it ends.
contract ConsentAttacksTest is ConsentFixture {
    bytes32 private id;
    uint64 private settleBy;

    function setUp() public override {
        super.setUp();
        settleBy = terms().settleBy;
        id = startConsented();
    }

    // -------------------------------------------------------------------------------------- signatures once more

    /// A relayer keeps a consent back and brings it after the owner has thought better of it.
    function test_AConsentHeldBackUntilAfterTheRevocation() external {
        bytes memory held = _signConsent(datasets, address(escrow), id, 1);
        revoke(id, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, owners[0], 1, 2)
        );
        datasets.grant(datasetOf[owners[0]], address(escrow), id, settleBy, 1, held);
        assertTrue(!datasets.isGranted(address(escrow), id, owners[0]), "revoked it stays");
    }

    /// A consent is used for another study, another escrow, in another registry and on another chain.
    function test_AConsentReplayedElsewhere() external {
        (uint256 dataset, bytes32 other) = (datasetOf[owners[0]], keccak256("another study"));
        bytes memory signature = _signConsent(datasets, address(escrow), other, 0);
        StudyEscrow second = new StudyEscrow(token, datasets, parameters);
        bytes4 refused = IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector;
        vm.expectPartialRevert(refused);
        datasets.grant(dataset, address(second), other, settleBy, 0, signature);
        vm.expectPartialRevert(refused);
        datasets.grant(dataset, address(escrow), keccak256("a third"), settleBy, 0, signature);
        DatasetRegistry registry = new DatasetRegistry();
        vm.prank(owners[0]);
        uint256 there = registry.list("commitment", "uri", 0);
        vm.expectPartialRevert(refused);
        registry.grant(there, address(escrow), other, settleBy, 0, signature);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(refused);
        datasets.grant(dataset, address(escrow), other, settleBy, 0, signature);
    }

    /// A wallet contract and its key's own account own datasets. What is signed for one is not good for the other,
    /// though the same key signs.
    function test_AWalletsConsentIsNotItsKeys() external {
        SmartWallet wallet = new SmartWallet(owners[0]);
        uint256 dataset = datasetOf[owners[0]];
        bytes32 other = keccak256("another study");
        bytes memory signature = _signConsent(datasets, address(escrow), other, 0);
        revoke(id, 0);
        vm.prank(owners[0]);
        datasets.transferFrom(owners[0], address(wallet), dataset);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        datasets.grant(dataset, address(escrow), other, settleBy, 0, signature);
    }

    /// An owner lends a dataset: consent, enrol, give the token away. The consent would go on without its giver.
    function test_ADatasetGivenAwayUnderAConsent() external {
        uint256 dataset = datasetOf[owners[0]];
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_GrantsOpen.selector, dataset, 1)
        );
        vm.prank(owners[0]);
        datasets.transferFrom(owners[0], stranger, dataset);
        revoke(id, 0);
        vm.prank(owners[0]);
        datasets.transferFrom(owners[0], stranger, dataset);
        assertTrue(!escrow.isEnrolled(id, owners[0]), "gone from the roster before");
    }

    // -------------------------------------------------------------------------------------- blocking a revocation

    /// The relayer of a revocation sends just too little gas for the escrow to hear of it.
    function test_ARevocationRelayedWithTooLittleGas() external {
        uint256 dataset = datasetOf[owners[0]];
        bytes32 digest = datasets.revokeDigest(owners[0], dataset, address(escrow), id, 1);
        bytes memory call = abi.encodeCall(
            IDatasetRegistry.revokeFor, (dataset, address(escrow), id, 1, ecdsa(ownerKeys[0], digest))
        );
        for (uint256 gas_ = 30_000; gas_ <= 400_000; gas_ += 2_000) {
            (bool done,) = address(datasets).call{gas: gas_}(call);
            bool granted = datasets.isGranted(address(escrow), id, owners[0]);
            assertTrue(granted == escrow.isEnrolled(id, owners[0]), "both or neither");
            if (done) return;
        }
        assertTrue(false, "it should succeed in the end");
    }

    /// An escrow that gets owners to consent, and then burns whatever gas a revocation brings.
    function test_AnEscrowThatBurnsTheRevocationsGas() external {
        Sink greedy = new Sink();
        greedy.behave(Sink.Manner.Burns);
        bytes32 study = keccak256("a trap");
        uint256 dataset = datasetOf[owners[0]];
        bytes memory signature = _signConsent(datasets, address(greedy), study, 0);
        datasets.grant(dataset, address(greedy), study, settleBy, 0, signature);
        vm.prank(owners[0]);
        datasets.revoke{gas: 400_000}(dataset, address(greedy), study);
        assertTrue(!datasets.isGranted(address(greedy), study, owners[0]), "revoked");
    }

    /// An escrow that, when told of one revocation, brings the owner's consent that was held back, and transfers,
    /// erases or revokes what it can.
    function test_AnEscrowThatCallsBack() external {
        Sink hostile = new Sink();
        bytes32 study = keccak256("a trap");
        uint256 dataset = datasetOf[owners[0]];
        bytes memory signature = _signConsent(datasets, address(hostile), study, 0);
        bytes memory held = _signConsent(datasets, address(hostile), study, 1);
        datasets.grant(dataset, address(hostile), study, settleBy, 0, signature);
        bytes[3] memory attempts = [
            abi.encodeCall(IDatasetRegistry.grant, (dataset, address(hostile), study, settleBy, 1, held)),
            abi.encodeCall(IDatasetRegistry.revoke, (dataset, address(escrow), id)),
            abi.encodeCall(IDatasetRegistry.erase, (dataset, "receipt", new Purpose[](0)))
        ];
        for (uint64 i = 0; i < attempts.length; ++i) {
            hostile.callBack(address(datasets), attempts[i]);
            vm.prank(owners[0]);
            datasets.revoke(dataset, address(hostile), study);
            assertEq(hostile.heard(), i + 1, "told");
            assertTrue(!hostile.succeeded(), "refused");
            assertTrue(!datasets.isGranted(address(hostile), study, owners[0]), "revoked");
            uint64 nonce = datasets.grantOf(address(hostile), study, owners[0]).nonce;
            signature = _signConsent(datasets, address(hostile), study, nonce);
            datasets.grant(dataset, address(hostile), study, settleBy, nonce, signature);
        }
        assertTrue(datasets.isGranted(address(escrow), id, owners[0]), "the other study is untouched");
    }

    // --------------------------------------------------------------------------- settling what was not consented

    /// A committee keeps settling with the data of an owner that took its consent back.
    function test_ACommitteeThatGoesOnWithARevokedConsent() external {
        settle(id, 1);
        revoke(id, 3);
        settle(id, 2);
        _expectStopped(1, 3);
        // Nor does a new committee help that was made for the roster as it was.
        registerNext(id);
        settleIn(id, 2, 3);
        assertTrue(!escrow.isEnrolled(id, owners[3]), "only without it");
    }

    /// An owner waits until the roster is sealed with it, so that the committee is made with it, and revokes then.
    function test_ARevocationWhileSealed() external {
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        revoke(id, 0);
        registerNext(id);
        _expectStopped(2, 1);
        assertTrue(escrow.study(id).withdrawals == 1, "remembered");
        escrow.withdrawConsent(id, owners[0]);
        registerNext(id);
        settleIn(id, 3, 1);
    }

    /// The same, and it consents again before anybody can strike it: neither may it stay, nor stop the seal.
    function test_ARevocationWhileSealedThatIsTakenBack() external {
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        revoke(id, 0);
        grant(id, 0);
        registerNext(id);
        _expectStopped(2, 1);
        vm.prank(stranger);
        escrow.withdrawConsent(id, owners[0]);
        assertTrue(!escrow.isEnrolled(id, owners[0]), "off the roster");
        registerNext(id);
        settleIn(id, 3, 1);
    }

    /// An owner leaves in good order, so that its committee goes on, and takes its consent back after that.
    function test_LeavingFirstDoesNotHideAWithdrawal() external {
        leaveStudy(id, 3);
        revoke(id, 3);
        settle(id, 1);
        _expectStopped(1, 2);
    }

    /// Consent, revoke, consent, revoke: each time a study would have to make a new committee.
    function test_AnOwnerThatTogglesItsConsent() external {
        revoke(id, 0);
        registerNext(id);
        settleIn(id, 2, 1);
        grant(id, 0);
        bytes memory signature = signEnrol(id, 0, "again", 2);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ConsentWithdrawnBefore.selector, id, owners[0])
        );
        escrow.enrol(id, owners[0], "again", 2, new bytes32[](0), signature);
        revoke(id, 0);
        grant(id, 0);
        revoke(id, 0);
        assertTrue(consents(id) == ConsentState.Whole, "the study does not notice");
        settleIn(id, 2, 2);
    }

    /// It leaves and comes back in between, so that nothing shows that it was there before.
    function test_AnOwnerThatTogglesAndLeaves() external {
        leaveStudy(id, 0);
        revoke(id, 0);
        registerNext(id);
        grant(id, 0);
        bytes memory signature = signEnrol(id, 0, "again", 2);
        vm.expectPartialRevert(IStudyEscrow.StudyEscrow_ConsentWithdrawnBefore.selector);
        escrow.enrol(id, owners[0], "again", 2, new bytes32[](0), signature);
    }

    /// A consent runs out in the middle of a study, and nobody calls anything.
    function test_AConsentThatRunsOutUnseen() external {
        Launch memory plan = consentedTerms();
        (plan.salt, plan.enrolBy) = ("other", uint64(block.timestamp));
        bytes32 other = launch(plan);
        grant(other, 0, settleBy - 1);
        bytes memory signature = signEnrol(other, 0, "identity", 0);
        vm.expectPartialRevert(IStudyEscrow.StudyEscrow_ConsentTooShort.selector);
        escrow.enrol(other, owners[0], "identity", 0, new bytes32[](0), signature);
        // One that is long enough can't be shortened, so it lasts as long as anything settles.
        bytes memory shorter = _signConsent(datasets, address(escrow), id, 1, settleBy - 1);
        uint256 dataset = datasetOf[owners[0]];
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_UntilShortened.selector);
        datasets.grant(dataset, address(escrow), id, settleBy - 1, 1, shorter);
        vm.warp(settleBy);
        assertTrue(datasets.isGranted(address(escrow), id, owners[0]), "in the last second");
        settle(id, 1);
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _expectStopped(uint64 epoch, uint64 round) private {
        (Settlement memory s, bytes memory signature) = signedIn(id, epoch, round);
        bytes memory key = committeeKey();
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ConsentWithdrawnSince.selector, id, epoch)
        );
        escrow.settleRound(s, signature, key);
    }

    /// Owner 0's, with its dataset, until the study's end.
    function _signConsent(DatasetRegistry registry, address sink, bytes32 study, uint64 nonce)
        private
        view
        returns (bytes memory)
    {
        return _signConsent(registry, sink, study, nonce, settleBy);
    }

    function _signConsent(DatasetRegistry registry, address sink, bytes32 study, uint64 nonce, uint64 until)
        private
        view
        returns (bytes memory)
    {
        bytes32 digest = registry.consentDigest(owners[0], datasetOf[owners[0]], sink, study, until, nonce);
        return ecdsa(ownerKeys[0], digest);
    }
}
