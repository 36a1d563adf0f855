//! The receipt of an erasure: what its owner says was destroyed, in a file of its own. On chain is a salted commitment to it,
//! signed by the owner with the erasure, so nobody can learn from the chain what was erased, and the owner can't write
//! another receipt later.
//!
//! A receipt proves what was said and when, not that no copy of a key is left: nothing could.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::{DatasetEvent, DatasetLogged};

use super::error::CatalogError;

const VERSION: u32 = 1;

/// The receipt of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Of the receipt's form: 1.
    pub version: u32,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The `DatasetRegistry`.
    pub registry: OwnerId,
    /// The dataset.
    pub dataset: u64,
    /// Whose it was.
    pub owner: OwnerId,
    /// The commitment to its description, as it was on chain.
    pub description: Digest,
    /// Where the sealed description was.
    pub uri: String,
    /// When it was destroyed (Unix time, by the owner's clock).
    pub erased_at: u64,
    /// What was destroyed, for people.
    pub destroyed: Vec<String>,
    /// Keeps the commitment from being guessed.
    pub salt: Digest,
}

/// Where the erasure that a receipt is of stands on chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptState {
    /// The dataset is burnt, with this very receipt.
    Agrees {
        /// The transaction.
        transaction: Digest,
    },
    /// Something else is there.
    Disagrees(String),
}

impl Receipt {
    pub(super) const fn version() -> u32 {
        VERSION
    }

    /// The salted commitment that goes on chain.
    #[must_use]
    pub fn commitment(&self) -> Digest {
        let count = (self.destroyed.len() as u64).to_le_bytes();
        let numbers =
            [self.version.into(), self.chain_id, self.dataset, self.erased_at].map(u64::to_le_bytes);
        let mut parts: Vec<&[u8]> = vec![self.salt.as_ref()];
        parts.extend(numbers.iter().map(|number| &number[..]));
        parts.extend([self.registry.as_ref(), self.owner.as_ref(), self.description.as_ref()]);
        parts.extend([self.uri.as_bytes(), &count]);
        parts.extend(self.destroyed.iter().map(String::as_bytes));
        digest("dataset-erasure", &parts)
    }

    /// Reads a receipt's file.
    ///
    /// # Errors
    /// If it is missing, or not a receipt of this version.
    pub fn read(path: &Path) -> Result<Self, CatalogError> {
        let bytes = std::fs::read(path).map_err(|source| CatalogError::Io {
            path: path.to_owned(),
            action: "read",
            source,
        })?;
        let bad = |reason: String| CatalogError::File { path: path.to_owned(), reason };
        let receipt: Self = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
        if receipt.version != VERSION {
            return Err(bad(format!(
                "a receipt of version {}, this program reads {VERSION}",
                receipt.version
            )));
        }
        Ok(receipt)
    }

    /// The receipt's file.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Compares with what the chain holds: the dataset's events, and whether it is listed now.
    #[must_use]
    pub fn compare(&self, events: &[DatasetLogged], is_listed: bool) -> ReceiptState {
        let disagrees = |found: String| ReceiptState::Disagrees(found);
        let mut description = None;
        for logged in events {
            match &logged.event {
                DatasetEvent::Listed { commitment, .. } | DatasetEvent::Updated { commitment, .. } => {
                    description = Some(Digest(*commitment));
                }
                DatasetEvent::Erased { owner, receipt, .. } => {
                    let (owner, receipt) = (OwnerId(*owner), Digest(*receipt));
                    if owner != self.owner {
                        return disagrees(format!("was erased by {owner}"));
                    }
                    if receipt != self.commitment() {
                        return disagrees(format!("was erased with another receipt, {receipt}"));
                    }
                    return match description {
                        Some(there) if there == self.description => {
                            ReceiptState::Agrees { transaction: Digest(logged.tx_hash) }
                        }
                        Some(there) => disagrees(format!("had another description, {there}")),
                        None => disagrees("was never listed".into()),
                    };
                }
                _ => {}
            }
        }
        disagrees(if is_listed { "is not erased".into() } else { "was never listed".into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            version: VERSION,
            chain_id: 31_337,
            registry: OwnerId([1; 20]),
            dataset: 7,
            owner: OwnerId([2; 20]),
            description: Digest([3; 32]),
            uri: "ipfs://bafkrei".into(),
            erased_at: 1_700_000_000,
            destroyed: vec!["the content key".into(), "the sealed description".into()],
            salt: Digest([4; 32]),
        }
    }

    fn logged(event: DatasetEvent) -> DatasetLogged {
        DatasetLogged { block: 1, log_index: 0, tx_hash: [9; 32], event }
    }

    fn history(of: &Receipt) -> Vec<DatasetLogged> {
        let (dataset, owner, commitment) = (of.dataset, of.owner.0, of.description.0);
        let listed = DatasetEvent::Listed { dataset, owner, commitment, uri: of.uri.clone(), price: 0 };
        let receipt = of.commitment().0;
        vec![logged(listed), logged(DatasetEvent::Erased { dataset, owner, receipt })]
    }

    #[test]
    fn every_field_is_in_the_commitment() {
        let good = receipt();
        let there = history(&good);
        let transaction = Digest([9; 32]);
        assert_eq!(good.compare(&there, false), ReceiptState::Agrees { transaction });
        let changes: [fn(&mut Receipt); 9] = [
            |it| it.chain_id += 1,
            |it| it.registry.0[0] ^= 1,
            |it| it.dataset += 1,
            |it| it.owner.0[0] ^= 1,
            |it| it.description.0[0] ^= 1,
            |it| it.uri.push('x'),
            |it| it.erased_at += 1,
            |it| it.destroyed.pop().map_or((), drop),
            |it| it.salt.0[0] ^= 1,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut other = receipt();
            change(&mut other);
            assert_ne!(other.commitment(), good.commitment(), "{index}");
            assert!(matches!(other.compare(&there, false), ReceiptState::Disagrees(_)), "{index}");
        }
        // What ends one entry and begins the next is in it too.
        let joined = Receipt { destroyed: vec!["the content keythe sealed description".into()], ..receipt() };
        assert_ne!(joined.commitment(), good.commitment());
    }

    #[test]
    fn a_dataset_that_still_stands_is_not_erased() {
        let good = receipt();
        let there = history(&good);
        assert!(
            matches!(good.compare(&there[..1], true), ReceiptState::Disagrees(it) if it.contains("not erased"))
        );
        assert!(matches!(good.compare(&[], false), ReceiptState::Disagrees(it) if it.contains("never")));
    }

    #[test]
    fn a_file_is_read_strictly() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("receipt.json");
        let text = String::from_utf8(receipt().to_json().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
        assert_eq!(Receipt::read(&path).unwrap(), receipt());
        for (from, to) in
            [("\"version\": 1", "\"version\": 2"), ("{", "{\"more\": 1,"), ("\"salt\"", "\"pepper\"")]
        {
            let bad = text.replacen(from, to, 1);
            assert_ne!(bad, text);
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(Receipt::read(&path), Err(CatalogError::File { .. })), "{to}");
        }
        assert!(matches!(Receipt::read(directory.path()), Err(CatalogError::Io { .. })));
    }
}
