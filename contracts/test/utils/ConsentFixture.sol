// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ConsentState, Launch, Settlement} from "../../src/types/Study.sol";
import {moreVm} from "./MoreVm.sol";
import {StudyFixture} from "./StudyFixture.sol";

/// Studies that require consent: owner i has dataset i + 1, and grants before it enrols.
abstract contract ConsentFixture is StudyFixture {
    uint16 internal constant FEE = 250;

    mapping(address owner => uint256) internal datasetOf;

    function consentedTerms() internal view returns (Launch memory plan) {
        plan = terms();
        plan.consentRequired = true;
    }

    /// Launched with consent and room for two who come late; all there, the committee registered for epoch 1.
    function startConsented() internal returns (bytes32 id) {
        Launch memory plan = consentedTerms();
        (plan.lateEnrolment, plan.maxOwners) = (true, uint16(owners.length + 2));
        id = launch(plan);
        enrolConsenting(id);
        vm.warp(plan.enrolBy + 1);
        register(id, 1, committeeKey());
    }

    function enrolConsenting(bytes32 id) internal {
        for (uint256 i = 0; i < owners.length; ++i) {
            grant(id, i);
            enrol(id, i);
        }
    }

    function grant(bytes32 id, uint256 index) internal {
        grant(id, index, terms().settleBy);
    }

    function grant(bytes32 id, uint256 index, uint64 until) internal {
        address owner = owners[index];
        uint256 dataset = datasetOf[owner];
        if (dataset == 0) {
            vm.prank(owner);
            dataset = datasets.list(keccak256(abi.encode(owner)), "ipfs://dataset", 0);
            datasetOf[owner] = dataset;
        }
        uint64 nonce = datasets.grantOf(address(escrow), id, owner).nonce;
        bytes32 digest = datasets.consentDigest(owner, dataset, address(escrow), id, until, nonce);
        datasets.grant(dataset, address(escrow), id, until, nonce, ecdsa(ownerKeys[index], digest));
    }

    function revoke(bytes32 id, uint256 index) internal {
        address owner = owners[index];
        uint256 dataset = datasetOf[owner];
        vm.prank(owner);
        datasets.revoke(dataset, address(escrow), id);
    }

    /// Revoked while the escrow can't listen: its code is gone for a moment.
    function revokeUnheard(bytes32 id, uint256 index) internal {
        bytes memory code = address(escrow).code;
        moreVm.etch(address(escrow), hex"fe");
        revoke(id, index);
        moreVm.etch(address(escrow), code);
    }

    /// Registers for a roster that has changed, in the next epoch.
    function registerNext(bytes32 id) internal {
        (uint64 epoch,) = escrow.committee(id);
        if (!_isSealed(id)) escrow.sealRoster(id);
        bytes memory key = committeeKey();
        bytes32 digest = escrow.committeeKeyDigest(id, epoch + 1, keccak256(key));
        (address[] memory signers, bytes[] memory signatures) = signedByVoters(id, digest);
        escrow.registerCommittee(id, epoch + 1, key, signers, signatures);
    }

    function signedByVoters(bytes32 id, bytes32 digest)
        internal
        view
        returns (address[] memory signers, bytes[] memory signatures)
    {
        uint256 needed = escrow.quorum(id);
        (signers, signatures) = (new address[](needed), new bytes[](needed));
        uint256 found = 0;
        for (uint256 i = 0; found < needed; ++i) {
            if (!escrow.isVoter(id, owners[i])) continue;
            (signers[found], signatures[found]) = (owners[i], ecdsa(ownerKeys[i], digest));
            ++found;
        }
    }

    function settleIn(bytes32 id, uint64 epoch, uint64 round) internal {
        (Settlement memory s, bytes memory signature) = signedIn(id, epoch, round);
        escrow.settleRound(s, signature, committeeKey());
    }

    function signedIn(bytes32 id, uint64 epoch, uint64 round)
        internal
        view
        returns (Settlement memory s, bytes memory signature)
    {
        s = settlement(id, round);
        s.epoch = epoch;
        signature = signSettlement(s);
    }

    function consents(bytes32 id) internal view returns (ConsentState) {
        return escrow.study(id).consents;
    }

    /// A fee for studies launched from now on.
    function chargeFee() internal {
        parameters.setStudyFee(FEE);
    }

    function feeOn(uint256 amount) internal pure returns (uint128) {
        return uint128(amount * FEE / 10_000);
    }

    function _isSealed(bytes32 id) private view returns (bool) {
        return uint8(escrow.study(id).roster) == 2;
    }
}
