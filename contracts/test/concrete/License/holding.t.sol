// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {LicenceKind, LicenceStatus, OfferTerms} from "../../../src/types/Licence.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract LicenceHoldingTest is LicenseFixture {
    function test_SetKeyRevertsForOthersAndWithoutAKey() external {
        uint256 id = buy(timed);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotHolder.selector, id, stranger));
        vm.prank(stranger);
        license.setKey(id, KEY);
        vm.expectRevert(ILicense.License_KeyZero.selector);
        vm.prank(buyer);
        license.setKey(id, 0);
    }

    function test_SetKeyReplacesTheCallersKey() external {
        uint256 id = buy(timed);
        bytes32 key = keccak256("another machine");
        vm.expectEmit(address(license));
        emit ILicense.LicenceKeySet(id, buyer, key);
        vm.prank(buyer);
        license.setKey(id, key);
        assertEq(license.keyOf(id, buyer), key, "key");
        send(id, stranger, 1);
        assertEq(license.keyOf(id, stranger), 0, "a receiver names its own");
        vm.prank(stranger);
        license.setKey(id, KEY);
        assertEq(license.keyOf(id, stranger), KEY, "its own");
    }

    function test_SelectRevertsForOthers() external {
        uint256 id = buy(timed);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotHolder.selector, id, stranger));
        vm.prank(stranger);
        license.select(id);
    }

    function test_SelectIsWhatIsLicensedLooksAt() external {
        uint256 shorter = buy(timed);
        vm.warp(START + 1 days);
        uint256 longer = buy(timed);
        assertEq(license.licenceOf(MODEL, buyer), longer, "the one that lasts longer");
        vm.expectEmit(address(license));
        emit ILicense.LicenceSelected(MODEL, buyer, shorter);
        vm.prank(buyer);
        license.select(shorter);
        assertEq(license.licenceOf(MODEL, buyer), shorter, "the one selected");
        vm.warp(START + DURATION);
        assertTrue(!license.isLicensed(MODEL, buyer), "it has ended");
        vm.prank(buyer);
        license.select(longer);
        assertTrue(license.isLicensed(MODEL, buyer), "the other has not");
    }

    function test_TransfersRevertForWhatMayNotMove() external {
        uint256 credits = buy(counted);
        _expectFixed(credits, LicenceKind.Credits, LicenceStatus.Live);
        send(credits, stranger, 1);
        uint256 awaiting = buy(sealedFor);
        _expectFixed(awaiting, LicenceKind.Time, LicenceStatus.AwaitingKey);
        send(awaiting, stranger, 1);
        uint256 id = buy(timed);
        (uint256[] memory ids, uint256[] memory units) = _pair(id, credits);
        _expectFixed(credits, LicenceKind.Credits, LicenceStatus.Live);
        vm.prank(buyer);
        license.safeBatchTransferFrom(buyer, stranger, ids, units, "");
        vm.warp(START + DURATION);
        expectExpired(id);
        send(id, stranger, 1);
    }

    function test_TransfersMoveTheRight() external {
        uint256 id = buy(timed);
        send(id, stranger, 1);
        assertTrue(license.isLicensed(MODEL, stranger), "the receiver");
        assertTrue(!license.isLicensed(MODEL, buyer), "no longer the sender");
        assertTrue(!license.isLive(id, buyer), "not by its number either");
        (uint256 first, uint256 second) = (buy(timed), buy(timed));
        (uint256[] memory ids, uint256[] memory units) = _pair(first, second);
        vm.prank(buyer);
        license.safeBatchTransferFrom(buyer, researcher, ids, units, "");
        assertTrue(license.isLicensed(MODEL, researcher), "in a batch");
        assertTrue(!license.isLicensed(MODEL, buyer), "both gone");
    }

    function test_IsLicensedEndsWithTheLastSecondPaidFor() external {
        uint256 id = buy(timed);
        vm.warp(START + DURATION - 1);
        assertTrue(license.isLicensed(MODEL, buyer) && license.isLive(id, buyer), "the last second");
        vm.warp(START + DURATION);
        assertTrue(!license.isLicensed(MODEL, buyer) && !license.isLive(id, buyer), "the first without");
    }

    function test_IsLicensedPrefersWhatLastsLonger() external {
        OfferTerms memory terms = creditTerms();
        terms.duration = 0;
        uint64 endless = makeOffer(terms);
        uint256 first = buy(timed);
        uint256 last = buy(endless);
        assertEq(license.licenceOf(MODEL, buyer), last, "without an end");
        buy(timed);
        assertEq(license.licenceOf(MODEL, buyer), last, "still");
        license.spend(last, CREDITS, signSpend(last, CREDITS));
        assertTrue(!license.isLicensed(MODEL, buyer), "used up");
        vm.prank(buyer);
        license.select(first);
        assertTrue(license.isLicensed(MODEL, buyer), "another");
    }

    function test_ShowsItsModelsMetadataAndRoyalty() external {
        uint256 id = buy(timed);
        assertEq(bytes(license.uri(id)), bytes(registry.tokenURI(MODEL)), "URI");
        (address receiver, uint256 amount) = license.royaltyInfo(id, 500);
        assertEq(receiver, registry.splitterOf(MODEL), "royalty to the model's splitter");
        assertEq(amount, 50, "at the model's rate");
        expectStatusInvalid(99, LicenceStatus.None);
        license.uri(99);
    }

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

    function test_TellsItsDomain() external view {
        bytes32 expected = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Tributary"),
                keccak256("1"),
                block.chainid,
                address(license)
            )
        );
        assertEq(license.domainSeparator(), expected, "domain");
    }

    function _expectFixed(uint256 id, LicenceKind kind, LicenceStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotTransferable.selector, id, kind, status));
    }

    function _pair(uint256 a, uint256 b) private pure returns (uint256[] memory ids, uint256[] memory units) {
        (ids, units) = (new uint256[](2), new uint256[](2));
        (ids[0], ids[1], units[0], units[1]) = (a, b, 1, 1);
    }
}
