// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StudyEscrow} from "../../src/StudyEscrow.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {Launch, Settlement, Status, StudyView} from "../../src/types/Study.sol";
import {BLSSigner} from "../utils/BLSSigner.sol";
import {Base} from "../utils/Base.sol";
import {PayoutTree} from "../utils/PayoutTree.sol";

/// Plays researchers, owners, committees and cheats at random, and keeps its own books beside the escrow's.
contract Handler is Base {
    uint256 private constant MAX_STUDIES = 4;
    uint256 private constant OWNERS = 3;
    uint256 private constant SECRET = 0x5ec2e7;
    uint128 private constant BUDGET = 1_000;
    bytes private constant DOMAIN = "TRIBUTARY-V1-SETTLEMENT_BLS12381G2_XMD:SHA-256_SSWU_RO_";

    TributaryToken public immutable token;
    StudyEscrow public immutable escrow;
    bytes private _key = BLSSigner.publicKey(SECRET);

    bytes32[] public studies;
    address[] public owners;
    uint256[] private _ownerKeys;

    // The books: sums over everything, and what each settled tree granted.
    uint256 public funded;
    uint256 public paid;
    uint256 public refunded;
    mapping(address => uint256) public paidTo;
    mapping(bytes32 => mapping(uint64 => uint256)) public settlements;
    mapping(bytes32 => uint128[]) private _granted;
    mapping(bytes32 => Settlement) private _last;
    mapping(bytes32 => bytes) private _lastSignature;

    constructor() {
        vm.warp(1_800_000_000);
        token = new TributaryToken();
        escrow = new StudyEscrow(token);
        token.mint(address(this), BUDGET * MAX_STUDIES);
        token.approve(address(escrow), type(uint256).max);
        for (uint256 i = 1; i <= OWNERS; ++i) {
            _insertOwner(uint256(keccak256(abi.encode("owner", i))));
        }
    }

    function studyCount() external view returns (uint256) {
        return studies.length;
    }

    function ownerCount() external view returns (uint256) {
        return owners.length;
    }

    // ------------------------------------------------------------------------------------------------- honest

    /// A study with some of its owners, and its committee if they are all there.
    function launch(uint256 enrolled, uint64 rounds) external {
        if (studies.length == MAX_STUDIES) return;
        bytes32 id = escrow.launch(
            Launch({
                planDigest: sha256("plan"),
                budget: BUDGET,
                rounds: uint64(bound(rounds, 1, 4)),
                enrolBy: uint64(block.timestamp + 1 hours),
                settleBy: uint64(block.timestamp + 1 days),
                minOwners: 1,
                maxOwners: uint16(OWNERS),
                salt: bytes32(studies.length)
            })
        );
        studies.push(id);
        funded += BUDGET;
        enrolled = bound(enrolled, 1, OWNERS);
        for (uint256 i = 0; i < enrolled; ++i) {
            bytes memory signature = ecdsa(_ownerKeys[i], escrow.enrolDigest(id, owners[i], "identity"));
            escrow.enrol(id, owners[i], "identity", signature);
        }
        if (enrolled == OWNERS) _register(id, 1);
    }

    /// The committee of a study whose enrolment is over, or a new epoch's.
    function register(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        StudyView memory study = escrow.study(id);
        bool ended = study.ownerCount == OWNERS || block.timestamp > study.enrolBy;
        if (study.status != Status.Open || !ended || block.timestamp > study.settleBy) return;
        (uint64 epoch,) = escrow.committee(id);
        _register(id, epoch + 1);
    }

    function settle(uint256 pick, uint256 seed) external {
        bytes32 id = _pick(pick);
        if (id == 0 || !_settleable(id)) return;
        Settlement memory s = _grant(id, seed);
        bytes memory signature = _sign(s);
        escrow.settleRound(s, signature, _key);
        ++settlements[id][s.round];
        _last[id] = s;
        _lastSignature[id] = signature;
    }

    function claim(uint256 pick, uint256 ownerPick) external {
        bytes32 id = _pick(pick);
        if (id == 0 || _granted[id].length == 0) return;
        uint256 i = bound(ownerPick, 0, _granted[id].length - 1);
        uint128 amount = _granted[id][i] - escrow.claimed(id, owners[i]);
        address[] memory who = _enrolled(id);
        bytes32[] memory proof = PayoutTree.proof(who, _granted[id], i);
        try escrow.claimFor(id, owners[i], _granted[id][i], proof) {
            assertTrue(amount > 0, "a claim of nothing succeeded");
            paid += amount;
            paidTo[owners[i]] += amount;
        } catch {
            assertTrue(amount == 0, "an honest claim failed");
        }
    }

    function close(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        StudyView memory study = escrow.study(id);
        bool may = study.status == Status.Open && study.lastRound == study.rounds;
        uint256 before = token.balanceOf(address(this));
        try escrow.close(id) {
            assertTrue(may, "closed too early or twice");
        } catch {
            assertTrue(!may, "an honest close failed");
        }
        refunded += token.balanceOf(address(this)) - before;
    }

    function refund(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        StudyView memory study = escrow.study(id);
        bool may = study.status == Status.Open && block.timestamp > study.settleBy;
        uint256 before = token.balanceOf(address(this));
        try escrow.refund(id) {
            assertTrue(may, "refunded too early or twice");
        } catch {
            assertTrue(!may, "an honest refund failed");
        }
        refunded += token.balanceOf(address(this)) - before;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 minutes, 6 hours));
    }

    // ------------------------------------------------------------------------------------------------- cheats

    /// The last settlement once more, as it was or under another round's number.
    function replay(uint256 pick, uint64 round) external {
        bytes32 id = _pick(pick);
        if (id == 0 || _last[id].round == 0) return;
        Settlement memory s = _last[id];
        if (round % 2 == 0) s.round = round;
        try escrow.settleRound(s, _lastSignature[id], _key) {
            assertTrue(false, "a replayed settlement settled");
        } catch {}
    }

    /// A settlement that somebody else signed, all of the budget for one owner.
    function forge(uint256 pick, uint256 secret) external {
        bytes32 id = _pick(pick);
        if (id == 0 || !_settleable(id)) return;
        secret = bound(secret, 1, BLSSigner.ORDER - 1);
        if (secret == SECRET) return;
        Settlement memory s = _next(id);
        (s.payoutsRoot, s.cumulativePayout) = (PayoutTree.leaf(owners[0], BUDGET), BUDGET);
        bytes memory signature = BLSSigner.sign(secret, bytes.concat(escrow.settlementDigest(s)), DOMAIN);
        try escrow.settleRound(s, signature, _key) {
            assertTrue(false, "a forged settlement settled");
        } catch {}
    }

    /// More than an owner was granted, with its true proof.
    function overclaim(uint256 pick, uint128 amount) external {
        bytes32 id = _pick(pick);
        if (id == 0 || _granted[id].length == 0) return;
        if (amount == _granted[id][0]) return;
        bytes32[] memory proof = PayoutTree.proof(_enrolled(id), _granted[id], 0);
        try escrow.claimFor(id, owners[0], amount, proof) {
            assertTrue(false, "an overclaim was paid");
        } catch {}
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _insertOwner(uint256 key) private {
        owners.push(vm.addr(key));
        _ownerKeys.push(key);
        for (uint256 j = owners.length - 1; j > 0 && owners[j - 1] > owners[j]; --j) {
            (owners[j], owners[j - 1]) = (owners[j - 1], owners[j]);
            (_ownerKeys[j], _ownerKeys[j - 1]) = (_ownerKeys[j - 1], _ownerKeys[j]);
        }
    }

    function _pick(uint256 pick) private view returns (bytes32) {
        return studies.length == 0 ? bytes32(0) : studies[pick % studies.length];
    }

    function _enrolled(bytes32 id) private view returns (address[] memory) {
        return escrow.owners(id, 0, OWNERS);
    }

    function _register(bytes32 id, uint64 epoch) private {
        bytes32 digest = escrow.committeeKeyDigest(id, epoch, keccak256(_key));
        address[] memory signers = _enrolled(id);
        bytes[] memory signatures = new bytes[](signers.length);
        for (uint256 i = 0; i < signers.length; ++i) {
            signatures[i] = ecdsa(_ownerKeys[i], digest);
        }
        escrow.registerCommittee(id, epoch, _key, signers, signatures);
    }

    function _settleable(bytes32 id) private view returns (bool) {
        StudyView memory study = escrow.study(id);
        (uint64 epoch,) = escrow.committee(id);
        return study.status == Status.Open && epoch > 0 && block.timestamp <= study.settleBy
            && study.lastRound < study.rounds;
    }

    function _next(bytes32 id) private view returns (Settlement memory s) {
        (s.epoch,) = escrow.committee(id);
        s.study = id;
        s.round = escrow.study(id).lastRound + 1;
    }

    /// Grants every owner a random part of what is left.
    function _grant(bytes32 id, uint256 seed) private returns (Settlement memory s) {
        s = _next(id);
        address[] memory who = _enrolled(id);
        uint128[] storage granted = _granted[id];
        while (granted.length < who.length) {
            granted.push(0);
        }
        uint128 left = BUDGET - escrow.study(id).cumulativePayout;
        for (uint256 i = 0; i < who.length; ++i) {
            uint128 more = uint128(uint256(keccak256(abi.encode(seed, i))) % (uint256(left) + 1));
            granted[i] += more;
            left -= more;
        }
        s.cumulativePayout = BUDGET - left;
        s.payoutsRoot = PayoutTree.root(who, granted);
    }

    function _sign(Settlement memory s) private view returns (bytes memory) {
        return BLSSigner.sign(SECRET, bytes.concat(escrow.settlementDigest(s)), DOMAIN);
    }
}
