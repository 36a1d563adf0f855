// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ConsentRequest, ConsentTerms, RequestStatus} from "../types/Consent.sol";
import {IDatasetRegistry} from "./IDatasetRegistry.sol";
import {IMarketFunds} from "./IMarketFunds.sol";

/// @title Requests for a dataset owner's consent to a study, against the price that the owner lists
/// @notice The requester's payment is held until the owner grants consent in the DatasetRegistry, for that study, by
/// that dataset and for long enough; else it goes back. A consent can be revoked at any time; a requester that fears
/// so asks that it stand for some time (`holdFor`) before it is paid. What the owner gets is the price less the fee.
///
///   asked, until answerBy: `answerRequest` by anybody, if the grant is there -> answered (or paid, if holdFor is 0)
///   asked, after answerBy: `refundRequest` by anybody -> refunded
///   answered, while the grant does not stand: `refundRequest` by anybody -> refunded
///   answered, holdFor after the answer, if the grant stands: `payRequest` by anybody -> paid
///
/// A grant stands if the registry shows it as given with that dataset until `minUntil` or later, and not revoked. One that
/// has run out since still stands: the owner kept its word. A dataset can't change hands while such a grant is there.
/// One that was revoked and given again is another consent: the request that the first one answered is refunded.
interface IConsentMarket is IMarketFunds {
    event ConsentRequested(
        uint256 indexed request,
        uint256 indexed dataset,
        address indexed owner,
        bytes32 study,
        address escrow,
        address requester,
        uint128 price,
        uint64 minUntil,
        uint64 answerBy,
        uint32 holdFor
    );
    /// @param payableFrom From when on the owner is paid.
    event RequestAnswered(uint256 indexed request, uint64 payableFrom);
    /// @notice Both sums are credited to their receivers.
    event RequestPaid(
        uint256 indexed request, address indexed owner, uint256 proceeds, uint256 fee, address treasury
    );
    /// @notice `amount` is credited to the requester.
    event RequestRefunded(uint256 indexed request, address indexed requester, uint128 amount);

    /// @notice Not timestamp < answerBy <= timestamp + 90 days, holdFor <= 90 days,
    /// answerBy + holdFor <= minUntil < 2^40.
    error ConsentMarket_TermsInvalid(uint256 timestamp, uint64 answerBy, uint32 holdFor, uint64 minUntil);
    /// @notice There is no such dataset, or it is erased.
    error ConsentMarket_DatasetUnknown(uint256 dataset);
    error ConsentMarket_AskingAboveMaximum(uint256 dataset, uint128 price, uint128 maximum);
    error ConsentMarket_OwnDataset(uint256 dataset);
    /// @notice The requester's earlier request for the same is still open.
    error ConsentMarket_RequestOpen(uint256 request);
    /// @notice What is asked for has been granted already.
    error ConsentMarket_ConsentThere(uint256 dataset, bytes32 study, address owner);
    error ConsentMarket_ConsentMissing(uint256 request);
    error ConsentMarket_ConsentStands(uint256 request);
    error ConsentMarket_RequestNotIn(uint256 request, RequestStatus expected, RequestStatus status);
    error ConsentMarket_AnswerLate(uint256 request, uint64 answerBy, uint256 timestamp);
    error ConsentMarket_AnswerStillOpen(uint256 request, uint64 answerBy, uint256 timestamp);
    error ConsentMarket_NotPayableYet(uint256 request, uint64 payableFrom, uint256 timestamp);

    /// @notice Asks a dataset's owner for consent to a study and pays in the price that it lists.
    /// @return id The request's number.
    function requestConsent(ConsentTerms calldata terms) external returns (uint256 id);

    /// @notice Takes note of the owner's grant.
    function answerRequest(uint256 request) external;

    /// @notice Submits the owner's signed grant to the registry and takes note of it, in one transaction.
    /// @param until Last second of the grant.
    /// @param nonce The grant's counter (`IDatasetRegistry.grantOf`).
    /// @param signature The owner's over `Consent` (`IDatasetRegistry.grant`).
    function answerWithGrant(uint256 request, uint64 until, uint64 nonce, bytes calldata signature) external;

    /// @notice Pays the owner after its grant has stood for the time that was asked for.
    function payRequest(uint256 request) external;

    /// @notice Returns the payment of a request that was not answered, or whose grant did not stand.
    function refundRequest(uint256 request) external;

    function datasets() external view returns (IDatasetRegistry);

    /// @notice How many requests there have been. They are numbered from 1.
    function requestCount() external view returns (uint256);

    function request(uint256 id) external view returns (ConsentRequest memory);

    /// @notice The requester's open request for a dataset's consent to a study; 0 if there is none.
    function openRequest(address requester, uint256 dataset, address escrow, bytes32 study)
        external
        view
        returns (uint256 id);
}
