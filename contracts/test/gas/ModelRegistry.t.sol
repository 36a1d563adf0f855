// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {CertifiedFixture} from "../utils/CertifiedFixture.sol";

/// What a transaction costs, base fee and calldata included, over the real escrow.
/// forge-config: default.isolate = true
contract ModelRegistryGasTest is CertifiedFixture {
    uint256 private constant MINT_LIMIT = 250_000;

    function test_Mint() external {
        _mint("one", 0, "mint (4 owners)");
        _mint("two", 0, "mint (4 owners, not the researcher's first)");
    }

    function test_MintWithAThousandOwners() external {
        (bytes32 id, bytes32[] memory tree) = _mint("one", 996, "mint (1,000 owners)");
        registry.deploySplitter(uint256(id));
        _record("ModelRegistry", "deploySplitter");
        RoyaltySplitter splitter = RoyaltySplitter(registry.splitterOf(uint256(id)));
        token.transfer(address(splitter), 1e18);
        (uint128[] memory payouts, bytes32[] memory proof) = (payoutsAfter(ROUNDS), ownerProof(0, tree));
        splitter.release(owners[0], payouts[0], proof);
        _record("RoyaltySplitter", "release (1,000 owners, first)");
        token.transfer(address(splitter), 1e18);
        splitter.release(owners[0], payouts[0], proof);
        _record("RoyaltySplitter", "release (1,000 owners, later)");
        splitter.releaseCreator();
        _record("RoyaltySplitter", "releaseCreator");
        token.approve(address(splitter), 1e18);
        splitter.fundPayees(1e18);
        _record("RoyaltySplitter", "fundPayees");
        vm.prank(researcher);
        registry.setMetadata(uint256(id), keccak256("new"));
        _record("ModelRegistry", "setMetadata");
    }

    function _mint(bytes32 salt, uint256 others, string memory name)
        private
        returns (bytes32 id, bytes32[] memory tree)
    {
        (id, tree) = closedStudy(salt, others);
        mintModel(id, modelProof(id, tree));
        assertTrue(_record("ModelRegistry", name) <= MINT_LIMIT, "a mint costs too much");
    }

    function _record(string memory group, string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall(group, name);
    }
}
