// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ConsentState, Settlement, Status, StudyView} from "../../src/types/Study.sol";
import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {BLSSigner} from "../utils/BLSSigner.sol";
import {PayoutTree} from "../utils/PayoutTree.sol";
import {WithdrawalHandler} from "./WithdrawalHandler.sol";

/// Plays researchers, owners, committees and cheats at random, and keeps its own books beside the escrow's. Every
/// tree grants to all owners, on the roster or not: who has left keeps what it earned.
contract Handler is WithdrawalHandler {
    bytes private constant DOMAIN = "TRIBUTARY-V1-SETTLEMENT_BLS12381G2_XMD:SHA-256_SSWU_RO_";

    // The books: sums over everything, and what each settled tree granted.
    uint256 public paid;
    uint256 public refunded;
    uint256 public feePaid;
    mapping(address => uint256) public paidTo;
    mapping(bytes32 => mapping(uint64 => uint256)) public settlements;
    mapping(bytes32 => uint128[]) private _granted;
    mapping(bytes32 => Settlement) private _last;
    mapping(bytes32 => bytes) private _lastSignature;

    // ------------------------------------------------------------------------------------------------- honest

    function settle(uint256 pick, uint256 seed) external {
        bytes32 id = _pick(pick);
        if (id == 0 || !_settleable(id)) return;
        // What a settlement that is refused would have granted is not to stay in the books.
        uint128[] memory before = _granted[id];
        Settlement memory s = _share(id, seed);
        bytes memory signature = _sign(s);
        if (consentState[id] == ConsentState.Stopped) {
            _expect(
                abi.encodeCall(IStudyEscrow.settleRound, (s, signature, _key)),
                false,
                "settled though stopped"
            );
            _granted[id] = before;
            return;
        }
        escrow.settleRound(s, signature, _key);
        _settledNow(id, s.epoch);
        ++settlements[id][s.round];
        _last[id] = s;
        _lastSignature[id] = signature;
    }

    function claim(uint256 pick, uint256 ownerPick) external {
        bytes32 id = _pick(pick);
        if (id == 0 || _granted[id].length == 0) return;
        uint256 i = bound(ownerPick, 0, _granted[id].length - 1);
        uint128 amount = _granted[id][i] - escrow.claimed(id, owners[i]);
        // Who has never been on the roster gets nothing, whatever the tree says.
        bool may = amount > 0 && _books[id][owners[i]].sequence > 0;
        bytes32[] memory proof = PayoutTree.proof(owners, _granted[id], i);
        try escrow.claimFor(id, owners[i], _granted[id][i], proof) {
            assertTrue(may, "a claim of nothing or by nobody succeeded");
            paid += amount;
            paidTo[owners[i]] += amount;
        } catch {
            assertTrue(!may, "an honest claim failed");
        }
    }

    function close(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        StudyView memory study = escrow.study(id);
        bool over = study.lastRound == study.rounds || study.cumulativePayout == study.budget;
        bool may = study.status == Status.Open && over;
        uint256 before = token.balanceOf(address(this));
        try escrow.close(id) {
            assertTrue(may, "closed too early or twice");
        } catch {
            assertTrue(!may, "an honest close failed");
        }
        refunded += token.balanceOf(address(this)) - before;
    }

    function collectFee(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        StudyView memory study = escrow.study(id);
        uint256 earned = uint256(study.cumulativePayout) * FEE / 10_000;
        uint256 due = earned - study.feePaid;
        _expect(abi.encodeCall(IStudyEscrow.collectFee, (id)), due > 0, "collectFee");
        feePaid += due;
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
        bytes32[] memory proof = PayoutTree.proof(owners, _granted[id], 0);
        try escrow.claimFor(id, owners[0], amount, proof) {
            assertTrue(false, "an overclaim was paid");
        } catch {}
    }

    // ----------------------------------------------------------------------------------------------- internals

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
    function _share(bytes32 id, uint256 seed) private returns (Settlement memory s) {
        s = _next(id);
        uint128[] storage granted = _granted[id];
        while (granted.length < OWNERS) {
            granted.push(0);
        }
        uint128 left = BUDGET - escrow.study(id).cumulativePayout;
        for (uint256 i = 0; i < OWNERS; ++i) {
            uint128 more = uint128(uint256(keccak256(abi.encode(seed, i))) % (uint256(left) + 1));
            granted[i] += more;
            left -= more;
        }
        s.cumulativePayout = BUDGET - left;
        s.payoutsRoot = PayoutTree.root(owners, granted);
    }

    function _sign(Settlement memory s) private view returns (bytes memory) {
        return BLSSigner.sign(SECRET, bytes.concat(escrow.settlementDigest(s)), DOMAIN);
    }
}
