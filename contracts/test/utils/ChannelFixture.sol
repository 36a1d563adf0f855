// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {InferenceChannels} from "../../src/InferenceChannels.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {ChannelStatus, ChannelTerms, ChannelView, Voucher} from "../../src/types/Channel.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {Base} from "./Base.sol";
import {typedDigest} from "./TypedData.sol";

/// A token, the channels contract, a payer with a session key, and a payee.
abstract contract ChannelFixture is Base {
    uint256 internal constant START = 1_800_000_000;
    uint128 internal constant DEPOSIT = 100e18;
    uint256 internal constant FUNDS = 1_000e18;
    uint32 internal constant LOCK = 1 days;
    uint256 internal constant PAYER_KEY = uint256(keccak256("payer"));
    uint256 internal constant SESSION_KEY = uint256(keccak256("session key"));
    uint256 internal constant STRANGER_KEY = uint256(keccak256("stranger"));

    address internal payer = vm.addr(PAYER_KEY);
    address internal sessionKey = vm.addr(SESSION_KEY);
    address internal payee = vm.addr(uint256(keccak256("payee")));
    address internal stranger = vm.addr(STRANGER_KEY);
    TributaryToken internal token;
    InferenceChannels internal channels;

    function setUp() public virtual {
        vm.warp(START);
        token = new TributaryToken(address(this), payer, FUNDS);
        channels = new InferenceChannels(token);
        vm.prank(payer);
        token.approve(address(channels), type(uint256).max);
    }

    /// The same on a token that does what a test tells it.
    function useHookedToken() internal returns (HookedToken hooked) {
        hooked = new HookedToken();
        channels = new InferenceChannels(IERC20(hooked));
        hooked.mint(payer, FUNDS);
        hooked.approveFor(payer, address(channels), type(uint256).max);
    }

    function terms() internal view returns (ChannelTerms memory) {
        return ChannelTerms(payee, sessionKey, DEPOSIT, LOCK, 0);
    }

    function open() internal returns (bytes32) {
        return open(terms());
    }

    function open(ChannelTerms memory t) internal returns (bytes32) {
        vm.prank(payer);
        return channels.open(t);
    }

    function openSalted(uint256 salt) internal returns (bytes32) {
        ChannelTerms memory t = terms();
        t.salt = bytes32(salt);
        return open(t);
    }

    function idOf(address from, ChannelTerms memory t) internal view returns (bytes32) {
        return keccak256(
            abi.encode(block.chainid, address(channels), from, t.payee, t.sessionKey, t.lockSeconds, t.salt)
        );
    }

    /// EIP-712 with domain and types written out, so that the contract's own are checked against them.
    function typed(bytes32 content) internal view returns (bytes32) {
        return typedDigest(address(channels), content);
    }

    function sign(uint256 key, bytes32 id, uint128 cumulative) internal view returns (bytes memory) {
        bytes32 typeHash = keccak256("Voucher(bytes32 channel,uint128 cumulative)");
        return ecdsa(key, typed(keccak256(abi.encode(typeHash, id, cumulative))));
    }

    function signStartClose(uint256 key, bytes32 id) internal view returns (bytes memory) {
        return ecdsa(key, typed(keccak256(abi.encode(keccak256("StartClose(bytes32 channel)"), id))));
    }

    function signRevoke(uint256 key, bytes32 id) internal view returns (bytes memory) {
        return ecdsa(key, typed(keccak256(abi.encode(keccak256("RevokeSessionKey(bytes32 channel)"), id))));
    }

    function voucher(bytes32 id, uint128 cumulative) internal view returns (Voucher memory) {
        return Voucher(id, cumulative, sign(SESSION_KEY, id, cumulative));
    }

    function settle(bytes32 id, uint128 cumulative) internal {
        channels.settle(id, cumulative, sign(SESSION_KEY, id, cumulative));
    }

    function startClose(bytes32 id) internal {
        vm.prank(payer);
        channels.startClose(id);
    }

    function finish(bytes32 id) internal {
        startClose(id);
        vm.warp(block.timestamp + LOCK + 1);
        channels.finish(id);
    }

    function close(bytes32 id, uint128 cumulative) internal {
        bytes memory signature = sign(SESSION_KEY, id, cumulative);
        vm.prank(payee);
        channels.close(id, cumulative, signature);
    }

    function assertStatus(bytes32 id, ChannelStatus status) internal view {
        assertEq(uint8(channels.channel(id).status), uint8(status), "status");
    }

    /// What the channel says, and that it adds up.
    function assertMoney(bytes32 id, uint256 deposit, uint256 settled, uint256 refunded) internal view {
        ChannelView memory shown = channels.channel(id);
        assertEq(shown.deposit, deposit, "deposit");
        assertEq(shown.settled, settled, "settled");
        assertEq(shown.refunded, refunded, "refunded");
    }
}
