// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title What is told when a data owner revokes its consent to a study
interface IConsentSink {
    /// @notice An owner's consent to a study may be over: whoever is told asks the registry. It does nothing if nothing
    /// is to be done, so anyone may call it.
    function consentRevoked(bytes32 study, address owner) external;
}
