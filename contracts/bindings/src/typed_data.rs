//! EIP-712: the digests that wallets and the committee sign, bound to chain and contract.

mod datasets;

pub use datasets::{DatasetDomain, consent_digest, erase_digest, list_digest, revoke_digest};

use ethers::core::k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

use crate::{Address, Settlement, Word, keccak256};

/// The signing domain: name "Tributary", version "1", a chain, and the escrow on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The `StudyEscrow` contract.
    pub escrow: Address,
}

impl Domain {
    /// The domain separator.
    #[must_use]
    pub fn separator(&self) -> Word {
        separator(self.chain_id, &self.escrow)
    }

    fn digest(&self, type_name: &str, words: &[Word]) -> Word {
        typed_digest(self.chain_id, &self.escrow, type_name, words)
    }
}

/// `Enrol`: an owner takes part in a study under a plan, with an MLS identity. `sequence` counts the accepted changes
/// of its enrolment so far.
#[must_use]
pub fn enrol_digest(
    domain: &Domain,
    study: &Word,
    owner: &Address,
    plan_digest: &Word,
    identity: &Word,
    sequence: u64,
) -> Word {
    let name = "Enrol(bytes32 study,address owner,bytes32 planDigest,bytes32 identity,uint64 sequence)";
    let words = [*study, address_word(owner), *plan_digest, *identity, number_word(sequence.into())];
    domain.digest(name, &words)
}

/// `Leave`: an owner leaves a study's roster.
#[must_use]
pub fn leave_digest(domain: &Domain, study: &Word, owner: &Address, sequence: u64) -> Word {
    let name = "Leave(bytes32 study,address owner,uint64 sequence)";
    domain.digest(name, &[*study, address_word(owner), number_word(sequence.into())])
}

/// `Remove`: a voter wants another owner off a study's roster. `sequence` is that of the owner who is to go.
#[must_use]
pub fn remove_digest(domain: &Domain, study: &Word, owner: &Address, sequence: u64) -> Word {
    let name = "Remove(bytes32 study,address owner,uint64 sequence)";
    domain.digest(name, &[*study, address_word(owner), number_word(sequence.into())])
}

/// `CommitteeKey`: an owner vouches for the committee's key in an epoch. `key_hash` is Keccak-256 of the 128-byte
/// EIP-2537 encoding.
#[must_use]
pub fn committee_key_digest(domain: &Domain, study: &Word, epoch: u64, key_hash: &Word) -> Word {
    let name = "CommitteeKey(bytes32 study,uint64 epoch,bytes32 keyHash)";
    domain.digest(name, &[*study, number_word(epoch.into()), *key_hash])
}

/// `Settlement`: what the committee signs, by BLS, to settle a round.
#[must_use]
pub fn settlement_digest(domain: &Domain, settlement: &Settlement) -> Word {
    let name = "Settlement(bytes32 study,uint64 epoch,uint64 round,bytes32 context,bytes32 sums,bytes32 scores,\
                bytes32 model,bytes32 transcript,bytes32 payoutsRoot,uint128 cumulativePayout)";
    let s = settlement;
    let words = [
        s.study,
        number_word(s.epoch.into()),
        number_word(s.round.into()),
        s.context,
        s.sums,
        s.scores,
        s.model,
        s.transcript,
        s.payouts_root,
        number_word(s.cumulative_payout),
    ];
    domain.digest(name, &words)
}

/// `MlsIdentity`: a wallet vouches for an MLS signature key (Ed25519, 32 bytes).
#[must_use]
pub fn mls_identity_digest(domain: &Domain, owner: &Address, signature_key: &[u8]) -> Word {
    let name = "MlsIdentity(address owner,bytes signatureKey)";
    // Of a dynamic member, its hash is encoded.
    domain.digest(name, &[address_word(owner), keccak256(signature_key)])
}

/// `Session`: a wallet logs in at a coordinator that gave it a challenge.
#[must_use]
pub fn session_digest(domain: &Domain, account: &Address, challenge: &Word, expires_at: u64) -> Word {
    let name = "Session(address account,bytes32 challenge,uint64 expiresAt)";
    domain.digest(name, &[address_word(account), *challenge, number_word(expires_at.into())])
}

/// ERC-2612 `Permit` of a token with its own domain (name "Tributary", version "1").
pub(crate) fn permit_digest(
    chain_id: u64,
    token: &Address,
    owner: &Address,
    spender: &Address,
    value: u128,
    nonce: Word,
    deadline: u64,
) -> Word {
    let name = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";
    let words =
        [address_word(owner), address_word(spender), number_word(value), nonce, number_word(deadline.into())];
    typed_digest(chain_id, token, name, &words)
}

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The last byte.
    #[error("the signature's v is {0}, it must be 27 or 28")]
    V(u8),
    /// The other of the two values of s: a second valid signature made without the key (EIP-2).
    #[error("the signature's s is in the upper half of the curve order; only the lower one is accepted")]
    HighS,
    /// r or s is zero or too large, or no key gives this signature.
    #[error("the signature is not one of secp256k1")]
    Invalid,
}

/// The account whose key made a 65-byte signature `r ‖ s ‖ v` over a digest.
///
/// # Errors
/// Anything but `v` of 27 or 28 and `s` in the lower half, so that every signature has one form.
pub fn recover(digest: &Word, signature: &[u8; 65]) -> Result<Address, SignatureError> {
    let v = signature[64];
    if !matches!(v, 27 | 28) {
        return Err(SignatureError::V(v));
    }
    let recovery = RecoveryId::from_byte(v - 27).ok_or(SignatureError::V(v))?;
    let signature = Signature::from_slice(&signature[..64]).map_err(|_| SignatureError::Invalid)?;
    if signature.normalize_s().is_some() {
        return Err(SignatureError::HighS);
    }
    let key = VerifyingKey::recover_from_prehash(digest, &signature, recovery)
        .map_err(|_| SignatureError::Invalid)?;
    Ok(account(&key))
}

/// The account of a public key: the last 20 bytes of the hash of its coordinates.
pub(crate) fn account(key: &VerifyingKey) -> Address {
    let point = key.to_encoded_point(false);
    let hash = keccak256(&point.as_bytes()[1..]);
    let mut address = [0; 20];
    address.copy_from_slice(&hash[12..]);
    address
}

/// The digest of a struct whose members are encoded in `words`, in the domain of one of the protocol's contracts.
pub(crate) fn typed_digest(chain_id: u64, contract: &Address, type_name: &str, words: &[Word]) -> Word {
    let members = [&[keccak256(type_name.as_bytes())], words].concat();
    let prefix = &[0x19, 0x01][..];
    keccak256(&[prefix, &separator(chain_id, contract), &keccak256(members.as_flattened())].concat())
}

/// All of the protocol's contracts, the token too, have the same name and version.
pub(crate) fn separator(chain_id: u64, contract: &Address) -> Word {
    let kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    let words = [
        keccak256(kind.as_bytes()),
        keccak256(b"Tributary"),
        keccak256(b"1"),
        number_word(chain_id.into()),
        address_word(contract),
    ];
    keccak256(words.as_flattened())
}

pub(crate) fn address_word(address: &Address) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address);
    word
}

pub(crate) fn number_word(number: u128) -> Word {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&number.to_be_bytes());
    word
}

#[cfg(test)]
mod tests {
    use ethers::types::transaction::eip712::{Eip712, TypedData};
    use serde_json::{Value, json};

    use super::*;
    use crate::Wallet;

    const DOMAIN: Domain = Domain { chain_id: 31_337, escrow: [0xe5; 20] };

    pub(super) fn hex_of(bytes: &[u8]) -> String {
        format!("0x{}", hex::encode(bytes))
    }

    /// ethers' own encoder of typed data, as wallets get it.
    pub(super) fn reference(contract: &Address, primary: &str, members: &[(&str, &str, Value)]) -> Word {
        let types: Vec<Value> =
            members.iter().map(|(kind, name, _)| json!({ "name": name, "type": kind })).collect();
        let message: serde_json::Map<String, Value> =
            members.iter().map(|(_, name, value)| ((*name).to_owned(), value.clone())).collect();
        let data = json!({
            "types": {
                "EIP712Domain": [
                    { "name": "name", "type": "string" },
                    { "name": "version", "type": "string" },
                    { "name": "chainId", "type": "uint256" },
                    { "name": "verifyingContract", "type": "address" },
                ],
                primary: types,
            },
            "primaryType": primary,
            "domain": {
                "name": "Tributary", "version": "1", "chainId": DOMAIN.chain_id,
                "verifyingContract": hex_of(contract),
            },
            "message": message,
        });
        serde_json::from_value::<TypedData>(data).unwrap().encode_eip712().unwrap()
    }

    #[test]
    fn agrees_with_another_encoder() {
        let (study, plan, identity, owner) = ([1; 32], [2; 32], [3; 32], [4; 20]);
        assert_eq!(
            enrol_digest(&DOMAIN, &study, &owner, &plan, &identity, 7),
            reference(
                &DOMAIN.escrow,
                "Enrol",
                &[
                    ("bytes32", "study", json!(hex_of(&study))),
                    ("address", "owner", json!(hex_of(&owner))),
                    ("bytes32", "planDigest", json!(hex_of(&plan))),
                    ("bytes32", "identity", json!(hex_of(&identity))),
                    ("uint64", "sequence", json!("7")),
                ]
            )
        );
        let goes = [
            ("bytes32", "study", json!(hex_of(&study))),
            ("address", "owner", json!(hex_of(&owner))),
            ("uint64", "sequence", json!("7")),
        ];
        assert_eq!(leave_digest(&DOMAIN, &study, &owner, 7), reference(&DOMAIN.escrow, "Leave", &goes));
        assert_eq!(remove_digest(&DOMAIN, &study, &owner, 7), reference(&DOMAIN.escrow, "Remove", &goes));
        assert_eq!(
            committee_key_digest(&DOMAIN, &study, 9, &plan),
            reference(
                &DOMAIN.escrow,
                "CommitteeKey",
                &[
                    ("bytes32", "study", json!(hex_of(&study))),
                    ("uint64", "epoch", json!("9")),
                    ("bytes32", "keyHash", json!(hex_of(&plan))),
                ]
            )
        );
        assert_eq!(
            mls_identity_digest(&DOMAIN, &owner, &[7; 32]),
            reference(
                &DOMAIN.escrow,
                "MlsIdentity",
                &[
                    ("address", "owner", json!(hex_of(&owner))),
                    ("bytes", "signatureKey", json!(hex_of(&[7; 32])))
                ]
            )
        );
        assert_eq!(
            session_digest(&DOMAIN, &owner, &study, 1_700_000_000),
            reference(
                &DOMAIN.escrow,
                "Session",
                &[
                    ("address", "account", json!(hex_of(&owner))),
                    ("bytes32", "challenge", json!(hex_of(&study))),
                    ("uint64", "expiresAt", json!("1700000000")),
                ]
            )
        );
        let settlement = Settlement {
            study,
            epoch: 2,
            round: 3,
            context: [5; 32],
            sums: [6; 32],
            scores: [7; 32],
            model: [8; 32],
            transcript: [9; 32],
            payouts_root: [10; 32],
            cumulative_payout: 11,
        };
        let word = |name, byte| ("bytes32", name, json!(hex_of(&[byte; 32])));
        assert_eq!(
            settlement_digest(&DOMAIN, &settlement),
            reference(
                &DOMAIN.escrow,
                "Settlement",
                &[
                    word("study", 1),
                    ("uint64", "epoch", json!("2")),
                    ("uint64", "round", json!("3")),
                    word("context", 5),
                    word("sums", 6),
                    word("scores", 7),
                    word("model", 8),
                    word("transcript", 9),
                    word("payoutsRoot", 10),
                    ("uint128", "cumulativePayout", json!("11")),
                ]
            )
        );
    }

    #[test]
    fn a_digest_is_bound_to_chain_and_contract() {
        let digest = |domain: &Domain| session_digest(domain, &[4; 20], &[1; 32], 7);
        let here = digest(&DOMAIN);
        assert_ne!(here, digest(&Domain { chain_id: 1, ..DOMAIN }));
        assert_ne!(here, digest(&Domain { escrow: [0; 20], ..DOMAIN }));
    }

    #[test]
    fn recovers_the_signer_and_refuses_other_forms() {
        let wallet = Wallet::random();
        let digest = session_digest(&DOMAIN, &wallet.address(), &[1; 32], 7);
        let good = wallet.sign_digest(&digest);
        assert_eq!(recover(&digest, &good), Ok(wallet.address()));
        assert_ne!(recover(&[0; 32], &good), Ok(wallet.address()));

        for v in [0, 1, 26, 29, 255] {
            let mut bad = good;
            bad[64] = v;
            assert_eq!(recover(&digest, &bad), Err(SignatureError::V(v)));
        }
        // n − s with the other parity is the same signature once more.
        let order = ethers::types::U256::from_big_endian(
            &hex::decode("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").unwrap(),
        );
        let mut twin = good;
        let s = ethers::types::U256::from_big_endian(&good[32..64]);
        (order - s).to_big_endian(&mut twin[32..64]);
        twin[64] = 55 - good[64];
        assert_eq!(recover(&digest, &twin), Err(SignatureError::HighS));

        let mut zero = good;
        zero[..32].fill(0);
        assert_eq!(recover(&digest, &zero), Err(SignatureError::Invalid));
        let mut large = good;
        large[32..64].fill(0xff);
        assert_eq!(recover(&digest, &large), Err(SignatureError::Invalid));
    }
}
