//! `UsageAnchor`: an append-only log of Merkle roots over signed usage receipts.
//!
//! A publisher numbers the receipts it signs in a stream from 0, without gaps, and anchors them batch by batch. What is
//! anchored can't be denied, and nothing can be put in later.

mod receipts;

pub use receipts::{BatchError, MAX_BATCH, ReceiptTree, UsageBatch, UsageReceipt, verify_receipt};

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word,
    handle::Handle,
    typed_data::{address_word, number_word, typed_digest},
};

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(UsageAnchorContract, "../artifacts/UsageAnchor.json");
}

const NAME: &str = "UsageAnchor";

/// The signing domain of anchors: as [`crate::typed_data::Domain`], with `UsageAnchor` in the escrow's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageDomain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The `UsageAnchor` contract.
    pub anchor: Address,
}

/// `Anchor`: a publisher has somebody else anchor a batch. It needs no nonce: a stream takes one batch for each starting
/// number.
#[must_use]
pub fn anchor_digest(domain: &UsageDomain, publisher: &Address, batch: &UsageBatch) -> Word {
    let name = "Anchor(address publisher,bytes32 stream,bytes32 root,uint64 fromSeq,uint64 count)";
    let words = [
        address_word(publisher),
        batch.stream,
        batch.root,
        number_word(batch.from_sequence.into()),
        number_word(batch.count.into()),
    ];
    typed_digest(domain.chain_id, &domain.anchor, name, &words)
}

/// The usage anchors on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Usage {
    at: Handle,
}

impl Usage {
    /// The usage anchors of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        Ok(Self { at: Handle::new(client, deployment, NAME, deployment.usage)? })
    }

    /// Where the contract is.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    /// The domain that publishers sign in.
    #[must_use]
    pub fn domain(&self) -> UsageDomain {
        UsageDomain { chain_id: self.at.client.chain_id(), anchor: self.at.address }
    }

    // ----------------------------------------------------------------------------------------- transactions

    /// Appends a batch to one of the wallet's streams.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn anchor(&self, wallet: &Wallet, batch: &UsageBatch) -> Result<Receipt, ChainError> {
        let UsageBatch { stream, root, from_sequence, count } = *batch;
        self.at.transact(wallet, abi::AnchorCall { stream, root, from_seq: from_sequence, count }).await
    }

    /// Appends a batch to a stream of `publisher`'s, who signed [`anchor_digest`]: 65 bytes for a key, any length for a
    /// contract wallet (ERC-1271). Anyone may send it.
    ///
    /// # Errors
    /// As for every transaction: see [`ChainError`].
    pub async fn anchor_for(
        &self,
        wallet: &Wallet,
        publisher: &Address,
        batch: &UsageBatch,
        signature: &[u8],
    ) -> Result<Receipt, ChainError> {
        let call = abi::AnchorForCall {
            publisher: publisher.into(),
            stream: batch.stream,
            root: batch.root,
            from_seq: batch.from_sequence,
            count: batch.count,
            signature: signature.to_vec().into(),
        };
        self.at.transact(wallet, call).await
    }

    // ------------------------------------------------------------------------------------------------ views

    /// Whether a receipt is in the batch that holds its number.
    ///
    /// # Errors
    /// Refused if no receipt of that number is anchored yet; or the node can't be asked.
    pub async fn verify(&self, receipt: &UsageReceipt, proof: &[Word]) -> Result<bool, ChainError> {
        let call = abi::VerifyCall {
            publisher: receipt.publisher.into(),
            stream: receipt.stream,
            sequence: receipt.sequence,
            receipt: receipt.digest,
            proof: proof.to_vec(),
        };
        let abi::VerifyReturn(holds) = self.at.view(call).await?;
        Ok(holds)
    }

    /// The number of the next receipt to be anchored in a stream: as many as it has.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn next(&self, publisher: &Address, stream: &Word) -> Result<u64, ChainError> {
        let call = abi::NextCall { publisher: publisher.into(), stream: *stream };
        let abi::NextReturn(next) = self.at.view(call).await?;
        Ok(next)
    }

    /// Batches in a stream.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn batches(&self, publisher: &Address, stream: &Word) -> Result<u64, ChainError> {
        let call = abi::BatchesCall { publisher: publisher.into(), stream: *stream };
        let abi::BatchesReturn(batches) = self.at.view(call).await?;
        Ok(batches)
    }

    /// A batch by its place in the stream, from 0, and when it was anchored (seconds since the Unix epoch).
    ///
    /// # Errors
    /// Refused if the stream has fewer batches; or the node can't be asked.
    pub async fn batch(
        &self,
        publisher: &Address,
        stream: &Word,
        index: u64,
    ) -> Result<(UsageBatch, u64), ChainError> {
        let call = abi::BatchCall { publisher: publisher.into(), stream: *stream, index };
        let abi::BatchReturn(abi::Anchored { root, from_seq, count, timestamp }) = self.at.view(call).await?;
        Ok((UsageBatch { stream: *stream, root, from_sequence: from_seq, count }, timestamp))
    }

    /// The place of the batch that holds a receipt's number.
    ///
    /// # Errors
    /// Refused if no receipt of that number is anchored yet; or the node can't be asked.
    pub async fn batch_of(
        &self,
        publisher: &Address,
        stream: &Word,
        sequence: u64,
    ) -> Result<u64, ChainError> {
        let call = abi::BatchOfCall { publisher: publisher.into(), stream: *stream, sequence };
        let abi::BatchOfReturn(index) = self.at.view(call).await?;
        Ok(index)
    }

    /// The contract's own leaf of a receipt; equal to [`UsageReceipt::leaf`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn leaf(&self, receipt: &UsageReceipt) -> Result<Word, ChainError> {
        let call = abi::LeafCall {
            publisher: receipt.publisher.into(),
            stream: receipt.stream,
            sequence: receipt.sequence,
            receipt: receipt.digest,
        };
        let abi::LeafReturn(leaf) = self.at.view(call).await?;
        Ok(leaf)
    }

    /// The contract's own `Anchor` digest; equal to [`anchor_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn anchor_digest(&self, publisher: &Address, batch: &UsageBatch) -> Result<Word, ChainError> {
        let call = abi::AnchorDigestCall {
            publisher: publisher.into(),
            stream: batch.stream,
            root: batch.root,
            from_seq: batch.from_sequence,
            count: batch.count,
        };
        let abi::AnchorDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    /// The most receipts of one batch: [`MAX_BATCH`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn max_batch(&self) -> Result<u64, ChainError> {
        let abi::MaxCountReturn(count) = self.at.view(abi::MaxCountCall).await?;
        Ok(count)
    }
}
