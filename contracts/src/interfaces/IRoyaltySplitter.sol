// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Split} from "../types/Split.sol";

/// @title Divides the tokens it receives between payees of a Merkle tree and a creator
/// @notice A clone with its split in its code. A model's splitter pays the data owners by the last settled payouts
/// tree of its study, and the researcher the rest. An art piece's splitter has a tree with one leaf, the splitter of
/// the model it was made with, and pays the artist the rest: so money cascades from art to model to owners.
///
/// Anybody sends tokens, by a plain transfer, also before the splitter is deployed. Anybody moves them on, to whom
/// they belong and to nobody else. Nobody can change the split.
///
/// For every token, with received = balance + released:
///   payees' part = reserved + floor((received - reserved) * payeesBps / 10,000)
///   creator's part = received - payees' part
///   a payee's part = floor(payees' part * cumulative / total)
/// What the floors leave over stays in the splitter, less than one unit for each payee, and counts again when more
/// comes in. All parts only ever grow.
interface IRoyaltySplitter {
    // ------------------------------------------------------------------------------------------------- events

    event PayeeReleased(IERC20 indexed asset, address indexed payee, uint256 amount);
    event CreatorReleased(IERC20 indexed asset, address indexed creator, uint256 amount);
    /// @notice Money that belongs to the payees alone came in.
    event PayeesFunded(address indexed from, uint256 amount);

    // ------------------------------------------------------------------------------------------------- errors

    error RoyaltySplitter_TokenInvalid(address token);
    /// @notice This is the implementation: it has no split. Use a clone.
    error RoyaltySplitter_NotAClone(address implementation);
    /// @notice The leaf is not in this splitter's tree.
    error RoyaltySplitter_ProofInvalid(address payee, uint128 cumulative);
    /// @notice Nothing has come in that this account has not been paid.
    error RoyaltySplitter_NothingToRelease(address account, uint256 part, uint256 released);
    /// @notice The tree's leaves add up to more than its total: releases stop at the payees' part.
    error RoyaltySplitter_AbovePart(address payee, uint256 releasedToPayees, uint256 payeesPart);
    error RoyaltySplitter_AmountZero();
    /// @notice The token moved another amount than asked: it takes fees, or rebases.
    error RoyaltySplitter_FundingMismatch(uint256 expected, uint256 received);

    // ---------------------------------------------------------------------------------------------- functions

    /// @notice Pays a payee what has come in for it since the last time. Anyone may call it.
    /// @param cumulative The payee's word in the tree.
    /// @param proof Sorted-pair Merkle proof of the leaf (payee, cumulative).
    /// @return amount Tokens paid now.
    function release(address payee, uint128 cumulative, bytes32[] calldata proof)
        external
        returns (uint256 amount);

    /// @notice Pays the creator what has come in for it since the last time. Anyone may call it.
    function releaseCreator() external returns (uint256 amount);

    /// @notice `release` of another ERC-20 token than `token`, so that royalties paid in it elsewhere are not lost.
    /// Tokens that rebase or take fees share their losses out as they come.
    function releaseOf(IERC20 asset, address payee, uint128 cumulative, bytes32[] calldata proof)
        external
        returns (uint256 amount);

    /// @notice `releaseCreator` of another ERC-20 token than `token`.
    function releaseCreatorOf(IERC20 asset) external returns (uint256 amount);

    /// @notice Takes `amount` of `token` from the caller (who must have approved it) for the payees alone.
    function fundPayees(uint256 amount) external;

    // -------------------------------------------------------------------------------------------------- views

    /// @notice The token that `release`, `releaseCreator` and `fundPayees` move.
    function token() external view returns (IERC20);

    function split() external view returns (Split memory);

    /// @notice All that has ever come in of a token.
    function received(IERC20 asset) external view returns (uint256);

    /// @notice All that has been paid out of a token, and to the payees of it.
    function released(IERC20 asset) external view returns (uint256 inAll, uint256 toPayees);

    /// @notice What one payee has been paid of a token.
    function releasedTo(IERC20 asset, address payee) external view returns (uint256);

    /// @notice What has come in by `fundPayees`.
    function reserved() external view returns (uint256);

    /// @notice What belongs to the payees of all that has come in of a token.
    function payeesPart(IERC20 asset) external view returns (uint256);

    /// @notice What a payee could be paid now, if (payee, cumulative) is in the tree: this does not check it.
    function releasable(IERC20 asset, address payee, uint128 cumulative) external view returns (uint256);

    /// @notice What the creator could be paid now.
    function releasableCreator(IERC20 asset) external view returns (uint256);
}
