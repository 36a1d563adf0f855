//! The committee's public key, and one member's share of the secret one.

use std::fmt;

use blst::min_pk;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use super::codec::{DecodeError, Reader, VERSION};
use super::commitment::Commitment;
use super::eip2537;
use super::params::{CommitteeParams, ParamsError};
use super::points::{self, G1_LEN};
use super::scalar::{SCALAR_LEN, SecretScalar};

/// Not the key of such a committee.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommitteeKeyError {
    /// Malformed bytes.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// No committee has such a key.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// A share of another key than the committee's.
    #[error(
        "the key share of member {index} does not belong to this committee key: find the key it was made with"
    )]
    ForeignShare {
        /// The member's index.
        index: u64,
    },
}

/// The public key alone: what the chain registers and everybody verifies certificates with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CommitteePublicKey(pub(super) min_pk::PublicKey);

impl CommitteePublicKey {
    /// Reads a compressed point of G1.
    ///
    /// # Errors
    /// Bytes that are not a canonical point of the group, and the identity.
    pub fn from_bytes(bytes: &[u8; G1_LEN]) -> Result<Self, DecodeError> {
        points::g1(bytes, "committee public key").map(Self)
    }

    /// The compressed point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; G1_LEN] {
        self.0.to_bytes()
    }

    /// The point as the EVM's precompiles take it: `x ‖ y` of 64 bytes each (EIP-2537).
    ///
    /// # Errors
    /// None for a key that was read by [`Self::from_bytes`].
    pub fn to_eip2537(&self) -> Result<[u8; 128], DecodeError> {
        eip2537::g1(&self.to_bytes(), "committee public key")
    }
}

impl fmt::Debug for CommitteePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitteePublicKey(0x")?;
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The committee's public key with what is needed to check each member's share: the Feldman commitment to the key's
/// polynomial, of degree quorum − 1.
#[derive(Clone, PartialEq, Eq)]
pub struct CommitteeKey {
    params: CommitteeParams,
    commitment: Commitment,
}

impl CommitteeKey {
    /// The key that `commitment` commits to.
    pub(super) fn new(params: CommitteeParams, commitment: &Commitment) -> Result<Self, CommitteeKeyError> {
        // Read anew: a coefficient of a sum may be the identity.
        Ok(Self::from_coefficients(params, &commitment.to_bytes())?)
    }

    fn from_coefficients(
        params: CommitteeParams,
        coefficients: &[[u8; G1_LEN]],
    ) -> Result<Self, DecodeError> {
        const FIELD: &str = "committee key coefficients";
        if coefficients.len() != params.quorum() {
            let (expected, got) = (params.quorum(), coefficients.len());
            return Err(DecodeError::Length { field: FIELD, expected, got });
        }
        Ok(Self { params, commitment: Commitment::from_bytes(coefficients, FIELD)? })
    }

    /// Reads the coefficients of the key's commitment, lowest degree first: quorum · 48 bytes.
    ///
    /// # Errors
    /// Another length, a coefficient that is not in the group, and the identity.
    pub fn from_bytes(params: CommitteeParams, bytes: &[u8]) -> Result<Self, DecodeError> {
        let expected = params.quorum() * G1_LEN;
        if bytes.len() != expected {
            return Err(DecodeError::Length { field: "committee key", expected, got: bytes.len() });
        }
        Self::from_coefficients(params, bytes.as_chunks().0)
    }

    /// Reads the key of a committee of so many members, whose quorum is what the key's length says: that of a full
    /// committee, or of [what is left](CommitteeParams::left) of a larger one.
    ///
    /// # Errors
    /// A length that no committee of so many members has, a coefficient that is not in the group, and the identity.
    pub fn of_members(members: usize, bytes: &[u8]) -> Result<Self, CommitteeKeyError> {
        let params = CommitteeParams::with_quorum(members, bytes.len() / G1_LEN)?;
        Ok(Self::from_bytes(params, bytes)?)
    }

    /// The coefficients of the key's commitment, lowest degree first: quorum · 48 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.commitment.to_bytes().concat()
    }

    /// The sizes of this committee.
    #[must_use]
    pub const fn params(&self) -> CommitteeParams {
        self.params
    }

    /// The public key alone.
    #[must_use]
    pub fn public_key(&self) -> CommitteePublicKey {
        CommitteePublicKey(self.commitment.constant())
    }

    /// What member `index`'s share of the secret key times the generator is.
    pub(super) fn share_key(&self, index: u64) -> min_pk::PublicKey {
        // At −1 there would be the whole key; no member has that index.
        index.checked_add(1).map_or_else(Default::default, |place| self.commitment.evaluate(place))
    }

    /// The public key as a compressed point of G1.
    #[must_use]
    pub fn public_key_bytes(&self) -> [u8; G1_LEN] {
        self.public_key().to_bytes()
    }
}

impl fmt::Debug for CommitteeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitteeKey")
            .field("params", &self.params)
            .field("public_key", &self.public_key())
            .finish()
    }
}

/// One member's share of the committee's secret key. Overwritten when dropped; never printed.
pub struct KeyShare {
    index: u64,
    pub(super) scalar: SecretScalar,
}

impl KeyShare {
    /// The share of member `index`, if it is the one that `key` commits to.
    pub(super) fn new(
        index: u64,
        scalar: SecretScalar,
        key: &CommitteeKey,
    ) -> Result<Self, CommitteeKeyError> {
        let members = key.params.members();
        if !key.params.contains(index) {
            return Err(DecodeError::Index { field: "key share index", got: index, members }.into());
        }
        let own = scalar.public().ok_or(CommitteeKeyError::ForeignShare { index })?.to_bytes();
        if !bool::from(own[..].ct_eq(&key.share_key(index).to_bytes()[..])) {
            return Err(CommitteeKeyError::ForeignShare { index });
        }
        Ok(Self { index, scalar })
    }

    /// The member's index, from 0.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The share for the owner's vault: version byte, index, scalar. **Secret**: seal it before it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + 8 + SCALAR_LEN));
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.index.to_le_bytes());
        bytes.extend_from_slice(self.scalar.to_bytes().as_slice());
        bytes
    }

    /// Reads a share back from the vault and checks that it belongs to `key`.
    ///
    /// # Errors
    /// Malformed bytes, and a share of another key.
    pub fn from_bytes(bytes: &[u8], key: &CommitteeKey) -> Result<Self, CommitteeKeyError> {
        let mut reader = Reader::new("key share", bytes)?;
        let index = reader.u64("key share index")?;
        let scalar = Zeroizing::new(reader.array("key share scalar")?);
        reader.finish()?;
        Self::new(index, SecretScalar::from_bytes(&scalar, "key share scalar")?, key)
    }
}

impl fmt::Debug for KeyShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyShare").field("index", &self.index).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::committee::testing;

    #[test]
    fn a_key_and_a_share_come_back_from_their_bytes() {
        let (key, shares) = testing::committee(4, 1);
        let again = CommitteeKey::from_bytes(key.params(), &key.to_bytes()).expect("key");
        assert_eq!(again, key);
        assert_eq!(CommitteePublicKey::from_bytes(&key.public_key_bytes()), Ok(key.public_key()));
        for share in &shares {
            let again = KeyShare::from_bytes(&share.to_bytes(), &key).expect("share");
            assert_eq!(again.to_bytes(), share.to_bytes());
        }
    }

    #[test]
    fn a_key_of_another_degree_or_with_an_identity_coefficient_is_refused() {
        let (key, _) = testing::committee(4, 1);
        let bytes = key.to_bytes();
        for wrong in
            [&bytes[..0], &bytes[..48], &bytes[..bytes.len() - 1], &[bytes.as_slice(), &[0]].concat()]
        {
            let error = CommitteeKey::from_bytes(key.params(), wrong);
            assert_eq!(
                error,
                Err(DecodeError::Length { field: "committee key", expected: 144, got: wrong.len() })
            );
        }
        for coefficient in 0..3 {
            let mut bytes = bytes.clone();
            bytes[coefficient * 48..][..48].fill(0);
            bytes[coefficient * 48] = 0xc0;
            let error = CommitteeKey::from_bytes(key.params(), &bytes);
            assert_eq!(error, Err(DecodeError::Identity { field: "committee key coefficients" }));
        }
    }

    #[test]
    fn a_share_of_another_key_or_member_is_refused() {
        let (key, shares) = testing::committee(4, 1);
        let (_, foreign) = testing::committee(4, 2);
        assert_eq!(
            KeyShare::from_bytes(&foreign[1].to_bytes(), &key).err(),
            Some(CommitteeKeyError::ForeignShare { index: 1 })
        );
        let mut moved = shares[1].to_bytes();
        moved[1] = 2;
        assert_eq!(
            KeyShare::from_bytes(&moved, &key).err(),
            Some(CommitteeKeyError::ForeignShare { index: 2 })
        );
        moved[1..9].fill(0xff);
        let index = DecodeError::Index { field: "key share index", got: u64::MAX, members: 4 };
        assert_eq!(KeyShare::from_bytes(&moved, &key).err(), Some(index.into()));
        let mut large = shares[1].to_bytes();
        large[9..].fill(0xff);
        let scalar = DecodeError::Scalar { field: "key share scalar" };
        assert_eq!(KeyShare::from_bytes(&large, &key).err(), Some(scalar.into()));
    }

    #[test]
    fn secrets_do_not_print() {
        let (_, shares) = testing::committee(2, 1);
        assert_eq!(format!("{:?}", shares[0]), "KeyShare { index: 0, .. }");
    }
}
