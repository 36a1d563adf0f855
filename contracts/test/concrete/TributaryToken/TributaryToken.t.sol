// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {Base} from "../../utils/Base.sol";

contract TributaryTokenTest is Base {
    uint256 private constant KEY = 0xa11ce;
    address private holder = vm.addr(KEY);
    TributaryToken private token = new TributaryToken(address(this), address(this), 1e27);

    function test_Mint_CreatesTokens() external {
        token.mint(holder, 5e18);
        assertEq(token.balanceOf(holder), 5e18, "balance");
        assertEq(token.totalSupply(), 1e27 + 5e18, "supply");
        assertEq(token.decimals(), 18, "decimals");
    }

    function test_Mint_RevertWhen_CallerIsNotTheOwner() external {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, holder));
        vm.prank(holder);
        token.mint(holder, 1);
    }

    function test_Delegate_CountsVotesByTimestamp() external {
        vm.warp(1_000);
        token.mint(holder, 5e18);
        vm.prank(holder);
        token.delegate(holder);
        vm.warp(2_000);
        token.mint(holder, 1e18);
        vm.warp(3_000);
        assertEq(token.clock(), 3_000, "clock");
        assertEq(bytes(token.CLOCK_MODE()), "mode=timestamp", "mode");
        assertEq(token.getVotes(holder), 6e18, "votes now");
        assertEq(token.getPastVotes(holder, 1_500), 5e18, "votes then");
    }

    function test_Permit_SetsTheAllowanceOnce() external {
        bytes32 digest = keccak256(
            abi.encodePacked(
                hex"1901",
                token.DOMAIN_SEPARATOR(),
                keccak256(
                    abi.encode(
                        keccak256(
                            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                        ),
                        holder,
                        address(this),
                        3e18,
                        0,
                        block.timestamp
                    )
                )
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        token.permit(holder, address(this), 3e18, block.timestamp, v, r, s);
        assertEq(token.allowance(holder, address(this)), 3e18, "allowance");
        assertEq(token.nonces(holder), 1, "nonce");
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        token.permit(holder, address(this), 3e18, block.timestamp, v, r, s);
    }
}
