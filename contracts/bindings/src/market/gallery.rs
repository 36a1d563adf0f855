//! `ArtGallery`: generated pieces as tokens, minted with an attestation by the model's side, and their first sale.
//!
//! An attestation says that its signer made a piece with a model; it is no proof of the computation. A piece's number follows
//! from model, seed and output ([`Generation::piece`]), so it exists once.

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(ArtGalleryContract, "../artifacts/ArtGallery.json");
}
mod types;

pub use types::{Generation, Piece, PieceStatus};

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word,
    handle::{Handle, amount, number},
    typed_data::{address_word, number_word, typed_digest},
};

const NAME: &str = "ArtGallery";

/// `Generation`: what a model's attester signs. `model_digest` is the model's certified digest
/// ([`crate::market::models::Models::digest_of`]), `gallery` the contract.
#[must_use]
pub fn generation_digest(
    chain_id: u64,
    gallery: &Address,
    generation: &Generation,
    model_digest: &Word,
) -> Word {
    let kind = "Generation(uint256 model,bytes32 modelDigest,bytes32 prompt,bytes32 seed,bytes32 output,bytes32 metadata,\
                address artist,uint16 modelBps,uint16 royaltyBps)";
    let members = [
        generation.model,
        *model_digest,
        generation.prompt,
        generation.seed,
        generation.output,
        generation.metadata,
        address_word(&generation.artist),
        number_word(generation.model_bps.into()),
        number_word(generation.royalty_bps.into()),
    ];
    typed_digest(chain_id, gallery, kind, &members)
}

/// The gallery on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gallery {
    at: Handle,
}

impl Gallery {
    /// The gallery of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        Ok(Self { at: Handle::new(client, deployment, NAME, deployment.gallery)? })
    }

    /// Where it is: who buys lets it take the price, and attesters sign for it.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    // ------------------------------------------------------------------------------------------------ views

    /// A piece; none if it was not minted.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn piece(&self, piece: &Word) -> Result<Option<Piece>, ChainError> {
        let abi::PieceReturn(shown) = match self.at.view(abi::PieceCall { id: number(piece) }).await {
            Err(ChainError::Reverted(revert)) if revert.name == "ERC721NonexistentToken" => return Ok(None),
            other => other?,
        };
        types::piece(shown).map(Some)
    }

    /// Whose signature stands for a model's generations now: its owner's, or whose the owner named.
    ///
    /// # Errors
    /// There is no such model (`ERC721NonexistentToken`), or the node can't be asked.
    pub async fn attester_of(&self, model: &Word) -> Result<Address, ChainError> {
        let abi::AttesterOfReturn(attester) =
            self.at.view(abi::AttesterOfCall { model: number(model) }).await?;
        Ok(attester.0)
    }

    /// Where a piece's proceeds and royalties go. It can be paid before it is deployed.
    ///
    /// # Errors
    /// There is no such piece (`ERC721NonexistentToken`), or the node can't be asked.
    pub async fn splitter_of(&self, piece: &Word) -> Result<Address, ChainError> {
        let abi::SplitterOfReturn(splitter) = self.at.view(abi::SplitterOfCall { id: number(piece) }).await?;
        Ok(splitter.0)
    }

    /// Whose a piece is now.
    ///
    /// # Errors
    /// There is no such piece (`ERC721NonexistentToken`), or the node can't be asked.
    pub async fn owner_of(&self, piece: &Word) -> Result<Address, ChainError> {
        let abi::OwnerOfReturn(owner) = self.at.view(abi::OwnerOfCall { token_id: number(piece) }).await?;
        Ok(owner.0)
    }

    /// Who gets how much of a sale at `price`, in the sale's token (ERC-2981).
    ///
    /// # Errors
    /// There is no such piece (`ERC721NonexistentToken`), or the node can't be asked.
    pub async fn royalty(&self, piece: &Word, price: u128) -> Result<(Address, u128), ChainError> {
        let call = abi::RoyaltyInfoCall { id: number(piece), sale_price: price.into() };
        let abi::RoyaltyInfoReturn(receiver, royalty) = self.at.view(call).await?;
        Ok((receiver.0, amount("royalty", royalty)?))
    }

    /// Whether the attester signed exactly this (ERC-7007): of a minted piece who attested it then, of another the model's
    /// attester now. False, too, if there is no such model, or its digest is another.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn verify(
        &self,
        generation: &Generation,
        model_digest: &Word,
        signature: &[u8],
    ) -> Result<bool, ChainError> {
        let g = generation;
        let data = [g.model, *model_digest, g.seed, g.output, g.metadata].concat();
        let terms = [g.model_bps.to_be_bytes(), g.royalty_bps.to_be_bytes()];
        let proof = [&g.artist[..], terms.as_flattened(), signature].concat();
        let (prompt, aigc_data) = (g.prompt.to_vec().into(), data.into());
        let abi::VerifyReturn(signed) =
            self.at.view(abi::VerifyCall { prompt, aigc_data, proof: proof.into() }).await?;
        Ok(signed)
    }

    /// What the contract itself says that an attester signs: see [`generation_digest`].
    ///
    /// # Errors
    /// There is no such model (`ERC721NonexistentToken`), or the node can't be asked.
    pub async fn generation_digest(&self, generation: &Generation) -> Result<Word, ChainError> {
        let call = abi::GenerationDigestCall { generation: types::argument(generation) };
        let abi::GenerationDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent.

    /// Names who attests a model's generations until the model is sold; none for its owner, who alone may name.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn name_attester(
        &self,
        wallet: &Wallet,
        model: &Word,
        attester: Option<&Address>,
    ) -> Result<Receipt, ChainError> {
        let attester = attester.copied().unwrap_or_default().into();
        self.at.transact(wallet, abi::NameAttesterCall { model: number(model), attester }).await
    }

    /// Mints a piece, as its artist; its number is [`Generation::piece`]. `signature` is the attester's on
    /// [`generation_digest`]: 65 bytes of a key, any length of a contract wallet (ERC-1271).
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn mint(
        &self,
        wallet: &Wallet,
        generation: &Generation,
        signature: &[u8],
    ) -> Result<Receipt, ChainError> {
        let signature = signature.to_vec().into();
        self.at.transact(wallet, abi::MintCall { generation: types::argument(generation), signature }).await
    }

    /// Sets what the artist asks in the first sale, as the artist; 0 takes the piece off sale.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn set_price(&self, wallet: &Wallet, piece: &Word, price: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SetPriceCall { id: number(piece), price }).await
    }

    /// Buys a piece from its artist for at most `maximum`, which the contract may take (see [`crate::Token::approve`]).
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn buy(&self, wallet: &Wallet, piece: &Word, maximum: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::BuyCall { id: number(piece), maximum }).await
    }

    /// Deploys a piece's splitter unless it is there. Anybody may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn deploy_splitter(&self, wallet: &Wallet, piece: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::DeploySplitterCall { id: number(piece) }).await
    }

    /// Lets `to`, such as the marketplace, take one piece.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn approve(&self, wallet: &Wallet, to: &Address, piece: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ApproveCall { to: to.into(), token_id: number(piece) }).await
    }
}

/// Reads what views return, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_views(output: &[u8]) {
    use ethers::abi::AbiDecode as _;
    drop(abi::PieceReturn::decode(output).map(|read| types::piece(read.0)));
}
