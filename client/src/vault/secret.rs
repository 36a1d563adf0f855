//! Secret bytes, and an encoder that leaves no copy of them behind.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, Zeroizing};

/// Secret bytes: wiped when dropped, never printed. Comparing two takes a time that tells about them: this order is for
/// sorting what belongs to one member, not for checking what somebody else sent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes bytes in.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as a key of 32, if they are that many.
    #[must_use]
    pub fn key(&self) -> Option<Zeroizing<[u8; 32]>> {
        self.0.as_slice().try_into().ok().map(Zeroizing::new)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// Takes the bytes in one piece: a vector that grew while it was read would leave its shorter versions behind.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Secret, E> {
                Ok(Secret(bytes.to_vec()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// The postcard encoding of `value` behind `prefix`, in a buffer that never grew, so that no part of it stays in memory.
///
/// # Errors
/// If `value` is of a kind that postcard can't encode.
pub(crate) fn encode<T: Serialize + ?Sized>(
    prefix: &[u8],
    value: &T,
) -> Result<Zeroizing<Vec<u8>>, postcard::Error> {
    let size = postcard::experimental::serialized_size(value)?;
    let mut bytes = Zeroizing::new(vec![0; prefix.len() + size]);
    let (head, body) = bytes.split_at_mut(prefix.len());
    head.copy_from_slice(prefix);
    let written = postcard::to_slice(value, body)?.len();
    if written == size { Ok(bytes) } else { Err(postcard::Error::SerializeBufferFull) }
}

/// Reads what [`encode`] wrote, without its prefix.
///
/// # Errors
/// If the bytes are not exactly one such value.
pub(crate) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, postcard::Error> {
    match postcard::take_from_bytes(bytes)? {
        (value, []) => Ok(value),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_any_length_comes_back_and_is_not_printed() {
        for length in [0, 1, 32, 3 << 20] {
            let secret = Secret::new((0..length).map(|at| (at % 251) as u8).collect());
            let bytes = encode(b"v", &secret).unwrap();
            assert_eq!(bytes.capacity(), bytes.len());
            let again: Secret = decode(&bytes[1..]).unwrap();
            assert!(again == secret);
            assert_eq!(again.0.capacity(), again.0.len(), "it was read in one piece");
            assert!(decode::<Secret>(&bytes[1..bytes.len() - 1]).is_err());
            assert!(decode::<Secret>(&[&bytes[1..], &[0]].concat()).is_err());
            assert_eq!(format!("{secret:?}"), "Secret(…)");
        }
    }
}
