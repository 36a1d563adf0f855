// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Launch, Settlement, Status, StudyView} from "../types/Study.sol";

/// @title Holds a study's budget and pays its data owners what the committee settled
/// @notice A researcher launches and funds a study; owners enrol; a quorum of owners registers the committee's BLS
/// key; each round settles by one BLS signature of that committee; owners are paid against the settled Merkle root;
/// what was not granted goes back to the researcher. Nobody but the committee can direct a payout.
///
/// Money: for every study paid + refunded + held = budget, and paid <= cumulativePayout <= budget.
///
/// Signatures by owners are EIP-712 (domain "Tributary", version "1"), by a key or by an ERC-1271 wallet:
///   Enrol(bytes32 study,address owner,bytes32 planDigest,bytes32 identity)
///   CommitteeKey(bytes32 study,uint64 epoch,bytes32 keyHash)
/// The committee signs the 32-byte EIP-712 digest of
///   Settlement(bytes32 study,uint64 epoch,uint64 round,bytes32 context,bytes32 sums,bytes32 scores,bytes32 model,bytes32 transcript,bytes32 payoutsRoot,uint128 cumulativePayout)
/// with BLS over BLS12-381, key in G1 and signature in G2, hashed to the curve by RFC 9380.
interface IStudyEscrow {
    // ------------------------------------------------------------------------------------------------- events

    event StudyLaunched(
        bytes32 indexed study,
        address indexed researcher,
        bytes32 planDigest,
        uint128 budget,
        uint64 rounds,
        uint64 enrolBy,
        uint64 settleBy,
        uint16 minOwners,
        uint16 maxOwners
    );
    event OwnerEnrolled(bytes32 indexed study, address indexed owner, bytes32 identity);
    /// @param key The 128-byte EIP-2537 encoding of the committee's public key.
    /// @param signers The owners whose signatures made the quorum.
    event CommitteeRegistered(bytes32 indexed study, uint64 indexed epoch, bytes key, address[] signers);
    event RoundSettled(
        bytes32 indexed study,
        uint64 indexed round,
        uint64 epoch,
        bytes32 context,
        bytes32 sums,
        bytes32 scores,
        bytes32 model,
        bytes32 transcript,
        bytes32 payoutsRoot,
        uint128 cumulativePayout
    );
    /// @param amount Tokens paid now.
    /// @param cumulative Tokens this owner has been paid in this study so far.
    event PayoutClaimed(bytes32 indexed study, address indexed owner, uint128 amount, uint128 cumulative);
    /// @notice The researcher closed the study after its last round.
    event StudyClosed(bytes32 indexed study, uint64 lastRound, uint128 refunded);
    /// @notice The study's time ran out.
    event StudyRefunded(bytes32 indexed study, uint64 lastRound, uint128 refunded);

    // ------------------------------------------------------------------------------------------------- errors

    error StudyEscrow_TokenInvalid(address token);
    error StudyEscrow_StudyExists(bytes32 study);
    error StudyEscrow_StudyNotOpen(bytes32 study, Status status);
    error StudyEscrow_BudgetZero();
    error StudyEscrow_RoundsZero();
    /// @notice Not timestamp <= enrolBy < settleBy < 2^40.
    error StudyEscrow_DeadlinesInvalid(uint256 timestamp, uint64 enrolBy, uint64 settleBy);
    error StudyEscrow_OwnerLimitsInvalid(uint16 minOwners, uint16 maxOwners, uint16 limit);
    /// @notice The token moved another amount than asked: it takes fees, or rebases.
    error StudyEscrow_FundingMismatch(uint256 expected, uint256 received);

    error StudyEscrow_EnrolmentOver(bytes32 study, uint64 enrolBy, uint256 timestamp);
    error StudyEscrow_EnrolmentStillOpen(bytes32 study, uint64 enrolBy, uint256 ownerCount, uint16 maxOwners);
    error StudyEscrow_StudyFull(bytes32 study, uint16 maxOwners);
    error StudyEscrow_AlreadyEnrolled(bytes32 study, address owner);
    error StudyEscrow_NotEnrolled(bytes32 study, address owner);
    error StudyEscrow_IdentityZero(bytes32 study, address owner);
    error StudyEscrow_SignatureInvalid(address signer, bytes32 digest);

    error StudyEscrow_TooFewOwners(bytes32 study, uint256 ownerCount, uint16 minOwners);
    error StudyEscrow_EpochNotNewer(bytes32 study, uint64 epoch, uint64 lastEpoch);
    error StudyEscrow_SignerCountMismatch(uint256 signers, uint256 signatures);
    error StudyEscrow_QuorumMissed(uint256 signers, uint256 quorum);
    error StudyEscrow_SignersNotAscending(address previous, address next);

    error StudyEscrow_EpochNotCurrent(bytes32 study, uint64 epoch, uint64 currentEpoch);
    error StudyEscrow_KeyMismatch(bytes32 study, bytes32 keyHash, bytes32 registeredKeyHash);
    error StudyEscrow_RoundInvalid(bytes32 study, uint64 round, uint64 lastRound, uint64 rounds);
    error StudyEscrow_PayoutShrinks(bytes32 study, uint128 cumulativePayout, uint128 lastCumulativePayout);
    error StudyEscrow_PayoutAboveBudget(bytes32 study, uint128 cumulativePayout, uint128 budget);
    error StudyEscrow_CommitteeSignatureInvalid(bytes32 study, uint64 round, bytes32 digest);
    error StudyEscrow_SettlementOver(bytes32 study, uint64 settleBy, uint256 timestamp);
    error StudyEscrow_SettlementStillOpen(bytes32 study, uint64 settleBy, uint256 timestamp);

    error StudyEscrow_ProofInvalid(bytes32 study, address owner, uint128 cumulative);
    error StudyEscrow_NothingToClaim(bytes32 study, address owner, uint128 cumulative, uint128 claimed);
    /// @notice The tree grants more than the settlement said: claims stop at the settled sum.
    error StudyEscrow_ClaimsAboveSettled(bytes32 study, uint256 paid, uint128 cumulativePayout);

    error StudyEscrow_NotResearcher(bytes32 study, address caller, address researcher);
    error StudyEscrow_RoundsOutstanding(bytes32 study, uint64 lastRound, uint64 rounds);

    // -------------------------------------------------------------------------------------------------- study

    /// @notice Launches a study and moves its budget from the caller (who must have approved it) into the escrow.
    /// @return id keccak256(abi.encode(block.chainid, address(this), msg.sender, planDigest, salt)).
    function launch(Launch calldata plan) external returns (bytes32 id);

    /// @notice `launch` with an ERC-2612 permit over exactly the budget in place of an approval. A permit that
    /// somebody else submitted first does no harm: the allowance it left is used.
    function launchWithPermit(Launch calldata plan, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (bytes32 id);

    /// @notice Enrols an owner by its signature over `Enrol`. Anyone may relay it.
    /// @param identity Commitment to the owner's MLS signature key; not zero.
    function enrol(bytes32 id, address owner, bytes32 identity, bytes calldata signature) external;

    /// @notice Registers the committee's public key for an epoch on the signatures of a quorum of the owners. The
    /// committee is all owners (L of them), t = (L-1)/3, and the quorum is (L+t)/2 + 1. Enrolment must have ended:
    /// the study is full, or `enrolBy` has passed.
    /// @param epoch Higher than every epoch registered before; the first is at least 1.
    /// @param key 128-byte EIP-2537 encoding of a point of G1 that is not infinity.
    /// @param signers Enrolled owners, strictly ascending.
    /// @param signatures One signature over `CommitteeKey` for each signer.
    function registerCommittee(
        bytes32 id,
        uint64 epoch,
        bytes calldata key,
        address[] calldata signers,
        bytes[] calldata signatures
    ) external;

    /// @notice Settles one round by the committee's signature. Anyone may relay it.
    /// @param signature 256-byte EIP-2537 encoding of a point of G2.
    /// @param key The registered committee key (the contract keeps only its hash).
    function settleRound(Settlement calldata settlement, bytes calldata signature, bytes calldata key)
        external;

    /// @notice Pays an owner the difference between `cumulative` and what it was paid before. Anyone may call it,
    /// also after the study has closed.
    /// @param cumulative The owner's cumulative payout in the last settled tree.
    /// @param proof Sorted-pair Merkle proof of the leaf keccak256(bytes.concat(keccak256(abi.encode(owner, cumulative)))).
    function claimFor(bytes32 id, address owner, uint128 cumulative, bytes32[] calldata proof) external;

    /// @notice Closes a study whose last round has settled and returns what was not granted. Researcher only.
    function close(bytes32 id) external;

    /// @notice Closes a study whose time (`settleBy`) has run out and returns what was not granted to its
    /// researcher. Anyone may call it.
    function refund(bytes32 id) external;

    // -------------------------------------------------------------------------------------------------- views

    /// @notice The token every study of this escrow is funded and paid in.
    function token() external view returns (IERC20);

    /// @notice The most owners a study may have: every owner sits on the committee, and a quorum of them is checked
    /// one signature at a time.
    function MAX_OWNERS() external view returns (uint16);

    /// @notice The id `launch` gives to a study.
    function studyId(address researcher, bytes32 planDigest, bytes32 salt) external view returns (bytes32);

    /// @notice A study's state; its status is `None` if there is no such study.
    function study(bytes32 id) external view returns (StudyView memory);

    /// @notice Owners in order of enrolment, at most `count` of them starting with number `from`.
    function owners(bytes32 id, uint256 from, uint256 count) external view returns (address[] memory);

    function ownerCount(bytes32 id) external view returns (uint256);

    function isEnrolled(bytes32 id, address owner) external view returns (bool);

    /// @notice The commitment an owner enrolled with; 0 if it is not enrolled.
    function identityOf(bytes32 id, address owner) external view returns (bytes32);

    /// @notice What an owner has been paid so far.
    function claimed(bytes32 id, address owner) external view returns (uint128);

    /// @notice The current committee's epoch and keccak256 of its key; zeros before the first registration.
    function committee(bytes32 id) external view returns (uint64 epoch, bytes32 keyHash);

    /// @notice Signatures needed to register a committee key, for the owners enrolled now.
    function quorum(bytes32 id) external view returns (uint256);

    /// @notice The EIP-712 digest an owner signs to enrol.
    function enrolDigest(bytes32 id, address owner, bytes32 identity) external view returns (bytes32);

    /// @notice The EIP-712 digest an owner signs for a committee key.
    function committeeKeyDigest(bytes32 id, uint64 epoch, bytes32 keyHash) external view returns (bytes32);

    /// @notice The EIP-712 digest the committee signs to settle a round.
    function settlementDigest(Settlement calldata settlement) external view returns (bytes32);

    /// @notice The EIP-712 domain separator (see also ERC-5267 `eip712Domain`).
    function domainSeparator() external view returns (bytes32);
}
