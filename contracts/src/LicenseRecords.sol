// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {LicenseOffers} from "./LicenseOffers.sol";
import {ILicense} from "./interfaces/ILicense.sol";
import {Licence, LicenceKind, LicenceStatus, Offer} from "./types/Licence.sol";

/// @title Who holds which licence, with which key, and what is left of it
abstract contract LicenseRecords is LicenseOffers, ERC1155 {
    uint256 private _licenceCount;
    mapping(uint256 id => Licence) internal _licences;

    /// @inheritdoc ILicense
    mapping(uint256 id => mapping(address holder => bytes32)) public keyOf;
    /// @inheritdoc ILicense
    mapping(address buyer => mapping(bytes32 key => uint256)) public licenceByKey;
    /// @inheritdoc ILicense
    mapping(uint256 model => mapping(address account => uint256)) public licenceOf;

    // ---------------------------------------------------------------------------------------------- functions

    /// @inheritdoc ILicense
    function setKey(uint256 id, bytes32 key) external {
        _requireHolder(id);
        if (key == 0) revert License_KeyZero();
        _setKey(id, key);
    }

    /// @inheritdoc ILicense
    function select(uint256 id) external {
        _requireHolder(id);
        _select(_modelOf(id), msg.sender, id);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ILicense
    function licence(uint256 id) external view returns (Licence memory) {
        return _licences[id];
    }

    /// @inheritdoc ILicense
    function spent(uint256 id) public view returns (uint64) {
        Licence storage bought = _licences[id];
        if (bought.status != LicenceStatus.Live) return 0;
        uint64 credits = _terms(bought.offer).credits;
        if (credits == 0) return 0;
        // Credits never leave the buyer but by being spent.
        // forge-lint: disable-next-line(unsafe-typecast)
        return credits - uint64(balanceOf(bought.buyer, id)); // not above credits
    }

    /// @inheritdoc ILicense
    function isLive(uint256 id, address account) public view returns (bool) {
        Licence storage bought = _licences[id];
        return bought.status == LicenceStatus.Live && !_expired(bought) && balanceOf(account, id) != 0;
    }

    /// @inheritdoc ILicense
    function isLicensed(uint256 model, address account) external view returns (bool) {
        return isLive(licenceOf[model][account], account);
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Writes a new licence down for the caller, unearned.
    function _record(uint64 offerId, Offer memory offered, bytes32 key, uint16 feeBps)
        internal
        returns (uint256 id)
    {
        if (key == 0) revert License_KeyZero();
        uint256 before = licenceByKey[msg.sender][key];
        if (before != 0) revert License_KeyUsed(key, before);
        id = ++_licenceCount;
        licenceByKey[msg.sender][key] = id;
        Licence storage bought = _licences[id];
        bought.offer = offerId;
        bought.status = LicenceStatus.AwaitingKey;
        if (offered.terms.deliverWithin != 0) {
            // forge-lint: disable-next-line(unsafe-typecast)
            bought.deliverBy = uint64(block.timestamp) + offered.terms.deliverWithin; // seconds
        }
        bought.feeBps = feeBps;
        bought.price = offered.terms.price;
        bought.buyer = msg.sender;
        bought.seller = offered.seller;
        emit LicenceBought(
            id, offered.terms.model, msg.sender, offerId, offered.terms.price, bought.deliverBy
        );
        _setKey(id, key);
    }

    function _setKey(uint256 id, bytes32 key) private {
        keyOf[id][msg.sender] = key;
        emit LicenceKeySet(id, msg.sender, key);
    }

    /// Burns what the buyer's calls have cost since they were last counted.
    function _spend(uint256 id, uint64 cumulative) internal {
        Licence storage bought = _licences[id];
        if (_terms(bought.offer).kind != LicenceKind.Credits) {
            revert License_KindMismatch(id, _terms(bought.offer).kind);
        }
        _requireUnexpired(id, bought);
        uint64 before = spent(id);
        if (cumulative <= before) revert License_CreditsBelowSpent(id, cumulative, before);
        uint64 credits = _terms(bought.offer).credits;
        if (cumulative > credits) revert License_CreditsExceeded(id, cumulative, credits);
        emit CreditsSpent(id, cumulative - before, cumulative);
        _burn(bought.buyer, id, cumulative - before);
    }

    /// Makes a licence that an account got the one it is known by, if that is for its good.
    function _prefer(address account, uint256 id) internal {
        // Somebody may have sent no units at all.
        if (!isLive(id, account)) return;
        uint256 model = _modelOf(id);
        uint256 present = licenceOf[model][account];
        if (isLive(present, account)) {
            uint64 ends = _licences[present].expires;
            if (ends == 0 || (_licences[id].expires != 0 && _licences[id].expires <= ends)) return;
        }
        _select(model, account, id);
    }

    /// Units change hands only if they are those of a licence by time that is in force.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory values)
        internal
        override
    {
        bool moved = from != address(0) && to != address(0);
        if (moved) {
            for (uint256 i = 0; i < ids.length; ++i) {
                _requireTransferable(ids[i]);
            }
        }
        super._update(from, to, ids, values);
        if (moved) {
            for (uint256 i = 0; i < ids.length; ++i) {
                _prefer(to, ids[i]);
            }
        }
    }

    function _modelOf(uint256 id) internal view returns (uint256) {
        Licence storage bought = _licences[id];
        if (bought.status == LicenceStatus.None) revert License_StatusInvalid(id, LicenceStatus.None);
        return _terms(bought.offer).model;
    }

    function _require(uint256 id, LicenceStatus status) internal view returns (Licence storage bought) {
        bought = _licences[id];
        if (bought.status != status) revert License_StatusInvalid(id, bought.status);
    }

    function _select(uint256 model, address account, uint256 id) private {
        licenceOf[model][account] = id;
        emit LicenceSelected(model, account, id);
    }

    function _requireHolder(uint256 id) private view {
        if (balanceOf(msg.sender, id) == 0) revert License_NotHolder(id, msg.sender);
    }

    function _requireTransferable(uint256 id) private view {
        Licence storage bought = _licences[id];
        LicenceKind kind = _terms(bought.offer).kind;
        if (kind != LicenceKind.Time || bought.status != LicenceStatus.Live) {
            revert License_NotTransferable(id, kind, bought.status);
        }
        _requireUnexpired(id, bought);
    }

    function _requireUnexpired(uint256 id, Licence storage bought) private view {
        if (_expired(bought)) revert License_Expired(id, bought.expires, block.timestamp);
    }

    function _expired(Licence storage bought) private view returns (bool) {
        // forge-lint: disable-next-line(block-timestamp)
        return bought.expires != 0 && block.timestamp >= bought.expires;
    }
}
