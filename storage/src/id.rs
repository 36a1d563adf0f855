//! The name of an artifact: SHA-256 digest ↔ CIDv1.

use crate::StorageError;
use cid::{Cid, Version, multihash::Multihash};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// Multicodec `raw`: the bytes are the content, with no structure of their own.
/// Codes: <https://github.com/multiformats/multicodec/blob/master/table.csv>.
const RAW: u64 = 0x55;
/// Multihash `sha2-256`.
const SHA2_256: u64 = 0x12;

/// The id of an artifact: the SHA-256 digest of its bytes.
///
/// Its text form ([`fmt::Display`], [`FromStr`], serde) is the CIDv1 with codec `raw` and hash `sha2-256` in
/// lower-case base32: `bafkrei…`, 59 characters. There is exactly one text for one id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactId([u8; 32]);

impl ArtifactId {
    /// The id of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The id of the artifact whose SHA-256 digest this is.
    pub const fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The SHA-256 digest of the artifact's bytes.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks bytes that came from anywhere against this id.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] if they are other bytes.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), StorageError> {
        self.verify_digest(Self::of(bytes))
    }

    /// As [`Self::verify`], where the bytes' id is known already.
    pub(crate) fn verify_digest(&self, actual: ArtifactId) -> Result<(), StorageError> {
        if actual == *self { Ok(()) } else { Err(StorageError::Corrupt { id: *self, actual }) }
    }
}

/// Computes an [`ArtifactId`] from bytes that come piece by piece.
#[derive(Clone, Debug, Default)]
pub struct ArtifactHasher(Sha256);

impl ArtifactHasher {
    /// Takes in the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The id of everything taken in.
    pub fn finish(self) -> ArtifactId {
        ArtifactId(self.0.finalize().into())
    }
}

impl fmt::Display for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = Multihash::<64>::wrap(SHA2_256, &self.0).map_err(|_| fmt::Error)?;
        fmt::Display::fmt(&Cid::new_v1(RAW, hash).to_string(), f)
    }
}

impl fmt::Debug for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArtifactId({self})")
    }
}

impl FromStr for ArtifactId {
    type Err = StorageError;

    /// Strict: CIDv1, codec `raw`, `sha2-256`, 32 bytes, lower-case base32, nothing before or after.
    fn from_str(text: &str) -> Result<Self, StorageError> {
        let invalid = |reason: String| StorageError::InvalidId { text: text.to_owned(), reason };
        let cid = Cid::try_from(text).map_err(|error| invalid(error.to_string()))?;
        if cid.version() != Version::V1 {
            return Err(invalid("it is a CIDv0, expected a CIDv1".to_owned()));
        }
        if cid.codec() != RAW {
            return Err(invalid(format!("its codec is 0x{:x}, expected raw (0x55)", cid.codec())));
        }
        if cid.hash().code() != SHA2_256 {
            return Err(invalid(format!("its hash is 0x{:x}, expected sha2-256 (0x12)", cid.hash().code())));
        }
        let digest = cid.hash().digest();
        let digest: [u8; 32] = digest
            .try_into()
            .map_err(|_| invalid(format!("its digest has {} bytes, not 32", digest.len())))?;
        let id = Self(digest);
        // The cid crate also takes other bases, an `/ipfs/` path in front and bytes behind the hash.
        let canonical = id.to_string();
        if canonical == text { Ok(id) } else { Err(invalid(format!("its canonical form is `{canonical}`"))) }
    }
}

impl Serialize for ArtifactId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArtifactId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The CID that `ipfs add --cid-version=1 --raw-leaves` gives for an empty file.
    const EMPTY: &str = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

    #[test]
    fn an_empty_artifact_has_the_well_known_cid_and_digest() {
        let id = ArtifactId::of(b"");
        assert_eq!(id.to_string(), EMPTY);
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex::encode(id.digest()), digest);
        assert_eq!(EMPTY.parse::<ArtifactId>().unwrap(), id);
    }

    #[test]
    fn json_holds_the_cid() {
        let id = ArtifactId::of(b"river");
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<ArtifactId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<ArtifactId>("\"bafkrei\"").is_err());
    }

    #[test]
    fn other_kinds_of_cid_are_refused_with_a_reason() {
        let digest = *ArtifactId::of(b"river").digest();
        let sha256 = Multihash::<64>::wrap(SHA2_256, &digest).unwrap();
        let short = Multihash::<64>::wrap(SHA2_256, &digest[..20]).unwrap();
        let sha512 = Multihash::<64>::wrap(0x13, &[7; 64]).unwrap();
        let cases = [
            (Cid::new_v0(sha256).unwrap().to_string(), "CIDv0"),
            (Cid::new_v1(0x70, sha256).to_string(), "codec is 0x70"),
            (Cid::new_v1(RAW, sha512).to_string(), "hash is 0x13"),
            (Cid::new_v1(RAW, short).to_string(), "20 bytes"),
            (EMPTY.to_uppercase(), "canonical"),
            (format!("/ipfs/{EMPTY}"), "canonical"),
            (String::new(), ""),
            ("../../etc/passwd".to_owned(), ""),
        ];
        for (text, reason) in cases {
            match text.parse::<ArtifactId>() {
                Err(StorageError::InvalidId { text: named, reason: said }) => {
                    assert_eq!(named, text);
                    assert!(said.contains(reason), "`{text}` was refused with: {said}");
                }
                other => panic!("`{text}` gave {other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn digest_and_text_round_trip(digest: [u8; 32]) {
            let id = ArtifactId::from_digest(digest);
            let text = id.to_string();
            prop_assert_eq!(text.len(), 59);
            prop_assert_eq!(text.parse::<ArtifactId>().unwrap(), id);
            prop_assert_eq!(id.digest(), &digest);
        }

        #[test]
        fn any_text_is_refused_or_is_the_canonical_form(text in "\\PC{0,70}|b[a-z2-7]{50,62}") {
            if let Ok(id) = text.parse::<ArtifactId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        #[test]
        fn pieces_give_the_id_of_the_whole(pieces: Vec<Vec<u8>>) {
            let mut hasher = ArtifactHasher::default();
            pieces.iter().for_each(|piece| hasher.update(piece));
            prop_assert_eq!(hasher.finish(), ArtifactId::of(&pieces.concat()));
        }

        #[test]
        fn one_changed_bit_is_caught(mut bytes in prop::collection::vec(any::<u8>(), 1..64), at: prop::sample::Index, bit in 0u8..8) {
            let id = ArtifactId::of(&bytes);
            prop_assert!(id.verify(&bytes).is_ok());
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let is_corrupt = matches!(id.verify(&bytes), Err(StorageError::Corrupt { .. }));
            prop_assert!(is_corrupt);
        }
    }
}
