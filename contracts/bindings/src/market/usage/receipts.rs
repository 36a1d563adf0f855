//! Usage receipts as leaves, and the Merkle tree over a batch of them: `OpenZeppelin`'s `StandardMerkleTree`, over
//! `(address publisher, bytes32 stream, uint64 sequence, bytes32 receipt)`.

use crate::{
    Address, Word, keccak256,
    merkle::{MerkleError, Tree, leads},
    typed_data::{address_word, number_word},
};

/// The most receipts of one batch.
pub const MAX_BATCH: usize = 1 << 20;

/// A receipt's place in its publisher's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageReceipt {
    /// Who signed it.
    pub publisher: Address,
    /// The publisher's stream.
    pub stream: Word,
    /// Its number in the stream, from 0.
    pub sequence: u64,
    /// The receipt's digest.
    pub digest: Word,
}

impl UsageReceipt {
    /// Its leaf. A leaf is hashed twice, so no inner node passes for one.
    #[must_use]
    pub fn leaf(&self) -> Word {
        let words =
            [address_word(&self.publisher), self.stream, number_word(self.sequence.into()), self.digest];
        keccak256(&keccak256(words.as_flattened()))
    }
}

/// What a publisher anchors: the root over receipts `from_sequence` to `from_sequence + count - 1` of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageBatch {
    /// The stream: any name; a salted commitment where it says something about a person.
    pub stream: Word,
    /// The tree's root.
    pub root: Word,
    /// The first receipt's number.
    pub from_sequence: u64,
    /// Receipts in it.
    pub count: u64,
}

/// Why there is no tree over receipts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Their number.
    #[error("a batch has 1 to {MAX_BATCH} receipts, not {0}: anchor more in several batches")]
    Count(usize),
    /// The last one's sequence number.
    #[error("receipts numbered from {0} run out of 64-bit numbers: begin another stream")]
    Sequence(u64),
}

/// The Merkle tree over one batch of receipts.
#[derive(Clone, Debug)]
pub struct ReceiptTree {
    stream: Word,
    from_sequence: u64,
    /// Each receipt's leaf, by its place in the batch.
    leaves: Vec<Word>,
    tree: Tree,
}

impl ReceiptTree {
    /// Builds the tree over receipts with consecutive numbers, given by their digests.
    ///
    /// # Errors
    /// No receipts, more than [`MAX_BATCH`], or numbers beyond 64 bits.
    pub fn new(
        publisher: &Address,
        stream: &Word,
        from_sequence: u64,
        digests: &[Word],
    ) -> Result<Self, BatchError> {
        let count = digests.len();
        if count == 0 || count > MAX_BATCH {
            return Err(BatchError::Count(count));
        }
        // The number after the last one is stored, too.
        from_sequence.checked_add(count as u64).ok_or(BatchError::Sequence(from_sequence))?;
        let leaf = |(digest, sequence): (&Word, u64)| {
            UsageReceipt { publisher: *publisher, stream: *stream, sequence, digest: *digest }.leaf()
        };
        let leaves: Vec<Word> = digests.iter().zip(from_sequence..).map(leaf).collect();
        let tree = Tree::new(leaves.clone()).map_err(|_: MerkleError| BatchError::Count(count))?;
        Ok(Self { stream: *stream, from_sequence, leaves, tree })
    }

    /// What the publisher anchors.
    #[must_use]
    pub fn batch(&self) -> UsageBatch {
        UsageBatch {
            stream: self.stream,
            root: self.tree.root(),
            from_sequence: self.from_sequence,
            count: self.leaves.len() as u64,
        }
    }

    /// The proof of the receipt with this number; none if it is not in the batch.
    #[must_use]
    pub fn proof(&self, sequence: u64) -> Option<Vec<Word>> {
        let place = usize::try_from(sequence.checked_sub(self.from_sequence)?).ok()?;
        self.tree.proof(self.leaves.get(place)?)
    }
}

/// Whether a proof leads from a receipt to a batch's root, as the contract checks it.
#[must_use]
pub fn verify_receipt(root: &Word, receipt: &UsageReceipt, proof: &[Word]) -> bool {
    leads(receipt.leaf(), proof, root)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHER: Address = [7; 20];
    const STREAM: Word = [8; 32];

    fn receipt(sequence: u64) -> UsageReceipt {
        let digest = keccak256(&sequence.to_be_bytes());
        UsageReceipt { publisher: PUBLISHER, stream: STREAM, sequence, digest }
    }

    fn tree(from: u64, count: u64) -> ReceiptTree {
        let digests: Vec<Word> = (from..from + count).map(|sequence| receipt(sequence).digest).collect();
        ReceiptTree::new(&PUBLISHER, &STREAM, from, &digests).unwrap()
    }

    #[test]
    fn every_receipt_of_a_batch_has_a_proof_and_no_other_has() {
        for count in 1..=17 {
            let tree = tree(100, count);
            let UsageBatch { root, count: shown, from_sequence, .. } = tree.batch();
            assert_eq!((shown, from_sequence), (count, 100));
            for sequence in 100..100 + count {
                let proof = tree.proof(sequence).unwrap();
                assert!(verify_receipt(&root, &receipt(sequence), &proof), "{sequence} of {count}");
                let renumbered = UsageReceipt { sequence: sequence + 1, ..receipt(sequence) };
                assert!(!verify_receipt(&root, &renumbered, &proof));
                let elsewhere = UsageReceipt { stream: [9; 32], ..receipt(sequence) };
                assert!(!verify_receipt(&root, &elsewhere, &proof));
            }
            assert_eq!((tree.proof(99), tree.proof(100 + count)), (None, None));
        }
    }

    #[test]
    fn a_batch_has_receipts_and_numbers_for_them() {
        let new = |from, count| {
            ReceiptTree::new(&PUBLISHER, &STREAM, from, &vec![[1; 32]; count]).map(|tree| tree.batch().count)
        };
        assert_eq!(new(0, 0), Err(BatchError::Count(0)));
        assert_eq!(new(0, MAX_BATCH + 1), Err(BatchError::Count(MAX_BATCH + 1)));
        assert_eq!(new(u64::MAX - 1, 1), Ok(1));
        assert_eq!(new(u64::MAX - 1, 2), Err(BatchError::Sequence(u64::MAX - 1)));
    }
}
