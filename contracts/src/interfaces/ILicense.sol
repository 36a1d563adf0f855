// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Licence, LicenceKind, LicenceStatus, Offer, OfferTerms} from "../types/Licence.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IProtocolParameters} from "./IProtocolParameters.sol";

/// @title Licences to use a model, by time or by the call (ERC-1155)
/// @notice The owner of a model's NFT makes offers. Whoever buys one gets a licence with an id of its own, that carries
/// its X25519 public key: a licence in the log is the request to seal the model's content key to that key.
///
/// Money: a price is earned at once, or, if the offer promises a key, when the key is delivered. Of what is earned the
/// protocol's fee goes to the treasury; of the rest the data owners get the model's part (`payOwners` puts it into
/// the model's splitter, for them alone) and the seller what is left (`withdraw`). A key that is not delivered in
/// time is refunded by anybody. So held = unearned + owed to sellers + due to owners.
///
/// A licence by time is one unit that may change hands while it is in force. Credits are bound to the buyer: it could
/// otherwise use them at a server and sell them before the server has counted. The buyer's word on calls made is
/// EIP-712 (domain "Tributary", version "1"), by a key or by an ERC-1271 wallet:
///   Spend(uint256 licence,uint64 cumulative)
/// `cumulative` counts all calls under the licence so far, so a receipt counts once at most and in any order.
interface ILicense is IERC1155MetadataURI, IERC2981 {
    // ------------------------------------------------------------------------------------------------- events

    event OfferMade(
        uint64 indexed offer,
        uint256 indexed model,
        address indexed seller,
        LicenceKind kind,
        uint128 price,
        uint64 duration,
        uint64 credits,
        uint32 deliverWithin,
        address servingKey
    );
    /// @notice The model's owner set an offer's price, and by it opened it again if it was closed or another's.
    event OfferPriced(uint64 indexed offer, address indexed seller, uint128 price);
    event OfferClosed(uint64 indexed offer);
    event ServingKeySet(uint64 indexed offer, address servingKey);
    /// @param deliverBy The last second to deliver the key; 0 if the licence is in force at once.
    event LicenceBought(
        uint256 indexed licence,
        uint256 indexed model,
        address indexed buyer,
        uint64 offer,
        uint128 price,
        uint64 deliverBy
    );
    /// @notice The holder's X25519 public key: the request to seal the model's content key to it.
    event LicenceKeySet(uint256 indexed licence, address indexed holder, bytes32 key);
    /// @param receipt Salted commitment to the sealed key shares; 0 if the buyer itself said that it has the key.
    event KeyDelivered(uint256 indexed licence, address indexed by, bytes32 receipt);
    /// @param expires The first second without it; 0 if it does not expire.
    event LicenceBegun(uint256 indexed licence, uint64 expires);
    event LicenceRenewed(uint256 indexed licence, address indexed payer, uint128 price, uint64 expires);
    event LicenceRefunded(uint256 indexed licence, address indexed buyer, uint128 price);
    /// @notice A price was earned and divided: fee + toOwners + toSeller = price.
    event PriceEarned(
        uint256 indexed licence,
        uint256 indexed model,
        address indexed seller,
        uint256 fee,
        uint256 toOwners,
        uint256 toSeller
    );
    event CreditsSpent(uint256 indexed licence, uint64 amount, uint64 cumulative);
    event LicenceSelected(uint256 indexed model, address indexed holder, uint256 indexed licence);
    event OwnersPaid(uint256 indexed model, address indexed splitter, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);

    // ------------------------------------------------------------------------------------------------- errors

    /// @notice The registry's splitters move another token, or one of the contracts is none.
    error License_SetupInvalid(address token, address models, address parameters);
    error License_NotModelOwner(uint256 model, address caller, address owner);
    error License_PriceZero();
    error License_KindInvalid(LicenceKind kind);
    error License_DurationInvalid(LicenceKind kind, uint64 duration, uint64 limit);
    error License_CreditsInvalid(LicenceKind kind, uint64 credits);
    error License_DeliveryTooLong(uint32 deliverWithin, uint32 limit);
    error License_OfferUnknown(uint64 offer);
    error License_OfferClosed(uint64 offer);
    /// @notice The model has another owner than the one who made this price.
    error License_OfferStale(uint64 offer, address seller, address owner);
    error License_ServingKeyFixed(uint64 offer, address servingKey);
    error License_PriceAboveMaximum(uint64 offer, uint128 price, uint128 maximum);
    error License_KeyZero();
    /// @notice The caller bought this licence with this key: a purchase repeated by mistake, or a key to be renewed.
    error License_KeyUsed(bytes32 key, uint256 licence);
    error License_FundingMismatch(uint256 expected, uint256 received);

    error License_StatusInvalid(uint256 licence, LicenceStatus status);
    error License_KindMismatch(uint256 licence, LicenceKind kind);
    error License_Expired(uint256 licence, uint64 expires, uint256 timestamp);
    error License_NotHolder(uint256 licence, address account);
    error License_NotBuyer(uint256 licence, address caller, address buyer);
    /// @notice Neither the seller nor the serving key.
    error License_NotSeller(uint256 licence, address caller);
    error License_NotServingKey(uint256 licence, address caller, address servingKey);
    error License_ReceiptZero(uint256 licence);
    error License_DeliveryOver(uint256 licence, uint64 deliverBy, uint256 timestamp);
    error License_DeliveryStillOpen(uint256 licence, uint64 deliverBy, uint256 timestamp);
    error License_NotTransferable(uint256 licence, LicenceKind kind, LicenceStatus status);
    error License_CreditsBelowSpent(uint256 licence, uint64 cumulative, uint64 spent);
    error License_CreditsExceeded(uint256 licence, uint64 cumulative, uint64 credits);
    error License_SignatureInvalid(address signer, bytes32 digest);
    error License_NothingOwed(address account);
    error License_NothingDue(uint256 model);

    // ------------------------------------------------------------------------------------------------- offers

    /// @notice Offers licences. The model's owner only.
    function makeOffer(OfferTerms calldata terms) external returns (uint64 offer);

    /// @notice Sets the price of an offer and opens it under the caller's name. The model's owner only: also of an
    /// offer that a former owner made.
    function setPrice(uint64 offer, uint128 price) external;

    /// @notice Ends an offer; licences sold by it stay. The model's owner only.
    function closeOffer(uint64 offer) external;

    /// @notice Replaces an offer's serving key, also for licences sold. The model's owner only; neither from nor to
    /// zero.
    function setServingKey(uint64 offer, address servingKey) external;

    // ----------------------------------------------------------------------------------------------- licences

    /// @notice Buys a licence with tokens the caller has approved. A key buys once: who does not know whether a purchase
    /// went through repeats it with the same key, and pays once at most (`licenceByKey` says which licence it is).
    /// @param key The caller's X25519 public key, made for this licence; not zero.
    /// @param maximum The highest price the caller pays, whatever the offer says by then.
    /// @return licence Its id; the caller holds one unit (time) or `credits` units.
    function buy(uint64 offer, bytes32 key, uint128 maximum) external returns (uint256 licence);

    /// @notice Pays for another `duration` of a licence by time, from its end, or from now if it has ended. Anyone may
    /// pay, as long as the offer is open. Without it a licence ends; nothing renews itself.
    function renew(uint256 licence, uint128 maximum) external;

    /// @notice The seller or the serving key says that the key was delivered, until `deliverBy`; the licence begins
    /// and its price is earned.
    /// @param receipt Salted commitment to the sealed shares, by which a buyer can show that nothing came; not zero.
    function deliver(uint256 licence, bytes32 receipt) external;

    /// @notice The buyer says that it has the key, also late.
    function confirm(uint256 licence) external;

    /// @notice Gives the buyer its money back after `deliverBy`. Anyone may call it.
    function refund(uint256 licence) external;

    /// @notice Sets the caller's key of a licence it holds: after a transfer, or for a new machine.
    function setKey(uint256 licence, bytes32 key) external;

    /// @notice Makes a licence the one by which the caller is known to `isLicensed`.
    function select(uint256 licence) external;

    /// @notice Counts calls by the buyer's signature over `Spend`. Anyone may relay it.
    /// @param cumulative All calls under this licence so far.
    function spend(uint256 licence, uint64 cumulative, bytes calldata signature) external;

    /// @notice Counts calls. The offer's serving key only.
    function serve(uint256 licence, uint64 cumulative) external;

    // -------------------------------------------------------------------------------------------------- money

    /// @notice Pays an account what it is owed for licences it sold. Anyone may call it.
    function withdraw(address account) external returns (uint256 amount);

    /// @notice Puts what is due to a model's data owners into the model's splitter, for them alone. Anyone may call it.
    function payOwners(uint256 model) external returns (uint256 amount);

    // -------------------------------------------------------------------------------------------------- views

    function token() external view returns (IERC20);
    function models() external view returns (IModelRegistry);
    function parameters() external view returns (IProtocolParameters);
    /// @notice The longest `duration` of an offer, in seconds.
    function MAX_DURATION() external view returns (uint64);
    /// @notice The longest `deliverWithin` of an offer, in seconds.
    function MAX_DELIVERY() external view returns (uint32);

    /// @notice An offer; its kind is `None` if there is no such offer.
    function offer(uint64 id) external view returns (Offer memory);
    /// @notice A licence; its status is `None` if there is no such licence.
    function licence(uint256 id) external view returns (Licence memory);
    /// @notice Calls counted under a licence.
    function spent(uint256 id) external view returns (uint64);
    /// @notice A holder's X25519 public key for a licence; it may have sold the licence since.
    function keyOf(uint256 id, address holder) external view returns (bytes32);
    /// @notice The licence a buyer bought with a key; 0 if there is none.
    function licenceByKey(address buyer, bytes32 key) external view returns (uint256);
    /// @notice Whether an account holds a licence that is in force now.
    function isLive(uint256 id, address account) external view returns (bool);
    /// @notice Whether an account's selected licence for a model is in force now.
    function isLicensed(uint256 model, address account) external view returns (bool);
    /// @notice The licence by which an account is known for a model: one it was given that outlived the last, or the
    /// one it selected.
    function licenceOf(uint256 model, address account) external view returns (uint256);
    /// @notice What a seller can withdraw.
    function owed(address account) external view returns (uint256);
    /// @notice What a model's data owners have here.
    function ownersDue(uint256 model) external view returns (uint256);
    /// @notice The EIP-712 digest a buyer signs to count calls.
    function spendDigest(uint256 licence, uint64 cumulative) external view returns (bytes32);
    /// @notice The EIP-712 domain separator (see also ERC-5267 `eip712Domain`).
    function domainSeparator() external view returns (bytes32);
}
