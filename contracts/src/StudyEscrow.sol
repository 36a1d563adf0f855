// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {StudyConsent} from "./StudyConsent.sol";
import {StudyFunding} from "./StudyFunding.sol";
import {StudyRecords} from "./StudyRecords.sol";
import {IDatasetRegistry} from "./interfaces/IDatasetRegistry.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {BLS12381} from "./libraries/BLS12381.sol";
import {Claim, ConsentState, Settlement} from "./types/Study.sol";

/// @title StudyEscrow
/// @notice Settlement and claims; the rest of `IStudyEscrow` is in the contracts this one is made of.
contract StudyEscrow is StudyConsent, StudyFunding {
    using SafeERC20 for IERC20;

    /// RFC 9380 domain separation tag of the committee's signature on a settlement.
    bytes private constant SETTLEMENT_DOMAIN = "TRIBUTARY-V1-SETTLEMENT_BLS12381G2_XMD:SHA-256_SSWU_RO_";

    /// @param token_ What studies are funded and paid in; it must move exactly the amounts it is asked to.
    /// @param datasets_ Where owners' consents are.
    /// @param parameters_ Where the fee, the treasury and the scoring rules are.
    constructor(IERC20 token_, IDatasetRegistry datasets_, IProtocolParameters parameters_)
        StudyRecords(token_, datasets_, parameters_)
        EIP712("Tributary", "1")
    {}

    /// @inheritdoc IStudyEscrow
    function settleRound(Settlement calldata settlement, bytes calldata signature, bytes calldata key)
        external
    {
        StudyState storage state = _open(settlement.study);
        _requireBeforeSettleBy(settlement.study, state);
        uint128 granted = _granted(state);
        _requireSettlementFits(settlement, state, granted);
        // Before the first registration this refuses too: no key hashes to zero.
        bytes32 keyHash = keccak256(key);
        if (keyHash != state.keyHash) {
            revert StudyEscrow_KeyMismatch(settlement.study, keyHash, state.keyHash);
        }
        bytes32 digest = settlementDigest(settlement);
        if (!BLS12381.verify(key, bytes.concat(digest), SETTLEMENT_DOMAIN, signature)) {
            revert StudyEscrow_CommitteeSignatureInvalid(settlement.study, settlement.round, digest);
        }

        // forge-lint: disable-next-line(unsafe-typecast)
        state.lastRound = uint24(settlement.round); // not above the study's rounds
        if (state.consents == ConsentState.OneMore) state.consents = ConsentState.Stopped;
        uint128 more = settlement.cumulativePayout - granted;
        (state.left, state.due) = (state.left - more, state.due + more);
        state.payoutsRoot = settlement.payoutsRoot;
        _emitSettled(settlement);
    }

    /// @inheritdoc IStudyEscrow
    function claimFor(bytes32 id, address owner, uint128 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
    {
        uint128 amount = _claim(id, owner, cumulative, proof);
        if (amount == 0) {
            revert StudyEscrow_NothingToClaim(id, owner, cumulative, _studies[id].enrolments[owner].claimed);
        }
    }

    /// @inheritdoc IStudyEscrow
    function claimMany(bytes32 id, Claim[] calldata claims) external nonReentrant {
        uint256 paid = 0;
        for (uint256 i = 0; i < claims.length; ++i) {
            paid += _claim(id, claims[i].owner, claims[i].cumulative, claims[i].proof);
        }
        if (paid == 0) revert StudyEscrow_NothingToClaim(id, address(0), 0, 0);
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Pays what the tree grants to an owner beyond what it was paid, which may be nothing.
    function _claim(bytes32 id, address owner, uint128 cumulative, bytes32[] calldata proof)
        private
        returns (uint128 amount)
    {
        StudyState storage state = _studies[id];
        Enrolment storage record = state.enrolments[owner];
        (uint40 sequence, uint128 before) = (record.sequence, record.claimed);
        // Who has left the roster keeps its sequence, and what it earned.
        if (sequence == 0) revert StudyEscrow_NotEnrolled(id, owner);
        bytes32 leaf = _leaf(owner, cumulative);
        if (!MerkleProof.verifyCalldata(proof, state.payoutsRoot, leaf)) {
            revert StudyEscrow_ProofInvalid(id, owner, cumulative);
        }
        if (cumulative <= before) return 0;
        unchecked {
            amount = cumulative - before; // it is more: see above
        }
        uint128 due = state.due;
        // A tree that grants more than its settlement said must not reach into other studies' money.
        if (amount > due) {
            uint128 granted = _granted(state);
            revert StudyEscrow_ClaimsAboveSettled(id, uint256(granted) - due + amount, granted);
        }

        record.claimed = cumulative;
        unchecked {
            state.due = due - amount; // it is not more: see above
        }
        emit PayoutClaimed(id, owner, amount, cumulative);
        token.safeTransfer(owner, amount);
    }

    /// A leaf of OpenZeppelin's standard tree: keccak256(bytes.concat(keccak256(abi.encode(owner, cumulative)))).
    function _leaf(address owner, uint128 cumulative) private pure returns (bytes32) {
        bytes32 hash =
            Hashes.efficientKeccak256(bytes32(uint256(uint160(owner))), bytes32(uint256(cumulative)));
        return keccak256(bytes.concat(hash));
    }

    function _emitSettled(Settlement calldata settlement) private {
        emit RoundSettled(
            settlement.study,
            settlement.round,
            settlement.epoch,
            settlement.context,
            settlement.sums,
            settlement.scores,
            settlement.model,
            settlement.transcript,
            settlement.payoutsRoot,
            settlement.cumulativePayout
        );
    }

    function _requireSettlementFits(Settlement calldata settlement, StudyState storage state, uint128 granted)
        private
        view
    {
        bytes32 id = settlement.study;
        if (settlement.epoch != state.epoch) {
            revert StudyEscrow_EpochNotCurrent(id, settlement.epoch, state.epoch);
        }
        if (state.consents == ConsentState.Stopped) {
            revert StudyEscrow_ConsentWithdrawnSince(id, settlement.epoch);
        }
        if (settlement.round <= state.lastRound || settlement.round > state.rounds) {
            revert StudyEscrow_RoundInvalid(id, settlement.round, state.lastRound, state.rounds);
        }
        if (settlement.cumulativePayout < granted) {
            revert StudyEscrow_PayoutShrinks(id, settlement.cumulativePayout, granted);
        }
        if (settlement.cumulativePayout > state.budget) {
            revert StudyEscrow_PayoutAboveBudget(id, settlement.cumulativePayout, state.budget);
        }
    }
}
