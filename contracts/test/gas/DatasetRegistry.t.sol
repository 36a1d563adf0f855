// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Purpose} from "../../src/types/Dataset.sol";
import {ConsentFixture} from "../utils/ConsentFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract DatasetRegistryGasTest is ConsentFixture {
    string private constant URI = "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

    function test_ListAndGrant() external {
        bytes32 commitment = keccak256("commitment");
        bytes32 digest = datasets.listDigest(owners[0], commitment, URI, 5e18, 0);
        uint256 id = datasets.listFor(owners[0], commitment, URI, 5e18, 0, ecdsa(ownerKeys[0], digest));
        _record("listFor");
        datasetOf[owners[0]] = id;
        bytes32 study = launch(consentedTerms());
        grant(study, 0);
        _record("grant");
        grant(study, 0);
        _record("grant (prolonged)");
        vm.prank(owners[0]);
        datasets.revoke(id, address(escrow), study);
        _record("revoke (not enrolled)");
        vm.prank(owners[0]);
        datasets.erase(id, "receipt", new Purpose[](0));
        _record("erase");
    }

    function test_Revoke() external {
        bytes32 id = startConsented();
        address owner = owners[0];
        uint256 dataset = datasetOf[owner];
        bytes32 digest = datasets.revokeDigest(owner, dataset, address(escrow), id, 1);
        datasets.revokeFor(dataset, address(escrow), id, 1, ecdsa(ownerKeys[0], digest));
        _record("revokeFor (struck off the roster)");
        assertTrue(!escrow.isEnrolled(id, owner), "struck");
    }

    function _record(string memory name) private {
        vm.snapshotGasLastCall("DatasetRegistry", name);
    }
}
