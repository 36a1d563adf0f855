// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {Launch, RosterStatus, Status, StudyView} from "../../src/types/Study.sol";
import {RosterBooks} from "./RosterBooks.sol";

/// Plays owners, voters and strangers on the rosters of studies at random, and keeps its own books of them.
abstract contract RosterHandler is RosterBooks {
    // ------------------------------------------------------------------------------------------------- honest

    /// A study with some of its owners, half of the time full and with its committee. Where owners may come late, two
    /// have gone by then and left room.
    function launch(uint256 enrolled, uint64 rounds, bool late) external {
        if (studies.length == MAX_STUDIES) return;
        bytes32 id = escrow.launch(
            Launch({
                planDigest: sha256("plan"),
                budget: BUDGET,
                rounds: uint64(bound(rounds, 1, 4)),
                enrolBy: uint64(block.timestamp + 1 hours),
                settleBy: uint64(block.timestamp + 1 days),
                minOwners: 1,
                maxOwners: MAX_OWNERS,
                salt: bytes32(studies.length),
                allowed: 0,
                lateEnrolment: late,
                researcher: address(this),
                consentRequired: _requiresConsent(studies.length),
                scoring: SCORING,
                maxFeeBps: 1_000
            })
        );
        studies.push(id);
        funded += BUDGET + uint256(BUDGET) * FEE / 10_000;
        enrolled = bound(enrolled, 1, 2 * MAX_OWNERS);
        if (enrolled > MAX_OWNERS) enrolled = MAX_OWNERS;
        for (uint256 i = 0; i < enrolled; ++i) {
            _beforeFirst(id, i);
            _enrol(id, i, "first");
        }
        if (enrolled < MAX_OWNERS) return;
        escrow.sealRoster(id);
        rosterStatus[id] = RosterStatus.Sealed;
        _register(id, 1);
        if (!late) return;
        _depart(id, 0);
        _depart(id, 1);
    }

    /// Comes, comes late, comes back, or replaces an identity.
    function enrol(uint256 pick, uint256 ownerPick, uint256 identitySeed) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        _enrol(id, bound(ownerPick, 0, OWNERS - 1), bytes32(bound(identitySeed, 1, 3)));
    }

    function depart(uint256 pick, uint256 ownerPick) public {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        _depart(id, bound(ownerPick, 0, OWNERS - 1));
    }

    /// By exactly a quorum of the voters.
    function remove(uint256 pick, uint256 ownerPick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        Book storage entry = _books[id][owners[bound(ownerPick, 0, OWNERS - 1)]];
        (address[] memory who,) = voters(id);
        bool may = _changeable(id) && entry.present && _removable(id) && who.length > 0;
        bytes memory call = _removal(id, owners[bound(ownerPick, 0, OWNERS - 1)], _quorum(who.length));
        _expect(call, may, "remove");
        if (may) _strike(id, owners[bound(ownerPick, 0, OWNERS - 1)], call);
    }

    function seal(uint256 pick) public {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        StudyView memory study = escrow.study(id);
        (uint64 epoch,) = escrow.committee(id);
        bool ready = epoch == 0
            ? _enrolmentEnded(id) && present(id) >= study.minOwners
            : rosterStatus[id] == RosterStatus.Changed;
        ready = ready && _nobodyWaits(id);
        bool may = _changeable(id) && block.timestamp <= study.settleBy && ready;
        _expect(abi.encodeCall(IStudyEscrow.sealRoster, (id)), may, "seal");
        if (may) rosterStatus[id] = RosterStatus.Sealed;
    }

    /// The committee of a sealed roster, or of one that is not.
    function register(uint256 pick) public {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        (uint64 epoch,) = escrow.committee(id);
        _register(id, epoch + 1);
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 minutes, 6 hours));
    }

    // ------------------------------------------------------------------------------------------------- cheats

    /// The change that an owner's enrolment saw last, once more.
    function replayChange(uint256 pick, uint256 ownerPick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        bytes memory call = _books[id][owners[bound(ownerPick, 0, OWNERS - 1)]].lastCall;
        if (call.length > 0) _expect(call, false, "replayed change");
    }

    /// A removal or a committee with a signature too few, and with newcomers to make up for it.
    function outvote(uint256 pick, uint256 ownerPick, bool committee) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        (address[] memory who, uint256[] memory keys) = voters(id);
        uint256 needed = _quorum(who.length);
        if (who.length == 0) return;
        address target = owners[bound(ownerPick, 0, OWNERS - 1)];
        if (committee) {
            (uint64 epoch,) = escrow.committee(id);
            _expect(_registration(id, epoch + 1, needed - 1), false, "a minority's committee");
        } else {
            _expect(_removal(id, target, needed - 1), false, "a minority's removal");
        }
        // As many signatures as it takes, but one is by nobody who votes.
        for (uint256 i = 0; i < OWNERS; ++i) {
            if (escrow.isVoter(id, owners[i])) continue;
            (who[0], keys[0]) = (owners[i], _ownerKeys[i]);
            _sort(who, keys);
            bytes32 digest = escrow.removeDigest(id, target, _books[id][target].sequence);
            bytes[] memory signatures = new bytes[](who.length);
            for (uint256 j = 0; j < who.length; ++j) {
                signatures[j] = ecdsa(keys[j], digest);
            }
            _expect(
                abi.encodeCall(IStudyEscrow.removeOwner, (id, target, who, signatures)),
                false,
                "a stranger's vote"
            );
            return;
        }
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _enrol(bytes32 id, uint256 i, bytes32 identity) private {
        StudyView memory study = escrow.study(id);
        (uint64 epoch,) = escrow.committee(id);
        Book storage entry = _books[id][owners[i]];
        bool room = entry.present
            ? entry.identity != identity
            : present(id) < MAX_OWNERS && (epoch == 0 || study.lateEnrolment) && _consents(id, owners[i]);
        bool may = _changeable(id) && room && block.timestamp <= (epoch == 0 ? study.enrolBy : study.settleBy);
        uint64 sequence = entry.sequence;
        bytes memory signature = ecdsa(_ownerKeys[i], escrow.enrolDigest(id, owners[i], identity, sequence));
        bytes memory call = abi.encodeCall(
            IStudyEscrow.enrol, (id, owners[i], identity, sequence, new bytes32[](0), signature)
        );
        _expect(call, may, "enrol");
        if (!may) return;
        if (!entry.present) {
            entry.since = epoch;
            _came(id, owners[i]);
        }
        (entry.present, entry.identity, entry.sequence) = (true, identity, sequence + 1);
        entry.lastCall = call;
        rosterStatus[id] = RosterStatus.Changed;
    }

    function _depart(bytes32 id, uint256 i) private {
        Book storage entry = _books[id][owners[i]];
        bytes memory signature = ecdsa(_ownerKeys[i], escrow.leaveDigest(id, owners[i], entry.sequence));
        bool may = _changeable(id) && entry.present;
        bytes memory call = abi.encodeCall(IStudyEscrow.leaveStudy, (id, owners[i], signature));
        _expect(call, may, "leave");
        if (may) _strike(id, owners[i], call);
    }

    function _register(bytes32 id, uint64 epoch) private {
        StudyView memory study = escrow.study(id);
        (address[] memory who,) = voters(id);
        bool may = study.status == Status.Open && block.timestamp <= study.settleBy
            && rosterStatus[id] == RosterStatus.Sealed && who.length > 0;
        _expect(_registration(id, epoch, _quorum(who.length)), may, "register");
        if (!may) return;
        rosterStatus[id] = RosterStatus.Settled;
        _registered(id, epoch);
    }

    /// A removal by the first `count` of the voters.
    function _removal(bytes32 id, address target, uint256 count) private view returns (bytes memory) {
        bytes32 digest = escrow.removeDigest(id, target, _books[id][target].sequence);
        (address[] memory who, bytes[] memory signatures) = _signed(id, digest, count);
        return abi.encodeCall(IStudyEscrow.removeOwner, (id, target, who, signatures));
    }

    /// A registration by the first `count` of the voters.
    function _registration(bytes32 id, uint64 epoch, uint256 count) private view returns (bytes memory) {
        bytes32 digest = escrow.committeeKeyDigest(id, epoch, keccak256(_key));
        (address[] memory who, bytes[] memory signatures) = _signed(id, digest, count);
        return abi.encodeCall(IStudyEscrow.registerCommittee, (id, epoch, _key, who, signatures));
    }

    function _signed(bytes32 id, bytes32 digest, uint256 count)
        private
        view
        returns (address[] memory who, bytes[] memory signatures)
    {
        uint256[] memory keys;
        (who, keys) = voters(id);
        if (count > who.length) count = who.length;
        assembly ("memory-safe") {
            mstore(who, count)
        }
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = ecdsa(keys[i], digest);
        }
    }

    function _strike(bytes32 id, address owner, bytes memory call) internal {
        Book storage entry = _books[id][owner];
        (entry.present, entry.identity, entry.since) = (false, 0, 0);
        ++entry.sequence;
        entry.lastCall = call;
        rosterStatus[id] = RosterStatus.Changed;
        _went(id, owner);
    }

    // What consent has to do with it.

    function _requiresConsent(uint256 study) internal pure virtual returns (bool);
    function _beforeFirst(bytes32 id, uint256 i) internal virtual;
    function _consents(bytes32 id, address owner) internal view virtual returns (bool);
    function _nobodyWaits(bytes32 id) internal view virtual returns (bool);
    function _came(bytes32 id, address owner) internal virtual;
    function _went(bytes32 id, address owner) internal virtual;
    function _registered(bytes32 id, uint64 epoch) internal virtual;

    function _changeable(bytes32 id) internal view returns (bool) {
        return escrow.study(id).status == Status.Open && rosterStatus[id] != RosterStatus.Sealed;
    }

    function _enrolmentEnded(bytes32 id) private view returns (bool) {
        return present(id) == MAX_OWNERS || block.timestamp > escrow.study(id).enrolBy;
    }

    function _removable(bytes32 id) private view returns (bool) {
        (uint64 epoch,) = escrow.committee(id);
        return epoch > 0 || _enrolmentEnded(id);
    }

    function _sort(address[] memory who, uint256[] memory keys) private pure {
        for (uint256 i = 1; i < who.length; ++i) {
            for (uint256 j = i; j > 0 && who[j - 1] > who[j]; --j) {
                (who[j], who[j - 1]) = (who[j - 1], who[j]);
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
    }
}
