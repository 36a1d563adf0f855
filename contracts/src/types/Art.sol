// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Where a piece stands. `None` means that no piece has this id.
enum PieceStatus {
    None,
    /// The artist has it: its first sale goes through the gallery.
    Primary,
    /// It has left the artist.
    Sold
}

/// @notice What is said about a piece, and signed by the model's attester.
struct Generation {
    /// Token id of the model in the model registry.
    uint256 model;
    /// Salted commitment to the prompt: a prompt can be personal, a bare hash of it would give it away.
    bytes32 prompt;
    /// The seed of the generation.
    bytes32 seed;
    /// SHA-256 of the generated output.
    bytes32 output;
    /// SHA-256 of the metadata document (JSON, form of ERC-7007): `tokenURI` is its content identifier.
    bytes32 metadata;
    /// Who mints it, and gets what the model does not.
    address artist;
    /// The model's part of every sale's proceeds and royalties, in basis points; not zero.
    uint16 modelBps;
    /// The royalty on a sale by others than the artist (ERC-2981), in basis points of its price.
    uint16 royaltyBps;
}

/// @notice A piece as `IArtGallery.piece` shows it.
struct Piece {
    Generation generation;
    /// Digest of the model, as it was certified to the registry.
    bytes32 modelDigest;
    /// Whose signature stands for the generation.
    address attester;
    PieceStatus status;
    /// What the artist asks in the first sale, in the token's smallest unit; 0 if it asks nothing now.
    uint128 price;
    /// Where proceeds and royalties go; it may not be deployed yet.
    address splitter;
}
