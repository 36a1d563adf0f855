// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// EIP-712's domain separator of a contract of ours, written out, so that the contract's own is checked against it.
function domainOf(address verifier) view returns (bytes32) {
    bytes32 typeHash =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    return keccak256(abi.encode(typeHash, keccak256("Tributary"), keccak256("1"), block.chainid, verifier));
}

/// What is signed over a struct whose hash is `content`, in that contract's domain.
function typedDigest(address verifier, bytes32 content) view returns (bytes32) {
    return keccak256(abi.encodePacked(hex"1901", domainOf(verifier), content));
}
