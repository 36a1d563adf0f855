// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Signatures by a key or by a contract (ERC-1271)
library Signatures {
    /// @notice Whether `signer` signed `digest`: by its own key, or else as its code says. The key comes first, for it
    /// costs no look at the account; an account with delegated code (EIP-7702) stays its key's as well.
    function isValid(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError fault,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (fault == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature);
    }
}
