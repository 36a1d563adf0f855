// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice A minted model as `IModelRegistry.model` shows it.
struct Model {
    /// The study whose committee certified the digest; the token's id is the same 32 bytes as a number.
    bytes32 study;
    /// The researcher who minted it, and who gets what its splitter leaves after the owners.
    address creator;
    /// Digest of the model after the study's last settled round, as the committee signed it.
    bytes32 digest;
    /// SHA-256 of the exported weights (the safetensors file). The researcher's statement.
    bytes32 weights;
    /// SHA-256 of the provenance statement (in-toto) that lists rounds, certificates and data sets. The researcher's
    /// statement.
    bytes32 provenance;
    /// SHA-256 of the metadata document (JSON): `tokenURI` is its content identifier.
    bytes32 metadata;
    /// Where royalties go; it may not be deployed yet.
    address splitter;
    /// The data owners' part of what the splitter receives and of licences, in basis points.
    uint16 ownersBps;
    /// The royalty on a sale (ERC-2981), in basis points of its price.
    uint16 royaltyBps;
}
