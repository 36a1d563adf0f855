// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {Authorizations, AuthorizationsByBytes, AuthorizationsByParts} from "../../utils/Authorizations.sol";

interface ITokenVm {
    function etch(address target, bytes calldata code) external;
}

abstract contract TransferWithAuthorizationTest is Authorizations {
    function _sign(Authorization memory a) private view returns (bytes memory) {
        return signAuthorization(HOLDER_KEY, TRANSFER, a);
    }

    function _expectOutsideItsTime(Authorization memory a) private {
        bytes memory signature = _sign(a);
        vm.expectRevert(
            abi.encodeWithSelector(
                ERC3009.ERC3009InvalidAuthorizationTime.selector, a.validAfter, a.validBefore
            )
        );
        submitTransfer(a, signature);
    }

    function _expectUsed(Authorization memory a, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, a.from, a.nonce));
        submitTransfer(a, signature);
    }

    function _expectRefused(Authorization memory a, bytes memory signature) internal {
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        submitTransfer(a, signature);
    }

    /// when it is not yet valid: it should revert, at validAfter itself too
    function test_RevertWhen_ItIsNotYetValid() external {
        Authorization memory a = authorization();
        a.validAfter = block.timestamp;
        _expectOutsideItsTime(a);
        a.validAfter = block.timestamp + 1;
        _expectOutsideItsTime(a);
        vm.warp(block.timestamp + 2);
        submitTransfer(a, _sign(a));
    }

    /// when it is no longer valid: it should revert, at validBefore itself too
    function test_RevertWhen_ItIsNoLongerValid() external {
        Authorization memory a = authorization();
        a.validBefore = block.timestamp;
        _expectOutsideItsTime(a);
        a.validBefore = block.timestamp - 1;
        _expectOutsideItsTime(a);
        a.validBefore = block.timestamp + 1;
        submitTransfer(a, _sign(a));
    }

    /// OpenZeppelin would read bit 47 in both as "these are block numbers".
    /// when its times are as large as can be: it should take them for seconds, and no other clock
    function test_WhenItsTimesAreAsLargeAsCanBe() external {
        Authorization memory a = authorization();
        (a.validAfter, a.validBefore) = (1 << 47, type(uint256).max);
        _expectOutsideItsTime(a);
        a.validAfter = 0;
        submitTransfer(a, _sign(a));
        assertEq(token.balanceOf(payee), a.value, "moved");
    }

    /// when the nonce was used: it should revert
    function test_RevertWhen_TheNonceWasUsed() external {
        Authorization memory a = authorization();
        submitTransfer(a, _sign(a));
        _expectUsed(a, _sign(a));
        // Nor may the payer sign another transfer with it.
        (a.to, a.value) = (stranger, 1);
        _expectUsed(a, _sign(a));
    }

    /// when the nonce was cancelled: it should revert
    function test_RevertWhen_TheNonceWasCancelled() external {
        Authorization memory a = authorization();
        submitCancel(holder, a.nonce, signCancel(HOLDER_KEY, holder, a.nonce));
        _expectUsed(a, _sign(a));
    }

    /// when the signature is another's: it should revert
    function test_RevertWhen_TheSignatureIsAnothers() external {
        Authorization memory a = authorization();
        _expectRefused(a, signAuthorization(1, TRANSFER, a));
    }

    /// when the signature is over something else: it should revert, whichever field differs
    function test_RevertWhen_TheSignatureIsOverSomethingElse() external {
        bytes memory signature = _sign(authorization());
        for (uint256 i = 0; i < 6; ++i) {
            Authorization memory a = authorization();
            if (i == 0) a.from = stranger;
            if (i == 1) a.to = stranger;
            if (i == 2) ++a.value;
            if (i == 3) --a.validAfter;
            if (i == 4) ++a.validBefore;
            if (i == 5) a.nonce = keccak256("another");
            _expectRefused(a, signature);
        }
    }

    /// when the signature was made for receiveWithAuthorization: it should revert
    function test_RevertWhen_TheSignatureWasMadeForReceiveWithAuthorization() external {
        Authorization memory a = authorization();
        _expectRefused(a, signAuthorization(HOLDER_KEY, RECEIVE, a));
    }

    /// when it was made for another chain: it should revert
    function test_RevertWhen_ItWasMadeForAnotherChain() external {
        Authorization memory a = authorization();
        bytes memory signature = _sign(a);
        vm.chainId(block.chainid + 1);
        _expectRefused(a, signature);
    }

    /// when it was made for another token: it should revert
    function test_RevertWhen_ItWasMadeForAnotherToken() external {
        Authorization memory a = authorization();
        bytes memory signature = _sign(a);
        token = new TributaryToken(minter, holder, SUPPLY);
        _expectRefused(a, signature);
    }

    /// when the payer has too little: it should revert, and leave the nonce unused
    function test_RevertWhen_ThePayerHasTooLittle() external {
        Authorization memory a = authorization();
        a.value = SUPPLY + 1;
        bytes memory signature = _sign(a);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, holder, SUPPLY, SUPPLY + 1)
        );
        submitTransfer(a, signature);
        assertTrue(!token.authorizationState(holder, a.nonce), "unused");
    }

    /// when all is right
    /// - it should move the tokens, whoever submits it
    /// - it should use up the nonce of this payer alone
    /// nonces, when an authorization was used: it should stay
    function test_WhenAllIsRight() external {
        Authorization memory a = authorization();
        bytes memory signature = _sign(a);
        vm.expectEmit(address(token));
        emit IERC3009.AuthorizationUsed(holder, a.nonce);
        vm.prank(stranger);
        submitTransfer(a, signature);
        assertEq(token.balanceOf(payee), a.value, "the payee's");
        assertEq(token.balanceOf(holder), SUPPLY - a.value, "the holder's");
        assertTrue(token.authorizationState(holder, a.nonce), "used");
        assertTrue(!token.authorizationState(payee, a.nonce), "by this payer alone");
        assertEq(token.nonces(holder), 0, "permits count for themselves");
    }
}

contract TransferWithAuthorizationByPartsTest is TransferWithAuthorizationTest, AuthorizationsByParts {}

contract TransferWithAuthorizationByBytesTest is TransferWithAuthorizationTest, AuthorizationsByBytes {
    /// when the payer is a wallet contract
    /// - it should accept by bytes what the wallet accepts
    /// - it should revert for anything else
    function test_WhenThePayerIsAWalletContract() external {
        SmartWallet wallet = new SmartWallet(vm.addr(7));
        vm.prank(holder);
        token.transfer(address(wallet), 6e18);
        Authorization memory a = authorization();
        a.from = address(wallet);
        _expectRefused(a, signAuthorization(8, TRANSFER, a));
        submitTransfer(a, signAuthorization(7, TRANSFER, a));
        assertEq(token.balanceOf(payee), a.value, "the payee's");
        assertTrue(token.authorizationState(address(wallet), a.nonce), "used");
    }

    /// EIP-7702: its code need not know ERC-1271, and its key stays its key.
    /// when the payer's account has code (EIP-7702): it should accept its key all the same
    function test_WhenThePayersAccountHasCode() external {
        ITokenVm(address(vm)).etch(holder, abi.encodePacked(hex"ef0100", address(token)));
        Authorization memory a = authorization();
        _expectRefused(a, signAuthorization(8, TRANSFER, a));
        submitTransfer(a, signAuthorization(HOLDER_KEY, TRANSFER, a));
        assertEq(token.balanceOf(payee), a.value, "the payee's");
    }
}
