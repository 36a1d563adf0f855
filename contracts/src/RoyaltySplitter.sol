// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRoyaltySplitter} from "./interfaces/IRoyaltySplitter.sol";
import {TokenPull} from "./libraries/TokenPull.sol";
import {Split} from "./types/Split.sol";

/// @title RoyaltySplitter
/// @notice See `IRoyaltySplitter`. This is the implementation that the clones share.
contract RoyaltySplitter is IRoyaltySplitter, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using TokenPull for IERC20;

    /// What has happened to one token. The creator has been paid `released - releasedToPayees`.
    struct Account {
        uint256 released;
        uint256 releasedToPayees;
        mapping(address payee => uint256) releasedTo;
    }

    uint256 private constant BPS = 10_000;

    /// @inheritdoc IRoyaltySplitter
    IERC20 public immutable token;

    address private immutable IMPLEMENTATION = address(this);

    /// @inheritdoc IRoyaltySplitter
    uint256 public reserved;

    mapping(IERC20 asset => Account) private _accounts;

    /// @param token_ The token that models, licences and art are paid in.
    constructor(IERC20 token_) {
        if (address(token_).code.length == 0) revert RoyaltySplitter_TokenInvalid(address(token_));
        token = token_;
    }

    // ---------------------------------------------------------------------------------------------- functions

    /// @inheritdoc IRoyaltySplitter
    function release(address payee, uint128 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256)
    {
        return _release(token, payee, cumulative, proof);
    }

    /// @inheritdoc IRoyaltySplitter
    function releaseOf(IERC20 asset, address payee, uint128 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256)
    {
        return _release(asset, payee, cumulative, proof);
    }

    /// @inheritdoc IRoyaltySplitter
    function releaseCreator() external nonReentrant returns (uint256) {
        return _releaseCreator(token);
    }

    /// @inheritdoc IRoyaltySplitter
    function releaseCreatorOf(IERC20 asset) external nonReentrant returns (uint256) {
        return _releaseCreator(asset);
    }

    /// @inheritdoc IRoyaltySplitter
    function fundPayees(uint256 amount) external nonReentrant {
        _split(); // the implementation itself takes no money
        if (amount == 0) revert RoyaltySplitter_AmountZero();
        reserved += amount;
        emit PayeesFunded(msg.sender, amount);
        uint256 came = token.pull(msg.sender, amount);
        if (came != amount) revert RoyaltySplitter_FundingMismatch(amount, came);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IRoyaltySplitter
    function split() external view returns (Split memory) {
        return _split();
    }

    /// @inheritdoc IRoyaltySplitter
    function received(IERC20 asset) public view returns (uint256) {
        return asset.balanceOf(address(this)) + _accounts[asset].released;
    }

    /// @inheritdoc IRoyaltySplitter
    function released(IERC20 asset) external view returns (uint256 inAll, uint256 toPayees) {
        Account storage account = _accounts[asset];
        return (account.released, account.releasedToPayees);
    }

    /// @inheritdoc IRoyaltySplitter
    function releasedTo(IERC20 asset, address payee) external view returns (uint256) {
        return _accounts[asset].releasedTo[payee];
    }

    /// @inheritdoc IRoyaltySplitter
    function payeesPart(IERC20 asset) external view returns (uint256 part) {
        (part,) = _parts(asset, _split());
    }

    /// @inheritdoc IRoyaltySplitter
    function releasable(IERC20 asset, address payee, uint128 cumulative) external view returns (uint256) {
        Split memory terms = _split();
        (uint256 payees,) = _parts(asset, terms);
        uint256 part = Math.mulDiv(payees, cumulative, terms.total);
        return Math.saturatingSub(part, _accounts[asset].releasedTo[payee]);
    }

    /// @inheritdoc IRoyaltySplitter
    function releasableCreator(IERC20 asset) external view returns (uint256) {
        (, uint256 part) = _parts(asset, _split());
        Account storage account = _accounts[asset];
        return Math.saturatingSub(part, account.released - account.releasedToPayees);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _release(IERC20 asset, address payee, uint128 cumulative, bytes32[] calldata proof)
        private
        returns (uint256 amount)
    {
        Split memory terms = _split();
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(payee, cumulative))));
        if (!MerkleProof.verifyCalldata(proof, terms.root, leaf)) {
            revert RoyaltySplitter_ProofInvalid(payee, cumulative);
        }
        (uint256 payees,) = _parts(asset, terms);
        uint256 part = Math.mulDiv(payees, cumulative, terms.total);
        Account storage account = _accounts[asset];
        uint256 before = account.releasedTo[payee];
        if (part <= before) revert RoyaltySplitter_NothingToRelease(payee, part, before);
        amount = part - before;
        // A tree that shares out more than its total must not reach into the creator's part.
        uint256 toPayees = account.releasedToPayees + amount;
        if (toPayees > payees) revert RoyaltySplitter_AbovePart(payee, toPayees, payees);

        account.releasedTo[payee] = part;
        account.releasedToPayees = toPayees;
        account.released += amount;
        emit PayeeReleased(asset, payee, amount);
        asset.safeTransfer(payee, amount);
    }

    function _releaseCreator(IERC20 asset) private returns (uint256 amount) {
        Split memory terms = _split();
        (, uint256 part) = _parts(asset, terms);
        Account storage account = _accounts[asset];
        uint256 before = account.released - account.releasedToPayees;
        if (part <= before) revert RoyaltySplitter_NothingToRelease(terms.creator, part, before);
        amount = part - before;

        account.released += amount;
        emit CreatorReleased(asset, terms.creator, amount);
        asset.safeTransfer(terms.creator, amount);
    }

    function _parts(IERC20 asset, Split memory terms) private view returns (uint256 payees, uint256 creator) {
        uint256 all = received(asset);
        // A token that shrinks balances may leave less than was reserved.
        uint256 ahead = address(asset) == address(token) ? Math.min(reserved, all) : 0;
        payees = ahead + Math.mulDiv(all - ahead, terms.payeesBps, BPS);
        creator = all - payees;
    }

    function _split() private view returns (Split memory) {
        if (address(this) == IMPLEMENTATION) revert RoyaltySplitter_NotAClone(IMPLEMENTATION);
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Split));
    }
}
