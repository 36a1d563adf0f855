//! Names of studies, owners and contents: fixed-length byte strings that print as `0x…` hex.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A hex string was not the name it should have been.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} must be 0x followed by {expected} hex digits; got {got:?}")]
pub struct ParseIdError {
    kind: &'static str,
    expected: usize,
    got: String,
}

/// A byte string had the wrong length for the name it should have been.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} must be {expected} bytes; got {got}")]
pub struct IdLengthError {
    kind: &'static str,
    expected: usize,
    got: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The bytes of the name.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdLengthError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                let array = bytes.try_into().map_err(|_| IdLengthError {
                    kind: $kind,
                    expected: $len,
                    got: bytes.len(),
                })?;
                Ok(Self(array))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let error = || ParseIdError { kind: $kind, expected: 2 * $len, got: text.to_owned() };
                let digits = text.strip_prefix("0x").ok_or_else(error)?.as_bytes();
                if digits.len() != 2 * $len {
                    return Err(error());
                }
                let mut bytes = [0u8; $len];
                for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                    let nibble = |digit: u8| char::from(digit).to_digit(16);
                    match (nibble(pair[0]), nibble(pair[1])) {
                        (Some(high), Some(low)) => *byte = (high * 16 + low) as u8,
                        _ => return Err(error()),
                    }
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// A study, as the escrow contract names it.
    StudyId, 32, "a study id"
}
id! {
    /// An owner (or a researcher): an Ethereum address.
    OwnerId, 20, "an address"
}
id! {
    /// A SHA-256 digest.
    Digest, 32, "a digest"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_round_trip_and_anything_else_is_refused() {
        let id = OwnerId(std::array::from_fn(|i| i as u8 * 13));
        assert_eq!(id.to_string().parse::<OwnerId>(), Ok(id));
        assert_eq!(OwnerId::try_from(&id.0[..]), Ok(id));
        for bad in ["", "0x", "00", "0x0g00000000000000000000000000000000000000", &"ab".repeat(20)] {
            assert!(bad.parse::<OwnerId>().is_err(), "{bad}");
        }
        assert!(OwnerId::try_from(&[0u8; 21][..]).is_err());
    }
}
