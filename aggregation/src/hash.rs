//! The two hash functions of the protocol: a labelled digest and a labelled key derivation.
//!
//! Every use has a label of its own, and every part is preceded by its length, so that two different
//! meanings never share a preimage.

use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::ids::Digest;

const PREFIX: &[u8] = b"tributary/v1/";

/// SHA-256 over `tributary/v1/<label>`, a zero byte, and each part preceded by its length (u64, little-endian).
#[must_use]
pub fn digest(label: &str, parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(PREFIX);
    hash.update(label.as_bytes());
    hash.update([0]);
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Digest(hash.finalize().into())
}

/// Plain SHA-256: the digest by which artifacts are addressed.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// HKDF-SHA256 (RFC 5869) of `secret` to 32 bytes; `info` is the labelled digest of the parts.
#[must_use]
pub fn derive_key(secret: &[u8], label: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0u8; 32]);
    let hkdf = Hkdf::<Sha256>::new(None, secret);
    // 32 bytes are far below HKDF's limit of 255 blocks, the only way `expand` can fail.
    let expanded = hkdf.expand(digest(label, parts).as_bytes(), key.as_mut_slice());
    debug_assert!(expanded.is_ok());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_labels_do_not_run_into_each_other() {
        assert_ne!(digest("a", &[b"bc", b"d"]), digest("a", &[b"b", b"cd"]));
        assert_ne!(digest("a", &[b"b"]), digest("ab", &[b""]));
        assert_ne!(digest("a", &[]), digest("a", &[b""]));
        assert_ne!(derive_key(b"k", "a", &[b"x"]), derive_key(b"k", "b", &[b"x"]));
    }
}
