// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {StudyEscrow} from "../../src/StudyEscrow.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {Launch, RosterStatus, Status, StudyView} from "../../src/types/Study.sol";
import {BLSSigner} from "../utils/BLSSigner.sol";
import {Base} from "../utils/Base.sol";

/// Plays owners, voters and strangers on the rosters of studies at random, and keeps its own books of them.
abstract contract RosterHandler is Base {
    /// An owner of a study by the books.
    struct Book {
        bool present;
        bytes32 identity;
        uint64 sequence;
        uint64 since;
        /// What last changed its enrolment: a call of the escrow, to be tried once more.
        bytes lastCall;
    }

    uint256 internal constant MAX_STUDIES = 4;
    uint256 internal constant OWNERS = 6;
    uint16 internal constant MAX_OWNERS = 5;
    bytes32 internal constant SCORING = keccak256("group-shapley-1");
    uint256 internal constant SECRET = 0x5ec2e7;
    uint128 internal constant BUDGET = 1_000;

    TributaryToken public immutable token;
    StudyEscrow public immutable escrow;
    DatasetRegistry public immutable datasets;
    ProtocolParameters public immutable parameters;
    bytes internal _key = BLSSigner.publicKey(SECRET);

    bytes32[] public studies;
    /// Ascending.
    address[] public owners;
    uint256[] internal _ownerKeys;

    mapping(bytes32 id => mapping(address owner => Book)) internal _books;
    mapping(bytes32 id => RosterStatus) public rosterStatus;
    /// Tokens that launches put up.
    uint256 public funded;

    constructor() {
        vm.warp(1_800_000_000);
        token = new TributaryToken(address(this), address(this), 1e27);
        datasets = new DatasetRegistry();
        bytes32[] memory rules = new bytes32[](1);
        rules[0] = SCORING;
        parameters = new ProtocolParameters(address(this), address(0x7ea5), 0, 0, rules);
        escrow = new StudyEscrow(token, datasets, parameters);
        token.approve(address(escrow), type(uint256).max);
        for (uint256 i = 1; i <= OWNERS; ++i) {
            _insertOwner(uint256(keccak256(abi.encode("owner", i))));
        }
    }

    // -------------------------------------------------------------------------------------------------- books

    function studyCount() external view returns (uint256) {
        return studies.length;
    }

    function ownerCount() external view returns (uint256) {
        return owners.length;
    }

    function book(bytes32 id, address owner) external view returns (Book memory) {
        return _books[id][owner];
    }

    /// Owners on the roster, by the books.
    function present(bytes32 id) public view returns (uint256 count) {
        for (uint256 i = 0; i < OWNERS; ++i) {
            if (_books[id][owners[i]].present) ++count;
        }
    }

    /// Ascending, by the books.
    function voters(bytes32 id) public view returns (address[] memory who, uint256[] memory keys) {
        (uint64 epoch,) = escrow.committee(id);
        (who, keys) = (new address[](OWNERS), new uint256[](OWNERS));
        uint256 count = 0;
        for (uint256 i = 0; i < OWNERS; ++i) {
            Book storage entry = _books[id][owners[i]];
            if (!entry.present || (epoch > 0 && entry.since >= epoch)) continue;
            (who[count], keys[count]) = (owners[i], _ownerKeys[i]);
            ++count;
        }
        assembly ("memory-safe") {
            mstore(who, count)
            mstore(keys, count)
        }
    }

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
                consentRequired: false,
                scoring: SCORING,
                maxFeeBps: 1_000
            })
        );
        studies.push(id);
        funded += BUDGET;
        enrolled = bound(enrolled, 1, 2 * MAX_OWNERS);
        if (enrolled > MAX_OWNERS) enrolled = MAX_OWNERS;
        for (uint256 i = 0; i < enrolled; ++i) {
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

    function depart(uint256 pick, uint256 ownerPick) external {
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
        if (may) _strike(id, entry, call);
    }

    function seal(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        StudyView memory study = escrow.study(id);
        (uint64 epoch,) = escrow.committee(id);
        bool ready = epoch == 0
            ? _enrolmentEnded(id) && present(id) >= study.minOwners
            : rosterStatus[id] == RosterStatus.Changed;
        bool may = _changeable(id) && block.timestamp <= study.settleBy && ready;
        _expect(abi.encodeCall(IStudyEscrow.sealRoster, (id)), may, "seal");
        if (may) rosterStatus[id] = RosterStatus.Sealed;
    }

    /// The committee of a sealed roster, or of one that is not.
    function register(uint256 pick) external {
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
            : present(id) < MAX_OWNERS && (epoch == 0 || study.lateEnrolment);
        bool may = _changeable(id) && room && block.timestamp <= (epoch == 0 ? study.enrolBy : study.settleBy);
        uint64 sequence = entry.sequence;
        bytes memory signature = ecdsa(_ownerKeys[i], escrow.enrolDigest(id, owners[i], identity, sequence));
        bytes memory call = abi.encodeCall(
            IStudyEscrow.enrol, (id, owners[i], identity, sequence, new bytes32[](0), signature)
        );
        _expect(call, may, "enrol");
        if (!may) return;
        if (!entry.present) entry.since = epoch;
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
        if (may) _strike(id, entry, call);
    }

    function _register(bytes32 id, uint64 epoch) private {
        StudyView memory study = escrow.study(id);
        (address[] memory who,) = voters(id);
        bool may = study.status == Status.Open && block.timestamp <= study.settleBy
            && rosterStatus[id] == RosterStatus.Sealed && who.length > 0;
        _expect(_registration(id, epoch, _quorum(who.length)), may, "register");
        if (may) rosterStatus[id] = RosterStatus.Settled;
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

    function _strike(bytes32 id, Book storage entry, bytes memory call) private {
        (entry.present, entry.identity, entry.since) = (false, 0, 0);
        ++entry.sequence;
        entry.lastCall = call;
        rosterStatus[id] = RosterStatus.Changed;
    }

    function _changeable(bytes32 id) private view returns (bool) {
        return escrow.study(id).status == Status.Open && rosterStatus[id] != RosterStatus.Sealed;
    }

    function _enrolmentEnded(bytes32 id) private view returns (bool) {
        return present(id) == MAX_OWNERS || block.timestamp > escrow.study(id).enrolBy;
    }

    function _removable(bytes32 id) private view returns (bool) {
        (uint64 epoch,) = escrow.committee(id);
        return epoch > 0 || _enrolmentEnded(id);
    }

    function _quorum(uint256 size) internal pure returns (uint256) {
        return size == 0 ? 1 : (size + (size - 1) / 3) / 2 + 1;
    }

    /// Calls the escrow: it must accept or refuse as the books say.
    function _expect(bytes memory call, bool accepted, string memory what) private {
        (bool done,) = address(escrow).call(call);
        assertTrue(done == accepted, what);
    }

    function _pick(uint256 pick) internal view returns (bytes32) {
        return studies.length == 0 ? bytes32(0) : studies[pick % studies.length];
    }

    function _sort(address[] memory who, uint256[] memory keys) private pure {
        for (uint256 i = 1; i < who.length; ++i) {
            for (uint256 j = i; j > 0 && who[j - 1] > who[j]; --j) {
                (who[j], who[j - 1]) = (who[j - 1], who[j]);
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
    }

    function _insertOwner(uint256 key) private {
        owners.push(vm.addr(key));
        _ownerKeys.push(key);
        for (uint256 j = owners.length - 1; j > 0 && owners[j - 1] > owners[j]; --j) {
            (owners[j], owners[j - 1]) = (owners[j - 1], owners[j]);
            (_ownerKeys[j], _ownerKeys[j - 1]) = (_ownerKeys[j - 1], _ownerKeys[j]);
        }
    }
}
