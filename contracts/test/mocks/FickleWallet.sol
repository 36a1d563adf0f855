// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// A wallet contract (ERC-1271) that changes its mind: another signer, or a check that burns all its gas.
contract FickleWallet is IERC1271 {
    address public signer;
    bool public burns;

    constructor(address signer_) {
        signer = signer_;
    }

    function approve(IERC20 token, address spender) external {
        token.approve(spender, type(uint256).max);
    }

    function setSigner(address signer_) external {
        signer = signer_;
    }

    function setBurns(bool burns_) external {
        burns = burns_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        while (burns) {}
        (address recovered,,) = ECDSA.tryRecoverCalldata(hash, signature);
        return recovered == signer ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
