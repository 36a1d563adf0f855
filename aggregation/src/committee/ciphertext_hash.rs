//! The point of G2 that `threshold_crypto` hashes a ciphertext's `U` and `V` to: what `W` is checked against.
//!
//! The crate keeps this hash to itself but for [`threshold_crypto::hash_g2`], which takes most of its time in
//! arithmetic that `blst` does many times as fast; so the hash is done here again: SHA3-256 of `V ‖ U` seeds ChaCha20,
//! which draws x-coordinates until one lies on the curve, and the cofactor clears the rest.
//!
//! What is given here is not that point but [`SCALE`] times it. Multiplying by the cofactor takes 507 doublings. Its
//! multiple by `3z² − 3` (z is the curve's parameter, of 64 bits) takes 128, with the endomorphism ψ of Galbraith and
//! Scott: `(z² − z − 1)·P + (z − 1)·ψ(P) + ψ²(2P)` (Budroni and Pintore, *AAECC* 2020; RFC 9380, appendix G.3). The
//! multiple is as good as the point, since the groups' order is prime: who needs the point divides by [`SCALE`], and an
//! equation of pairings holds if and only if its power by [`SCALE`] does.

use std::sync::LazyLock;

use blst::{MultiPoint, blst_p2_affine, min_pk};
use rand07::rngs::StdRng;
use rand07::{RngCore, SeedableRng};
use threshold_crypto::ff::{Field, PrimeField, PrimeFieldRepr};
use threshold_crypto::pairing::bls12_381::{Fq, Fq2, FqRepr};
use threshold_crypto::{Fr, IntoFr};
use tiny_keccak::{Hasher, Sha3};

use super::points::{G1_LEN, G2_LEN};

/// In the first byte of an encoded point: it is compressed.
const COMPRESSED_FLAG: u8 = 0x80;
/// In the first byte of a compressed point: of the two y-coordinates it is the greater.
const GREATEST_FLAG: u8 = 0x20;

/// Bytes of a coordinate in the base field.
const FQ_LEN: usize = 48;

/// −z: the curve's parameter is negative.
const MINUS_Z: u64 = 0xd201_0000_0001_0000;

/// `3z² − 3`: by how much more than the cofactor is multiplied.
pub(super) static SCALE: LazyLock<Fr> = LazyLock::new(|| {
    let mut scale = MINUS_Z.into_fr();
    scale.square();
    scale.sub_assign(&Fr::one());
    scale.mul_assign(&3u64.into_fr());
    scale
});

/// What ψ multiplies the conjugates of x and y by: `1/(1+i)^((p−1)/3)` and `1/(1+i)^((p−1)/2)`.
static PSI: LazyLock<(Fq2, Fq2)> = LazyLock::new(|| {
    let base = Fq2 { c0: Fq::one(), c1: Fq::one() };
    let minus_one = {
        let mut repr = Fq::zero();
        repr.sub_assign(&Fq::one());
        repr.into_repr()
    };
    let power = |divisor| base.pow(divided(minus_one, divisor)).inverse().unwrap_or_else(Fq2::zero);
    (power(3), power(2))
});

/// [`SCALE`] times the hash of the ciphertext `(U, V, …)`, in the subgroup and never the identity.
pub(super) fn scaled_hash(u: &[u8; G1_LEN], v: &[u8; 32]) -> min_pk::Signature {
    let mut sha3 = Sha3::v256();
    sha3.update(v);
    sha3.update(u);
    let mut seed = [0; 32];
    sha3.finalize(&mut seed);
    // ChaCha20 in every version of rand 0.7; the tests compare with the crate's own hash.
    let mut rng = StdRng::from_seed(seed);
    loop {
        let x = Fq2::random(&mut rng);
        let greatest = !rng.next_u32().is_multiple_of(2);
        // Reading a compressed point finds y, and fails where there is none; it is on the curve, in no subgroup yet.
        let Ok(point) = min_pk::Signature::uncompress(&compressed(&x, greatest)) else { continue };
        let Some(cleared) = clear_cofactor(&point, x) else { continue };
        if blst_p2_affine::from(cleared) != blst_p2_affine::default() {
            return cleared;
        }
    }
}

/// The multiple of a point with the coordinate `x` that lies in the subgroup. `None` never comes about: it would be a
/// point that left the curve.
fn clear_cofactor(point: &min_pk::Signature, x: Fq2) -> Option<min_pk::Signature> {
    let point_bytes = point.serialize();
    let minus = Point { x, y: read(&point_bytes[2 * FQ_LEN..])? }.negative();
    let minus_psi = minus.psi();
    let psi_squared = minus_psi.negative().psi().to_blst()?;
    let (minus, minus_psi) = (minus.to_blst()?, minus_psi.to_blst()?);
    // With m = −z the multiple is m·(m·P − ψ(P)) + m·P − P − ψ(P) + 2ψ²(P).
    let times_m = |point: min_pk::Signature| [point][..].mult(&MINUS_Z.to_le_bytes(), u64::BITS as usize);
    let multiple = times_m(*point);
    let mut inner = multiple;
    inner.add_signature(&minus_psi, false).ok()?;
    let mut sum = times_m(inner.to_signature());
    sum.add_aggregate(&multiple);
    for summand in [minus, minus_psi, psi_squared, psi_squared] {
        sum.add_signature(&summand, false).ok()?;
    }
    Some(sum.to_signature())
}

/// A point of the curve over the quadratic extension field.
#[derive(Clone, Copy)]
struct Point {
    x: Fq2,
    y: Fq2,
}

impl Point {
    fn negative(mut self) -> Self {
        self.y.negate();
        self
    }

    /// ψ: the Frobenius map, from the twist and back.
    fn psi(mut self) -> Self {
        // To the power of p, in the extension field, is the conjugate.
        self.x.c1.negate();
        self.y.c1.negate();
        self.x.mul_assign(&PSI.0);
        self.y.mul_assign(&PSI.1);
        self
    }

    fn to_blst(self) -> Option<min_pk::Signature> {
        let mut bytes = [0; 2 * G2_LEN];
        let (x, y) = bytes.split_at_mut(G2_LEN);
        write(&self.x, x);
        write(&self.y, y);
        min_pk::Signature::deserialize(&bytes).ok()
    }
}

fn compressed(x: &Fq2, greatest: bool) -> [u8; G2_LEN] {
    let mut bytes = [0; G2_LEN];
    write(x, &mut bytes);
    bytes[0] |= if greatest { COMPRESSED_FLAG | GREATEST_FLAG } else { COMPRESSED_FLAG };
    bytes
}

/// The "zcash" form has the imaginary part first.
fn write(coordinate: &Fq2, bytes: &mut [u8]) {
    let (high, low) = bytes.split_at_mut(FQ_LEN);
    for (part, bytes) in [(coordinate.c1, high), (coordinate.c0, low)] {
        // 48 bytes into a slice of 48 bytes: this cannot fail.
        let written = part.into_repr().write_be(bytes);
        debug_assert!(written.is_ok());
    }
}

fn read(bytes: &[u8]) -> Option<Fq2> {
    let part = |bytes: &[u8]| {
        let mut repr = FqRepr::default();
        repr.read_be(bytes).ok()?;
        Fq::from_repr(repr).ok()
    };
    let (high, low) = bytes.split_at_checked(FQ_LEN)?;
    Some(Fq2 { c0: part(low)?, c1: part(high)? })
}

/// The quotient of a division without a remainder.
fn divided(mut number: FqRepr, divisor: u64) -> FqRepr {
    let mut remainder = 0u64;
    for limb in number.0.iter_mut().rev() {
        let part = u128::from(remainder) << 64 | u128::from(*limb);
        // The remainder is less than the divisor, so the quotient fits a limb.
        *limb = (part / u128::from(divisor)) as u64;
        remainder = (part % u128::from(divisor)) as u64;
    }
    debug_assert_eq!(remainder, 0);
    number
}

#[cfg(test)]
mod tests {
    use threshold_crypto::group::{CurveAffine, CurveProjective};
    use threshold_crypto::{G1Affine, hash_g2};

    use super::*;

    #[test]
    fn the_hash_is_the_crates_own_times_the_scale() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..64 {
            let point = G1Affine::one().mul(Fr::random(&mut rng)).into_affine().into_compressed();
            let mut u = [0; G1_LEN];
            u.copy_from_slice(point.as_ref());
            let mut v = [0; 32];
            rng.fill_bytes(&mut v);
            // `hash_g1_g2` of the crate, for a message of at most 64 bytes.
            let mut due = hash_g2([&v[..], &u].concat());
            due.mul_assign(*SCALE);
            let hash = scaled_hash(&u, &v);
            assert_eq!(&hash.to_bytes()[..], due.into_affine().into_compressed().as_ref());
            assert!(hash.validate(true).is_ok());
        }
    }
}
