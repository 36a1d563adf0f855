//! Whether sealed seeds are what their owners made: one by one, or many at once.
//!
//! A sealed seed with the element `U` is valid if its label `L` and its ciphertext's `W` fulfil
//! `e(U, H) = e(G, L)` and `e(U, H') = e(G, W)`: `H` is the hash of everything it is for and holds, `H'` the hash that
//! `threshold_crypto` takes of `U` and `V`. Of many sealed seeds, all these equations hold if
//!
//! `Π e(rᵢ·Uᵢ, Hᵢ) = e(G, Σ rᵢ·Lᵢ)` and `Π e(rᵢ·Uᵢ, H'ᵢ) = e(G, Σ rᵢ·Wᵢ)`
//!
//! do, each of whose sides takes one final exponentiation (the small exponents test of Bellare, Garay and Rabin,
//! EUROCRYPT '98, with pairings as in Ferrara, Green, Hohenberger and Pedersen, CT-RSA 2009). `H'` is at hand as
//! `c·H'`, for a known c that is not zero modulo the groups' order; so both sides of its equations are taken to the
//! power of c, which changes nothing about whether they are equal.
//!
//! - *Soundness.* All points are in the groups of prime order (checked when they were read), so each equation is off
//!   by some power of one generator. If not all of the labels' powers are zero, the last coefficient of a wrong equation
//!   must take one certain value for their product to be right: for coefficients of 128 random bits that has a chance of
//!   2⁻¹²⁸. The same holds of the ciphertexts', so that both may have the same coefficients.
//! - *Coefficients come after the points.* They are a hash (SHA-256) of the whole batch: of every label's message,
//!   which has `U`, `V`, `W` and what the seed is for in it, and of every label. Whoever changes any point changes all
//!   coefficients, and can but try again: n tries succeed with a chance of n·2⁻¹²⁸. No randomness is needed, and
//!   every member finds the same.
//!
//! The batch only ever says yes. When it does not, each seed is judged alone, by equations without coefficients.

use std::sync::LazyLock;

use blst::{BLST_ERROR, MultiPoint, Pairing, blst_fp12, blst_p1_affine, blst_p2_affine, min_pk};

use super::{LABEL_TAG, SealContext, SealedSeed, label_message, split};
use crate::committee::ciphertext_hash::{SCALE, scaled_hash};
use crate::committee::points::G2_LEN;
use crate::committee::scalar::{SCALAR_BITS, little_endian};
use crate::hash::digest;
use crate::ids::Digest;

const COEFFICIENT_BITS: usize = 128;
const COEFFICIENT_LEN: usize = COEFFICIENT_BITS / 8;

/// `c·G`.
static SCALED_GENERATOR: LazyLock<min_pk::PublicKey> = LazyLock::new(|| {
    let mut scale = *little_endian(&SCALE);
    scale.reverse();
    // Neither zero nor too large, so it is a key.
    min_pk::SecretKey::from_bytes(&scale).map(|key| key.sk_to_pk()).unwrap_or_default()
});

/// The coefficient of one sealed seed's two equations.
type Coefficient = [u8; COEFFICIENT_LEN];

/// A sealed seed, and what the right-hand points of its two equations are.
struct Claim<'a> {
    seed: &'a SealedSeed,
    /// Hashes to `H`.
    message: Digest,
    /// `c·H'`.
    ciphertext_hash: min_pk::Signature,
}

impl<'a> Claim<'a> {
    fn new(context: &SealContext, seed: &'a SealedSeed) -> Self {
        let message = label_message(&seed.kem, &seed.key_digest, &seed.body, context);
        Self { seed, message, ciphertext_hash: ciphertext_hash(seed) }
    }

    /// Both equations, each for itself.
    fn holds(&self) -> bool {
        let SealedSeed { u, w, label, .. } = self.seed;
        let signed = label.verify(false, self.message.as_bytes(), LABEL_TAG, &[], u, false);
        let (left, right) = (paired(u, &self.ciphertext_hash), paired(&SCALED_GENERATOR, w));
        signed == BLST_ERROR::BLST_SUCCESS && blst_fp12::finalverify(&left, &right)
    }
}

/// `c·H'`.
fn ciphertext_hash(seed: &SealedSeed) -> min_pk::Signature {
    let (u, v, _) = split(&seed.kem);
    scaled_hash(&u, &v)
}

/// Whether `share` is the element of `seed` times the scalar whose product with the generator is `key`, for a valid seed.
pub(super) fn is_share(seed: &SealedSeed, key: &min_pk::PublicKey, share: &min_pk::PublicKey) -> bool {
    let scaled = [*key][..].mult(little_endian(&SCALE).as_slice(), SCALAR_BITS).to_public_key();
    blst_fp12::finalverify(&paired(share, &ciphertext_hash(seed)), &paired(&scaled, &seed.w))
}

/// The first of the sealed seeds that is not valid for its context, if one is not: what
/// [`verify`](SealedSeed::verify) says of each, in a fraction of the time.
#[must_use]
pub fn first_invalid(seeds: &[(SealContext, &SealedSeed)]) -> Option<SealContext> {
    let claims: Vec<Claim> = seeds.iter().map(|(context, seed)| Claim::new(context, seed)).collect();
    if claims.len() > 1 && hold_together(&claims, &coefficients(&claims)) {
        return None;
    }
    seeds.iter().zip(&claims).find(|(_, claim)| !claim.holds()).map(|((context, _), _)| *context)
}

pub(super) fn is_valid(context: &SealContext, seed: &SealedSeed) -> bool {
    Claim::new(context, seed).holds()
}

/// The coefficients of a batch: a hash of everything in it.
fn coefficients(claims: &[Claim]) -> Vec<Coefficient> {
    let labels: Vec<[u8; G2_LEN]> = claims.iter().map(|claim| claim.seed.label.to_bytes()).collect();
    let parts: Vec<&[u8]> =
        claims.iter().zip(&labels).flat_map(|(claim, label)| [claim.message.as_ref(), &label[..]]).collect();
    let batch = digest("committee/sealed-seed/batch", &parts);
    let of = |position: usize| {
        let position = (position as u64).to_le_bytes();
        let hash = digest("committee/sealed-seed/batch/coefficients", &[batch.as_ref(), &position]);
        let mut coefficient = [0; COEFFICIENT_LEN];
        coefficient.copy_from_slice(&hash.0[..COEFFICIENT_LEN]);
        coefficient
    };
    (0..claims.len()).map(of).collect()
}

/// Whether the combinations of all equations with these coefficients hold. Not for an empty batch.
fn hold_together(claims: &[Claim], coefficients: &[Coefficient]) -> bool {
    let (mut labels, mut ciphertexts) = (Pairing::new(true, LABEL_TAG), Pairing::new(true, LABEL_TAG));
    for (Claim { seed, message, ciphertext_hash }, by) in claims.iter().zip(coefficients) {
        let multiple = [seed.u][..].mult(by, COEFFICIENT_BITS).to_public_key();
        let multiple: &blst_p1_affine = (&multiple).into();
        // e(r·U, H): hashes the message itself. The signature's place stays empty, the labels are summed up below.
        let status = labels.aggregate(multiple, false, &(), false, message.as_bytes(), &[]);
        if status != BLST_ERROR::BLST_SUCCESS {
            return false;
        }
        ciphertexts.raw_aggregate(ciphertext_hash.into(), multiple);
    }
    labels.commit();
    ciphertexts.commit();
    let sum = |of: fn(&SealedSeed) -> min_pk::Signature| {
        let points: Vec<min_pk::Signature> = claims.iter().map(|claim| of(claim.seed)).collect();
        points.mult(coefficients.as_flattened(), COEFFICIENT_BITS).to_signature()
    };
    labels.finalverify(Some(&with_generator(&sum(|seed| seed.label))))
        && ciphertexts.finalverify(Some(&paired(&SCALED_GENERATOR, &sum(|seed| seed.w))))
}

/// `e(G, point)`, before the final exponentiation.
fn with_generator(point: &min_pk::Signature) -> blst_fp12 {
    let point: blst_p2_affine = (*point).into();
    let mut paired = blst_fp12::default();
    Pairing::aggregated(&mut paired, &point);
    paired
}

/// `e(left, right)`, before the final exponentiation.
fn paired(left: &min_pk::PublicKey, right: &min_pk::Signature) -> blst_fp12 {
    blst_fp12::miller_loop(right.into(), left.into())
}

#[cfg(test)]
mod tests;
