//! Points as the EVM's BLS12-381 precompiles take them: 64-byte coordinates, real part first (EIP-2537).

use threshold_crypto::group::EncodedPoint;
use threshold_crypto::pairing::bls12_381::{G1Compressed, G1Uncompressed, G2Compressed, G2Uncompressed};

use super::codec::DecodeError;
use super::points::{G1_LEN, G2_LEN};

const COORDINATE_LEN: usize = 48;
const WORD_LEN: usize = 64;

/// A compressed point of G1 as `x ‖ y`.
pub(crate) fn g1(compressed: &[u8; G1_LEN], field: &'static str) -> Result<[u8; 2 * WORD_LEN], DecodeError> {
    let mut encoded = G1Compressed::empty();
    encoded.as_mut().copy_from_slice(compressed);
    let affine = encoded.into_affine().map_err(|_| DecodeError::Point { field })?;
    let mut words = [0; 2 * WORD_LEN];
    place(&mut words, G1Uncompressed::from_affine(affine).as_ref(), &[0, 1]);
    Ok(words)
}

/// A compressed point of G2 as `x.c0 ‖ x.c1 ‖ y.c0 ‖ y.c1`; the "zcash" form has the imaginary parts first.
pub(crate) fn g2(compressed: &[u8; G2_LEN], field: &'static str) -> Result<[u8; 4 * WORD_LEN], DecodeError> {
    let mut encoded = G2Compressed::empty();
    encoded.as_mut().copy_from_slice(compressed);
    let affine = encoded.into_affine().map_err(|_| DecodeError::Point { field })?;
    let mut words = [0; 4 * WORD_LEN];
    place(&mut words, G2Uncompressed::from_affine(affine).as_ref(), &[1, 0, 3, 2]);
    Ok(words)
}

/// Puts coordinate `order[i]` of `coordinates` into word `i`, right-aligned.
fn place(words: &mut [u8], coordinates: &[u8], order: &[usize]) {
    for (word, &from) in words.chunks_exact_mut(WORD_LEN).zip(order) {
        let coordinate = coordinates.chunks_exact(COORDINATE_LEN).nth(from).unwrap_or_default();
        word[WORD_LEN - COORDINATE_LEN..].copy_from_slice(coordinate);
    }
}

#[cfg(test)]
mod tests {
    use threshold_crypto::group::CurveAffine;
    use threshold_crypto::{G1Affine, G2Affine};

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The generators as EIP-2537 prints them.
    #[test]
    fn generators_match_the_eip() {
        let mut compressed = [0; G1_LEN];
        compressed.copy_from_slice(G1Affine::one().into_compressed().as_ref());
        let words = g1(&compressed, "generator").expect("a point");
        let padding = "0".repeat(32);
        assert_eq!(
            hex(&words[..64]),
            padding.clone()
                + "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
        );
        let mut compressed = [0; G2_LEN];
        compressed.copy_from_slice(G2Affine::one().into_compressed().as_ref());
        let words = g2(&compressed, "generator").expect("a point");
        assert_eq!(
            hex(&words[..64]),
            padding
                + "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        );
    }
}
