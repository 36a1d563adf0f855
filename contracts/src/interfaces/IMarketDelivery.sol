// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Delivery of a content key against payment
/// @notice What is sold may be of no use without a key (a model package's content key). Then asset and money stay in
/// the market's hands until the seller has put on chain the key sealed to the buyer's X25519 key.
///
///   awaiting the key, until dueBy: `deliverKey` -> delivered (or sold, if there is no arbiter)
///   awaiting the key, after dueBy: `refundSale` by anybody -> refunded
///   delivered, until dueBy: `rejectKey` by the buyer -> disputed
///   delivered, after dueBy: `finishSale` by anybody -> sold
///   disputed, until dueBy: `rule` by the arbiter -> sold or refunded
///   disputed, after dueBy: `refundSale` by anybody -> refunded: the seller chose the arbiter
///   in all three: `confirmKey` by the buyer -> sold; `refundSale` by the seller -> refunded
///
/// The contract can't see whether a sealed key opens. Without an arbiter the seller's delivery is final: buy such a lot
/// only from a seller whose word is good.
///
/// The parties may sign instead of sending (EIP-712, domain "Tributary", version "1"; by a key or an ERC-1271 wallet):
///   DeliverKey(uint256 lot,bytes32 buyerKey,bytes32 sealedKeyHash)    the seller
///   ConfirmKey(uint256 lot,bytes32 sealedKeyHash)                     the buyer
///   RejectKey(uint256 lot,bytes32 sealedKeyHash)                      the buyer
interface IMarketDelivery {
    /// @notice Asset and money are in the market's hands.
    event KeyAwaited(
        uint256 indexed lot,
        address indexed seller,
        address indexed buyer,
        uint128 price,
        bytes32 buyerKey,
        uint64 dueBy
    );
    /// @param dueBy Until when the buyer may reject it; 0 if there is no arbiter.
    event KeyDelivered(uint256 indexed lot, address indexed buyer, bytes sealedKey, uint64 dueBy);
    /// @param dueBy Until when the arbiter may rule.
    event KeyRejected(uint256 indexed lot, address indexed arbiter, bytes32 sealedKeyHash, uint64 dueBy);
    event KeyRuled(uint256 indexed lot, address indexed arbiter, bool delivered);
    /// @notice `amount` is credited to the buyer; the asset goes back to the seller.
    event SaleRefunded(uint256 indexed lot, address indexed seller, address indexed buyer, uint128 amount);

    error Marketplace_SealedKeyInvalid(uint256 lot, uint256 length);
    error Marketplace_NoSaleUnderWay(uint256 lot);
    error Marketplace_DeadlinePassed(uint256 lot, uint64 dueBy, uint256 timestamp);
    error Marketplace_DeadlineAhead(uint256 lot, uint64 dueBy, uint256 timestamp);
    error Marketplace_NotArbiter(uint256 lot, address account, address arbiter);

    /// @notice Delivers the sealed key, 1 to 1,024 bytes.
    /// @param signature The seller's over the delivery; ignored if the seller sends it itself.
    function deliverKey(uint256 lot, bytes calldata sealedKey, bytes calldata signature) external;

    /// @notice The buyer has the key and is content: the sale is final.
    /// @param signature The buyer's over the confirmation; ignored if the buyer sends it itself.
    function confirmKey(uint256 lot, bytes calldata signature) external;

    /// @notice The buyer can't use the key that was delivered; the arbiter rules.
    /// @param signature The buyer's over the rejection; ignored if the buyer sends it itself.
    function rejectKey(uint256 lot, bytes calldata signature) external;

    /// @notice The arbiter's ruling on a rejected key.
    /// @param delivered Whether the key that was delivered is good.
    function rule(uint256 lot, bool delivered) external;

    /// @notice Makes a sale final whose buyer let the review pass. Anybody may call it.
    function finishSale(uint256 lot) external;

    /// @notice Undoes a sale: the seller at any time before it is final; anybody, once the key or the ruling is late.
    function refundSale(uint256 lot) external;

    function deliverDigest(uint256 lot, bytes32 sealedKeyHash) external view returns (bytes32);

    function confirmDigest(uint256 lot) external view returns (bytes32);

    function rejectDigest(uint256 lot) external view returns (bytes32);
}
