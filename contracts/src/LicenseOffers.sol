// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ILicense} from "./interfaces/ILicense.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRoyaltySplitter} from "./interfaces/IRoyaltySplitter.sol";
import {LicenceKind, Offer, OfferTerms} from "./types/Licence.sol";

/// @title What the owners of models offer
abstract contract LicenseOffers is ILicense {
    /// @inheritdoc ILicense
    uint64 public constant MAX_DURATION = 3650 days;
    /// @inheritdoc ILicense
    uint32 public constant MAX_DELIVERY = 90 days;

    /// @inheritdoc ILicense
    IERC20 public immutable token;
    /// @inheritdoc ILicense
    IModelRegistry public immutable models;
    /// @inheritdoc ILicense
    IProtocolParameters public immutable parameters;

    uint64 private _offerCount;
    mapping(uint64 id => Offer) private _offers;

    constructor(IERC20 token_, IModelRegistry models_, IProtocolParameters parameters_) {
        bool present = address(models_).code.length != 0 && address(parameters_).code.length != 0;
        if (
            !present || address(IRoyaltySplitter(models_.splitterImplementation()).token()) != address(token_)
        ) {
            revert License_SetupInvalid(address(token_), address(models_), address(parameters_));
        }
        (token, models, parameters) = (token_, models_, parameters_);
    }

    // ---------------------------------------------------------------------------------------------- functions

    /// @inheritdoc ILicense
    function makeOffer(OfferTerms calldata terms) external returns (uint64 id) {
        _requireModelOwner(terms.model);
        _requireTermsValid(terms);
        id = ++_offerCount;
        _offers[id] = Offer(terms, msg.sender);
        emit OfferMade(
            id,
            terms.model,
            msg.sender,
            terms.kind,
            terms.price,
            terms.duration,
            terms.credits,
            terms.deliverWithin,
            terms.servingKey
        );
    }

    /// @inheritdoc ILicense
    function setPrice(uint64 id, uint128 price) external {
        Offer storage offered = _ownOffer(id);
        if (price == 0) revert License_PriceZero();
        (offered.terms.price, offered.seller) = (price, msg.sender);
        emit OfferPriced(id, msg.sender, price);
    }

    /// @inheritdoc ILicense
    function closeOffer(uint64 id) external {
        Offer storage offered = _ownOffer(id);
        if (offered.seller == address(0)) revert License_OfferClosed(id);
        offered.seller = address(0);
        emit OfferClosed(id);
    }

    /// @inheritdoc ILicense
    function setServingKey(uint64 id, address servingKey) external {
        Offer storage offered = _ownOffer(id);
        // A buyer who agreed to no serving key must not get one, nor one be taken away by mistake.
        address present = offered.terms.servingKey;
        if (present == address(0) || servingKey == address(0)) revert License_ServingKeyFixed(id, present);
        offered.terms.servingKey = servingKey;
        emit ServingKeySet(id, servingKey);
    }

    /// @inheritdoc ILicense
    function offer(uint64 id) external view returns (Offer memory) {
        return _offers[id];
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _terms(uint64 id) internal view returns (OfferTerms storage) {
        return _offers[id].terms;
    }

    /// An offer somebody may buy now, at a price not above `maximum`.
    function _openOffer(uint64 id, uint128 maximum) internal view returns (Offer memory offered) {
        offered = _offers[id];
        if (offered.terms.kind == LicenceKind.None) revert License_OfferUnknown(id);
        if (offered.seller == address(0)) revert License_OfferClosed(id);
        // What a former owner offered is not what the present one would.
        address owner = models.ownerOf(offered.terms.model);
        if (offered.seller != owner) revert License_OfferStale(id, offered.seller, owner);
        if (offered.terms.price > maximum) {
            revert License_PriceAboveMaximum(id, offered.terms.price, maximum);
        }
    }

    function _ownOffer(uint64 id) private view returns (Offer storage offered) {
        offered = _offers[id];
        if (offered.terms.kind == LicenceKind.None) revert License_OfferUnknown(id);
        _requireModelOwner(offered.terms.model);
    }

    function _requireModelOwner(uint256 model) private view {
        address owner = models.ownerOf(model);
        if (msg.sender != owner) revert License_NotModelOwner(model, msg.sender, owner);
    }

    function _requireTermsValid(OfferTerms calldata terms) private pure {
        if (terms.kind == LicenceKind.None) revert License_KindInvalid(terms.kind);
        if (terms.price == 0) revert License_PriceZero();
        bool timed = terms.kind == LicenceKind.Time;
        if (terms.duration > MAX_DURATION || (timed && terms.duration == 0)) {
            revert License_DurationInvalid(terms.kind, terms.duration, MAX_DURATION);
        }
        if (timed != (terms.credits == 0)) revert License_CreditsInvalid(terms.kind, terms.credits);
        if (terms.deliverWithin > MAX_DELIVERY) {
            revert License_DeliveryTooLong(terms.deliverWithin, MAX_DELIVERY);
        }
    }
}
