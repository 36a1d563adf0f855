//! A secret that only a quorum of the committee can open: an owner's mask seeds, sealed when it joins or reports.
//!
//! A random 32-byte key is encrypted to the committee as `threshold_crypto` does it (Baek–Zheng), and nothing else ever is:
//! over 64 bytes the crate's ciphertexts are malleable. The key, through HKDF, seals the payload with AES-256-GCM.
//!
//! - *A copied ciphertext is of no use.* The crate's encryption has no label, so a colluding owner could present
//!   another owner's ciphertext as its own and have the committee open it. Here the ephemeral key `r` of the
//!   ciphertext (whose public key is the element `U = r·G`) signs what the ciphertext is for, by BLS: context,
//!   owner, kind, and every other byte. Whoever copies `U` does not know `r` and cannot sign its own label. (The same
//!   thing a label does in Shoup and Gennaro's TDH2, *J. Cryptology* 15, 2002.) The committee moreover never opens
//!   one element twice ([`Ledger`](super::Ledger)).
//! - *The label is also the proof of validity.* Baek and Zheng's `W = r·H(U, V)` shows that whoever made the ciphertext knew
//!   `r`. The label is `r` times a hash of `U`, `V` and more: it shows the same and takes `W`'s place.
//! - *One ciphertext, one content.* A digest of the key is part of the sealed seed, so a wrong opening is told from a
//!   right one without trusting the AEAD, which commits to no key.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use blst::min_pk;
use rand07::rngs::StdRng;
use rand07::{CryptoRng, RngCore, SeedableRng};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::codec::{DecodeError, Reader, VERSION};
use super::interpolation::Interpolation;
use super::key::{CommitteeKey, KeyShare};
use super::points::{self, G1_LEN, G2_LEN};
use super::quorum;
use crate::hash::{derive_key, digest};
use crate::ids::Digest;

mod context;
mod error;
mod kem;
mod share;
mod validity;

pub use context::{Kind, SealContext};
pub use error::{OpenError, SealError, ShareError};
pub use share::DecryptionShare;
pub use validity::first_invalid;

/// The longest payload in bytes: room for the pair seeds of a group of more than 1200 owners.
pub const MAX_PAYLOAD: usize = 64 * 1024;

const KEY_LEN: usize = 32;
const TAG_LEN: usize = 16;
const KEM_LEN: usize = G1_LEN + KEY_LEN;
const LABEL_TAG: &[u8] = b"TRIBUTARY-V1-SEAL_BLS12381G2_XMD:SHA-256_SSWU_RO_";

/// An opened seed, and who tried to spoil the opening. Not printable: the payload is secret.
pub struct Opened {
    /// What was sealed.
    pub payload: Zeroizing<Vec<u8>>,
    /// Indices of the members whose shares were found wrong. Shares that were not needed are not looked at.
    pub liars: Vec<u64>,
}

/// A payload sealed to the committee.
///
/// Encoding: version byte, `U` (48 bytes), `V` (32), digest of the key (32), the ephemeral key's signature (96), then the
/// payload under AES-256-GCM (16 bytes longer than the payload).
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSeed {
    kem: [u8; KEM_LEN],
    u: min_pk::PublicKey,
    key_digest: Digest,
    label: min_pk::Signature,
    body: Vec<u8>,
}

impl SealedSeed {
    /// Seals `payload` to the committee, for `context` only.
    ///
    /// # Errors
    /// A payload over [`MAX_PAYLOAD`]; the other errors cannot happen on a sound build.
    pub fn seal(
        committee: &CommitteeKey,
        payload: &[u8],
        context: &SealContext,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, SealError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(SealError::Payload { got: payload.len() });
        }
        let mut secret = Zeroizing::new([0; KEY_LEN]);
        rng.fill_bytes(secret.as_mut_slice());
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        // The order of drawing is that of `threshold_crypto` with a generator of its own.
        let ephemeral = kem::draw_ephemeral(&mut StdRng::from_seed(*seed));
        let signer = ephemeral.signing_key().ok_or(SealError::Ephemeral)?;
        let encrypted =
            kem::encrypt(&committee.public_key().0, &ephemeral, &secret).ok_or(SealError::Ephemeral)?;
        let kem = encrypted.to_bytes();
        let key_digest = key_digest(secret.as_slice(), context);
        let associated_data = context.associated_data();
        let body = cipher(secret.as_slice(), context)
            .encrypt(&Nonce::default(), Payload { msg: payload, aad: &associated_data })
            .map_err(|_| SealError::Aead)?;
        let message = label_message(&kem, &key_digest, &body, context);
        let label = signer.sign(message.as_bytes(), LABEL_TAG, &[]);
        Ok(Self { kem, u: encrypted.u, key_digest, label, body })
    }

    /// Reads a sealed seed.
    ///
    /// # Errors
    /// Bytes that are cut short or too long, an unknown version, points outside the group, and the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new("sealed seed", bytes)?;
        let kem = reader.array("sealed seed ciphertext")?;
        let key_digest = Digest(reader.array("sealed seed key digest")?);
        let label = reader.array("sealed seed label")?;
        let body = reader.rest();
        if !(TAG_LEN..=MAX_PAYLOAD + TAG_LEN).contains(&body.len()) {
            let expected = if body.len() < TAG_LEN { TAG_LEN } else { MAX_PAYLOAD + TAG_LEN };
            return Err(DecodeError::Length { field: "sealed seed payload", expected, got: body.len() });
        }
        Self::new(kem, key_digest, &label, body.to_vec())
    }

    fn new(
        kem: [u8; KEM_LEN],
        key_digest: Digest,
        label: &[u8; G2_LEN],
        body: Vec<u8>,
    ) -> Result<Self, DecodeError> {
        let (u, _) = split(&kem);
        let u = points::g1(&u, "sealed seed U")?;
        let label = points::g2(label, "sealed seed label")?;
        Ok(Self { kem, u, key_digest, label, body })
    }

    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let label = self.label.to_bytes();
        [&[VERSION], &self.kem[..], &self.key_digest.0, &label, &self.body].concat()
    }

    /// The ciphertext's group element `U`, of which no two sealed seeds under one committee key may have the same.
    #[must_use]
    pub fn element(&self) -> [u8; G1_LEN] {
        split(&self.kem).0
    }

    /// Whether all of it was made for `context` by someone who knew its ephemeral key. Two pairings; for many, see [`first_invalid`]. A coordinator that checks this when an owner joins or reports
    /// never brings a bad one to a cut.
    #[must_use]
    pub fn verify(&self, context: &SealContext) -> bool {
        validity::is_valid(context, self)
    }

    /// This member's share of the opening. What may be opened at all is for [`release`](super::release) to judge.
    ///
    /// # Errors
    /// The sealed seed is not valid for `context`.
    pub fn decryption_share(
        &self,
        context: &SealContext,
        key: &KeyShare,
    ) -> Result<DecryptionShare, ShareError> {
        if !self.verify(context) {
            return Err(ShareError::Invalid { context: *context });
        }
        Ok(self.decryption_share_of_verified(key))
    }

    /// As [`Self::decryption_share`], for a sealed seed that was found valid before.
    pub(super) fn decryption_share_of_verified(&self, key: &KeyShare) -> DecryptionShare {
        DecryptionShare::new(key, &self.u)
    }

    /// Opens with a quorum of shares, by member index. Wrong shares are found, named and left out.
    ///
    /// # Errors
    /// An index outside the committee, fewer shares than a quorum, fewer right ones (naming the liars), or a fault of
    /// the owner who sealed.
    pub fn open(
        &self,
        context: &SealContext,
        shares: &BTreeMap<u64, DecryptionShare>,
        committee: &CommitteeKey,
    ) -> Result<Opened, OpenError> {
        self.open_with(context, shares, committee, &RefCell::new(None))
    }

    /// As [`Self::open`]. The coefficients of the last members whose shares were combined stay in `interpolation`, for
    /// the next seed.
    pub(super) fn open_with(
        &self,
        context: &SealContext,
        shares: &BTreeMap<u64, DecryptionShare>,
        committee: &CommitteeKey,
        interpolation: &RefCell<Option<Interpolation>>,
    ) -> Result<Opened, OpenError> {
        let (_, v) = split(&self.kem);
        let whole = |shares: &[(u64, &DecryptionShare)]| {
            let (indices, points): (Vec<_>, Vec<_>) =
                shares.iter().map(|(index, share)| (*index, *share.point())).unzip();
            let mut known = interpolation.borrow_mut();
            let known = match &mut *known {
                Some(known) if known.is_for(&indices) => known,
                other => other.insert(Interpolation::new(&indices)?),
            };
            let secret = kem::masked(&v, &known.combine(&points[..])?.to_public_key());
            let due = key_digest(secret.as_slice(), context);
            bool::from(due.0.ct_eq(&self.key_digest.0)).then_some(secret)
        };
        let is_right = |index: u64, share: &DecryptionShare| {
            validity::is_share(context, self, &committee.share_key(index), share.point())
        };
        let combined = quorum::combine(committee.params(), shares, whole, is_right);
        // Shares of a malformed ciphertext cannot be judged: then its maker is to blame, not the members.
        if combined.is_err() && shares.len() >= committee.params().quorum() && !self.verify(context) {
            return Err(OpenError::Invalid { context: *context });
        }
        let (secret, liars) = combined?;
        let associated_data = context.associated_data();
        let payload = cipher(secret.as_slice(), context)
            .decrypt(&Nonce::default(), Payload { msg: &self.body, aad: &associated_data })
            .map_err(|_| OpenError::Payload { context: *context })?;
        Ok(Opened { payload: Zeroizing::new(payload), liars })
    }
}

impl fmt::Debug for SealedSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSeed(0x")?;
        self.element().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

fn key_digest(secret: &[u8], context: &SealContext) -> Digest {
    digest("committee/sealed-seed/key-digest", &SealContext::with(&context.parts(), &[secret]))
}

/// The AEAD of one sealed seed. Its key is never used twice, so its nonce is zero.
fn cipher(secret: &[u8], context: &SealContext) -> Aes256Gcm {
    let parts = context.parts();
    let key = derive_key(secret, "committee/sealed-seed/key", &SealContext::with(&parts, &[]));
    Aes256Gcm::new(&(*key).into())
}

/// What the label signs: all that the sealed seed is for and holds.
fn label_message(kem: &[u8; KEM_LEN], key_digest: &Digest, body: &[u8], context: &SealContext) -> Digest {
    let parts = context.parts();
    digest("committee/sealed-seed/label", &SealContext::with(&parts, &[kem, key_digest.as_ref(), body]))
}

/// `U` and `V`.
fn split(kem: &[u8; KEM_LEN]) -> ([u8; G1_LEN], [u8; KEY_LEN]) {
    let (mut u, mut v) = ([0; G1_LEN], [0; KEY_LEN]);
    u.copy_from_slice(&kem[..G1_LEN]);
    v.copy_from_slice(&kem[G1_LEN..]);
    (u, v)
}

#[cfg(test)]
mod tests;
