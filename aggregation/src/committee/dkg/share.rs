//! One dealer's share for one member, sealed: HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256 and AES-256-GCM, bound by `info` to the run, the dealer, its commitment, and the receiver.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rand07::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::committee::scalar::{SCALAR_LEN, SecretScalar};
use crate::hash::digest;
use crate::ids::{Digest, OwnerId};

const ENCAPSULATED_LEN: usize = 32;

/// Length of a sealed share: encapsulated key, scalar, tag.
pub(crate) const SEALED_LEN: usize = ENCAPSULATED_LEN + SCALAR_LEN + 16;

/// What a sealed share is for.
pub(crate) struct ShareContext {
    pub(crate) run: Digest,
    pub(crate) dealer: OwnerId,
    /// The hash of the dealer's commitment that it announced.
    pub(crate) announced: Digest,
    pub(crate) receiver: OwnerId,
}

impl ShareContext {
    fn info(&self) -> Digest {
        let parts =
            [self.run.as_ref(), self.dealer.as_ref(), self.announced.as_ref(), self.receiver.as_ref()];
        digest("committee/dkg/share", &parts)
    }
}

/// The public key of an X25519 secret.
pub(crate) fn public_key(secret: &[u8; 32]) -> Option<[u8; 32]> {
    let secret = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(secret).ok()?;
    X25519HkdfSha256::sk_to_pk(&secret).to_bytes().as_slice().try_into().ok()
}

/// Seals a share; `None` if nothing can be sealed to this key (a point of low order).
pub(crate) fn seal(
    share: &SecretScalar,
    receiver_key: &[u8; 32],
    context: &ShareContext,
    rng: &mut (impl RngCore + CryptoRng),
) -> Option<[u8; SEALED_LEN]> {
    let receiver = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(receiver_key).ok()?;
    // hpke and threshold_crypto want generators of different generations of the rand crates.
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(seed.as_mut_slice());
    let mut ephemeral = ChaCha20Rng::from_seed(*seed);
    let (encapsulated, sealed) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &receiver,
        context.info().as_bytes(),
        share.to_bytes().as_slice(),
        &[],
        &mut ephemeral,
    )
    .ok()?;
    [encapsulated.to_bytes().as_slice(), &sealed].concat().try_into().ok()
}

/// Opens a share; `None` if it is not a scalar sealed for this.
pub(crate) fn open(
    sealed: &[u8; SEALED_LEN],
    secret: &[u8; 32],
    context: &ShareContext,
) -> Option<SecretScalar> {
    let secret = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(secret).ok()?;
    let (encapsulated, ciphertext) = sealed.split_at(ENCAPSULATED_LEN);
    let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let opened = single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &encapsulated,
        context.info().as_bytes(),
        ciphertext,
        &[],
    );
    let opened = Zeroizing::new(opened.ok()?);
    let scalar: &[u8; SCALAR_LEN] = opened.as_slice().try_into().ok()?;
    SecretScalar::from_bytes(scalar, "dealt share").ok()
}
