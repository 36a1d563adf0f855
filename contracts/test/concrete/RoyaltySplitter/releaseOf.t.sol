// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IRoyaltySplitter} from "../../../src/interfaces/IRoyaltySplitter.sol";
import {FalseToken} from "../../mocks/FalseToken.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract ReleaseOfTest is ModelFixture {
    RoyaltySplitter private splitter;

    function setUp() public override {
        super.setUp();
        splitter = deployedSplitter();
        token.mint(address(splitter), 1000);
    }

    /// when the token lies or fails: it should revert and keep the books
    function test_KeepsTheBooksWhenTheTokenLies() external {
        FalseToken lying = new FalseToken();
        lying.mint(address(splitter), 1000);
        lying.lie(true);
        bytes32[] memory proof = ownerProof(STUDY, 0);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(lying)));
        splitter.releaseOf(lying, owners[0], payouts[0], proof);
        assertEq(splitter.releasedTo(lying, owners[0]), 0, "not released");
        lying.lie(false);
        assertEq(splitter.releaseOf(lying, owners[0], payouts[0], proof), 70, "there when it stops");
    }

    /// when the proof is right: it should pay as release does, each token apart from another
    /// releasedTo, when the payee was paid nothing: it should be zero
    function test_KeepsATokenApartFromAnother() external {
        HookedToken other = new HookedToken();
        other.mint(address(splitter), 100);
        bytes32[] memory proof = ownerProof(STUDY, 0);
        assertEq(splitter.releaseOf(other, owners[0], payouts[0], proof), 7, "of the other");
        assertEq(splitter.releasedTo(token, owners[0]), 0, "not of this one");
        assertEq(release(splitter, 0), 70, "of this one");
        assertEq(splitter.releaseCreatorOf(other), 30, "the creator's");
        // The same token by either name has one account.
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NothingToRelease.selector, owners[0], 70, 70
            )
        );
        splitter.releaseOf(IERC20(address(token)), owners[0], payouts[0], proof);
    }

    /// when release would revert: it should revert
    function test_RevertsWhenReleaseWould() external {
        bytes32[] memory proof = ownerProof(STUDY, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NotAClone.selector, address(implementation)
            )
        );
        implementation.releaseOf(token, owners[0], payouts[0], proof);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_ProofInvalid.selector, owners[1], payouts[0]
            )
        );
        splitter.releaseOf(token, owners[1], payouts[0], proof);
        HookedToken other = new HookedToken();
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_NothingToRelease.selector, owners[0], 0, 0
            )
        );
        splitter.releaseOf(other, owners[0], payouts[0], proof);
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        bytes32[] memory proof = ownerProof(STUDY, 0);
        token.callOnTransfer(
            address(splitter),
            abi.encodeCall(RoyaltySplitter.releaseOf, (token, owners[3], payouts[3], ownerProof(STUDY, 3)))
        );
        splitter.releaseOf(token, owners[0], payouts[0], proof);
        assertTrue(token.calls() == 1 && !token.succeeded(), "refused");
        assertEq(
            token.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(balance(owners[0]), 70, "paid once");
        assertEq(balance(owners[3]), 0, "nothing through the back door");
    }
}
