// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {IProtocolParameters} from "../../src/interfaces/IProtocolParameters.sol";
import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {Status} from "../../src/types/Study.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {MockEscrow} from "../mocks/MockEscrow.sol";
import {Base} from "./Base.sol";
import {ModelTree} from "./ModelTree.sol";
import {PayoutTree} from "./PayoutTree.sol";

/// A token, an escrow that says what the test wants, a registry over it, and one closed study with four owners who
/// earned 1, 2, 3 and 4 tokens.
abstract contract ModelFixture is Base {
    uint256 internal constant START = 1_800_000_000;
    bytes32 internal constant STUDY = keccak256("study");
    bytes32 internal constant DIGEST = keccak256("model");
    bytes32 internal constant WEIGHTS = keccak256("weights");
    bytes32 internal constant PROVENANCE = keccak256("provenance");
    bytes32 internal constant METADATA = keccak256("metadata");
    uint64 internal constant ROUND = 3;
    uint128 internal constant TOTAL = 10e18;
    uint16 internal constant OWNERS_BPS = 7000;
    uint16 internal constant ROYALTY_BPS = 1000;
    /// What the protocol takes of a sale.
    uint16 internal constant FEE_BPS = 250;
    uint256 internal constant MODEL = uint256(STUDY);

    HookedToken internal token;
    MockEscrow internal escrow;
    ProtocolParameters internal parameters;
    RoyaltySplitter internal implementation;
    ModelRegistry internal registry;
    uint256 internal researcherKey = uint256(keccak256("researcher"));
    address internal researcher = vm.addr(researcherKey);
    address internal governor = vm.addr(uint256(keccak256("governor")));
    address internal treasury = vm.addr(uint256(keccak256("treasury")));
    address internal stranger = vm.addr(uint256(keccak256("stranger")));
    address[] internal owners;
    uint128[] internal payouts;

    function setUp() public virtual {
        vm.warp(START);
        for (uint256 i = 0; i < 4; ++i) {
            owners.push(vm.addr(uint256(keccak256(abi.encode("owner", i)))));
            payouts.push(uint128((i + 1) * 1e18));
        }
        token = new HookedToken();
        escrow = new MockEscrow(IERC20(address(token)));
        parameters = new ProtocolParameters(governor, treasury, 0, FEE_BPS, new bytes32[](0));
        implementation = new RoyaltySplitter(IERC20(address(token)));
        registry = new ModelRegistry(IStudyEscrow(address(escrow)), address(implementation));
        _settle(STUDY, Status.Closed);
    }

    /// Has a study stand at `status`, its last round settled with the payouts and a leaf for the model.
    function _settle(bytes32 study, Status status) internal {
        escrow.set(study, status, researcher, ROUND, rootOf(study), TOTAL);
    }

    function rootOf(bytes32 study) internal view returns (bytes32) {
        return ModelTree.root(owners, payouts, ModelTree.leaf(study, DIGEST, ROUND));
    }

    function modelProof(bytes32 study) internal view returns (bytes32[] memory) {
        return ModelTree.proof(owners, payouts, ModelTree.leaf(study, DIGEST, ROUND), owners.length);
    }

    function ownerProof(bytes32 study, uint256 index) internal view returns (bytes32[] memory) {
        return ModelTree.proof(owners, payouts, ModelTree.leaf(study, DIGEST, ROUND), index);
    }

    function mintModel() internal returns (RoyaltySplitter) {
        return mintModel(STUDY);
    }

    function mintModel(bytes32 study) internal returns (RoyaltySplitter) {
        bytes32[] memory proof = modelProof(study);
        vm.prank(researcher);
        registry.mint(study, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, ROYALTY_BPS);
        return RoyaltySplitter(registry.splitterOf(uint256(study)));
    }

    /// A minted model's deployed splitter.
    function deployedSplitter() internal returns (RoyaltySplitter splitter) {
        splitter = mintModel();
        registry.deploySplitter(MODEL);
    }

    function release(RoyaltySplitter splitter, uint256 index) internal returns (uint256) {
        return splitter.release(owners[index], payouts[index], ownerProof(STUDY, index));
    }

    function balance(address account) internal view returns (uint256) {
        return token.balanceOf(account);
    }

    /// Tokens in an account's hands, approved to whoever wants them.
    function fund(address account, address spender, uint256 amount) internal {
        token.mint(account, amount);
        token.approveFor(account, spender, type(uint256).max);
    }

    function leafOf(uint256 index) internal view returns (bytes32) {
        return PayoutTree.leaf(owners[index], payouts[index]);
    }

    function proofWith(bytes32 node) internal pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = node;
    }
}
