//! A member's answer to a cut.

use super::cut::ApprovedCut;
use crate::committee::certificate::SignatureShare;
use crate::committee::codec::{DecodeError, Reader, VERSION};
use crate::committee::hash_to_curve::{HashToCurveError, Purpose};
use crate::committee::key::KeyShare;
use crate::committee::points::{G1_LEN, G2_LEN};
use crate::committee::sealed_seed::DecryptionShare;

/// A member's shares of the opening of a cut's seeds, and of the committee's signature on the cut.
///
/// Encoding: version byte, number of shares (u32, little-endian), the shares (48 bytes each) in the cut's order, the
/// signature share (96 bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// One for each seed, in the order of [`VerifiedCut::seeds`](super::VerifiedCut::seeds).
    pub shares: Vec<DecryptionShare>,
    /// On the cut's digest, for [`Purpose::Cut`].
    pub signature: SignatureShare,
}

/// This member's answer to a cut that its ledger has approved. **Store the ledger before it leaves.**
///
/// # Errors
/// Never on a sound build.
pub fn release(key: &KeyShare, cut: ApprovedCut<'_>) -> Result<Release, HashToCurveError> {
    let shares = cut.cut().seeds().map(|(_, seed)| seed.decryption_share_of_verified(key)).collect();
    Ok(Release { shares, signature: key.sign(Purpose::Cut, &cut.cut().digest)? })
}

impl Release {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(5 + self.shares.len() * G1_LEN + G2_LEN);
        bytes.push(VERSION);
        bytes.extend_from_slice(&(self.shares.len() as u32).to_le_bytes());
        self.shares.iter().for_each(|share| bytes.extend_from_slice(&share.to_bytes()));
        bytes.extend_from_slice(&self.signature.to_bytes());
        bytes
    }

    /// Reads an answer to a cut of `seeds` seeds.
    ///
    /// # Errors
    /// Anything but the exact encoding: other lengths, bytes after the end, points outside the group or the identity.
    pub fn from_bytes(bytes: &[u8], seeds: usize) -> Result<Self, DecodeError> {
        let mut reader = Reader::new("release", bytes)?;
        let got = reader.count(seeds, "released shares")?;
        if got != seeds {
            return Err(DecodeError::Length { field: "released shares", expected: seeds, got });
        }
        let points: Vec<[u8; G1_LEN]> = reader.arrays(seeds, "released share")?;
        let signature: [u8; G2_LEN] = reader.array("cut signature share")?;
        reader.finish()?;
        let shares: Result<_, _> = points.iter().map(|point| DecryptionShare::from_bytes(point)).collect();
        Ok(Self { shares: shares?, signature: SignatureShare::from_bytes(&signature)? })
    }
}
