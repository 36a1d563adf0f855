// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {Authorizations, AuthorizationsByBytes, AuthorizationsByParts} from "../../utils/Authorizations.sol";

abstract contract ReceiveWithAuthorizationTest is Authorizations {
    function _sign(Authorization memory a) private view returns (bytes memory) {
        return signAuthorization(HOLDER_KEY, RECEIVE, a);
    }

    function _expectRefused(Authorization memory a, bytes memory signature) internal {
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        vm.prank(payee);
        submitReceive(a, signature);
    }

    /// when somebody else than the payee submits it: it should revert
    function test_RevertWhen_SomebodyElseThanThePayeeSubmitsIt() external {
        Authorization memory a = authorization();
        bytes memory signature = _sign(a);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, payee));
        vm.prank(stranger);
        submitReceive(a, signature);
        assertTrue(!token.authorizationState(holder, a.nonce), "unused");
    }

    /// when it is outside its time: it should revert
    function test_RevertWhen_ItIsOutsideItsTime() external {
        Authorization memory a = authorization();
        bytes memory signature = _sign(a);
        bytes memory refusal = abi.encodeWithSelector(
            ERC3009.ERC3009InvalidAuthorizationTime.selector, a.validAfter, a.validBefore
        );
        vm.warp(a.validAfter);
        vm.expectRevert(refusal);
        vm.prank(payee);
        submitReceive(a, signature);
        vm.warp(a.validBefore);
        vm.expectRevert(refusal);
        vm.prank(payee);
        submitReceive(a, signature);
    }

    /// when the nonce was used: it should revert, by a transfer too
    function test_RevertWhen_TheNonceWasUsed() external {
        Authorization memory a = authorization();
        submitTransfer(a, signAuthorization(HOLDER_KEY, TRANSFER, a));
        bytes memory signature = _sign(a);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, holder, a.nonce));
        vm.prank(payee);
        submitReceive(a, signature);
    }

    /// when the signature is another's: it should revert
    function test_RevertWhen_TheSignatureIsAnothers() external {
        Authorization memory a = authorization();
        _expectRefused(a, signAuthorization(1, RECEIVE, a));
    }

    /// when the signature was made for transferWithAuthorization: it should revert
    function test_RevertWhen_TheSignatureWasMadeForTransferWithAuthorization() external {
        Authorization memory a = authorization();
        _expectRefused(a, signAuthorization(HOLDER_KEY, TRANSFER, a));
    }

    /// when it was made for another chain or token: it should revert
    function test_RevertWhen_ItWasMadeForAnotherChainOrToken() external {
        Authorization memory a = authorization();
        bytes memory signature = _sign(a);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        _expectRefused(a, signature);
        vm.chainId(here);
        token = new TributaryToken(minter, holder, SUPPLY);
        _expectRefused(a, signature);
    }

    /// when all is right: it should move the tokens and use up the nonce
    function test_WhenAllIsRight() external {
        Authorization memory a = authorization();
        bytes memory signature = _sign(a);
        vm.expectEmit(address(token));
        emit IERC3009.AuthorizationUsed(holder, a.nonce);
        vm.prank(payee);
        submitReceive(a, signature);
        assertEq(token.balanceOf(payee), a.value, "the payee's");
        assertTrue(token.authorizationState(holder, a.nonce), "used");
    }
}

contract ReceiveWithAuthorizationByPartsTest is ReceiveWithAuthorizationTest, AuthorizationsByParts {}

contract ReceiveWithAuthorizationByBytesTest is ReceiveWithAuthorizationTest, AuthorizationsByBytes {
    /// when the payer is a wallet contract
    /// - it should accept by bytes what the wallet accepts
    /// - it should revert for anything else
    function test_WhenThePayerIsAWalletContract() external {
        SmartWallet wallet = new SmartWallet(vm.addr(7));
        vm.prank(holder);
        token.transfer(address(wallet), 6e18);
        Authorization memory a = authorization();
        a.from = address(wallet);
        _expectRefused(a, signAuthorization(8, RECEIVE, a));
        bytes memory signature = signAuthorization(7, RECEIVE, a);
        vm.prank(payee);
        submitReceive(a, signature);
        assertEq(token.balanceOf(payee), a.value, "the payee's");
    }
}
