// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {TributaryToken} from "../../src/TributaryToken.sol";
import {Base} from "./Base.sol";
import {typedDigest} from "./TypedData.sol";

/// A token, whose minter is `minter` and whose supply is with `holder`, and what its holder can sign.
abstract contract TokenFixture is Base {
    /// ERC-3009's five fields and nonce.
    struct Authorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }

    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant SUPPLY = 1_000_000e18;
    uint256 internal constant HOLDER_KEY = uint256(keccak256("holder"));

    bytes32 internal constant TRANSFER = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 internal constant RECEIVE = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 internal constant CANCEL = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");

    address internal minter = vm.addr(uint256(keccak256("minter")));
    address internal holder = vm.addr(HOLDER_KEY);
    address internal payee = vm.addr(uint256(keccak256("payee")));
    address internal stranger = vm.addr(uint256(keccak256("stranger")));
    TributaryToken internal token;

    function setUp() public virtual {
        vm.warp(START);
        token = new TributaryToken(minter, holder, SUPPLY);
    }

    /// Five tokens from the holder to the payee, within the next hour.
    function authorization() internal view returns (Authorization memory) {
        return Authorization({
            from: holder,
            to: payee,
            value: 5e18,
            validAfter: block.timestamp - 1,
            validBefore: block.timestamp + 1 hours,
            nonce: keccak256("nonce")
        });
    }

    /// EIP-712 with the domain written out, so that the contract's own is checked against it.
    function typed(bytes32 content) internal view returns (bytes32) {
        return typedDigest(address(token), content);
    }

    function signAuthorization(uint256 key, bytes32 typeHash, Authorization memory a)
        internal
        view
        returns (bytes memory)
    {
        return ecdsa(
            key,
            typed(
                keccak256(abi.encode(typeHash, a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce))
            )
        );
    }

    function signCancel(uint256 key, address authorizer, bytes32 nonce) internal view returns (bytes memory) {
        return ecdsa(key, typed(keccak256(abi.encode(CANCEL, authorizer, nonce))));
    }

    function split(bytes memory signature) internal pure returns (uint8 v, bytes32 r, bytes32 s) {
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
            v := byte(0, mload(add(signature, 0x60)))
        }
    }
}
