// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Claim, Enrolled, Launch, Settlement, Status, StudyView} from "../types/Study.sol";
import {IConsentSink} from "./IConsentSink.sol";
import {IDatasetRegistry} from "./IDatasetRegistry.sol";
import {IProtocolParameters} from "./IProtocolParameters.sol";

/// @title Holds a study's budget and pays its data owners what the committee settled
/// @notice A funder launches a study and puts up its money; owners enrol; the roster is sealed; a quorum of the voters
/// registers the committee's BLS key; each round settles by one BLS signature of that committee; owners are paid
/// against the settled Merkle root; what was not granted goes back to the funder. Nobody but the committee can direct
/// a payout.
///
/// Money: for every study paid + refunded + feePaid + held = budget + fee, and paid <= cumulativePayout <= budget. The
/// fee is the treasury's as far as the budget is granted: of the rest it goes back.
///
/// Roster: owners come (`enrol`), change their identity (`enrol` again), go (`leaveStudy`) or are made to go
/// (`removeOwner`). The changes take effect together: `sealRoster` fixes the roster, `registerCommittee` makes a
/// committee for it and lets changes in again. Voters are those on the roster who came before the last registration;
/// before the first, all.
/// Consent: a study may require that each owner consents to it in the dataset registry when it comes. An owner that
/// revokes its consent goes from the roster at once, or, while the roster is sealed, is remembered and goes before the
/// roster is sealed again. A committee that counts it settles one more round at most, the one that was under way, and
/// one that was registered after the withdrawal settles none: rounds go on with a committee for a roster without it.
/// Who withdrew from under a committee can't come back, so an owner stops a study once at most.
///
/// With L voters and t = (L-1)/3, rounded down, a quorum is (L+t)/2 + 1, rounded down.
///
/// Signatures by owners are EIP-712 (domain "Tributary", version "1"), by a key or by an ERC-1271 wallet:
///   Enrol(bytes32 study,address owner,bytes32 planDigest,bytes32 identity,uint64 sequence)
///   Leave(bytes32 study,address owner,uint64 sequence)
///   Remove(bytes32 study,address owner,uint64 sequence)
///   CommitteeKey(bytes32 study,uint64 epoch,bytes32 keyHash)
/// `sequence` counts the accepted changes of that owner's enrolment, from 0: a signature is good once at most.
/// The committee signs the 32-byte EIP-712 digest of
///   Settlement(bytes32 study,uint64 epoch,uint64 round,bytes32 context,bytes32 sums,bytes32 scores,bytes32 model,bytes32 transcript,bytes32 payoutsRoot,uint128 cumulativePayout)
/// with BLS over BLS12-381, key in G1 and signature in G2, hashed to the curve by RFC 9380.
interface IStudyEscrow is IConsentSink {
    // ------------------------------------------------------------------------------------------------- events

    event StudyLaunched(
        bytes32 indexed study,
        address indexed researcher,
        address indexed funder,
        bytes32 planDigest,
        uint128 budget,
        uint64 rounds,
        uint64 enrolBy,
        uint64 settleBy,
        uint16 minOwners,
        uint16 maxOwners,
        bytes32 allowed,
        bool lateEnrolment,
        bool consentRequired,
        bytes32 scoring,
        uint16 feeBps
    );
    /// @notice An owner came on the roster, or replaced its identity.
    /// @param sequence What its signature covers; the next change takes the next number.
    event OwnerEnrolled(bytes32 indexed study, address indexed owner, bytes32 identity, uint64 sequence);
    event OwnerLeft(bytes32 indexed study, address indexed owner, uint64 sequence);
    /// @param signers The voters whose signatures made the quorum.
    event OwnerRemoved(bytes32 indexed study, address indexed owner, uint64 sequence, address[] signers);
    /// @notice An owner that withdrew its consent is off the roster, and from now on counts as having gone.
    event ConsentWithdrawn(bytes32 indexed study, address indexed owner, uint64 sequence);
    /// @notice An owner withdrew its consent while the roster was sealed: it goes before the roster is sealed again.
    event ConsentPending(bytes32 indexed study, address indexed owner);
    /// @notice The roster is fixed. The hash of the block that holds the last such event is public randomness:
    /// nobody knows it while sending the transaction, though who proposes the block can throw a hash away.
    event RosterSealed(bytes32 indexed study, uint16 ownerCount);
    /// @param key The 128-byte EIP-2537 encoding of the committee's public key.
    /// @param signers The voters whose signatures made the quorum.
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
    event FeeCollected(bytes32 indexed study, address indexed treasury, uint128 amount);
    /// @notice The researcher or the funder closed the study: its last round has settled, or all of its budget is granted.
    event StudyClosed(bytes32 indexed study, uint64 lastRound, uint128 refunded);
    /// @notice The study's time ran out.
    event StudyRefunded(bytes32 indexed study, uint64 lastRound, uint128 refunded);

    // ------------------------------------------------------------------------------------------------- errors

    error StudyEscrow_TokenInvalid(address token);
    error StudyEscrow_DatasetsInvalid(address datasets);
    error StudyEscrow_ParametersInvalid(address parameters);
    error StudyEscrow_StudyExists(bytes32 study);
    error StudyEscrow_StudyNotOpen(bytes32 study, Status status);
    error StudyEscrow_BudgetZero();
    /// @notice Budget and fee together are above 2^128 - 1.
    error StudyEscrow_BudgetTooLarge(uint128 budget);
    error StudyEscrow_RoundsZero();
    error StudyEscrow_RoundsTooMany(uint64 rounds, uint64 maximum);
    error StudyEscrow_ResearcherZero();
    error StudyEscrow_ScoringRuleUnknown(bytes32 rule);
    /// @notice The protocol's fee is higher than the funder accepts, in basis points.
    error StudyEscrow_FeeAboveMaximum(uint16 fee, uint16 maximum);
    /// @notice Not timestamp <= enrolBy < settleBy < 2^40.
    error StudyEscrow_DeadlinesInvalid(uint256 timestamp, uint64 enrolBy, uint64 settleBy);
    error StudyEscrow_OwnerLimitsInvalid(uint16 minOwners, uint16 maxOwners, uint16 limit);
    /// @notice The token moved another amount than asked: it takes fees, or rebases.
    error StudyEscrow_FundingMismatch(uint256 expected, uint256 received);

    error StudyEscrow_EnrolmentOver(bytes32 study, uint64 until, uint256 timestamp);
    error StudyEscrow_EnrolmentStillOpen(bytes32 study, uint64 enrolBy, uint256 ownerCount, uint16 maxOwners);
    error StudyEscrow_StudyFull(bytes32 study, uint16 maxOwners);
    /// @notice Enrolled already, with this very identity.
    error StudyEscrow_AlreadyEnrolled(bytes32 study, address owner);
    /// @notice Not on the roster; of claims: never was.
    error StudyEscrow_NotEnrolled(bytes32 study, address owner);
    /// @notice The study takes nobody new after its first committee.
    error StudyEscrow_LateEnrolmentExcluded(bytes32 study, address owner);
    /// @notice Not one of the addresses that the study was launched for, by the proof given.
    error StudyEscrow_NotAllowed(bytes32 study, address owner);
    error StudyEscrow_SequenceInvalid(bytes32 study, address owner, uint64 sequence, uint64 expected);
    error StudyEscrow_IdentityZero(bytes32 study, address owner);
    error StudyEscrow_SignatureInvalid(address signer, bytes32 digest);

    /// @notice The owner does not consent to this study in the dataset registry.
    error StudyEscrow_ConsentMissing(bytes32 study, address owner);
    /// @notice The consent must last as long as rounds may settle: else it would run out unseen.
    error StudyEscrow_ConsentTooShort(bytes32 study, address owner, uint64 until, uint64 settleBy);
    /// @notice The owner withdrew from under a committee of this study before.
    error StudyEscrow_ConsentWithdrawnBefore(bytes32 study, address owner);
    error StudyEscrow_ConsentNotRequired(bytes32 study);
    error StudyEscrow_ConsentLive(bytes32 study, address owner);
    /// @notice An owner that the committee of this epoch counts withdrew: the next committee settles.
    error StudyEscrow_ConsentWithdrawnSince(bytes32 study, uint64 epoch);
    /// @notice Owners withdrew while the roster was sealed: they go first (`withdrawConsent`).
    error StudyEscrow_WithdrawalsPending(bytes32 study, uint16 withdrawals);

    error StudyEscrow_RosterIsSealed(bytes32 study);
    error StudyEscrow_RosterNotSealed(bytes32 study);
    /// @notice The roster has not changed since the last registration.
    error StudyEscrow_NothingToSeal(bytes32 study);
    error StudyEscrow_TooFewOwners(bytes32 study, uint256 ownerCount, uint16 minOwners);
    error StudyEscrow_EpochNotNewer(bytes32 study, uint64 epoch, uint64 lastEpoch);
    error StudyEscrow_EpochTooLarge(bytes32 study, uint64 epoch, uint64 maximum);
    error StudyEscrow_SignerCountMismatch(uint256 signers, uint256 signatures);
    error StudyEscrow_QuorumMissed(uint256 signers, uint256 quorum);
    error StudyEscrow_SignersNotAscending(address previous, address next);
    /// @notice Not on the roster, or not since before the last registration.
    error StudyEscrow_NotVoter(bytes32 study, address signer);

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

    error StudyEscrow_NothingToCollect(bytes32 study);
    error StudyEscrow_NotResearcherNorFunder(bytes32 study, address caller);
    error StudyEscrow_RoundsOutstanding(bytes32 study, uint64 lastRound, uint64 rounds);

    // -------------------------------------------------------------------------------------------------- study

    /// @notice Launches a study for its researcher and moves budget and fee (`funding`) from the caller, the funder, who
    /// must have approved them, into the escrow.
    /// @return id keccak256(abi.encode(block.chainid, address(this), msg.sender, planDigest, salt)).
    function launch(Launch calldata plan) external returns (bytes32 id);

    /// @notice `launch` with an ERC-2612 permit over `value` in place of an approval. A permit that somebody else
    /// submitted first does no harm: the allowance it left is used.
    /// @param value `funding` of the budget, or more if the fee may still rise until then.
    function launchWithPermit(
        Launch calldata plan,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (bytes32 id);

    /// @notice Puts an owner on the roster by its signature over `Enrol`, or replaces the identity of one who is on
    /// it. Anyone may relay it, until `enrolBy`, and from the first registration on until `settleBy` (new owners only
    /// if the study was launched with `lateEnrolment`); not while the roster is sealed. In a study that requires consent
    /// a new owner's must be there and last until `settleBy`. A replaced identity never
    /// counts against `maxOwners` and leaves the owner its vote.
    /// @param identity Commitment to the owner's MLS signature key; not zero.
    /// @param sequence The owner's accepted changes so far (`enrolment`); 0 for the first.
    /// @param allowedProof Sorted-pair Merkle proof that a new owner is allowed; not looked at if anybody is, or if
    /// the owner is on the roster.
    function enrol(
        bytes32 id,
        address owner,
        bytes32 identity,
        uint64 sequence,
        bytes32[] calldata allowedProof,
        bytes calldata signature
    ) external;

    /// @notice Takes an owner off the roster by its own signature over `Leave`. Anyone may relay it, but not while
    /// the roster is sealed. What the owner has earned stays claimable; it may enrol again, as a new owner.
    function leaveStudy(bytes32 id, address owner, bytes calldata signature) external;

    /// @notice Takes an owner off the roster by the signatures of a quorum of the voters over `Remove`, under the
    /// owner's present sequence. Anyone may relay it, but not while the roster is sealed, nor before enrolment has
    /// ended. What the owner has earned stays claimable.
    /// @param signers Voters, strictly ascending; the owner itself may be one.
    /// @param signatures One signature over `Remove` for each signer.
    function removeOwner(bytes32 id, address owner, address[] calldata signers, bytes[] calldata signatures)
        external;

    /// @notice Takes an owner off the roster that does not consent (any more). Anyone may call it; a revocation does so by
    /// itself (`consentRevoked`). While the roster is sealed it is only remembered; call it once more after the next
    /// registration. It is for owners who have left too, as long as the committee counts them.
    function withdrawConsent(bytes32 id, address owner) external;

    /// @notice Fixes the roster until the next committee is registered. Anyone may call it: the first time once
    /// enrolment has ended (the study is full, or `enrolBy` has passed) and `minOwners` are there; later if the
    /// roster has changed since the last registration. Owners who withdrew while it was sealed go first.
    function sealRoster(bytes32 id) external;

    /// @notice Registers the committee's public key for an epoch and a sealed roster, on the signatures of a quorum
    /// of the voters. Afterwards all on the roster are voters, and the roster may change again.
    /// @param epoch Higher than every epoch registered before, and below 2^32; the first is at least 1.
    /// @param key 128-byte EIP-2537 encoding of a point of G1 that is not infinity.
    /// @param signers Voters, strictly ascending.
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
    /// also after the owner has left or the study has closed.
    /// @param cumulative The owner's cumulative payout in the last settled tree.
    /// @param proof Sorted-pair Merkle proof of the leaf keccak256(bytes.concat(keccak256(abi.encode(owner, cumulative)))).
    function claimFor(bytes32 id, address owner, uint128 cumulative, bytes32[] calldata proof) external;

    /// @notice `claimFor` for several owners of a study. A claim that was paid already is passed over, so that nobody can
    /// spoil the others by paying one first; one that is wrong reverts, as does nothing at all to pay.
    function claimMany(bytes32 id, Claim[] calldata claims) external;

    /// @notice Pays the treasury the fee on what was granted and not collected yet. Anyone may call it, also after the
    /// study has closed.
    function collectFee(bytes32 id) external;

    /// @notice Closes a study whose last round has settled, or whose whole budget is granted, and returns what was
    /// not granted and the fee on it to the funder. Researcher or funder only.
    function close(bytes32 id) external;

    /// @notice Closes a study whose time (`settleBy`) has run out and returns what was not granted and
    /// the fee on it to the funder. Anyone may call it.
    function refund(bytes32 id) external;

    // -------------------------------------------------------------------------------------------------- views

    /// @notice The token every study of this escrow is funded and paid in.
    function token() external view returns (IERC20);

    /// @notice Where owners' consents are.
    function datasets() external view returns (IDatasetRegistry);

    /// @notice Where the fee, the treasury and the scoring rules are.
    function parameters() external view returns (IProtocolParameters);

    /// @notice What launching a study with this budget moves now: the budget and the fee.
    function funding(uint128 budget) external view returns (uint256);

    /// @notice The most owners a study may have: a quorum of them is checked one signature at a time.
    function MAX_OWNERS() external view returns (uint16);

    /// @notice The id `launch` gives to a study.
    function studyId(address funder, bytes32 planDigest, bytes32 salt) external view returns (bytes32);

    /// @notice A study's state; its status is `None` if there is no such study.
    function study(bytes32 id) external view returns (StudyView memory);

    /// @notice What the study knows of some owners, and how many owners are on its roster. The contract keeps no list:
    /// who is on it is read from the events, and proven by this. As many different owners with an identity as there are
    /// on the roster are all of them.
    function enrolments(bytes32 id, address[] calldata owners)
        external
        view
        returns (Enrolled[] memory shown, uint16 ownerCount);

    /// @notice One owner's enrolment; its sequence stays when it leaves.
    function enrolment(bytes32 id, address owner) external view returns (Enrolled memory);

    function isEnrolled(bytes32 id, address owner) external view returns (bool);

    /// @notice Whether an owner decides on committees and removals now.
    function isVoter(bytes32 id, address owner) external view returns (bool);

    /// @notice What an owner has been paid so far.
    function claimed(bytes32 id, address owner) external view returns (uint128);

    /// @notice The current committee's epoch and keccak256 of its key; zeros before the first registration.
    function committee(bytes32 id) external view returns (uint64 epoch, bytes32 keyHash);

    /// @notice Voters' signatures needed now to register a committee key or to remove an owner.
    function quorum(bytes32 id) external view returns (uint256);

    /// @notice The EIP-712 digest an owner signs to enrol or to replace its identity.
    function enrolDigest(bytes32 id, address owner, bytes32 identity, uint64 sequence)
        external
        view
        returns (bytes32);

    /// @notice The EIP-712 digest an owner signs to leave.
    function leaveDigest(bytes32 id, address owner, uint64 sequence) external view returns (bytes32);

    /// @notice The EIP-712 digest a voter signs to remove an owner.
    function removeDigest(bytes32 id, address owner, uint64 sequence) external view returns (bytes32);

    /// @notice The EIP-712 digest a voter signs for a committee key.
    function committeeKeyDigest(bytes32 id, uint64 epoch, bytes32 keyHash) external view returns (bytes32);

    /// @notice The EIP-712 digest the committee signs to settle a round.
    function settlementDigest(Settlement calldata settlement) external view returns (bytes32);

    /// @notice The EIP-712 domain separator (see also ERC-5267 `eip712Domain`).
    function domainSeparator() external view returns (bytes32);
}
