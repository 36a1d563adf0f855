//! Encrypted key files: Web3 Secret Storage, version 3, with scrypt and AES-128-CTR, as geth, MetaMask and ethers
//! write them.

use std::{
    fmt::Display,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use aes::Aes128;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use ethers::core::rand::{RngCore, rngs::OsRng};
use scrypt::Params;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Address, Word, keccak256};

/// How costly each guess at a password is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum KeystoreCost {
    /// geth's standard: 256 MiB and about a second.
    #[default]
    Standard,
    /// geth's light setting: 4 MiB and some milliseconds. For demonstrations and tests.
    Light,
}

impl KeystoreCost {
    /// log2 N, r, p of scrypt (RFC 7914).
    fn parameters(self) -> (u8, u32, u32) {
        match self {
            Self::Standard => (18, 8, 1),
            Self::Light => (12, 8, 6),
        }
    }
}

/// The most work a file may ask for: a file is input, and scrypt can be made to eat all memory.
const MAX_LOG_N: u32 = 20;
const MAX_R: u32 = 8;
const MAX_P: u32 = 16;

/// Why a key file could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The password does not fit the file.
    #[error("wrong password for wallet {0}")]
    WrongPassword(PathBuf),
    /// There is a wallet there already.
    #[error("wallet {0} exists already; move it away, or choose another name")]
    Exists(PathBuf),
    /// There is no wallet there.
    #[error("there is no wallet {0}")]
    Missing(PathBuf),
    /// The file is not a key file of the kind that is read here, or can't be read or written.
    #[error("wallet {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl KeystoreError {
    pub(crate) fn file(path: &Path, reason: impl Display) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }
}

#[derive(Serialize, Deserialize)]
struct Keystore {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    address: String,
    #[serde(alias = "Crypto")]
    crypto: Crypto,
    id: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Crypto {
    cipher: String,
    cipherparams: CipherParams,
    #[serde(with = "hex::serde")]
    ciphertext: Word,
    kdf: String,
    kdfparams: ScryptParams,
    #[serde(with = "hex::serde")]
    mac: Word,
}

#[derive(Serialize, Deserialize)]
struct CipherParams {
    #[serde(with = "hex::serde")]
    iv: [u8; 16],
}

#[derive(Serialize, Deserialize)]
struct ScryptParams {
    dklen: u32,
    n: u32,
    p: u32,
    r: u32,
    #[serde(with = "hex::serde")]
    salt: Vec<u8>,
}

/// Reads and decrypts a key.
pub(crate) fn open(path: &Path, password: &str) -> Result<Zeroizing<Word>, KeystoreError> {
    let text = fs::read(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => KeystoreError::Missing(path.to_owned()),
        _ => KeystoreError::file(path, e),
    })?;
    let Keystore { crypto, version, .. } = serde_json::from_slice(&text)
        .map_err(|e| KeystoreError::file(path, format!("not a scrypt key file: {e}")))?;
    if (version, &*crypto.cipher, &*crypto.kdf, crypto.kdfparams.dklen) != (3, "aes-128-ctr", "scrypt", 32) {
        let reason = "only version 3 with aes-128-ctr, scrypt and a dklen of 32 is read here";
        return Err(KeystoreError::file(path, reason));
    }
    let ScryptParams { n, r, p, salt, .. } = crypto.kdfparams;
    if !n.is_power_of_two() || n.ilog2() > MAX_LOG_N || r > MAX_R || p > MAX_P {
        let reason = format!("scrypt parameters n = {n}, r = {r}, p = {p} are out of bounds");
        return Err(KeystoreError::file(path, reason));
    }
    let cost = (n.ilog2() as u8, r, p);
    let derived = derive(password, &salt, cost).map_err(|e| KeystoreError::file(path, e))?;
    // Not a secret: whoever has the file has the expected value too.
    if mac(&derived, &crypto.ciphertext) != crypto.mac {
        return Err(KeystoreError::WrongPassword(path.to_owned()));
    }
    let mut key = Zeroizing::new(crypto.ciphertext);
    apply_cipher(&derived, &crypto.cipherparams.iv, &mut key);
    Ok(key)
}

/// Encrypts a key and writes it to a new file.
pub(crate) fn save(
    path: &Path,
    password: &str,
    cost: KeystoreCost,
    key: &Word,
    address: &Address,
) -> Result<(), KeystoreError> {
    let (log_n, r, p) = cost.parameters();
    let (salt, iv): ([u8; 32], [u8; 16]) = (random(), random());
    let derived = derive(password, &salt, (log_n, r, p)).map_err(|e| KeystoreError::file(path, e))?;
    let mut ciphertext = *key;
    apply_cipher(&derived, &iv, &mut ciphertext);
    let keystore = Keystore {
        address: hex::encode(address),
        crypto: Crypto {
            cipher: "aes-128-ctr".into(),
            cipherparams: CipherParams { iv },
            ciphertext,
            kdf: "scrypt".into(),
            kdfparams: ScryptParams { dklen: 32, n: 1 << log_n, p, r, salt: salt.to_vec() },
            mac: mac(&derived, &ciphertext),
        },
        id: uuid(random()),
        version: 3,
    };
    let text = serde_json::to_vec_pretty(&keystore).map_err(|e| KeystoreError::file(path, e))?;
    write_new(path, &text)
}

/// Whole or not at all, and never over another wallet.
fn write_new(path: &Path, text: &[u8]) -> Result<(), KeystoreError> {
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", hex::encode(random::<8>())));
    let part = PathBuf::from(part);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()?;
        // Unlike a rename, a link fails where something is.
        fs::hard_link(&part, path)
    });
    // The link is what counts; a leftover part is encrypted all the same.
    let _ = fs::remove_file(&part);
    written.map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => KeystoreError::Exists(path.to_owned()),
        _ => KeystoreError::file(path, e),
    })
}

fn derive(password: &str, salt: &[u8], (log_n, r, p): (u8, u32, u32)) -> Result<Zeroizing<Word>, String> {
    let mut derived = Zeroizing::new([0; 32]);
    let params = Params::new(log_n, r, p).map_err(|e| e.to_string())?;
    scrypt::scrypt(password.as_bytes(), salt, &params, &mut *derived).map_err(|e| e.to_string())?;
    Ok(derived)
}

fn mac(derived: &Word, ciphertext: &Word) -> Word {
    keccak256(&[&derived[16..], ciphertext].concat())
}

fn apply_cipher(derived: &Word, iv: &[u8; 16], data: &mut Word) {
    let mut key = Zeroizing::new([0; 16]);
    key.copy_from_slice(&derived[..16]);
    Ctr128BE::<Aes128>::new((&*key).into(), iv.into()).apply_keystream(data);
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

/// A random UUID (RFC 9562 version 4) from 16 random bytes.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Wallet;
    use ethers::signers::LocalWallet;

    #[test]
    fn opens_what_it_saved_and_what_others_save() {
        let dir = tempfile::tempdir().unwrap();
        let wallet = Wallet::random();
        let mine = dir.path().join("mine");
        wallet.save(&mine, "öffne dich", KeystoreCost::Light).unwrap();
        assert_eq!(Wallet::open(&mine, "öffne dich").unwrap().address(), wallet.address());
        let theirs = LocalWallet::decrypt_keystore(&mine, "öffne dich").unwrap();
        assert_eq!(ethers::signers::Signer::address(&theirs).0, wallet.address());

        let key = [0x42; 32];
        LocalWallet::encrypt_keystore(dir.path(), &mut OsRng, key, "pass", Some("theirs")).unwrap();
        let opened = Wallet::open(&dir.path().join("theirs"), "pass").unwrap();
        assert_eq!(opened.address(), Wallet::from_bytes(&key).unwrap().address());
    }

    #[test]
    fn a_wrong_password_is_called_that() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wallet");
        Wallet::random().save(&path, "right", KeystoreCost::Light).unwrap();
        for wrong in ["", "Right", "right "] {
            let error = Wallet::open(&path, wrong).unwrap_err();
            assert!(matches!(error, KeystoreError::WrongPassword(_)), "{error}");
            assert!(error.to_string().contains("wrong password"), "{error}");
        }
    }

    #[test]
    fn never_overwrites_a_wallet_and_keeps_it_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wallet");
        let first = Wallet::random();
        first.save(&path, "a", KeystoreCost::Light).unwrap();
        let error = Wallet::random().save(&path, "a", KeystoreCost::Light).unwrap_err();
        assert!(matches!(error, KeystoreError::Exists(_)), "{error}");
        assert_eq!(Wallet::open(&path, "a").unwrap().address(), first.address());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no leftovers");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(matches!(Wallet::open(&dir.path().join("none"), "a"), Err(KeystoreError::Missing(_))));
    }

    #[test]
    fn a_file_can_not_ask_for_too_much_or_be_something_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wallet");
        Wallet::random().save(&path, "a", KeystoreCost::Light).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("\"n\": 4096", "\"n\": 1073741824"),
            ("\"n\": 4096", "\"n\": 4095"),
            ("\"n\": 4096", "\"n\": 0"),
            ("\"r\": 8", "\"r\": 4000000000"),
            ("\"p\": 6", "\"p\": 0"),
            ("\"dklen\": 32", "\"dklen\": 16"),
            ("\"scrypt\"", "\"pbkdf2\""),
            ("\"version\": 3", "\"version\": 1"),
            ("{", ""),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from}");
            fs::write(&path, bad).unwrap();
            let error = Wallet::open(&path, "a").unwrap_err();
            assert!(matches!(error, KeystoreError::File { .. }), "{to}: {error}");
        }
    }
}
