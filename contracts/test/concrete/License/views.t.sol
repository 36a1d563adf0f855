// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Licence} from "../../../src/types/Licence.sol";
import {LicenceStatus} from "../../../src/types/Licence.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";
import {domainOf} from "../../utils/TypedData.sol";

/// What can be asked about licences.
contract LicenceViewsTest is LicenseFixture {
    /// uri, when there is no such licence: it should revert
    /// uri, when there is: it should be its model's
    /// royaltyInfo, when there is: it should be its model's
    function test_ShowsItsModelsMetadataAndRoyalty() external {
        uint256 id = buy(timed);
        assertEq(bytes(license.uri(id)), bytes(registry.tokenURI(MODEL)), "URI");
        (address receiver, uint256 amount) = license.royaltyInfo(id, 500);
        assertEq(receiver, registry.splitterOf(MODEL), "royalty to the model's splitter");
        assertEq(amount, 50, "at the model's rate");
        expectStatusInvalid(99, LicenceStatus.None);
        license.uri(99);
    }

    /// supportsInterface, when it is ERC-165, ERC-1155 with its metadata, or ERC-2981: it should say yes
    /// supportsInterface, when it is any other: it should say no
    function test_KnowsItsInterfaces() external view {
        bytes4[4] memory known = [
            type(IERC165).interfaceId,
            type(IERC1155).interfaceId,
            type(IERC1155MetadataURI).interfaceId,
            type(IERC2981).interfaceId
        ];
        for (uint256 i = 0; i < known.length; ++i) {
            assertTrue(license.supportsInterface(known[i]), "known");
        }
        assertTrue(!license.supportsInterface(0xffffffff), "not everything");
    }

    /// domainSeparator: it should be EIP-712's for this contract and chain
    function test_TellsItsDomain() external view {
        assertEq(license.domainSeparator(), domainOf(address(license)), "domain");
    }

    /// licence, when there is no such licence: it should be empty
    /// isLive, when there is no such licence, or it is not in force: it should say no
    /// spent, when the licence is not in force, or is one by time: it should be zero
    /// royaltyInfo, when there is no such licence: it should revert
    function test_ALicenceThatIsNotThere() external {
        Licence memory nothing;
        assertEq(abi.encode(license.licence(99)), abi.encode(nothing), "licence");
        assertTrue(!license.isLive(99, buyer), "in force");
        assertEq(license.spent(99), 0, "spent");
        expectStatusInvalid(99, LicenceStatus.None);
        license.royaltyInfo(99, 500);
    }

    /// spendDigest: it should be the EIP-712 digest of what the buyer signs
    function test_DigestIsTheEip712One() external view {
        bytes32 message = keccak256(abi.encode(keccak256("Spend(uint256 licence,uint64 cumulative)"), 7, 5));
        assertEq(
            license.spendDigest(7, 5),
            keccak256(abi.encodePacked(hex"1901", license.domainSeparator(), message)),
            "digest"
        );
    }
}
