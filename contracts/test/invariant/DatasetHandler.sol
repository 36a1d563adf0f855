// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {IDatasetRegistry} from "../../src/interfaces/IDatasetRegistry.sol";
import {Purpose} from "../../src/types/Dataset.sol";
import {Sink} from "../mocks/Sink.sol";
import {Base} from "../utils/Base.sol";

/// Plays owners of datasets, relayers and escrows at random, and keeps its own books of datasets and consents.
contract DatasetHandler is Base {
    /// An owner's consent to a study by the books.
    struct Book {
        bool open;
        uint256 dataset;
        uint64 until;
        uint64 nonce;
        /// What changed it last, to be tried once more.
        bytes lastCall;
    }

    uint256 public constant OWNERS = 3;
    uint256 public constant STUDIES = 3;
    uint256 private constant MAX_DATASETS = 8;

    DatasetRegistry public immutable registry = new DatasetRegistry();
    Sink public immutable sink = new Sink();
    address[OWNERS] public owners;
    uint256[OWNERS] private _keys;
    uint256 public count;
    mapping(uint256 dataset => address) public ownerOf;
    mapping(uint256 dataset => uint256) public open;
    mapping(address owner => mapping(bytes32 study => Book)) private _books;
    mapping(address owner => uint64) public nonces;

    constructor() {
        vm.warp(1_800_000_000);
        for (uint256 i = 0; i < OWNERS; ++i) {
            _keys[i] = uint256(keccak256(abi.encode("owner", i)));
            owners[i] = vm.addr(_keys[i]);
        }
    }

    function book(address owner, bytes32 study) external view returns (Book memory) {
        return _books[owner][study];
    }

    // ------------------------------------------------------------------------------------------------- honest

    function list(uint256 pick) external {
        if (count == MAX_DATASETS) return;
        uint256 i = pick % OWNERS;
        uint64 nonce = nonces[owners[i]]++;
        bytes memory signature =
            ecdsa(_keys[i], registry.listDigest(owners[i], "commitment", "uri", 1, nonce));
        uint256 dataset = registry.listFor(owners[i], "commitment", "uri", 1, nonce, signature);
        assertEq(dataset, ++count, "numbers are given in turn");
        ownerOf[dataset] = owners[i];
    }

    function grant(uint256 pick, uint256 studyPick, uint64 until) external {
        (uint256 dataset, bytes32 study) = (_dataset(pick), _study(studyPick));
        address owner = ownerOf[dataset];
        if (owner == address(0)) return;
        Book storage entry = _books[owner][study];
        until = uint64(bound(until, block.timestamp - 1 hours, block.timestamp + 2 days));
        bool may =
            until >= block.timestamp && (!entry.open || (entry.dataset == dataset && until >= entry.until));
        bytes32 digest = registry.consentDigest(owner, dataset, address(sink), study, until, entry.nonce);
        bytes memory call = abi.encodeCall(
            IDatasetRegistry.grant,
            (dataset, address(sink), study, until, entry.nonce, ecdsa(_keyOf(owner), digest))
        );
        _expect(call, may, "grant");
        if (!may) return;
        if (!entry.open) ++open[dataset];
        (entry.open, entry.dataset, entry.until, entry.lastCall) = (true, dataset, until, call);
        ++entry.nonce;
    }

    function revoke(uint256 pick, uint256 studyPick, uint8 manner) external {
        (uint256 dataset, bytes32 study) = (_dataset(pick), _study(studyPick));
        address owner = ownerOf[dataset];
        if (owner == address(0)) return;
        Book storage entry = _books[owner][study];
        sink.behave(Sink.Manner(manner % 4));
        bool may = !entry.open || entry.dataset == dataset;
        bytes32 digest = registry.revokeDigest(owner, dataset, address(sink), study, entry.nonce);
        bytes memory call = abi.encodeCall(
            IDatasetRegistry.revokeFor,
            (dataset, address(sink), study, entry.nonce, ecdsa(_keyOf(owner), digest))
        );
        _expect(call, may, "revoke");
        if (!may) return;
        if (entry.open) --open[dataset];
        (entry.open, entry.lastCall) = (false, call);
        ++entry.nonce;
    }

    /// With the consents given with it, or with one too few.
    function erase(uint256 pick, bool forgets) external {
        uint256 dataset = _dataset(pick);
        address owner = ownerOf[dataset];
        if (owner == address(0)) return;
        uint256 named = open[dataset];
        bool may = named == 0 || !forgets;
        if (!may) --named;
        Purpose[] memory purposes = new Purpose[](named);
        uint256 found = 0;
        for (uint256 i = 0; i < STUDIES && found < named; ++i) {
            Book storage entry = _books[owner][_study(i)];
            if (entry.open && entry.dataset == dataset) {
                purposes[found++] = Purpose(address(sink), _study(i));
            }
        }
        vm.prank(owner);
        _expect(abi.encodeCall(IDatasetRegistry.erase, (dataset, "receipt", purposes)), may, "erase");
        if (!may) return;
        for (uint256 i = 0; i < found; ++i) {
            Book storage entry = _books[owner][purposes[i].study];
            entry.open = false;
            ++entry.nonce;
        }
        (ownerOf[dataset], open[dataset]) = (address(0), 0);
    }

    function transfer(uint256 pick, uint256 toPick) external {
        (uint256 dataset, address to) = (_dataset(pick), owners[toPick % OWNERS]);
        address owner = ownerOf[dataset];
        if (owner == address(0)) return;
        bool may = open[dataset] == 0;
        vm.prank(owner);
        _expect(abi.encodeCall(registry.transferFrom, (owner, to, dataset)), may, "transfer");
        if (may) ownerOf[dataset] = to;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 minutes, 1 days));
    }

    // ------------------------------------------------------------------------------------------------- cheats

    /// What changed a consent last, once more.
    function replay(uint256 ownerPick, uint256 studyPick) external {
        bytes memory call = _books[owners[ownerPick % OWNERS]][_study(studyPick)].lastCall;
        if (call.length > 0) _expect(call, false, "replayed");
    }

    /// A consent that another owner signed.
    function forge(uint256 pick, uint256 studyPick, uint256 forger) external {
        (uint256 dataset, bytes32 study) = (_dataset(pick), _study(studyPick));
        address owner = ownerOf[dataset];
        forger %= OWNERS;
        if (owner == address(0) || owners[forger] == owner) return;
        (uint64 until, uint64 nonce) = (type(uint64).max, _books[owner][study].nonce);
        bytes32 digest = registry.consentDigest(owner, dataset, address(sink), study, until, nonce);
        bytes memory signature = ecdsa(_keys[forger], digest);
        _expect(
            abi.encodeCall(IDatasetRegistry.grant, (dataset, address(sink), study, until, nonce, signature)),
            false,
            "forged"
        );
        vm.prank(owners[forger]);
        _expect(
            abi.encodeCall(IDatasetRegistry.revoke, (dataset, address(sink), study)), false, "not its owner"
        );
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _expect(bytes memory call, bool accepted, string memory what) private {
        (bool done,) = address(registry).call(call);
        assertTrue(done == accepted, what);
    }

    /// 0, which is no dataset, before the first is listed.
    function _dataset(uint256 pick) private view returns (uint256) {
        return count == 0 ? 0 : pick % count + 1;
    }

    function _study(uint256 pick) private pure returns (bytes32) {
        return bytes32(pick % STUDIES + 1);
    }

    function _keyOf(address owner) private view returns (uint256) {
        uint256 i = 0;
        while (owners[i] != owner) {
            ++i;
        }
        return _keys[i];
    }
}
