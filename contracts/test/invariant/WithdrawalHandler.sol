// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {ConsentState, RosterStatus, Status} from "../../src/types/Study.sol";
import {RosterHandler} from "./RosterHandler.sol";

/// Plays owners that consent and revoke. Every second study requires consent.
abstract contract WithdrawalHandler is RosterHandler {
    /// An owner's consent to a study by the books.
    struct Consent {
        bool granted;
        /// Withdrew while the roster was sealed, and is still on it.
        bool waits;
        /// Withdrew when a committee counted it, or was being made with it.
        bool spent;
        /// When it revoked last since it came: in which epoch, and after how many settlements.
        bool revoked;
        uint64 revokedIn;
        uint64 revokedAfter;
    }

    uint64 private constant UNTIL = type(uint64).max;

    mapping(bytes32 id => mapping(address owner => Consent)) internal _consent;
    /// Who was on the roster when the committee of an epoch was registered.
    mapping(bytes32 id => mapping(uint64 epoch => mapping(address owner => bool))) private _counts;
    mapping(bytes32 id => ConsentState) public consentState;
    mapping(bytes32 id => uint64) internal _settled;
    /// Who went since the committee was registered, and was struck from what it counts.
    mapping(bytes32 id => mapping(uint64 epoch => mapping(address owner => bool))) private _discharged;

    // ------------------------------------------------------------------------------------------------- acts

    function grantConsent(uint256 pick, uint256 ownerPick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        _grant(id, bound(ownerPick, 0, OWNERS - 1));
    }

    function revokeConsent(uint256 pick, uint256 ownerPick) public {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        address owner = owners[bound(ownerPick, 0, OWNERS - 1)];
        uint256 dataset = datasets.grantOf(address(escrow), id, owner).dataset;
        if (dataset == 0) return;
        vm.prank(owner);
        datasets.revoke(dataset, address(escrow), id);
        if (!_consent[id][owner].granted) return;
        _consent[id][owner].granted = false;
        if (_concerned(id, owner) && !_consent[id][owner].waits) _withdrawn(id, owner);
    }

    /// One goes, the roster is sealed, another revokes, and the committee is registered all the same.
    function revokeWhileSealed(uint256 pick, uint256 ownerPick) external {
        depart(pick, ownerPick % OWNERS + 1);
        seal(pick);
        revokeConsent(pick, ownerPick);
        register(pick);
    }

    /// What anybody may try on anybody. Revocations are heard here, so it takes effect on who waits, and on who waited and
    /// left or was removed before: the committee counts it still.
    function withdrawConsent(uint256 pick, uint256 ownerPick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        address owner = owners[bound(ownerPick, 0, OWNERS - 1)];
        Consent storage consent = _consent[id][owner];
        bool late = !consent.waits && !consent.granted && _concerned(id, owner);
        bool may = late || (_requires(id) && _changeable(id) && consent.waits);
        _expect(abi.encodeCall(IStudyEscrow.withdrawConsent, (id, owner)), may, "withdrawConsent");
        if (!may) return;
        if (consent.waits) _strike(id, owner, "");
        (uint64 epoch,) = escrow.committee(id);
        _discharged[id][epoch][owner] = true;
    }

    // ------------------------------------------------------------------------------------------------- books

    /// No committee settles with the data of an owner that it counts and that revoked, but for the round that was under
    /// way: by the books of who was counted and who revoked when, whatever the escrow has stored.
    function _settledNow(bytes32 id, uint64 epoch) internal {
        if (_requires(id)) {
            for (uint256 i = 0; i < OWNERS; ++i) {
                Consent storage consent = _consent[id][owners[i]];
                if (!_counts[id][epoch][owners[i]] || !consent.revoked) continue;
                assertTrue(
                    consent.revokedIn >= epoch, "settled by a committee that was made with who had revoked"
                );
                assertEq(_settled[id], consent.revokedAfter, "settled twice after a revocation");
            }
            if (consentState[id] == ConsentState.OneMore) consentState[id] = ConsentState.Stopped;
        }
        ++_settled[id];
    }

    function waits(bytes32 id, address owner) external view returns (bool) {
        return _consent[id][owner].waits;
    }

    function waiting(bytes32 id) public view returns (uint256 count) {
        for (uint256 i = 0; i < OWNERS; ++i) {
            if (_consent[id][owners[i]].waits) ++count;
        }
    }

    function _requires(bytes32 id) internal view returns (bool) {
        return escrow.study(id).consentRequired;
    }

    // ------------------------------------------------------------------------------------------- for the roster

    function _requiresConsent(uint256 study) internal pure override returns (bool) {
        return study % 2 == 1;
    }

    function _beforeFirst(bytes32 id, uint256 i) internal override {
        if (_requires(id)) _grant(id, i);
    }

    function _consents(bytes32 id, address owner) internal view override returns (bool) {
        return !_requires(id) || (_consent[id][owner].granted && !_consent[id][owner].spent);
    }

    function _nobodyWaits(bytes32 id) internal view override returns (bool) {
        return waiting(id) == 0;
    }

    function _came(bytes32 id, address owner) internal override {
        _consent[id][owner].revoked = false;
    }

    function _went(bytes32 id, address owner) internal override {
        _consent[id][owner].waits = false;
    }

    function _registered(bytes32 id, uint64 epoch) internal override {
        consentState[id] = _nobodyWaits(id) ? ConsentState.Whole : ConsentState.Stopped;
        for (uint256 i = 0; i < OWNERS; ++i) {
            _counts[id][epoch][owners[i]] = _books[id][owners[i]].present;
        }
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _grant(bytes32 id, uint256 i) private {
        address owner = owners[i];
        uint256 dataset = datasets.grantOf(address(escrow), id, owner).dataset;
        if (dataset == 0) {
            vm.prank(owner);
            dataset = datasets.list("commitment", "uri", 0);
        }
        uint64 nonce = datasets.grantOf(address(escrow), id, owner).nonce;
        bytes32 digest = datasets.consentDigest(owner, dataset, address(escrow), id, UNTIL, nonce);
        datasets.grant(dataset, address(escrow), id, UNTIL, nonce, ecdsa(_ownerKeys[i], digest));
        _consent[id][owner].granted = true;
    }

    function _concerned(bytes32 id, address owner) private view returns (bool) {
        if (!_requires(id) || escrow.study(id).status != Status.Open) return false;
        return _books[id][owner].present || _counted(id, owner);
    }

    function _counted(bytes32 id, address owner) private view returns (bool) {
        (uint64 epoch,) = escrow.committee(id);
        return _counts[id][epoch][owner] && !_discharged[id][epoch][owner];
    }

    function _withdrawn(bytes32 id, address owner) private {
        Consent storage consent = _consent[id][owner];
        (uint64 epoch,) = escrow.committee(id);
        (consent.revoked, consent.revokedIn, consent.revokedAfter) = (true, epoch, _settled[id]);
        bool isSealed = rosterStatus[id] == RosterStatus.Sealed;
        if (_counted(id, owner)) {
            consent.spent = true;
            if (consentState[id] == ConsentState.Whole) consentState[id] = ConsentState.OneMore;
        }
        if (isSealed && _books[id][owner].present) {
            (consent.spent, consent.waits) = (true, true);
            return;
        }
        if (isSealed) consent.spent = true;
        _discharged[id][epoch][owner] = true;
        if (_books[id][owner].present) _strike(id, owner, "");
    }
}
