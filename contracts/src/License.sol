// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {LicenseOffers} from "./LicenseOffers.sol";
import {LicenseRecords} from "./LicenseRecords.sol";
import {ILicense} from "./interfaces/ILicense.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRoyaltySplitter} from "./interfaces/IRoyaltySplitter.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {TokenPull} from "./libraries/TokenPull.sol";
import {Licence, LicenceKind, LicenceStatus, Offer, OfferTerms} from "./types/Licence.sol";

/// @title License
/// @notice Buying, delivery, renewal, refunds and the money. See `ILicense`.
contract License is LicenseRecords, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using TokenPull for IERC20;

    uint256 private constant BPS = 10_000;
    bytes32 private constant SPEND_TYPEHASH = keccak256("Spend(uint256 licence,uint64 cumulative)");

    /// @inheritdoc ILicense
    mapping(address account => uint256) public owed;
    /// @inheritdoc ILicense
    mapping(uint256 model => uint256) public ownersDue;

    /// @param token_ What licences are paid in: the token of the models' splitters.
    /// @param models_ Whose models are licensed.
    /// @param parameters_ The fee and who gets it.
    constructor(IERC20 token_, IModelRegistry models_, IProtocolParameters parameters_)
        EIP712("Tributary", "1")
        ERC1155("")
        LicenseOffers(token_, models_, parameters_)
    {}

    // ----------------------------------------------------------------------------------------------- licences

    /// @inheritdoc ILicense
    function buy(uint64 offerId, bytes32 key, uint128 maximum) external nonReentrant returns (uint256 id) {
        Offer memory offered = _openOffer(offerId, maximum);
        id = _record(offerId, offered, key, parameters.saleFeeBps());
        _pull(offered.terms.price);
        if (offered.terms.deliverWithin == 0) _begin(id);
        // Last, for it calls a buyer that is a contract. A key's delivery calls nobody: the buyer can't stand in its way.
        _mint(msg.sender, id, offered.terms.kind == LicenceKind.Time ? 1 : offered.terms.credits, "");
        if (offered.terms.deliverWithin == 0) _prefer(msg.sender, id);
    }

    /// @inheritdoc ILicense
    function renew(uint256 id, uint128 maximum) external nonReentrant {
        Licence storage bought = _require(id, LicenceStatus.Live);
        Offer memory offered = _openOffer(bought.offer, maximum);
        if (offered.terms.kind != LicenceKind.Time) revert License_KindMismatch(id, offered.terms.kind);
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 now_ = uint64(block.timestamp); // seconds
        uint64 from = bought.expires > now_ ? bought.expires : now_;
        bought.expires = from + offered.terms.duration;
        emit LicenceRenewed(id, msg.sender, offered.terms.price, bought.expires);
        _pull(offered.terms.price);
        _earn(id, offered.terms.model, offered.seller, offered.terms.price, parameters.saleFeeBps());
    }

    /// @inheritdoc ILicense
    function deliver(uint256 id, bytes32 receipt) external nonReentrant {
        Licence storage bought = _require(id, LicenceStatus.AwaitingKey);
        if (msg.sender != bought.seller && msg.sender != _terms(bought.offer).servingKey) {
            revert License_NotSeller(id, msg.sender);
        }
        if (receipt == 0) revert License_ReceiptZero(id);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > bought.deliverBy) {
            revert License_DeliveryOver(id, bought.deliverBy, block.timestamp);
        }
        emit KeyDelivered(id, msg.sender, receipt);
        _begin(id);
        _prefer(bought.buyer, id);
    }

    /// @inheritdoc ILicense
    function confirm(uint256 id) external nonReentrant {
        Licence storage bought = _require(id, LicenceStatus.AwaitingKey);
        if (msg.sender != bought.buyer) revert License_NotBuyer(id, msg.sender, bought.buyer);
        emit KeyDelivered(id, msg.sender, 0);
        _begin(id);
        _prefer(bought.buyer, id);
    }

    /// @inheritdoc ILicense
    function refund(uint256 id) external nonReentrant {
        Licence storage bought = _require(id, LicenceStatus.AwaitingKey);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp <= bought.deliverBy) {
            revert License_DeliveryStillOpen(id, bought.deliverBy, block.timestamp);
        }
        bought.status = LicenceStatus.Refunded;
        _burn(bought.buyer, id, balanceOf(bought.buyer, id));
        emit LicenceRefunded(id, bought.buyer, bought.price);
        token.safeTransfer(bought.buyer, bought.price);
    }

    /// @inheritdoc ILicense
    function spend(uint256 id, uint64 cumulative, bytes calldata signature) external {
        Licence storage bought = _require(id, LicenceStatus.Live);
        bytes32 digest = spendDigest(id, cumulative);
        if (!Signatures.isValid(bought.buyer, digest, signature)) {
            revert License_SignatureInvalid(bought.buyer, digest);
        }
        _spend(id, cumulative);
    }

    /// @inheritdoc ILicense
    function serve(uint256 id, uint64 cumulative) external {
        Licence storage bought = _require(id, LicenceStatus.Live);
        address servingKey = _terms(bought.offer).servingKey;
        if (msg.sender != servingKey) revert License_NotServingKey(id, msg.sender, servingKey);
        _spend(id, cumulative);
    }

    // -------------------------------------------------------------------------------------------------- money

    /// @inheritdoc ILicense
    function withdraw(address account) external nonReentrant returns (uint256 amount) {
        amount = owed[account];
        if (amount == 0) revert License_NothingOwed(account);
        owed[account] = 0;
        emit Withdrawn(account, amount);
        token.safeTransfer(account, amount);
    }

    /// @inheritdoc ILicense
    function payOwners(uint256 model) external nonReentrant returns (uint256 amount) {
        amount = ownersDue[model];
        if (amount == 0) revert License_NothingDue(model);
        ownersDue[model] = 0;
        address splitter = models.deploySplitter(model);
        emit OwnersPaid(model, splitter, amount);
        token.forceApprove(splitter, amount);
        IRoyaltySplitter(splitter).fundPayees(amount);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @notice The metadata of the licence's model.
    function uri(uint256 id) public view override(ERC1155, IERC1155MetadataURI) returns (string memory) {
        return models.tokenURI(_modelOf(id));
    }

    /// @notice ERC-2981: who resells a licence pays the model's royalty into the model's splitter.
    function royaltyInfo(uint256 id, uint256 salePrice) external view returns (address, uint256) {
        return models.royaltyInfo(_modelOf(id), salePrice);
    }

    /// @inheritdoc ILicense
    function spendDigest(uint256 id, uint64 cumulative) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(SPEND_TYPEHASH, id, cumulative)));
    }

    /// @inheritdoc ILicense
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) public view override(ERC1155, IERC165) returns (bool) {
        return id == type(IERC2981).interfaceId || super.supportsInterface(id);
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Puts a licence in force and divides what was paid for it.
    function _begin(uint256 id) private {
        Licence storage bought = _licences[id];
        OfferTerms storage terms = _terms(bought.offer);
        bought.status = LicenceStatus.Live;
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 now_ = uint64(block.timestamp); // seconds
        if (terms.duration != 0) bought.expires = now_ + terms.duration;
        emit LicenceBegun(id, bought.expires);
        _earn(id, terms.model, bought.seller, bought.price, bought.feeBps);
    }

    function _earn(uint256 id, uint256 model, address seller, uint256 price, uint256 feeBps) private {
        uint256 fee = price * feeBps / BPS;
        uint256 toOwners = (price - fee) * models.ownersBpsOf(model) / BPS;
        uint256 toSeller = price - fee - toOwners;
        ownersDue[model] += toOwners;
        owed[seller] += toSeller;
        emit PriceEarned(id, model, seller, fee, toOwners, toSeller);
        if (fee != 0) token.safeTransfer(parameters.treasury(), fee);
    }

    function _pull(uint256 amount) private {
        uint256 received = token.pull(msg.sender, amount);
        if (received != amount) revert License_FundingMismatch(amount, received);
    }
}
