//! A description is sealed under a key of its own before it is stored anywhere: without the key, whatever copies are left
//! tell nothing, and destroying the key erases them all.
//!
//! Layout: magic (4) ‖ version (1) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag; the first five bytes are associated data.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::Digest;
use zeroize::Zeroizing;

use super::error::CatalogError;
use crate::vault::Secret;

const HEAD: &[u8; 5] = b"TRBD\x01";
const NONCE: usize = 12;

/// The key of one description. Wiped when dropped, never printed.
#[derive(Debug, Clone)]
pub struct ContentKey(Secret);

impl ContentKey {
    /// A new key.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn draw() -> Result<Self, CatalogError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut_slice()).map_err(CatalogError::Randomness)?;
        Ok(Self(Secret::new(key.to_vec())))
    }

    pub(super) fn from_secret(secret: Secret) -> Option<Self> {
        (secret.expose().len() == 32).then_some(Self(secret))
    }

    pub(super) fn secret(&self) -> Secret {
        self.0.clone()
    }

    fn cipher(&self) -> Result<Aes256Gcm, CatalogError> {
        Aes256Gcm::new_from_slice(self.0.expose()).map_err(|_| CatalogError::Sealed)
    }
}

/// Seals a description. A key seals one description, under a random nonce.
///
/// # Errors
/// If the operating system gives no randomness.
pub fn seal(description: &[u8], key: &ContentKey) -> Result<Vec<u8>, CatalogError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(CatalogError::Randomness)?;
    let payload = Payload { msg: description, aad: HEAD };
    let sealed = key.cipher()?.encrypt(&Nonce::from(nonce), payload).map_err(|_| CatalogError::Sealed)?;
    Ok([&HEAD[..], &nonce, &sealed].concat())
}

/// Opens a sealed description.
///
/// # Errors
/// If it was changed, or sealed under another key.
pub fn open(sealed: &[u8], key: &ContentKey) -> Result<Zeroizing<Vec<u8>>, CatalogError> {
    let (nonce, ciphertext) = sealed
        .strip_prefix(HEAD)
        .and_then(|rest| rest.split_first_chunk::<NONCE>())
        .ok_or(CatalogError::Sealed)?;
    let payload = Payload { msg: ciphertext, aad: HEAD };
    let description =
        key.cipher()?.decrypt(&Nonce::from(*nonce), payload).map_err(|_| CatalogError::Sealed)?;
    Ok(Zeroizing::new(description))
}

/// The salted commitment to a description that goes on chain: without the salt nobody can tell whether a description that
/// it guesses is the one.
#[must_use]
pub fn commitment(salt: &[u8; 32], description: &[u8]) -> Digest {
    digest("dataset-description", &[salt, description])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_opens_with_its_key_and_unchanged_only() {
        let key = ContentKey::draw().unwrap();
        let sealed = seal(b"hearts of four hospitals", &key).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"hearts"));
        assert_eq!(open(&sealed, &key).unwrap().as_slice(), b"hearts of four hospitals");
        assert_ne!(seal(b"hearts of four hospitals", &key).unwrap(), sealed, "a fresh nonce");
        assert!(open(&sealed, &ContentKey::draw().unwrap()).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(matches!(open(&changed, &key), Err(CatalogError::Sealed)), "byte {at}");
        }
        for length in [0, 5, 16, sealed.len() - 1] {
            assert!(open(&sealed[..length], &key).is_err());
        }
        assert_eq!(format!("{key:?}"), "ContentKey(Secret(…))");
    }

    #[test]
    fn a_commitment_is_to_salt_and_description() {
        let of = |salt: u8, text: &[u8]| commitment(&[salt; 32], text);
        assert_eq!(of(1, b"a"), of(1, b"a"));
        assert_ne!(of(1, b"a"), of(2, b"a"));
        assert_ne!(of(1, b"a"), of(1, b"b"));
    }
}
