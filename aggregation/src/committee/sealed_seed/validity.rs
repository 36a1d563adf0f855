//! Whether sealed seeds are what their owners made: one by one, or many at once.
//!
//! A sealed seed with the element `U` is valid if its label `L` fulfils `e(U, H) = e(G, L)`: `H` is the hash of everything
//! it is for and holds. Of many sealed seeds, all these equations hold if
//!
//! `Π e(rᵢ·Uᵢ, Hᵢ) = e(G, Σ rᵢ·Lᵢ)`
//!
//! does, which takes one final exponentiation (the small exponents test of Bellare, Garay and Rabin, EUROCRYPT '98, with
//! pairings as in Ferrara, Green, Hohenberger and Pedersen, CT-RSA 2009).
//!
//! - *Soundness.* All points are in the groups of prime order (checked when they were read), so each equation is off
//!   by some power of one generator. If not all of these powers are zero, the last coefficient of a wrong equation
//!   must take one certain value for their product to be right: for coefficients of 128 random bits that has a chance of
//!   2⁻¹²⁸.
//! - *Coefficients come after the points.* They are a hash (SHA-256) of the whole batch: of every label's message,
//!   which has `U`, `V` and what the seed is for in it, and of every label. Whoever changes any point changes all
//!   coefficients, and can but try again: n tries succeed with a chance of n·2⁻¹²⁸. No randomness is needed, and
//!   every member finds the same.
//!
//! The batch only ever says yes. When it does not, each seed is judged alone, by an equation without a coefficient.

use blst::{BLST_ERROR, MultiPoint, Pairing, blst_fp12, blst_p1_affine, blst_p2_affine, min_pk};

use super::{LABEL_TAG, SealContext, SealedSeed, label_message};
use crate::committee::points::G2_LEN;
use crate::hash::digest;
use crate::ids::Digest;

const COEFFICIENT_BITS: usize = 128;
const COEFFICIENT_LEN: usize = COEFFICIENT_BITS / 8;

/// The coefficient of one sealed seed's equation.
type Coefficient = [u8; COEFFICIENT_LEN];

/// A sealed seed, and what hashes to the right-hand point of its equation.
struct Claim<'a> {
    seed: &'a SealedSeed,
    /// Hashes to `H`.
    message: Digest,
}

impl<'a> Claim<'a> {
    fn new(context: &SealContext, seed: &'a SealedSeed) -> Self {
        Self { seed, message: label_message(&seed.kem, &seed.key_digest, &seed.body, context) }
    }

    /// Whether `left` paired with `H` is `right`.
    fn pairs(&self, left: &min_pk::PublicKey, right: &blst_fp12) -> bool {
        let mut pairing = Pairing::new(true, LABEL_TAG);
        add(&mut pairing, left, &self.message) && {
            pairing.commit();
            pairing.finalverify(Some(right))
        }
    }

    /// The equation for itself.
    fn holds(&self) -> bool {
        self.pairs(&self.seed.u, &with_generator(&self.seed.label))
    }
}

/// Another factor `e(point, H(message))`. Hashes the message itself; the signature's place stays empty.
fn add(pairing: &mut Pairing, point: &min_pk::PublicKey, message: &Digest) -> bool {
    let point: &blst_p1_affine = point.into();
    pairing.aggregate(point, false, &(), false, message.as_bytes(), &[]) == BLST_ERROR::BLST_SUCCESS
}

/// Whether `share` is the element of `seed` times the scalar whose product with the generator is `key`, for a seed that is
/// valid for `context`: then it is so if and only if `e(share, H) = e(key, L)`.
pub(super) fn is_share(
    context: &SealContext,
    seed: &SealedSeed,
    key: &min_pk::PublicKey,
    share: &min_pk::PublicKey,
) -> bool {
    let right = blst_fp12::miller_loop((&seed.label).into(), key.into());
    Claim::new(context, seed).pairs(share, &right)
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

/// Whether the combination of all equations with these coefficients holds. Not for an empty batch.
fn hold_together(claims: &[Claim], coefficients: &[Coefficient]) -> bool {
    let mut pairing = Pairing::new(true, LABEL_TAG);
    for (Claim { seed, message }, by) in claims.iter().zip(coefficients) {
        let multiple = [seed.u][..].mult(by, COEFFICIENT_BITS).to_public_key();
        if !add(&mut pairing, &multiple, message) {
            return false;
        }
    }
    pairing.commit();
    let labels: Vec<min_pk::Signature> = claims.iter().map(|claim| claim.seed.label).collect();
    let sum = labels.mult(coefficients.as_flattened(), COEFFICIENT_BITS).to_signature();
    pairing.finalverify(Some(&with_generator(&sum)))
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
