// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {StudyEscrow} from "../../src/StudyEscrow.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {RosterStatus} from "../../src/types/Study.sol";
import {BLSSigner} from "../utils/BLSSigner.sol";
import {Base} from "../utils/Base.sol";

/// What a handler knows of studies beside the escrow.
abstract contract RosterBooks is Base {
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
    uint16 public constant FEE = 250;
    address public constant TREASURY = address(0x7ea5);
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
        parameters = new ProtocolParameters(address(this), TREASURY, FEE, 0, rules);
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

    // ----------------------------------------------------------------------------------------------- internals

    function _quorum(uint256 size) internal pure returns (uint256) {
        return size == 0 ? 1 : (size + (size - 1) / 3) / 2 + 1;
    }

    /// Calls the escrow: it must accept or refuse as the books say.
    function _expect(bytes memory call, bool accepted, string memory what) internal {
        (bool done,) = address(escrow).call(call);
        assertTrue(done == accepted, what);
    }

    function _pick(uint256 pick) internal view returns (bytes32) {
        return studies.length == 0 ? bytes32(0) : studies[pick % studies.length];
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
