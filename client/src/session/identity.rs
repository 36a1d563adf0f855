//! A member's keys for one study, and the MLS leaf that carries their public halves.

use ed25519_dalek::SigningKey;
use openmls::prelude::tls_codec::Serialize as _;
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, Extension, ExtensionType, Extensions,
    KeyPackage, KeyPackageBundle, LeafNode, UnknownExtension,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::signatures::Signer as _;
use openmls_traits::types::SignatureScheme;
use tributary_aggregation::header::{Header, Signed};
use tributary_aggregation::ids::OwnerId;
use x25519_dalek::{PublicKey, StaticSecret};

use super::{Provider, SessionError, refused};

/// The one ciphersuite of protocol version 1.
pub(super) const CIPHERSUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// The leaf-node extension that carries the mask key and the seal key (64 bytes, X25519 each).
pub(super) const LEAF_KEYS: u16 = 0xF0A1;

/// The two X25519 secrets of a member: for pair seeds, and for what is sealed to it.
pub struct MaskKeys {
    /// Agrees on pair seeds.
    pub mask: StaticSecret,
    /// Opens what is sealed to this member (shares of the key generation).
    pub seal: StaticSecret,
}

impl MaskKeys {
    fn extension(&self) -> Extension {
        let mut bytes = PublicKey::from(&self.mask).to_bytes().to_vec();
        bytes.extend_from_slice(PublicKey::from(&self.seal).as_bytes());
        Extension::Unknown(LEAF_KEYS, UnknownExtension(bytes))
    }
}

/// The public key of an Ed25519 secret (RFC 8032).
#[must_use]
pub fn mls_public_key(secret: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(secret).verifying_key().to_bytes()
}

/// A member's identity in one study: wallet address, MLS signature key, mask and seal keys.
pub struct Identity {
    /// The wallet's address.
    pub owner: OwnerId,
    /// X25519 secrets.
    pub keys: MaskKeys,
    mls_key: [u8; 32],
    pub(super) signer: SignatureKeyPair,
    /// The wallet's EIP-712 `MlsIdentity` signature over the MLS key.
    wallet_signature: [u8; 65],
}

impl Identity {
    /// Puts an identity together from its Ed25519 secret, its X25519 secrets, and the wallet's signature over the MLS key.
    #[must_use]
    pub fn new(owner: OwnerId, mls_secret: &[u8; 32], keys: MaskKeys, wallet_signature: [u8; 65]) -> Self {
        let mls_key = mls_public_key(mls_secret);
        let signer =
            SignatureKeyPair::from_raw(SignatureScheme::ED25519, mls_secret.to_vec(), mls_key.to_vec());
        Self { owner, keys, mls_key, signer, wallet_signature }
    }

    /// The public MLS signature key.
    #[must_use]
    pub fn mls_key(&self) -> [u8; 32] {
        self.mls_key
    }

    /// Signs a header with the MLS signature key.
    ///
    /// # Errors
    /// If the key can't sign.
    pub fn sign<T: Header>(&self, header: T) -> Result<Signed<T>, SessionError> {
        let bytes = self
            .signer
            .sign(header.digest().as_ref())
            .map_err(|error| SessionError::Mls { action: "sign a header", reason: format!("{error:?}") })?;
        let signature = bytes.try_into().map_err(|_| SessionError::Leaf("its signature is not 64 bytes"))?;
        Ok(Signed { header, signature })
    }

    pub(super) fn credential(&self) -> CredentialWithKey {
        let mut identity = self.owner.0.to_vec();
        identity.extend_from_slice(&self.wallet_signature);
        CredentialWithKey {
            credential: BasicCredential::new(identity).into(),
            signature_key: self.signer.public().into(),
        }
    }

    pub(super) fn leaf_extensions(&self) -> Result<Extensions<LeafNode>, SessionError> {
        Extensions::single(self.keys.extension()).map_err(refused("make a leaf"))
    }

    pub(super) fn capabilities() -> Capabilities {
        Capabilities::new(None, Some(&[CIPHERSUITE]), Some(&[ExtensionType::Unknown(LEAF_KEYS)]), None, None)
    }

    /// Makes a key package; its private half stays in `provider`'s storage.
    ///
    /// # Errors
    /// If the library refuses.
    pub fn key_package(&self, provider: &Provider) -> Result<Vec<u8>, SessionError> {
        let bundle: KeyPackageBundle = KeyPackage::builder()
            .leaf_node_capabilities(Self::capabilities())
            .leaf_node_extensions(self.leaf_extensions()?)
            .build(CIPHERSUITE, provider, &self.signer, self.credential())
            .map_err(refused("make a key package"))?;
        bundle.key_package().tls_serialize_detached().map_err(refused("encode a key package"))
    }
}
