//! A file encrypted under a password: Argon2id (RFC 9106) and AES-256-GCM, replaced atomically, open in one process only.
//!
//! Layout: magic (4) ‖ version (1) ‖ memory KiB (u32) ‖ passes (u32) ‖ lanes (u32) ‖ salt (16) ‖ nonce (12) ‖ ciphertext and
//! tag. Everything before the ciphertext is associated data. The key is derived once per opening; each write draws a fresh
//! nonce.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use super::error::VaultError;
use super::replace::replace;

const MAGIC: &[u8; 4] = b"TRBV";
const VERSION: u8 = 1;
const SALT: usize = 16;
const NONCE: usize = 12;
const HEADER: usize = 4 + 1 + 12 + SALT;

/// RFC 9106's second recommended setting: 64 MiB, 3 passes, 4 lanes.
const COST: (u32, u32, u32) = (64 * 1024, 3, 4);
/// The most that a file may ask for, so that a forged header can't exhaust the machine.
const COST_LIMIT: (u32, u32, u32) = (1024 * 1024, 64, 64);

/// An open vault file: its path and its key.
pub struct VaultFile {
    path: PathBuf,
    header: [u8; HEADER],
    cipher: Aes256Gcm,
    /// Held as long as the vault is open.
    _lock: File,
}

/// Locks the vault at `path`, by a file beside it: the vault itself is replaced by every write. The system unlocks it
/// when the process ends, however it does.
fn lock(path: &Path) -> Result<File, VaultError> {
    let io = |source| VaultError::Io { path: path.to_owned(), action: "locked", source };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path.with_extension("lock")).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(VaultError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

fn derive(password: &str, salt: &[u8], cost: (u32, u32, u32)) -> Result<Aes256Gcm, String> {
    let params = Params::new(cost.0, cost.1, cost.2, Some(32)).map_err(|error| error.to_string())?;
    let mut key = Zeroizing::new([0u8; 32]);
    // The key can be told from what is in it at the end.
    let mut memory = Zeroizing::new(vec![Block::default(); params.block_count()]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, key.as_mut_slice(), memory.as_mut_slice())
        .map_err(|error| error.to_string())?;
    Aes256Gcm::new_from_slice(key.as_slice()).map_err(|error| error.to_string())
}

impl VaultFile {
    /// A new vault at `path`; nothing is written before the first [`Self::write`].
    ///
    /// # Errors
    /// If it is in use, or the operating system gives no randomness.
    pub fn create(path: &Path, password: &str) -> Result<Self, VaultError> {
        let lock = lock(path)?;
        let mut header = [0u8; HEADER];
        header[..4].copy_from_slice(MAGIC);
        header[4] = VERSION;
        header[5..9].copy_from_slice(&COST.0.to_le_bytes());
        header[9..13].copy_from_slice(&COST.1.to_le_bytes());
        header[13..17].copy_from_slice(&COST.2.to_le_bytes());
        getrandom::fill(&mut header[17..]).map_err(VaultError::Randomness)?;
        let cipher = derive(password, &header[17..], COST)
            .map_err(|reason| VaultError::Format { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), header, cipher, _lock: lock })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the vault at `path` and returns its content.
    ///
    /// # Errors
    /// If the file is missing, in use or no vault, or the password is wrong.
    pub fn open(path: &Path, password: &str) -> Result<(Self, Zeroizing<Vec<u8>>), VaultError> {
        let lock = lock(path)?;
        let format = |reason: String| VaultError::Format { path: path.to_owned(), reason };
        let bytes = fs::read(path).map_err(|source| VaultError::Io {
            path: path.to_owned(),
            action: "read",
            source,
        })?;
        let Some((header, sealed)) = bytes.split_first_chunk::<HEADER>() else {
            return Err(format("it is too short".into()));
        };
        if &header[..4] != MAGIC || header[4] != VERSION {
            return Err(format("it does not begin as a vault of version 1 does".into()));
        }
        let word =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let cost = (word(5), word(9), word(13));
        if cost.0 > COST_LIMIT.0 || cost.1 > COST_LIMIT.1 || cost.2 > COST_LIMIT.2 {
            return Err(format("it asks for too costly a key derivation".into()));
        }
        let cipher = derive(password, &header[17..], cost).map_err(format)?;
        let Some((nonce, ciphertext)) = sealed.split_first_chunk::<NONCE>() else {
            return Err(format("it is too short".into()));
        };
        let plain = cipher
            .decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad: header })
            .map_err(|_| VaultError::WrongPassword { path: path.to_owned() })?;
        Ok((Self { path: path.to_owned(), header: *header, cipher, _lock: lock }, Zeroizing::new(plain)))
    }

    /// Replaces the vault's content: written beside it, flushed to disk, then renamed over it.
    ///
    /// # Errors
    /// If writing fails; the old content then still stands.
    pub fn write(&self, plain: &[u8]) -> Result<(), VaultError> {
        let mut nonce = [0u8; NONCE];
        getrandom::fill(&mut nonce).map_err(VaultError::Randomness)?;
        let sealed =
            self.cipher.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: &self.header }).map_err(
                |_| VaultError::Format { path: self.path.clone(), reason: "its content is too long".into() },
            )?;
        replace(&self.path, &[&self.header, &nonce, &sealed]).map_err(|source| VaultError::Io {
            path: self.path.clone(),
            action: "written",
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_back_and_a_wrong_password_or_a_changed_byte_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.bin");
        VaultFile::create(&path, "right").unwrap().write(b"the content of the vault").unwrap();
        assert!(matches!(VaultFile::open(&path, "wrong"), Err(VaultError::WrongPassword { .. })));
        let (vault, plain) = VaultFile::open(&path, "right").unwrap();
        assert_eq!(plain.as_slice(), b"the content of the vault");

        vault.write(b"newer").unwrap();
        drop(vault);
        assert_eq!(VaultFile::open(&path, "right").unwrap().1.as_slice(), b"newer");

        let good = fs::read(&path).unwrap();
        assert!(!good.windows(5).any(|window| window == b"newer"));
        for at in [20, HEADER, HEADER + NONCE, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(VaultFile::open(&path, "right").is_err(), "byte {at}");
        }
        fs::write(&path, &good[..HEADER + 3]).unwrap();
        assert!(matches!(VaultFile::open(&path, "right"), Err(VaultError::Format { .. })));
    }

    #[test]
    fn a_forged_header_cannot_ask_for_all_memory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.bin");
        VaultFile::create(&path, "right").unwrap().write(b"x").unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[5..9].copy_from_slice(&u32::MAX.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(VaultFile::open(&path, "right"), Err(VaultError::Format { .. })));
    }
}
