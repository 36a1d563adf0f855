//! BLS12-381 points, from the compressed form that threshold_crypto writes to the one the EVM's precompiles take.
//!
//! Compressed ("zcash"): 48 bytes for a public key in G1, 96 for a signature in G2, the imaginary part of a
//! coordinate first. EIP-2537: each 48-byte field element right-aligned in 64 bytes, affine, the real part first.
//! Points are checked to be on the curve, in the right subgroup, and not infinity.

use blst::min_pk::{PublicKey, Signature};

/// Bytes of a field element.
const FIELD: usize = 48;
/// Bytes it takes in EIP-2537.
const SLOT: usize = 64;

/// Why bytes are not a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// The public key.
    #[error("the committee key is not a point of G1 other than infinity")]
    Key,
    /// The signature.
    #[error("the committee signature is not a point of G2 other than infinity")]
    Signature,
}

/// A compressed public key as EIP-2537 has it.
///
/// # Errors
/// Not a point of the prime-order subgroup of G1, or infinity.
pub fn key_to_eip2537(compressed: &[u8; 48]) -> Result<[u8; 128], PointError> {
    let key = PublicKey::key_validate(compressed).map_err(|_| PointError::Key)?;
    let affine = key.serialize();
    let mut encoded = [0; 128];
    spread(&affine, &mut encoded, &[0, 1]);
    Ok(encoded)
}

/// A compressed signature as EIP-2537 has it.
///
/// # Errors
/// Not a point of the prime-order subgroup of G2, or infinity.
pub fn signature_to_eip2537(compressed: &[u8; 96]) -> Result<[u8; 256], PointError> {
    let signature = Signature::sig_validate(compressed, true).map_err(|_| PointError::Signature)?;
    let affine = signature.serialize();
    let mut encoded = [0; 256];
    spread(&affine, &mut encoded, &[1, 0, 3, 2]);
    Ok(encoded)
}

/// The way back: a public key from the chain, compressed.
///
/// # Errors
/// Padding that is not zero, or not a point of the prime-order subgroup of G1, or infinity.
pub fn key_from_eip2537(encoded: &[u8; 128]) -> Result<[u8; 48], PointError> {
    let mut affine = [0; 96];
    gather(encoded, &mut affine, &[0, 1]).ok_or(PointError::Key)?;
    let key = PublicKey::key_validate(&affine).map_err(|_| PointError::Key)?;
    Ok(key.compress())
}

/// The way back: a signature from the chain, compressed.
///
/// # Errors
/// Padding that is not zero, or not a point of the prime-order subgroup of G2, or infinity.
pub fn signature_from_eip2537(encoded: &[u8; 256]) -> Result<[u8; 96], PointError> {
    let mut affine = [0; 192];
    gather(encoded, &mut affine, &[1, 0, 3, 2]).ok_or(PointError::Signature)?;
    let signature = Signature::sig_validate(&affine, true).map_err(|_| PointError::Signature)?;
    Ok(signature.compress())
}

/// Puts field element `order[i]` of `affine` into slot `i`.
fn spread(affine: &[u8], encoded: &mut [u8], order: &[usize]) {
    for (slot, &element) in encoded.chunks_exact_mut(SLOT).zip(order) {
        slot[SLOT - FIELD..].copy_from_slice(&affine[element * FIELD..][..FIELD]);
    }
}

/// Takes slot `i` as field element `order[i]`; none if the padding is not zero.
fn gather(encoded: &[u8], affine: &mut [u8], order: &[usize]) -> Option<()> {
    for (slot, &element) in encoded.chunks_exact(SLOT).zip(order) {
        let (padding, field) = slot.split_at(SLOT - FIELD);
        if padding.iter().any(|byte| *byte != 0) {
            return None;
        }
        affine[element * FIELD..][..FIELD].copy_from_slice(field);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use threshold_crypto::SecretKey;

    /// The generator of G1 in EIP-2537's test vectors.
    #[test]
    fn knows_the_generator() {
        let compressed: [u8; 48] = hex::decode(
            "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
        )
        .unwrap()
        .try_into()
        .unwrap();
        let encoded = key_to_eip2537(&compressed).unwrap();
        assert_eq!(
            hex::encode(encoded),
            [
                "00000000000000000000000000000000",
                "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
                "00000000000000000000000000000000",
                "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1",
            ]
            .concat()
        );
    }

    #[test]
    fn goes_there_and_back() {
        let mut rng = rand07::rngs::OsRng;
        for _ in 0..8 {
            let secret: SecretKey = rand07::Rng::r#gen(&mut rng);
            let key = secret.public_key().to_bytes();
            assert_eq!(key_from_eip2537(&key_to_eip2537(&key).unwrap()), Ok(key));
            let signature = secret.sign(b"there and back").to_bytes();
            assert_eq!(signature_from_eip2537(&signature_to_eip2537(&signature).unwrap()), Ok(signature));
        }
    }

    #[test]
    fn refuses_infinity_and_what_is_no_point() {
        let mut infinity = [0; 48];
        infinity[0] = 0xc0;
        assert_eq!(key_to_eip2537(&infinity), Err(PointError::Key));
        let mut infinity = [0; 96];
        infinity[0] = 0xc0;
        assert_eq!(signature_to_eip2537(&infinity), Err(PointError::Signature));
        assert_eq!(key_to_eip2537(&[0xff; 48]), Err(PointError::Key));
        assert_eq!(key_to_eip2537(&[0; 48]), Err(PointError::Key));
        assert_eq!(key_from_eip2537(&[0; 128]), Err(PointError::Key));
        assert_eq!(signature_from_eip2537(&[0; 256]), Err(PointError::Signature));

        // On the curve, but outside the subgroup of prime order: x = 4 on G1.
        let mut small = [0; 48];
        small[0] = 0x80;
        small[47] = 4;
        assert!(PublicKey::from_bytes(&small).is_ok(), "a point of the curve");
        assert_eq!(key_to_eip2537(&small), Err(PointError::Key));

        let secret: SecretKey = rand07::Rng::r#gen(&mut rand07::rngs::OsRng);
        let mut padded = key_to_eip2537(&secret.public_key().to_bytes()).unwrap();
        padded[64] = 1;
        assert_eq!(key_from_eip2537(&padded), Err(PointError::Key));
    }
}
