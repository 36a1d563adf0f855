// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TributaryGovernor} from "../../../src/TributaryGovernor.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";
import {typedDigest} from "../../utils/TypedData.sol";

contract TributaryGovernorCastVoteBySigTest is GovernedParameters {
    /// when the signature is another's: it should revert
    function test_BySig_RevertWhen_TheSignatureIsAnothers() external {
        uint256 id = begin(feeProposal());
        _expectRefused(id, FOR, _sign(1, id, FOR));
    }

    /// when it is over another vote, chain or governor: it should revert
    function test_BySig_RevertWhen_ItIsOverAnotherVoteChainOrGovernor() external {
        uint256 id = begin(feeProposal());
        bytes memory signature = _sign(ALICE_KEY, id, FOR);
        _expectRefused(id, AGAINST, signature);
        _expectRefused(id + 1, FOR, signature);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        _expectRefused(id, FOR, signature);
        vm.chainId(here);
        governor =
            new TributaryGovernor(token, timelock, VOTING_DELAY, VOTING_PERIOD, THRESHOLD, QUORUM_PERCENT);
        _expectRefused(begin(feeProposal()), FOR, signature);
    }

    /// when it is the voter's: it should count, once
    function test_BySig_WhenItIsTheVoters() external {
        uint256 id = begin(feeProposal());
        bytes memory signature = _sign(ALICE_KEY, id, FOR);
        vm.prank(stranger);
        governor.castVoteBySig(id, FOR, alice, signature);
        assertTrue(governor.hasVoted(id, alice), "voted");
        _expectRefused(id, FOR, signature); // The nonce is used up.
    }

    function _sign(uint256 key, uint256 id, uint8 support) private view returns (bytes memory) {
        bytes32 ballot = keccak256("Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)");
        bytes32 content = keccak256(abi.encode(ballot, id, support, alice, governor.nonces(alice)));
        return ecdsa(key, typedDigest(address(governor), content));
    }

    function _expectRefused(uint256 id, uint8 support, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidSignature.selector, alice));
        governor.castVoteBySig(id, support, alice, signature);
    }
}
