//! What owners of datasets sign, for the `DatasetRegistry`.

use super::{address_word, number_word, separator, typed_digest};
use crate::{Address, Word, keccak256};

/// The signing domain of datasets: as [`super::Domain`], with the `DatasetRegistry` in the escrow's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetDomain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The `DatasetRegistry` contract.
    pub registry: Address,
}

impl DatasetDomain {
    /// The domain separator.
    #[must_use]
    pub fn separator(&self) -> Word {
        separator(self.chain_id, &self.registry)
    }

    fn digest(&self, type_name: &str, words: &[Word]) -> Word {
        typed_digest(self.chain_id, &self.registry, type_name, words)
    }
}

/// `List`: an owner lists a dataset. `nonce` is the owner's counter.
#[must_use]
pub fn list_digest(
    domain: &DatasetDomain,
    owner: &Address,
    commitment: &Word,
    uri: &str,
    price: u128,
    nonce: u64,
) -> Word {
    let name = "List(address owner,bytes32 commitment,string uri,uint128 price,uint64 nonce)";
    // Of a dynamic member, its hash is encoded.
    let uri = keccak256(uri.as_bytes());
    let words = [address_word(owner), *commitment, uri, number_word(price), number_word(nonce.into())];
    domain.digest(name, &words)
}

/// `Consent`: an owner gives a dataset to a study until a second. `nonce` is the counter of its consent to this study.
#[must_use]
pub fn consent_digest(
    domain: &DatasetDomain,
    owner: &Address,
    dataset: u64,
    (escrow, study): (&Address, &Word),
    until: u64,
    nonce: u64,
) -> Word {
    let name =
        "Consent(address owner,uint256 dataset,address escrow,bytes32 study,uint64 until,uint64 nonce)";
    let words = [
        address_word(owner),
        number_word(dataset.into()),
        address_word(escrow),
        *study,
        number_word(until.into()),
        number_word(nonce.into()),
    ];
    domain.digest(name, &words)
}

/// `Revoke`: an owner takes its consent to a study back. `nonce` is the counter of its consent to this study.
#[must_use]
pub fn revoke_digest(
    domain: &DatasetDomain,
    owner: &Address,
    dataset: u64,
    (escrow, study): (&Address, &Word),
    nonce: u64,
) -> Word {
    let name = "Revoke(address owner,uint256 dataset,address escrow,bytes32 study,uint64 nonce)";
    let words = [
        address_word(owner),
        number_word(dataset.into()),
        address_word(escrow),
        *study,
        number_word(nonce.into()),
    ];
    domain.digest(name, &words)
}

/// `Erase`: an owner has a dataset burnt. `receipt` is a salted commitment to the erasure's receipt, `nonce` the owner's
/// counter.
#[must_use]
pub fn erase_digest(
    domain: &DatasetDomain,
    owner: &Address,
    dataset: u64,
    receipt: &Word,
    nonce: u64,
) -> Word {
    let name = "Erase(address owner,uint256 dataset,bytes32 receipt,uint64 nonce)";
    let words = [address_word(owner), number_word(dataset.into()), *receipt, number_word(nonce.into())];
    domain.digest(name, &words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{hex_of, reference};
    use super::*;

    const DOMAIN: DatasetDomain = DatasetDomain { chain_id: 31_337, registry: [0xda; 20] };

    #[test]
    fn agrees_with_another_encoder() {
        let (owner, escrow, study, commitment) = ([4; 20], [5; 20], [1; 32], [2; 32]);
        let owner_member = ("address", "owner", json!(hex_of(&owner)));
        assert_eq!(
            list_digest(&DOMAIN, &owner, &commitment, "ipfs://bafkrei", 10, 7),
            reference(
                &DOMAIN.registry,
                "List",
                &[
                    owner_member.clone(),
                    ("bytes32", "commitment", json!(hex_of(&commitment))),
                    ("string", "uri", json!("ipfs://bafkrei")),
                    ("uint128", "price", json!("10")),
                    ("uint64", "nonce", json!("7")),
                ]
            )
        );
        let of = [
            owner_member.clone(),
            ("uint256", "dataset", json!("3")),
            ("address", "escrow", json!(hex_of(&escrow))),
            ("bytes32", "study", json!(hex_of(&study))),
        ];
        let nonce = ("uint64", "nonce", json!("7"));
        let consent = [&of[..], &[("uint64", "until", json!("1700000000")), nonce.clone()]].concat();
        assert_eq!(
            consent_digest(&DOMAIN, &owner, 3, (&escrow, &study), 1_700_000_000, 7),
            reference(&DOMAIN.registry, "Consent", &consent)
        );
        let revoke = [&of[..], std::slice::from_ref(&nonce)].concat();
        assert_eq!(
            revoke_digest(&DOMAIN, &owner, 3, (&escrow, &study), 7),
            reference(&DOMAIN.registry, "Revoke", &revoke)
        );
        assert_eq!(
            erase_digest(&DOMAIN, &owner, 3, &commitment, 7),
            reference(
                &DOMAIN.registry,
                "Erase",
                &[
                    owner_member,
                    ("uint256", "dataset", json!("3")),
                    ("bytes32", "receipt", json!(hex_of(&commitment))),
                    nonce,
                ]
            )
        );
    }
}
