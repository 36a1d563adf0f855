//! Strict reading of the committee's binary messages: a version byte, fixed fields, nothing after the last.
//!
//! Integers are little-endian; points have the compressed encoding of the BLS12-381 "zcash" form.

use thiserror::Error;

/// The version byte that every encoding starts with.
pub(crate) const VERSION: u8 = 1;

/// Bytes that are not the message they should have been.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("{field} needs {needed} bytes and {left} are left: the message is cut short, ask for it again")]
    Truncated {
        /// The field.
        field: &'static str,
        /// Its length in bytes.
        needed: usize,
        /// The bytes that are left.
        left: usize,
    },
    /// Bytes follow after the last field.
    #[error("{structure} ends with {extra} bytes too many")]
    Trailing {
        /// The message.
        structure: &'static str,
        /// How many bytes.
        extra: usize,
    },
    /// A version that this build cannot read.
    #[error("{structure} has version {got}, this build reads version {VERSION}: update the older side")]
    Version {
        /// The message.
        structure: &'static str,
        /// The version byte.
        got: u8,
    },
    /// A tag that names no variant.
    #[error("{field} has the unknown tag {got}")]
    Tag {
        /// The field.
        field: &'static str,
        /// The tag byte.
        got: u8,
    },
    /// A list or byte string of the wrong length.
    #[error("{field} must have length {expected}; got {got}")]
    Length {
        /// The field.
        field: &'static str,
        /// The length that was due (the largest one, where several are allowed).
        expected: usize,
        /// The length that was found.
        got: usize,
    },
    /// Not a canonical compressed point of the prime-order subgroup.
    #[error("{field} is not a point of the group")]
    Point {
        /// The field.
        field: &'static str,
    },
    /// The group's identity, which no honest party sends.
    #[error("{field} is the identity point")]
    Identity {
        /// The field.
        field: &'static str,
    },
    /// A scalar that is not below the group's order.
    #[error("{field} is not a scalar of the field")]
    Scalar {
        /// The field.
        field: &'static str,
    },
    /// A member index outside the committee.
    #[error("{field} {got} is not below {members}, the number of members")]
    Index {
        /// The field.
        field: &'static str,
        /// The index.
        got: u64,
        /// The number of members.
        members: usize,
    },
    /// A list whose entries do not strictly ascend.
    #[error("{field} must strictly ascend")]
    Order {
        /// The field.
        field: &'static str,
    },
}

/// Takes fields from the front of a message.
pub(crate) struct Reader<'a> {
    structure: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the version byte.
    pub(crate) fn new(structure: &'static str, bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Self { structure, rest: bytes };
        match reader.u8(structure)? {
            VERSION => Ok(reader),
            got => Err(DecodeError::Version { structure, got }),
        }
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated {
            field,
            needed: count,
            left: self.rest.len(),
        })?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, field)?);
        Ok(array)
    }

    /// The next `count` arrays of `N` bytes.
    pub(crate) fn arrays<const N: usize>(
        &mut self,
        count: usize,
        field: &'static str,
    ) -> Result<Vec<[u8; N]>, DecodeError> {
        (0..count).map(|_| self.array(field)).collect()
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array(field).map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// A list's length, of which no more than `limit` is allowed.
    pub(crate) fn count(&mut self, limit: usize, field: &'static str) -> Result<usize, DecodeError> {
        let got = self.u32(field)? as usize;
        if got > limit {
            return Err(DecodeError::Length { field, expected: limit, got });
        }
        Ok(got)
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Refuses bytes after the last field.
    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            extra => Err(DecodeError::Trailing { structure: self.structure, extra }),
        }
    }
}
