// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ITributaryToken} from "../../src/interfaces/ITributaryToken.sol";
import {TokenFixture} from "../utils/TokenFixture.sol";

contract TributaryTokenFuzzTest is TokenFixture {
    /// Whatever is asked for, and whenever: at most two per cent of what there was when the period began.
    function testFuzz_Mint_KeepsToTheSchedule(uint256[8] calldata amounts, uint256[8] calldata waits)
        external
    {
        uint256 time = START;
        uint256 period = 0;
        uint256 then = SUPPLY;
        uint256 minted = 0;
        for (uint256 i = 0; i < amounts.length; ++i) {
            time += bound(waits[i], 0, 400 days);
            vm.warp(time);
            if ((time - START) / 365 days != period) {
                period = (time - START) / 365 days;
                (then, minted) = (token.totalSupply(), 0);
            }
            uint256 left = then * 2 / 100 - minted;
            assertEq(token.mintable(), left, "left");
            uint256 amount = bound(amounts[i], 1, 2 * (left + 1));
            vm.prank(minter);
            if (amount > left) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        ITributaryToken.TributaryToken_AboveSchedule.selector, amount, left
                    )
                );
            } else {
                minted += amount;
            }
            token.mint(payee, amount);
            assertEq(token.totalSupply(), then + minted, "supply");
        }
    }

    /// Exactly the signed transfer happens, exactly in its window, exactly once.
    function testFuzz_TransferWithAuthorization(
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        uint64 now_,
        bytes32 nonce
    ) external {
        vm.assume(to != address(0) && to != holder);
        // Both clocks' worth of times: near, and anywhere.
        if (validAfter % 2 == 0) validAfter = bound(validAfter, START, START + 200);
        if (validBefore % 2 == 0) validBefore = bound(validBefore, START, START + 200);
        vm.warp(bound(now_, START, START + 200));
        value = bound(value, 0, SUPPLY);
        Authorization memory a = Authorization(holder, to, value, validAfter, validBefore, nonce);
        bytes memory signature = signAuthorization(HOLDER_KEY, TRANSFER, a);

        if (block.timestamp <= validAfter || block.timestamp >= validBefore) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ERC3009.ERC3009InvalidAuthorizationTime.selector, validAfter, validBefore
                )
            );
            token.transferWithAuthorization(holder, to, value, validAfter, validBefore, nonce, signature);
            return;
        }
        token.transferWithAuthorization(holder, to, value, validAfter, validBefore, nonce, signature);
        assertEq(token.balanceOf(to), value, "moved");
        assertEq(token.balanceOf(holder), SUPPLY - value, "taken");
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, holder, nonce));
        token.transferWithAuthorization(holder, to, value, validAfter, validBefore, nonce, signature);
    }

    /// No signature but the payer's own moves anything: not one with a bit flipped, not one of any other length.
    function testFuzz_TransferWithAuthorization_TakesNoOtherSignature(uint256 bit, uint256 length) external {
        Authorization memory a = authorization();
        bytes memory signature = signAuthorization(HOLDER_KEY, TRANSFER, a);
        bytes memory flipped = bytes.concat(signature);
        bit = bound(bit, 0, 8 * 65 - 1);
        flipped[bit / 8] = bytes1(uint8(flipped[bit / 8]) ^ uint8(1 << (bit % 8)));
        length = bound(length, 0, 128);
        if (length == 65) length = 64;
        bytes memory resized = new bytes(length);
        for (uint256 i = 0; i < length && i < 65; ++i) {
            resized[i] = signature[i];
        }
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _submit(a, flipped);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        _submit(a, resized);
        _submit(a, signature);
    }

    function _submit(Authorization memory a, bytes memory signature) private {
        token.transferWithAuthorization(
            a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, signature
        );
    }
}
