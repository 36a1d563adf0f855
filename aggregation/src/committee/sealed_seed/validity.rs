//! Whether sealed seeds are what their owners made: one by one, or many at once.
//!
//! A sealed seed with the element `U` is valid if its label `L` and its ciphertext's `W` fulfil
//! `e(U, H) = e(G, L)` and `e(U, H') = e(G, W)`: `H` is the hash of everything it is for and holds, `H'` the hash that
//! `threshold_crypto` takes of `U` and `V`. Of many sealed seeds, all these equations hold if
//!
//! `Π e(rᵢ·Uᵢ, Hᵢ) · e(sᵢ·Uᵢ, H'ᵢ) = e(G, Σ rᵢ·Lᵢ + sᵢ·Wᵢ)`
//!
//! does, whose pairings share one final exponentiation (the small exponents test of Bellare, Garay and Rabin,
//! EUROCRYPT '98, with pairings as in Ferrara, Green, Hohenberger and Pedersen, CT-RSA 2009).
//!
//! - *Soundness.* All points are in the groups of prime order (checked when they were read), so each equation is off
//!   by some power of one generator. If not all of these are zero, the last coefficient of a wrong equation must take
//!   one certain value for the whole to be right: for coefficients of 128 random bits that has a chance of 2⁻¹²⁸.
//! - *Coefficients come after the points.* They are a hash (SHA-256) of the whole batch: of every label's message,
//!   which has `U`, `V`, `W` and what the seed is for in it, and of every label. Whoever changes any point changes all
//!   coefficients, and can but try again: n tries succeed with a chance of n·2⁻¹²⁸. No randomness is needed, and
//!   every member finds the same.
//!
//! The batch only ever says yes. When it does not, each seed is judged alone, by equations without coefficients.

use blst::{BLST_ERROR, MultiPoint, Pairing, blst_fp12, blst_p1_affine, blst_p2_affine, min_pk};

use super::{LABEL_TAG, SealContext, SealedSeed, label_message, split};
use crate::committee::ciphertext_hash::ciphertext_hash;
use crate::committee::points::G2_LEN;
use crate::hash::digest;
use crate::ids::Digest;

const COEFFICIENT_BITS: usize = 128;
const COEFFICIENT_LEN: usize = COEFFICIENT_BITS / 8;

/// The coefficients of one sealed seed's two equations.
#[derive(Clone, Copy)]
struct Coefficients {
    label: [u8; COEFFICIENT_LEN],
    ciphertext: [u8; COEFFICIENT_LEN],
}

/// A sealed seed, and what the right-hand points of its two equations are.
struct Claim<'a> {
    seed: &'a SealedSeed,
    /// Hashes to `H`.
    message: Digest,
    /// `H'`.
    ciphertext_hash: blst_p2_affine,
}

impl<'a> Claim<'a> {
    fn new(context: &SealContext, seed: &'a SealedSeed) -> Self {
        let message = label_message(&seed.kem, &seed.key_digest, &seed.body, context);
        let (u, v, _) = split(&seed.kem);
        Self { seed, message, ciphertext_hash: ciphertext_hash(&u, &v) }
    }

    /// Both equations, each for itself.
    fn holds(&self) -> bool {
        let SealedSeed { u, w, label, .. } = self.seed;
        let signed = label.verify(false, self.message.as_bytes(), LABEL_TAG, &[], u, false);
        let left = blst_fp12::miller_loop(&self.ciphertext_hash, u.into());
        signed == BLST_ERROR::BLST_SUCCESS && blst_fp12::finalverify(&left, &with_generator(w))
    }
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
fn coefficients(claims: &[Claim]) -> Vec<Coefficients> {
    let labels: Vec<[u8; G2_LEN]> = claims.iter().map(|claim| claim.seed.label.to_bytes()).collect();
    let parts: Vec<&[u8]> =
        claims.iter().zip(&labels).flat_map(|(claim, label)| [claim.message.as_ref(), &label[..]]).collect();
    let batch = digest("committee/sealed-seed/batch", &parts);
    let of = |position: usize| {
        let position = (position as u64).to_le_bytes();
        let hash = digest("committee/sealed-seed/batch/coefficients", &[batch.as_ref(), &position]);
        let (mut label, mut ciphertext) = ([0; COEFFICIENT_LEN], [0; COEFFICIENT_LEN]);
        label.copy_from_slice(&hash.0[..COEFFICIENT_LEN]);
        ciphertext.copy_from_slice(&hash.0[COEFFICIENT_LEN..]);
        Coefficients { label, ciphertext }
    };
    (0..claims.len()).map(of).collect()
}

/// Whether the combination of all equations with these coefficients holds. Not for an empty batch.
fn hold_together(claims: &[Claim], coefficients: &[Coefficients]) -> bool {
    let mut left = Pairing::new(true, LABEL_TAG);
    for (Claim { seed, message, ciphertext_hash }, by) in claims.iter().zip(coefficients) {
        let u: &blst_p1_affine = (&seed.u).into();
        // e(r·U, H): hashes the message itself. The signature's place stays empty, the labels are summed up below.
        let message = message.as_bytes();
        let status = left.mul_n_aggregate(u, false, &(), false, &by.label, COEFFICIENT_BITS, message, &[]);
        if status != BLST_ERROR::BLST_SUCCESS {
            return false;
        }
        let multiple = [seed.u][..].mult(&by.ciphertext, COEFFICIENT_BITS).to_public_key();
        left.raw_aggregate(ciphertext_hash, (&multiple).into());
    }
    left.commit();
    let points: Vec<min_pk::Signature> =
        claims.iter().flat_map(|claim| [claim.seed.label, claim.seed.w]).collect();
    let scalars: Vec<[u8; COEFFICIENT_LEN]> =
        coefficients.iter().flat_map(|by| [by.label, by.ciphertext]).collect();
    let sum = points[..].mult(scalars.as_flattened(), COEFFICIENT_BITS).to_signature();
    left.finalverify(Some(&with_generator(&sum)))
}

/// `e(G, point)`, before the final exponentiation.
fn with_generator(point: &min_pk::Signature) -> blst_fp12 {
    let point: blst_p2_affine = (*point).into();
    let mut paired = blst_fp12::default();
    Pairing::aggregated(&mut paired, &point);
    paired
}

#[cfg(test)]
mod tests;
