// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {Status} from "../../src/types/Study.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {MockEscrow} from "../mocks/MockEscrow.sol";
import {Base} from "../utils/Base.sol";
import {ModelTree} from "../utils/ModelTree.sol";

/// Launches, settles and closes studies at random, and mints their models, honestly and not.
contract ModelHandler is Base {
    struct Book {
        Status status;
        address researcher;
        uint64 lastRound;
        bytes32 digest;
        bytes32 earlier;
        uint256 mints;
        bytes32 minted;
        address holder;
        bytes32 splitterCode;
    }

    uint256 private constant MOST = 12;
    uint128 private constant TOTAL = 6;

    ModelRegistry public immutable registry;
    MockEscrow private immutable escrow;

    bytes32[] public studies;
    mapping(bytes32 => Book) private _books;
    address[] private _owners;
    uint128[] private _payouts;

    constructor() {
        HookedToken token = new HookedToken();
        escrow = new MockEscrow(IERC20(address(token)));
        registry = new ModelRegistry(
            IStudyEscrow(address(escrow)), address(new RoyaltySplitter(IERC20(address(token))))
        );
        for (uint160 i = 1; i <= 3; ++i) {
            _owners.push(address(0x1000 + i));
            _payouts.push(uint128(i));
        }
    }

    function studyCount() external view returns (uint256) {
        return studies.length;
    }

    function book(bytes32 id) external view returns (Book memory) {
        return _books[id];
    }

    // ------------------------------------------------------------------------------------------------- honest

    function launch(uint256 seed) external {
        if (studies.length == MOST) return;
        bytes32 id = keccak256(abi.encode("study", studies.length, seed));
        studies.push(id);
        _books[id].status = Status.Open;
        _books[id].researcher = address(uint160(0x2000 + seed % 3));
        _tell(id);
    }

    function settle(uint256 pick, bytes32 digest) external {
        bytes32 id = _pick(pick);
        if (_books[id].status != Status.Open) return;
        ++_books[id].lastRound;
        (_books[id].earlier, _books[id].digest) = (_books[id].digest, digest);
        _tell(id);
    }

    function close(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (_books[id].status != Status.Open) return;
        _books[id].status = Status.Closed;
        _tell(id);
    }

    function mint(uint256 pick) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        Book storage state = _books[id];
        bool may = state.status == Status.Closed && state.lastRound > 0 && state.mints == 0;
        bool done = _try(id, state.digest, state.researcher, id, state.lastRound);
        assertTrue(done == may, may ? "an honest mint failed" : "minted too early or twice");
    }

    function transfer(uint256 pick, uint256 to) external {
        bytes32 id = _pick(pick);
        Book storage state = _books[id];
        if (state.mints == 0) return;
        address next = address(uint160(0x3000 + to % 4));
        vm.prank(state.holder);
        registry.transferFrom(state.holder, next, uint256(id));
        state.holder = next;
    }

    function deploySplitter(uint256 pick) external {
        bytes32 id = _pick(pick);
        Book storage state = _books[id];
        if (state.mints == 0) return;
        address splitter = registry.deploySplitter(uint256(id));
        if (state.splitterCode == 0) state.splitterCode = splitter.codehash;
    }

    // ------------------------------------------------------------------------------------------------- cheats

    /// By another caller; with any digest, another study's, or an earlier round's of this one.
    function cheat(uint256 pick, uint256 otherPick, uint256 how, bytes32 digest) external {
        bytes32 id = _pick(pick);
        if (id == 0) return;
        Book storage state = _books[id];
        how = how % 4;
        if (how == 0) {
            assertTrue(!_try(id, state.digest, address(0x4000), id, state.lastRound), "minted by another");
            return;
        }
        bytes32 study = how == 2 ? _pick(otherPick) : id;
        if (how == 2) digest = _books[study].digest;
        if (how == 3) digest = state.earlier;
        // The true one is no cheat, whichever proof goes with it: its siblings in the tree are the same.
        if (digest == state.digest) return;
        uint64 round = how == 3 && state.lastRound > 0 ? state.lastRound - 1 : _books[study].lastRound;
        assertTrue(!_try(id, digest, state.researcher, study, round), "minted without a certificate");
    }

    // ----------------------------------------------------------------------------------------------- internals

    /// Mints `id` with the proof that `study`'s tree has for this digest and round, if it has one.
    function _try(bytes32 id, bytes32 digest, address caller, bytes32 study, uint64 round)
        private
        returns (bool done)
    {
        bytes32 leaf = ModelTree.leaf(study, digest, round);
        bytes32[] memory proof = ModelTree.proof(_owners, _payouts, leaf, _owners.length);
        vm.prank(caller);
        try registry.mint(id, digest, proof, "weights", "provenance", "metadata", 7000, 500) {
            ++_books[id].mints;
            (_books[id].minted, _books[id].holder) = (digest, caller);
            return true;
        } catch {
            return false;
        }
    }

    /// The escrow says what the books say.
    function _tell(bytes32 id) private {
        Book storage state = _books[id];
        bytes32 leaf = ModelTree.leaf(id, state.digest, state.lastRound);
        bytes32 root = state.lastRound == 0 ? bytes32(0) : ModelTree.root(_owners, _payouts, leaf);
        uint128 granted = state.lastRound == 0 ? 0 : TOTAL;
        escrow.set(id, state.status, state.researcher, state.lastRound, root, granted);
    }

    function _pick(uint256 pick) private view returns (bytes32) {
        return studies.length == 0 ? bytes32(0) : studies[pick % studies.length];
    }
}
