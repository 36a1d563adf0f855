// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {InferenceChannels} from "../../src/InferenceChannels.sol";
import {IInferenceChannels} from "../../src/interfaces/IInferenceChannels.sol";
import {ChannelStatus, ChannelTerms, Voucher} from "../../src/types/Channel.sol";
import {BlockingToken} from "../mocks/BlockingToken.sol";
import {FickleWallet} from "../mocks/FickleWallet.sol";
import {ChannelFixture} from "../utils/ChannelFixture.sol";
import {moreVm} from "../utils/MoreVm.sol";

/// Payers, payees and strangers who want more than their own.
contract ChannelAttacks is ChannelFixture {
    // ------------------------------------------------------------------------------------------------- replay

    function test_AVoucherIsGoodForItsChannelOnly() external {
        (bytes32 id, bytes32 other) = (openSalted(1), openSalted(2));
        bytes memory signature = sign(SESSION_KEY, id, 5);
        channels.settle(id, 5, signature);
        _expectSignatureInvalid(other, 5);
        channels.settle(other, 5, signature);
    }

    function test_AVoucherIsGoodForItsContractOnly() external {
        bytes32 id = open();
        bytes memory signature = sign(SESSION_KEY, id, 5);
        InferenceChannels first = channels;
        channels = new InferenceChannels(token);
        vm.prank(payer);
        token.approve(address(channels), DEPOSIT);
        bytes32 other = open();
        assertTrue(id != other, "the same terms have another id");
        _expectSignatureInvalid(other, 5);
        channels.settle(other, 5, signature);
        assertEq(first.settle(id, 5, signature), 5, "good where it belongs");
    }

    function test_AVoucherIsGoodForItsChainOnly() external {
        bytes32 id = open();
        bytes memory signature = sign(SESSION_KEY, id, 5);
        uint256 chain = block.chainid;
        // A fork of the chain has the same contract and the same channel.
        vm.chainId(chain + 1);
        _expectSignatureInvalid(id, 5);
        channels.settle(id, 5, signature);
        vm.chainId(chain);
        channels.settle(id, 5, signature);
    }

    function test_AVoucherOfAClosedChannelIsGoodForNoLaterOne() external {
        bytes32 id = open();
        bytes memory signature = sign(SESSION_KEY, id, 5);
        finish(id);
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelExists.selector, id)
        );
        channels.open(terms());
        bytes32 later = openSalted(1);
        _expectSignatureInvalid(later, 5);
        channels.settle(later, 5, signature);
    }

    function test_TheOtherFormOfASignatureIsRefused() external {
        // s and N - s sign the same; only the lower one is taken, so a signature can't be told apart from itself.
        bytes32 id = open();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SESSION_KEY, channels.voucherDigest(id, 5));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory other = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _expectSignatureInvalid(id, 5);
        channels.settle(id, 5, other);
    }

    // -------------------------------------------------------------------------------------------------- payee

    function test_APayeeThatClosesWithAnOldVoucherCheatsItself() external {
        bytes32 id = open();
        bytes memory newest = sign(SESSION_KEY, id, 70e18);
        close(id, 20e18);
        channels.refund(id);
        assertEq(token.balanceOf(payee), 20e18, "the old voucher");
        assertEq(token.balanceOf(payer), FUNDS - 20e18, "all the rest is the payer's");
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id)
        );
        channels.settle(id, 70e18, newest);
    }

    function test_APayeeCantPayItself() external {
        bytes32 id = open();
        bytes memory own = sign(uint256(keccak256("payee")), id, DEPOSIT);
        _expectSignatureInvalid(id, DEPOSIT);
        channels.settle(id, DEPOSIT, own);
    }

    // -------------------------------------------------------------------------------------------------- payer

    function test_APayerThatClosesWhileAVoucherIsInFlightPays() external {
        bytes32 id = open();
        bytes memory inFlight = sign(SESSION_KEY, id, 30e18);
        startClose(id);
        vm.expectPartialRevert(IInferenceChannels.InferenceChannels_NoticeStillRuns.selector);
        channels.finish(id);
        vm.warp(START + LOCK);
        channels.settle(id, 30e18, inFlight);
        vm.warp(START + LOCK + 1);
        channels.finish(id);
        assertEq(token.balanceOf(payee), 30e18, "paid");
        assertEq(token.balanceOf(payer), FUNDS - 30e18, "the rest");
    }

    function test_APayerWhoGivesItsAccountCodeStillPays() external {
        // EIP-7702: the account now has code that accepts nothing. What its key signed stays good.
        ChannelTerms memory t = terms();
        t.sessionKey = address(0);
        bytes32 id = open(t);
        bytes memory signature = sign(PAYER_KEY, id, 30e18);
        FickleWallet nobody = new FickleWallet(address(1));
        moreVm.etch(payer, address(nobody).code);
        channels.settle(id, 30e18, signature);
        assertEq(token.balanceOf(payee), 30e18, "paid");
        channels.startCloseFor(id, signStartClose(PAYER_KEY, id));
    }

    function test_AWalletThatChangesItsMindIsHeldByItsSessionKey() external {
        (FickleWallet wallet, bytes32 id) = _wallet(0);
        bytes memory byWallet = sign(PAYER_KEY, id, 10);
        bytes memory bySession = sign(SESSION_KEY, id, 20);
        channels.settle(id, 10, byWallet);
        wallet.setSigner(stranger);
        byWallet = sign(PAYER_KEY, id, 15);
        _expectSignatureInvalid(id, 15);
        channels.settle(id, 15, byWallet);
        channels.settle(id, 20, bySession);
        assertEq(token.balanceOf(payee), 20, "paid");
    }

    function test_APayersAddressThatTheTokenBlocksDoesNotStopThePayee() external {
        BlockingToken blocking = _useBlockingToken();
        bytes32 id = open();
        blocking.setBlocked(payer, true);
        close(id, 60e18);
        assertEq(blocking.balanceOf(payee), 60e18, "paid");
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.BlockingToken_Blocked.selector, payer));
        channels.refund(id);
        blocking.setBlocked(payer, false);
        channels.refund(id);
        assertEq(blocking.balanceOf(payer), FUNDS - 60e18, "kept for it");
    }

    function test_APayeesAddressThatTheTokenBlocksDoesNotStopThePayer() external {
        BlockingToken blocking = _useBlockingToken();
        bytes32 id = open();
        blocking.setBlocked(payee, true);
        finish(id);
        assertEq(blocking.balanceOf(payer), FUNDS, "back");
    }

    // -------------------------------------------------------------------------------------------- session key

    function test_ASessionKeyAfterItsRevocationPaysNothing() external {
        bytes32 id = open();
        vm.prank(payer);
        channels.revokeSessionKey(id);
        vm.warp(START + LOCK + 1);
        // Stolen, it would sign everything away now.
        bytes memory signature = sign(SESSION_KEY, id, DEPOSIT);
        vm.prank(payee);
        vm.expectPartialRevert(IInferenceChannels.InferenceChannels_SessionKeyIsRevoked.selector);
        channels.close(id, DEPOSIT, signature);
        finish(id);
        assertEq(token.balanceOf(payer), FUNDS, "back");
    }

    function test_APayerCantRevokeAwayWhatItsSessionKeySigned() external {
        bytes32 id = open();
        bytes memory signature = sign(SESSION_KEY, id, 30e18);
        vm.prank(payer);
        channels.revokeSessionKey(id);
        vm.warp(START + LOCK);
        channels.settle(id, 30e18, signature);
        assertEq(token.balanceOf(payee), 30e18, "paid within the notice");
    }

    function test_ASessionKeyCanOnlySignVouchers() external {
        bytes32 id = open();
        bytes memory signature = signStartClose(SESSION_KEY, id);
        vm.expectPartialRevert(IInferenceChannels.InferenceChannels_SignatureInvalid.selector);
        channels.startCloseFor(id, signature);
        vm.prank(sessionKey);
        vm.expectPartialRevert(IInferenceChannels.InferenceChannels_NotPayer.selector);
        channels.startClose(id);
        vm.prank(sessionKey);
        vm.expectPartialRevert(IInferenceChannels.InferenceChannels_NotPayee.selector);
        channels.close(id, 0, "");
    }

    // -------------------------------------------------------------------------------------------------- batch

    function test_NobodySpoilsABatchBySettlingOneOfItsVouchersFirst() external {
        Voucher[] memory vouchers = new Voucher[](3);
        for (uint256 i = 0; i < 3; ++i) {
            vouchers[i] = voucher(openSalted(i), 10);
        }
        vm.prank(stranger);
        channels.settle(vouchers[1].channel, 10, vouchers[1].signature);
        assertEq(channels.batchSettle(vouchers), 20, "the others");
        assertEq(token.balanceOf(payee), 30, "all");
    }

    function test_NobodySpoilsABatchByFinishingOneOfItsChannelsFirst() external {
        Voucher[] memory vouchers = new Voucher[](2);
        (vouchers[0], vouchers[1]) = (voucher(openSalted(0), 10), voucher(openSalted(1), 10));
        finish(vouchers[0].channel);
        assertEq(channels.batchSettle(vouchers), 10, "the other");
    }

    function test_AWalletThatBurnsGasSpoilsOnlyABatchThatTakesItsOwnSignature() external {
        (FickleWallet wallet, bytes32 id) = _wallet(0);
        wallet.setBurns(true);
        Voucher[] memory vouchers = new Voucher[](2);
        (vouchers[0], vouchers[1]) = (voucher(id, 10), voucher(openSalted(1), 10));
        // By its session key nobody asks the wallet.
        assertEq(channels.batchSettle{gas: 500_000}(vouchers), 20, "both");
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _wallet(uint256 salt) private returns (FickleWallet wallet, bytes32 id) {
        wallet = new FickleWallet(payer);
        vm.prank(payer);
        token.transfer(address(wallet), DEPOSIT);
        wallet.approve(token, address(channels));
        ChannelTerms memory t = terms();
        t.salt = bytes32(salt);
        vm.prank(address(wallet));
        id = channels.open(t);
    }

    function _useBlockingToken() private returns (BlockingToken blocking) {
        blocking = new BlockingToken();
        channels = new InferenceChannels(blocking);
        blocking.mint(payer, FUNDS);
        blocking.approveFor(payer, address(channels), type(uint256).max);
    }

    function _expectSignatureInvalid(bytes32 id, uint128 cumulative) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherSignatureInvalid.selector, id, cumulative
            )
        );
    }
}
