// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {TokenFixture} from "../../utils/TokenFixture.sol";

contract TributaryTokenPermitTest is TokenFixture {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function _sign(uint256 key) private view returns (uint8 v, bytes32 r, bytes32 s) {
        uint256 nonce = token.nonces(holder);
        return vm.sign(key, typed(keccak256(abi.encode(PERMIT, holder, payee, 3e18, nonce, block.timestamp))));
    }

    /// when the deadline has passed: it should revert
    function test_RevertWhen_TheDeadlineHasPassed() external {
        (uint8 v, bytes32 r, bytes32 s) = _sign(HOLDER_KEY);
        uint256 deadline = block.timestamp;
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, deadline));
        token.permit(holder, payee, 3e18, deadline, v, r, s);
    }

    /// when the signature is not the owner's: it should revert
    function test_RevertWhen_TheSignatureIsNotTheOwners() external {
        (uint8 v, bytes32 r, bytes32 s) = _sign(1);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, vm.addr(1), holder));
        token.permit(holder, payee, 3e18, block.timestamp, v, r, s);
    }

    /// when it is the owner's
    /// - it should set the allowance
    /// - it should use up the nonce
    function test_WhenItIsTheOwners() external {
        (uint8 v, bytes32 r, bytes32 s) = _sign(HOLDER_KEY);
        token.permit(holder, payee, 3e18, block.timestamp, v, r, s);
        assertEq(token.allowance(holder, payee), 3e18, "allowance");
        assertEq(token.nonces(holder), 1, "nonce");
        vm.prank(payee);
        token.transferFrom(holder, stranger, 3e18);
        assertEq(token.balanceOf(stranger), 3e18, "moved");
    }

    /// when it is used again: it should revert
    function test_RevertWhen_ItIsUsedAgain() external {
        (uint8 v, bytes32 r, bytes32 s) = _sign(HOLDER_KEY);
        token.permit(holder, payee, 3e18, block.timestamp, v, r, s);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        token.permit(holder, payee, 3e18, block.timestamp, v, r, s);
    }

    /// when it was made for another chain: it should revert
    function test_RevertWhen_ItWasMadeForAnotherChain() external {
        (uint8 v, bytes32 r, bytes32 s) = _sign(HOLDER_KEY);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        token.permit(holder, payee, 3e18, block.timestamp, v, r, s);
    }

    /// when it was made for another token: it should revert
    function test_RevertWhen_ItWasMadeForAnotherToken() external {
        (uint8 v, bytes32 r, bytes32 s) = _sign(HOLDER_KEY);
        TributaryToken other = new TributaryToken(minter, holder, SUPPLY);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        other.permit(holder, payee, 3e18, block.timestamp, v, r, s);
    }
}
