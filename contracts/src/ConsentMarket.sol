// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {MarketFunds} from "./MarketFunds.sol";
import {IConsentMarket} from "./interfaces/IConsentMarket.sol";
import {IDatasetRegistry} from "./interfaces/IDatasetRegistry.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {Grant, GrantStatus, Listing} from "./types/Dataset.sol";
import {ConsentRequest, ConsentTerms, RequestStatus} from "./types/Consent.sol";

/// @title ConsentMarket
/// @notice See `IConsentMarket`. Several calls can go in one transaction (`multicall`).
contract ConsentMarket is IConsentMarket, MarketFunds, Multicall {
    uint256 private constant MAX_ANSWER_TIME = 90 days;
    uint32 private constant MAX_HOLD_TIME = 90 days;

    /// @inheritdoc IConsentMarket
    IDatasetRegistry public immutable datasets;

    /// @inheritdoc IConsentMarket
    uint256 public requestCount;

    mapping(uint256 id => ConsentRequest) private _requests;
    /// A requester pays for one thing once at a time, however often it tries.
    mapping(bytes32 purpose => uint256 id) private _openRequests;

    /// @param token_ What is paid in; it must move exactly the amounts it is asked to.
    /// @param datasets_ Where owners list datasets and give consent.
    /// @param parameters_ Where the sale fee and the treasury come from.
    constructor(IERC20 token_, IDatasetRegistry datasets_, IProtocolParameters parameters_)
        MarketFunds(token_, parameters_)
    {
        if (address(datasets_) == address(0)) revert Market_AddressZero();
        datasets = datasets_;
    }

    // ------------------------------------------------------------------------------------------------ actions

    /// @inheritdoc IConsentMarket
    function requestConsent(ConsentTerms calldata terms) external nonReentrant returns (uint256 id) {
        _requireTermsValid(terms);
        Listing memory asked = datasets.listing(terms.dataset);
        if (asked.owner == address(0)) revert ConsentMarket_DatasetUnknown(terms.dataset);
        if (asked.owner == msg.sender) revert ConsentMarket_OwnDataset(terms.dataset);
        if (asked.price == 0) revert Market_AmountZero();
        if (asked.price > terms.maxPrice) {
            revert ConsentMarket_AskingAboveMaximum(terms.dataset, asked.price, terms.maxPrice);
        }
        bytes32 purpose = _purpose(msg.sender, terms.dataset, terms.escrow, terms.study);
        if (_openRequests[purpose] != 0) revert ConsentMarket_RequestOpen(_openRequests[purpose]);

        id = ++requestCount;
        _openRequests[purpose] = id;
        ConsentRequest storage it = _requests[id];
        (it.requester, it.status) = (msg.sender, RequestStatus.Asked);
        // forge-lint: disable-next-line(unsafe-typecast)
        (it.answerBy, it.minUntil) = (uint40(terms.answerBy), uint40(terms.minUntil)); // they fit: see above
        (it.holdFor, it.feeBps) = (terms.holdFor, parameters.saleFeeBps());
        (it.owner, it.price) = (asked.owner, asked.price);
        (it.dataset, it.escrow, it.study) = (terms.dataset, terms.escrow, terms.study);
        (bool there,) = _standing(it);
        if (there) revert ConsentMarket_ConsentThere(terms.dataset, terms.study, asked.owner);
        _emitRequested(id, it);
        _pull(msg.sender, asked.price);
    }

    /// @inheritdoc IConsentMarket
    function answerRequest(uint256 id) external nonReentrant {
        _answer(id);
    }

    /// @inheritdoc IConsentMarket
    function answerWithGrant(uint256 id, uint64 until, uint64 nonce, bytes calldata signature)
        external
        nonReentrant
    {
        ConsentRequest storage it = _requests[id];
        // Whoever sees the signature can submit it first; then it fails here, but the grant is there already.
        try datasets.grant(it.dataset, it.escrow, it.study, until, nonce, signature) {} catch {}
        _answer(id);
    }

    /// @inheritdoc IConsentMarket
    function payRequest(uint256 id) external nonReentrant {
        ConsentRequest storage it = _requireIn(id, RequestStatus.Answered);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp < it.payableFrom) {
            revert ConsentMarket_NotPayableYet(id, it.payableFrom, block.timestamp);
        }
        if (!_stands(it)) revert ConsentMarket_ConsentMissing(id);
        _pay(id, it);
    }

    /// @inheritdoc IConsentMarket
    function refundRequest(uint256 id) external nonReentrant {
        ConsentRequest storage it = _requests[id];
        if (it.status == RequestStatus.Answered) {
            if (_stands(it)) revert ConsentMarket_ConsentStands(id);
        } else {
            _requireIn(id, RequestStatus.Asked);
            // forge-lint: disable-next-line(block-timestamp)
            if (block.timestamp <= it.answerBy) {
                revert ConsentMarket_AnswerStillOpen(id, it.answerBy, block.timestamp);
            }
        }
        _end(it, RequestStatus.Refunded);
        _credit(it.requester, it.price);
        emit RequestRefunded(id, it.requester, it.price);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IConsentMarket
    function request(uint256 id) external view returns (ConsentRequest memory) {
        return _requests[id];
    }

    /// @inheritdoc IConsentMarket
    function openRequest(address requester, uint256 dataset, address escrow, bytes32 study)
        external
        view
        returns (uint256 id)
    {
        return _openRequests[_purpose(requester, dataset, escrow, study)];
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _answer(uint256 id) private {
        ConsentRequest storage it = _requireIn(id, RequestStatus.Asked);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > it.answerBy) revert ConsentMarket_AnswerLate(id, it.answerBy, block.timestamp);
        (bool there, uint40 term) = _standing(it);
        if (!there) revert ConsentMarket_ConsentMissing(id);
        // forge-lint: disable-next-line(unsafe-typecast)
        it.payableFrom = uint40(block.timestamp) + it.holdFor;
        it.status = RequestStatus.Answered;
        emit RequestAnswered(id, it.payableFrom);
        if (it.holdFor == 0) _pay(id, it);
        else it.term = term;
    }

    function _pay(uint256 id, ConsentRequest storage it) private {
        _end(it, RequestStatus.Paid);
        uint256 fee = _fee(it.price, it.feeBps);
        uint256 proceeds = it.price - fee;
        address treasury = parameters.treasury();
        _credit(it.owner, proceeds);
        _credit(treasury, fee);
        emit RequestPaid(id, it.owner, proceeds, fee, treasury);
    }

    function _end(ConsentRequest storage it, RequestStatus status) private {
        it.status = status;
        delete _openRequests[_purpose(it.requester, it.dataset, it.escrow, it.study)];
    }

    /// Whether the consent that answered has stood ever since: one that was taken back and given again is another, and
    /// its owner went from the study in between.
    function _stands(ConsentRequest storage it) private view returns (bool) {
        (bool there, uint40 term) = _standing(it);
        return there && term == it.term;
    }

    /// Whether the owner gave, by this dataset and for long enough, and has not taken back; and which consent it is.
    function _standing(ConsentRequest storage it) private view returns (bool there, uint40 term) {
        Grant memory given = datasets.grantOf(it.escrow, it.study, it.owner);
        there =
            given.status == GrantStatus.Granted && given.dataset == it.dataset && given.until >= it.minUntil;
        term = given.term;
    }

    function _requireTermsValid(ConsentTerms calldata terms) private view {
        if (terms.escrow == address(0)) revert Market_AddressZero();
        (uint64 answerBy, uint256 minUntil) = (terms.answerBy, terms.minUntil);
        // forge-lint: disable-next-line(block-timestamp)
        bool valid = answerBy > block.timestamp && answerBy <= block.timestamp + MAX_ANSWER_TIME
            && terms.holdFor <= MAX_HOLD_TIME && minUntil >= uint256(answerBy) + terms.holdFor
            && minUntil <= type(uint40).max;
        if (!valid) {
            revert ConsentMarket_TermsInvalid(block.timestamp, answerBy, terms.holdFor, terms.minUntil);
        }
    }

    function _requireIn(uint256 id, RequestStatus expected) private view returns (ConsentRequest storage it) {
        it = _requests[id];
        if (it.status != expected) revert ConsentMarket_RequestNotIn(id, expected, it.status);
    }

    function _purpose(address requester, uint256 dataset, address escrow, bytes32 study)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(requester, dataset, escrow, study));
    }

    function _emitRequested(uint256 id, ConsentRequest storage it) private {
        emit ConsentRequested(
            id,
            it.dataset,
            it.owner,
            it.study,
            it.escrow,
            it.requester,
            it.price,
            it.minUntil,
            it.answerBy,
            it.holdFor
        );
    }
}
