//! The encryption of one key to the committee: that of `threshold_crypto` (Baek–Zheng), to the very byte, by `blst`.
//!
//! `U = r·G` and `V = key ⊕ pad(r·P)`, for the committee's public key `P`. A quorum of shares gives `r·P`, and with it the pad.
//! The crate's `W`, the proof that `r` was known, is not made: the label of the sealed seed is that proof.

use blst::min_pk;
use rand07::distributions::Standard;
use rand07::rngs::StdRng;
use rand07::{Rng, SeedableRng};
use threshold_crypto::Fr;
use threshold_crypto::ff::Field;
use tiny_keccak::{Hasher, Sha3};
use zeroize::Zeroizing;

use super::{KEM_LEN, KEY_LEN};
use crate::committee::points::G1_LEN;
use crate::committee::scalar::SecretScalar;

/// The ephemeral key that `threshold_crypto` would draw first.
pub(super) fn draw_ephemeral(rng: &mut StdRng) -> SecretScalar {
    SecretScalar::new(Fr::random(rng))
}

/// A ciphertext.
pub(super) struct Encrypted {
    pub(super) u: min_pk::PublicKey,
    pub(super) v: [u8; KEY_LEN],
}

impl Encrypted {
    /// `U ‖ V`.
    pub(super) fn to_bytes(&self) -> [u8; KEM_LEN] {
        let mut bytes = [0; KEM_LEN];
        bytes[..G1_LEN].copy_from_slice(&self.u.to_bytes());
        bytes[G1_LEN..].copy_from_slice(&self.v);
        bytes
    }
}

/// `key` under the ephemeral key, encrypted to `committee`; `None` for the ephemeral key zero.
pub(super) fn encrypt(
    committee: &min_pk::PublicKey,
    ephemeral: &SecretScalar,
    key: &[u8; KEY_LEN],
) -> Option<Encrypted> {
    let u = ephemeral.signing_key()?.sk_to_pk();
    let v = *masked(key, &ephemeral.times(committee));
    Some(Encrypted { u, v })
}

/// `bytes` under the pad of `point`, or from under it: ChaCha20 seeded with the SHA3-256 of the compressed point.
pub(super) fn masked(bytes: &[u8; KEY_LEN], point: &min_pk::PublicKey) -> Zeroizing<[u8; KEY_LEN]> {
    let mut sha3 = Sha3::v256();
    sha3.update(Zeroizing::new(point.to_bytes()).as_slice());
    let mut seed = Zeroizing::new([0; 32]);
    sha3.finalize(seed.as_mut_slice());
    // A byte of each word that the generator draws.
    let pad = StdRng::from_seed(*seed).sample_iter::<u8, _>(Standard);
    let mut out = Zeroizing::new([0; KEY_LEN]);
    for ((out, byte), pad) in out.iter_mut().zip(bytes).zip(pad) {
        *out = byte ^ pad;
    }
    out
}
