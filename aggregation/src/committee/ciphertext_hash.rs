//! The point of G2 that `threshold_crypto` hashes a ciphertext's `U` and `V` to: what `W` is checked against.
//!
//! The crate keeps this hash to itself but for [`threshold_crypto::hash_g2`], which takes most of its time in
//! arithmetic that `blst` does many times as fast; so the hash is done here again, to the same point: SHA3-256 of
//! `V ‖ U` seeds ChaCha20, which draws x-coordinates until one lies on the curve, and the cofactor clears the rest.

use blst::{MultiPoint, blst_p2_affine, min_pk};
use rand07::rngs::StdRng;
use rand07::{RngCore, SeedableRng};
use threshold_crypto::ff::{Field, PrimeField, PrimeFieldRepr};
use threshold_crypto::pairing::bls12_381::{Fq, Fq2};
use tiny_keccak::{Hasher, Sha3};

use super::points::{G1_LEN, G2_LEN};

/// In the first byte of an encoded point: it is compressed.
const COMPRESSED_FLAG: u8 = 0x80;
/// In the first byte of a compressed point: of the two y-coordinates it is the greater.
const GREATEST_FLAG: u8 = 0x20;

/// The cofactor of G2, little-endian: (z⁸ − 4z⁷ + 5z⁶ − 4z⁴ + 6z³ − 4z² − 4z + 13) / 9 for the curve's parameter z.
const COFACTOR: [u64; 8] = [
    0xcf1c_38e3_1c72_38e5,
    0x1616_ec6e_786f_0c70,
    0x2153_7e29_3a66_91ae,
    0xa628_f1cb_4d9e_82ef,
    0xa68a_205b_2e5a_7ddf,
    0xcd91_de45_4708_5aba,
    0x091d_5079_2876_a202,
    0x05d5_43a9_5414_e7f1,
];
const COFACTOR_BITS: usize = 507;

/// The hash of the ciphertext `(U, V, …)`, in the subgroup and never the identity.
pub(super) fn ciphertext_hash(u: &[u8; G1_LEN], v: &[u8; 32]) -> blst_p2_affine {
    let mut sha3 = Sha3::v256();
    sha3.update(v);
    sha3.update(u);
    let mut seed = [0; 32];
    sha3.finalize(&mut seed);
    // ChaCha20 in every version of rand 0.7; the tests compare with the crate's own hash.
    let mut rng = StdRng::from_seed(seed);
    let mut cofactor = [0; 64];
    for (bytes, limb) in cofactor.as_chunks_mut().0.iter_mut().zip(COFACTOR) {
        *bytes = limb.to_le_bytes();
    }
    loop {
        let x = Fq2::random(&mut rng);
        let greatest = !rng.next_u32().is_multiple_of(2);
        // Reading a compressed point finds y, and fails where there is none; it is on the curve, in no subgroup yet.
        let Ok(point) = min_pk::Signature::uncompress(&compressed(&x, greatest)) else { continue };
        let cleared = [point][..].mult(&cofactor, COFACTOR_BITS).to_signature();
        let cleared: blst_p2_affine = cleared.into();
        if cleared != blst_p2_affine::default() {
            return cleared;
        }
    }
}

fn compressed(x: &Fq2, greatest: bool) -> [u8; G2_LEN] {
    let mut bytes = [0; G2_LEN];
    let (high, low) = bytes.split_at_mut(G2_LEN / 2);
    write(&x.c1, high);
    write(&x.c0, low);
    bytes[0] |= if greatest { COMPRESSED_FLAG | GREATEST_FLAG } else { COMPRESSED_FLAG };
    bytes
}

fn write(coordinate: &Fq, bytes: &mut [u8]) {
    // 48 bytes into a slice of 48 bytes: this cannot fail.
    let written = coordinate.into_repr().write_be(bytes);
    debug_assert!(written.is_ok());
}

#[cfg(test)]
mod tests {
    use threshold_crypto::group::{CurveAffine, CurveProjective};
    use threshold_crypto::{Fr, G1Affine, hash_g2};

    use super::*;

    #[test]
    fn the_hash_is_the_crates_own() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..64 {
            let point = G1Affine::one().mul(Fr::random(&mut rng)).into_affine().into_compressed();
            let mut u = [0; G1_LEN];
            u.copy_from_slice(point.as_ref());
            let mut v = [0; 32];
            rng.fill_bytes(&mut v);
            // `hash_g1_g2` of the crate, for a message of at most 64 bytes.
            let due = hash_g2([&v[..], &u].concat()).into_affine().into_compressed();
            let hash = min_pk::Signature::from(ciphertext_hash(&u, &v));
            assert_eq!(&hash.to_bytes()[..], due.as_ref());
            assert!(hash.validate(true).is_ok());
        }
    }
}
