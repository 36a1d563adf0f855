// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {Authorizations, AuthorizationsByBytes, AuthorizationsByParts} from "../../utils/Authorizations.sol";

abstract contract CancelAuthorizationTest is Authorizations {
    bytes32 internal constant NONCE = keccak256("nonce");

    function _expectUsed(bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, holder, NONCE));
        submitCancel(holder, NONCE, signature);
    }

    function _expectRefused(address authorizer, bytes memory signature) internal {
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        submitCancel(authorizer, NONCE, signature);
    }

    /// when the nonce was used or cancelled: it should revert
    function test_RevertWhen_TheNonceWasUsedOrCancelled() external {
        bytes memory signature = signCancel(HOLDER_KEY, holder, NONCE);
        submitCancel(holder, NONCE, signature);
        _expectUsed(signature);

        token = new TributaryToken(minter, holder, SUPPLY);
        Authorization memory a = authorization();
        a.nonce = NONCE;
        submitTransfer(a, signAuthorization(HOLDER_KEY, TRANSFER, a));
        _expectUsed(signCancel(HOLDER_KEY, holder, NONCE));
    }

    /// when the signature is another's: it should revert
    function test_RevertWhen_TheSignatureIsAnothers() external {
        _expectRefused(holder, signCancel(1, holder, NONCE));
    }

    /// when the signature names another nonce: it should revert
    function test_RevertWhen_TheSignatureNamesAnotherNonce() external {
        _expectRefused(holder, signCancel(HOLDER_KEY, holder, keccak256("another")));
    }

    /// when it was made for another chain or token: it should revert
    function test_RevertWhen_ItWasMadeForAnotherChainOrToken() external {
        bytes memory signature = signCancel(HOLDER_KEY, holder, NONCE);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        _expectRefused(holder, signature);
        vm.chainId(here);
        token = new TributaryToken(minter, holder, SUPPLY);
        _expectRefused(holder, signature);
    }

    /// when all is right: it should use up the nonce, whoever submits it
    function test_WhenAllIsRight() external {
        bytes memory signature = signCancel(HOLDER_KEY, holder, NONCE);
        vm.expectEmit(address(token));
        emit IERC3009Cancel.AuthorizationCanceled(holder, NONCE);
        vm.prank(stranger);
        submitCancel(holder, NONCE, signature);
        assertTrue(token.authorizationState(holder, NONCE), "used");
        assertEq(token.balanceOf(holder), SUPPLY, "nothing moved");
    }
}

contract CancelAuthorizationByPartsTest is CancelAuthorizationTest, AuthorizationsByParts {}

contract CancelAuthorizationByBytesTest is CancelAuthorizationTest, AuthorizationsByBytes {
    /// when the authorizer is a wallet contract
    /// - it should accept by bytes what the wallet accepts
    /// - it should revert for anything else
    function test_WhenTheAuthorizerIsAWalletContract() external {
        address wallet = address(new SmartWallet(vm.addr(7)));
        _expectRefused(wallet, signCancel(8, wallet, NONCE));
        submitCancel(wallet, NONCE, signCancel(7, wallet, NONCE));
        assertTrue(token.authorizationState(wallet, NONCE), "used");
    }
}
