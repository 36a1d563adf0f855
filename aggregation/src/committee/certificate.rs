//! The committee's signature: BLS over BLS12-381, key in G1, signature in G2, hashed as RFC 9380 says.
//!
//! A single signature verifies under the committee's public key, whoever of the committee made it; the chain checks
//! it with the EIP-2537 precompiles.

use std::collections::BTreeMap;
use std::fmt;

use blst::{BLST_ERROR, min_pk};
use thiserror::Error;

use super::codec::DecodeError;
use super::eip2537;
use super::hash_to_curve::{HashToCurveError, Purpose};
use super::interpolation::Interpolation;
use super::key::{CommitteeKey, CommitteePublicKey, KeyShare};
use super::points::{self, G2_LEN};
use super::quorum::{self, QuorumError};
use crate::ids::Digest;

/// The shares do not combine to a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CombineError {
    /// Not enough right shares; says who lied.
    #[error(transparent)]
    Quorum(#[from] QuorumError),
}

/// One member's share of a certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureShare(min_pk::Signature);

impl SignatureShare {
    /// Reads a compressed point of G2.
    ///
    /// # Errors
    /// Another length than 96 bytes, bytes that are no canonical point of the group, and the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        read(bytes, "signature share").map(Self)
    }

    /// The compressed point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; G2_LEN] {
        self.0.to_bytes()
    }
}

impl fmt::Debug for SignatureShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_point(f, "SignatureShare", &self.to_bytes())
    }
}

/// The committee's signature on a digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate(min_pk::Signature);

impl Certificate {
    /// Reads a compressed point of G2. What it certifies is checked by [`CommitteePublicKey::verify`].
    ///
    /// # Errors
    /// Another length than 96 bytes, bytes that are no canonical point of the group, and the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        read(bytes, "certificate").map(Self)
    }

    /// The compressed point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; G2_LEN] {
        self.0.to_bytes()
    }

    /// The point as the EVM's precompiles take it: `x.c0 ‖ x.c1 ‖ y.c0 ‖ y.c1` of 64 bytes each (EIP-2537).
    ///
    /// # Errors
    /// None for a certificate that was read by [`Self::from_bytes`].
    pub fn to_eip2537(&self) -> Result<[u8; 256], DecodeError> {
        eip2537::g2(&self.to_bytes(), "certificate")
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_point(f, "Certificate", &self.to_bytes())
    }
}

/// A certificate, and who tried to spoil it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The certificate; it verifies.
    pub certificate: Certificate,
    /// Indices of the members whose shares were found wrong. Shares that were not needed are not looked at.
    pub liars: Vec<u64>,
}

impl KeyShare {
    /// This member's share of the committee's signature on `digest` for `purpose`.
    ///
    /// # Errors
    /// Never on a sound build; see [`HashToCurveError`].
    pub fn sign(&self, purpose: Purpose, digest: &Digest) -> Result<SignatureShare, HashToCurveError> {
        let key = self.scalar.signing_key().ok_or(HashToCurveError)?;
        Ok(SignatureShare(key.sign(digest.as_bytes(), purpose.domain_separation_tag(), &[])))
    }
}

impl CommitteePublicKey {
    /// Whether a quorum of the committee signed `digest` for `purpose`.
    #[must_use]
    pub fn verify(&self, purpose: Purpose, digest: &Digest, certificate: &Certificate) -> bool {
        is_signature(&self.0, purpose, digest, &certificate.0)
    }
}

impl CommitteeKey {
    /// Whether a quorum of the committee signed `digest` for `purpose`.
    #[must_use]
    pub fn verify(&self, purpose: Purpose, digest: &Digest, certificate: &Certificate) -> bool {
        self.public_key().verify(purpose, digest, certificate)
    }

    /// Whether `share` is member `index`'s share of the signature on `digest` for `purpose`.
    #[must_use]
    pub fn verify_share(
        &self,
        index: u64,
        purpose: Purpose,
        digest: &Digest,
        share: &SignatureShare,
    ) -> bool {
        self.params().contains(index) && is_signature(&self.share_key(index), purpose, digest, &share.0)
    }

    /// Combines a quorum of shares, by member index, to the committee's signature. Wrong shares are found, named and
    /// left out.
    ///
    /// # Errors
    /// An index outside the committee, fewer shares than a quorum, or fewer right ones (naming the liars).
    pub fn combine(
        &self,
        purpose: Purpose,
        digest: &Digest,
        shares: &BTreeMap<u64, SignatureShare>,
    ) -> Result<Certified, CombineError> {
        let whole = |shares: &[(u64, &SignatureShare)]| {
            let (indices, points): (Vec<_>, Vec<_>) =
                shares.iter().map(|(index, share)| (*index, share.0)).unzip();
            let certificate = Certificate(Interpolation::new(&indices)?.combine(&points[..])?.to_signature());
            self.verify(purpose, digest, &certificate).then_some(certificate)
        };
        let is_right = |index, share: &SignatureShare| self.verify_share(index, purpose, digest, share);
        let (certificate, liars) = quorum::combine(self.params(), shares, whole, is_right)?;
        Ok(Certified { certificate, liars })
    }
}

/// RFC 9380's hash and the two pairings. Signatures were found to be in the group when they were read, keys too.
fn is_signature(
    key: &min_pk::PublicKey,
    purpose: Purpose,
    digest: &Digest,
    signature: &min_pk::Signature,
) -> bool {
    let tag = purpose.domain_separation_tag();
    signature.verify(false, digest.as_bytes(), tag, &[], key, false) == BLST_ERROR::BLST_SUCCESS
}

fn read(bytes: &[u8], field: &'static str) -> Result<min_pk::Signature, DecodeError> {
    let array = <&[u8; G2_LEN]>::try_from(bytes).map_err(|_| DecodeError::Length {
        field,
        expected: G2_LEN,
        got: bytes.len(),
    })?;
    points::g2(array, field)
}

fn write_point(f: &mut fmt::Formatter<'_>, name: &str, bytes: &[u8]) -> fmt::Result {
    write!(f, "{name}(0x")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
    f.write_str(")")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::committee::testing;

    const DIGEST: Digest = Digest([9; 32]);

    fn signed(shares: &[KeyShare], digest: Digest) -> BTreeMap<u64, SignatureShare> {
        let sign = |share: &KeyShare| (share.index(), share.sign(Purpose::Cut, &digest).expect("a share"));
        shares.iter().map(sign).collect()
    }

    #[test]
    fn every_quorum_gives_the_same_certificate_and_it_certifies_nothing_else() {
        let (key, shares) = testing::committee(4, 1);
        let all = signed(&shares, DIGEST);
        let certified = key.combine(Purpose::Cut, &DIGEST, &all).expect("a certificate");
        assert!(certified.liars.is_empty());
        for out in 0..4 {
            let mut three = all.clone();
            three.remove(&out);
            let again = key.combine(Purpose::Cut, &DIGEST, &three).expect("a certificate");
            assert_eq!(again.certificate, certified.certificate);
        }
        let certificate = &certified.certificate;
        assert!(key.verify(Purpose::Cut, &DIGEST, certificate));
        assert!(!key.verify(Purpose::Settlement, &DIGEST, certificate));
        assert!(!key.verify(Purpose::Cut, &Digest([8; 32]), certificate));
        assert!(!testing::committee(4, 2).0.verify(Purpose::Cut, &DIGEST, certificate));
        assert_eq!(Certificate::from_bytes(&certificate.to_bytes()).as_ref(), Ok(certificate));
    }

    #[test]
    fn a_minority_cannot_sign() {
        for members in 2..=7 {
            let (key, shares) = testing::committee(members, 1);
            let quorum = key.params().quorum();
            let mut minority = signed(&shares[..quorum - 1], DIGEST);
            let too_few = QuorumError::TooFew { got: quorum - 1, quorum };
            assert_eq!(key.combine(Purpose::Cut, &DIGEST, &minority), Err(too_few.into()));
            // Padding with a share that was given under another index does not help.
            let copied = minority[&0].clone();
            minority.insert(quorum as u64 - 1, copied);
            let liars = vec![quorum as u64 - 1];
            let bad = QuorumError::BadShares { liars, left: quorum - 1, quorum };
            assert_eq!(key.combine(Purpose::Cut, &DIGEST, &minority), Err(bad.into()));
        }
    }

    #[test]
    fn a_wrong_signature_share_is_found_named_and_left_out() {
        let (key, shares) = testing::committee(4, 1);
        let mut all = signed(&shares, DIGEST);
        all.insert(1, shares[1].sign(Purpose::Cut, &Digest([1; 32])).expect("a share"));
        let certified = key.combine(Purpose::Cut, &DIGEST, &all).expect("three honest shares are a quorum");
        assert_eq!(certified.liars, [1]);
        assert!(key.verify(Purpose::Cut, &DIGEST, &certified.certificate));
        assert!(!key.verify_share(1, Purpose::Cut, &DIGEST, &all[&1]));
        assert!(key.verify_share(0, Purpose::Cut, &DIGEST, &all[&0]));
        all.remove(&0);
        let bad = QuorumError::BadShares { liars: vec![1], left: 2, quorum: 3 };
        assert_eq!(key.combine(Purpose::Cut, &DIGEST, &all), Err(bad.into()));
    }

    #[test]
    fn an_index_outside_the_committee_is_refused() {
        let (key, shares) = testing::committee(4, 1);
        for index in [4, u64::MAX] {
            let mut all = signed(&shares, DIGEST);
            all.insert(index, all[&0].clone());
            let error = QuorumError::Index { index, members: 4 };
            assert_eq!(key.combine(Purpose::Cut, &DIGEST, &all), Err(error.into()));
            assert!(!key.verify_share(index, Purpose::Cut, &DIGEST, &all[&0]));
        }
    }

    #[test]
    fn identity_and_malformed_signatures_are_refused() {
        let mut identity = [0; G2_LEN];
        identity[0] = 0xc0;
        let field = "certificate";
        assert_eq!(Certificate::from_bytes(&identity), Err(DecodeError::Identity { field }));
        assert_eq!(
            SignatureShare::from_bytes(&identity),
            Err(DecodeError::Identity { field: "signature share" })
        );
        for length in [0, 95, 97] {
            let error = DecodeError::Length { field, expected: 96, got: length };
            assert_eq!(Certificate::from_bytes(&vec![0x80; length]), Err(error));
        }
        assert_eq!(Certificate::from_bytes(&[0x80; 96]), Err(DecodeError::Point { field }));
    }
}
