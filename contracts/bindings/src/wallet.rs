//! A secp256k1 key and what is signed with it.

use std::{fmt, path::Path, sync::Arc};

use ethers::{
    core::{k256::ecdsa::SigningKey, rand::rngs::OsRng},
    types::{Bytes, Signature, U256, transaction::eip2718::TypedTransaction},
};
use tokio::sync::{Mutex, MutexGuard};
use zeroize::Zeroizing;

use crate::{
    Address, Word,
    keystore::{self, KeystoreCost, KeystoreError},
    typed_data,
};

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// Not hex, or not 32 bytes of it.
    #[error("a wallet key is 64 hex digits, with or without 0x")]
    Hex,
    /// Zero, or not below the curve's order.
    #[error("these 32 bytes are no secp256k1 key")]
    Key,
}

/// An Ethereum account with its key. The key is wiped from memory on drop and never shown.
///
/// Clones share one lock, so that tasks that send with the same wallet take turns with its nonce.
#[derive(Clone)]
pub struct Wallet {
    key: SigningKey,
    address: Address,
    turn: Arc<Mutex<()>>,
}

impl Wallet {
    /// A new account, from the system's randomness.
    #[must_use]
    pub fn random() -> Self {
        Self::from_key(SigningKey::random(&mut OsRng))
    }

    /// The account of a 32-byte key.
    ///
    /// # Errors
    /// Zero, or not below the curve's order.
    pub fn from_bytes(key: &[u8; 32]) -> Result<Self, WalletError> {
        SigningKey::from_slice(key).map(Self::from_key).map_err(|_| WalletError::Key)
    }

    /// The account of a key in hex, for development accounts.
    ///
    /// # Errors
    /// Not 64 hex digits, or no key.
    pub fn from_hex(key: &str) -> Result<Self, WalletError> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(key.strip_prefix("0x").unwrap_or(key), &mut *bytes)
            .map_err(|_| WalletError::Hex)?;
        Self::from_bytes(&bytes)
    }

    /// Opens an encrypted key file (Web3 Secret Storage, version 3).
    ///
    /// # Errors
    /// [`KeystoreError::WrongPassword`], or what is wrong with the file.
    pub fn open(path: &Path, password: &str) -> Result<Self, KeystoreError> {
        let key = keystore::open(path, password)?;
        Self::from_bytes(&key).map_err(|e| KeystoreError::file(path, e))
    }

    /// Writes the key, encrypted with a password, to a new file that only this user may read.
    ///
    /// # Errors
    /// The file exists, or can't be written.
    pub fn save(&self, path: &Path, password: &str, cost: KeystoreCost) -> Result<(), KeystoreError> {
        let key = Zeroizing::new(<[u8; 32]>::from(self.key.to_bytes()));
        keystore::save(path, password, cost, &key, &self.address)
    }

    fn from_key(key: SigningKey) -> Self {
        let address = typed_data::account(key.verifying_key());
        Self { key, address, turn: Arc::default() }
    }

    /// The account's address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a 32-byte digest (see [`typed_data`]). Returns `r ‖ s ‖ v`, with `s` in the lower half and `v` 27 or 28;
    /// the same digest gives the same signature (RFC 6979).
    #[must_use]
    pub fn sign_digest(&self, digest: &Word) -> [u8; 65] {
        let (r, s, parity) = self.sign(digest);
        let mut bytes = [0; 65];
        bytes[..32].copy_from_slice(&r);
        bytes[32..64].copy_from_slice(&s);
        bytes[64] = 27 + u8::from(parity);
        bytes
    }

    /// Signs and encodes a transaction (EIP-1559).
    pub(crate) fn sign_transaction(&self, tx: &TypedTransaction) -> Bytes {
        let (r, s, parity) = self.sign(&tx.sighash().0);
        let (r, s) = (U256::from_big_endian(&r), U256::from_big_endian(&s));
        tx.rlp_signed(&Signature { r, s, v: u64::from(parity) })
    }

    /// r, s and the parity of the nonce point's y.
    fn sign(&self, digest: &Word) -> (Word, Word, bool) {
        let (signature, recovery) = self
            .key
            .sign_prehash_recoverable(digest)
            .unwrap_or_else(|_| unreachable!("a 32-byte digest can be signed by every key"));
        let (r, s) = signature.split_bytes();
        (r.into(), s.into(), recovery.is_y_odd())
    }

    /// The right to use the next nonce.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet")
            .field("address", &format_args!("0x{}", hex::encode(self.address)))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    #[test]
    fn derives_the_account() {
        let wallet = Wallet::from_hex(KEY).unwrap();
        assert_eq!(hex::encode(wallet.address()), "f39fd6e51aad88f6f4ce6ab8827279cfffb92266");
        assert_eq!(Wallet::from_hex(&format!("0x{KEY}")).unwrap().address(), wallet.address());
    }

    #[test]
    fn refuses_what_is_no_key() {
        for bad in ["", "0x", "12", &KEY[1..], &format!("{KEY}00"), &KEY.replace('a', "g")] {
            assert_eq!(Wallet::from_hex(bad).unwrap_err(), WalletError::Hex, "{bad}");
        }
        assert_eq!(Wallet::from_bytes(&[0; 32]).unwrap_err(), WalletError::Key);
        assert_eq!(Wallet::from_bytes(&[0xff; 32]).unwrap_err(), WalletError::Key);
    }

    #[test]
    fn shows_its_address_and_not_its_key() {
        let shown = format!("{:?}", Wallet::from_hex(KEY).unwrap());
        assert_eq!(shown, "Wallet { address: 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266, .. }");
    }
}
