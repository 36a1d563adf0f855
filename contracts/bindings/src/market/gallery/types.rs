//! What the gallery's calls take and give, in plain types.

use super::{abi, number};
use crate::{Address, ChainError, Word, keccak256};

/// What is said about a piece, and signed by the model's attester ([`super::generation_digest`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// The model's number in the model registry.
    pub model: Word,
    /// Salted commitment to the prompt; not zero.
    pub prompt: Word,
    /// The seed; not zero.
    pub seed: Word,
    /// SHA-256 of the output; not zero.
    pub output: Word,
    /// SHA-256 of the metadata document; not zero.
    pub metadata: Word,
    /// Who mints it, and gets what the model does not.
    pub artist: Address,
    /// The model's part of all proceeds and royalties, 1 to 10,000 basis points.
    pub model_bps: u16,
    /// The royalty on a sale by others than the artist, at most 2,500 basis points of its price.
    pub royalty_bps: u16,
}

impl Generation {
    /// The number that the piece has, or will have: `keccak256(abi.encode(model, seed, output))`.
    #[must_use]
    pub fn piece(&self) -> Word {
        keccak256([self.model, self.seed, self.output].as_flattened())
    }
}

/// Where a piece stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceStatus {
    /// The artist has it: its first sale is made here.
    Primary,
    /// It has left the artist.
    Sold,
}

/// A minted piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What was attested.
    pub generation: Generation,
    /// The model's certified digest.
    pub model_digest: Word,
    /// Who attested it.
    pub attester: Address,
    /// Where it stands.
    pub status: PieceStatus,
    /// What the artist asks in the first sale, in the token's smallest unit; none if it is not for sale.
    pub price: Option<u128>,
    /// Where proceeds and royalties go ([`crate::market::royalties::Splitter`]); it may not be deployed yet.
    pub splitter: Address,
}

pub(super) fn argument(generation: &Generation) -> abi::Generation {
    abi::Generation {
        model: number(&generation.model),
        prompt: generation.prompt,
        seed: generation.seed,
        output: generation.output,
        metadata: generation.metadata,
        artist: generation.artist.into(),
        model_bps: generation.model_bps,
        royalty_bps: generation.royalty_bps,
    }
}

pub(super) fn piece(shown: abi::Piece) -> Result<Piece, ChainError> {
    let status = match shown.status {
        1 => PieceStatus::Primary,
        2 => PieceStatus::Sold,
        _ => return Err(ChainError::Range { field: "piece status", bits: 2 }),
    };
    let generation = Generation {
        model: shown.generation.model.into(),
        prompt: shown.generation.prompt,
        seed: shown.generation.seed,
        output: shown.generation.output,
        metadata: shown.generation.metadata,
        artist: shown.generation.artist.0,
        model_bps: shown.generation.model_bps,
        royalty_bps: shown.generation.royalty_bps,
    };
    Ok(Piece {
        generation,
        model_digest: shown.model_digest,
        attester: shown.attester.0,
        status,
        price: (shown.price != 0).then_some(shown.price),
        splitter: shown.splitter.0,
    })
}
