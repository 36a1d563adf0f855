// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../src/DatasetRegistry.sol";
import {Grant, GrantStatus} from "../../src/types/Dataset.sol";
import {Sink} from "../mocks/Sink.sol";
import {Base} from "./Base.sol";

/// A registry, two owners with keys, a dataset of the first, and an escrow that listens.
abstract contract DatasetFixture is Base {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant ALICE_KEY = uint256(keccak256("alice"));
    uint256 internal constant BOB_KEY = uint256(keccak256("bob"));
    bytes32 internal constant COMMITMENT = keccak256("salted commitment");
    bytes32 internal constant RECEIPT = keccak256("salted commitment to a receipt");
    bytes32 internal constant STUDY = keccak256("study");
    uint64 internal constant UNTIL = uint64(START + 30 days);
    uint128 internal constant PRICE = 5e18;
    string internal constant URI = "ipfs://bafkreib";

    address internal alice = vm.addr(ALICE_KEY);
    address internal bob = vm.addr(BOB_KEY);
    address internal relayer = vm.addr(uint256(keccak256("relayer")));
    DatasetRegistry internal registry;
    Sink internal sink;
    /// Alice's.
    uint256 internal dataset;

    function setUp() public virtual {
        vm.warp(START);
        registry = new DatasetRegistry();
        sink = new Sink();
        dataset = listAs(alice);
    }

    function listAs(address owner) internal returns (uint256) {
        vm.prank(owner);
        return registry.list(COMMITMENT, URI, PRICE);
    }

    function nonceOf(address owner, bytes32 study) internal view returns (uint64) {
        return registry.grantOf(address(sink), study, owner).nonce;
    }

    /// Alice's consent with her dataset.
    function grant(bytes32 study, uint64 until) internal {
        uint64 nonce = nonceOf(alice, study);
        bytes memory signature = signConsent(dataset, study, until, nonce);
        registry.grant(dataset, address(sink), study, until, nonce, signature);
    }

    function signConsent(uint256 dataset_, bytes32 study, uint64 until, uint64 nonce)
        internal
        view
        returns (bytes memory)
    {
        return ecdsa(ALICE_KEY, registry.consentDigest(alice, dataset_, address(sink), study, until, nonce));
    }

    function signRevoke(uint256 dataset_, bytes32 study, uint64 nonce) internal view returns (bytes memory) {
        return ecdsa(ALICE_KEY, registry.revokeDigest(alice, dataset_, address(sink), study, nonce));
    }

    function revoke(bytes32 study) internal {
        vm.prank(alice);
        registry.revoke(dataset, address(sink), study);
    }

    function granted(bytes32 study) internal view returns (bool) {
        return registry.isGranted(address(sink), study, alice);
    }

    /// The first consent that the owner gave, prolonged or revoked.
    function assertGrant(uint64 until, uint64 nonce, GrantStatus status) internal view {
        assertGrant(until, nonce, 1, status);
    }

    function assertGrant(uint64 until, uint64 nonce, uint40 term, GrantStatus status) internal view {
        assertEq(
            abi.encode(registry.grantOf(address(sink), STUDY, alice)),
            abi.encode(Grant(dataset, until, nonce, term, status)),
            "grant"
        );
    }
}
