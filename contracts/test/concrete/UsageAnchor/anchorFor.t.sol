// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {UsageAnchor} from "../../../src/UsageAnchor.sol";
import {IUsageAnchor} from "../../../src/interfaces/IUsageAnchor.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {moreVm} from "../../utils/MoreVm.sol";
import {UsageFixture} from "../../utils/UsageFixture.sol";
import {domainOf} from "../../utils/TypedData.sol";

contract AnchorForTest is UsageFixture {
    /// when the publisher signed
    /// - it should append the batch, whoever relays it
    /// - it should emit UsageAnchored
    function test_AppendsWhoeverRelaysIt() external {
        bytes memory signature = ecdsa(PUBLISHER_KEY, digest(publisher, root(0, 5), 0, 5));
        vm.expectEmit(address(usage));
        emit IUsageAnchor.UsageAnchored(publisher, STREAM, 0, root(0, 5), 0, 5);
        vm.prank(stranger);
        usage.anchorFor(publisher, STREAM, root(0, 5), 0, 5, signature);
        assertEq(usage.next(publisher, STREAM), 5, "next");
        assertTrue(usage.verify(publisher, STREAM, 3, receipt(3), proof(0, 5, 3)), "verifies");
    }

    /// when the publisher signed: it should take an ERC-1271 wallet's signature
    function test_TakesAWalletsSignature() external {
        SmartWallet wallet = new SmartWallet(publisher);
        bytes memory signature = ecdsa(PUBLISHER_KEY, digest(address(wallet), keccak256("root"), 0, 5));
        usage.anchorFor(address(wallet), STREAM, keccak256("root"), 0, 5, signature);
        assertEq(usage.next(address(wallet), STREAM), 5, "next");
    }

    /// when the publisher signed: it should take the key's signature for an account that has code too
    function test_TakesTheKeysSignatureForAnAccountWithCode() external {
        // EIP-7702: the account has code now that accepts nothing.
        moreVm.etch(publisher, address(new SmartWallet(stranger)).code);
        bytes memory signature = ecdsa(PUBLISHER_KEY, digest(publisher, root(0, 5), 0, 5));
        usage.anchorFor(publisher, STREAM, root(0, 5), 0, 5, signature);
        assertEq(usage.next(publisher, STREAM), 5, "next");
    }

    /// anchorDigest: it should be the EIP-712 digest of what the publisher signs
    /// domainSeparator: it should be EIP-712's for this contract and chain
    /// constructor: it should state its EIP-712 domain
    function test_StatesItsDomain() external view {
        bytes32 expected = digest(publisher, keccak256("root"), 3, 4);
        assertEq(usage.anchorDigest(publisher, STREAM, keccak256("root"), 3, 4), expected, "digest");
        (, string memory name, string memory version,, address verifier,,) = usage.eip712Domain();
        assertEq(bytes(name), "Tributary", "name");
        assertEq(bytes(version), "1", "version");
        assertEq(verifier, address(usage), "contract");
        assertEq(usage.domainSeparator(), domainOf(verifier), "separator");
    }

    /// when the publisher is nobody: it should revert
    function test_RevertWhen_ThePublisherIsNobody() external {
        vm.expectRevert(IUsageAnchor.UsageAnchor_PublisherZero.selector);
        usage.anchorFor(address(0), STREAM, keccak256("root"), 0, 5, new bytes(65));
    }

    /// when the publisher did not sign exactly this batch: it should revert
    function test_RevertWhen_AnythingElseWasSigned() external {
        bytes32 good = root(0, 5);
        bytes memory signature = ecdsa(PUBLISHER_KEY, digest(publisher, good, 0, 5));
        _expectInvalid(stranger, STREAM, good, 0, 5, signature);
        _expectInvalid(publisher, keccak256("other"), good, 0, 5, signature);
        _expectInvalid(publisher, STREAM, keccak256("root"), 0, 5, signature);
        _expectInvalid(publisher, STREAM, good, 0, 4, signature);
        _expectInvalid(publisher, STREAM, good, 1, 5, signature);
        _expectInvalid(publisher, STREAM, good, 0, 5, "");
        _expectInvalid(publisher, STREAM, good, 0, 5, ecdsa(1, digest(publisher, good, 0, 5)));
    }

    /// when the publisher did not sign exactly this batch: it should revert
    function test_RevertWhen_ItWasSignedForAnotherChainOrContract() external {
        bytes32 good = root(0, 5);
        bytes memory signature = ecdsa(PUBLISHER_KEY, digest(publisher, good, 0, 5));
        usage = new UsageAnchor();
        _expectInvalid(publisher, STREAM, good, 0, 5, signature);
        signature = ecdsa(PUBLISHER_KEY, digest(publisher, good, 0, 5));
        vm.chainId(block.chainid + 1);
        _expectInvalid(publisher, STREAM, good, 0, 5, signature);
    }

    /// when the batch was anchored, or anchor would refuse it: it should revert
    function test_RevertWhen_TheBatchWasAnchored() external {
        bytes memory signature = ecdsa(PUBLISHER_KEY, digest(publisher, root(0, 5), 0, 5));
        usage.anchorFor(publisher, STREAM, root(0, 5), 0, 5, signature);
        bytes32 again = root(0, 5);
        vm.expectRevert(
            abi.encodeWithSelector(IUsageAnchor.UsageAnchor_NotContiguous.selector, publisher, STREAM, 0, 5)
        );
        usage.anchorFor(publisher, STREAM, again, 0, 5, signature);
    }

    /// when the batch was anchored, or anchor would refuse it: it should revert
    function test_RevertWhen_AnchorWouldRefuseIt() external {
        bytes memory signature = ecdsa(PUBLISHER_KEY, digest(publisher, 0, 0, 5));
        vm.expectRevert(IUsageAnchor.UsageAnchor_RootZero.selector);
        usage.anchorFor(publisher, STREAM, 0, 0, 5, signature);
        signature = ecdsa(PUBLISHER_KEY, digest(publisher, keccak256("root"), 0, 0));
        vm.expectPartialRevert(IUsageAnchor.UsageAnchor_CountInvalid.selector);
        usage.anchorFor(publisher, STREAM, keccak256("root"), 0, 0, signature);
    }

    function _expectInvalid(
        address who,
        bytes32 stream,
        bytes32 root_,
        uint64 from,
        uint64 count,
        bytes memory signature
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IUsageAnchor.UsageAnchor_SignatureInvalid.selector, who));
        usage.anchorFor(who, stream, root_, from, count, signature);
    }
}
