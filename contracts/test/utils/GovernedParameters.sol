// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {GovernanceFixture, Proposal} from "./GovernanceFixture.sol";

/// Governance with something to govern: the protocol's parameters, which the timelock owns, and the token's minting.
abstract contract GovernedParameters is GovernanceFixture {
    uint16 internal constant STUDY_FEE = 100;
    uint16 internal constant SALE_FEE = 250;

    TributaryToken internal token;
    ProtocolParameters internal parameters;
    address internal stranger = vm.addr(uint256(keccak256("stranger")));

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        token = new TributaryToken(address(this), address(this), 1e27);
        deployGovernance(token);
        parameters = new ProtocolParameters(
            address(timelock), address(timelock), STUDY_FEE, SALE_FEE, new bytes32[](0)
        );
        token.transferOwnership(address(timelock));
    }

    /// To take two per cent of a study.
    function feeProposal() internal view returns (Proposal memory) {
        return feeProposal(200);
    }

    function feeProposal(uint16 fee) internal view returns (Proposal memory) {
        return proposal(address(parameters), abi.encodeCall(parameters.setStudyFee, (fee)));
    }
}
