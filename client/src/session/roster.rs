//! Who a leaf of the group belongs to, and whether that is somebody the chain has enrolled.

use std::collections::BTreeMap;

use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{BasicCredential, KeyPackage, KeyPackageIn, LeafNode, ProtocolVersion};
use openmls_rust_crypto::RustCrypto;
use tributary_aggregation::header::identity_commitment;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::typed_data::{self, Domain};

use super::identity::LEAF_KEYS;
use super::{SessionError, refused};

/// What a leaf says of its member, after its wallet's signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The wallet's address.
    pub owner: OwnerId,
    /// Ed25519 key of MLS and of headers.
    pub mls_key: [u8; 32],
    /// X25519 key for pair seeds.
    pub mask_key: [u8; 32],
    /// X25519 key to which shares are sealed.
    pub seal_key: [u8; 32],
}

impl Member {
    /// Reads a leaf strictly and checks that the wallet it names has signed its MLS key.
    pub(super) fn from_leaf(leaf: &LeafNode, domain: &Domain) -> Result<Self, SessionError> {
        let credential = BasicCredential::try_from(leaf.credential().clone())
            .map_err(|_| SessionError::Leaf("its credential is not a basic credential"))?;
        let identity: &[u8; 85] = credential
            .identity()
            .try_into()
            .map_err(|_| SessionError::Leaf("its identity is not address and signature (85 bytes)"))?;
        let (address, signature) = identity.split_at(OwnerId::LEN);
        let owner =
            OwnerId::try_from(address).map_err(|_| SessionError::Leaf("its address is not 20 bytes"))?;
        let signature: [u8; 65] =
            signature.try_into().map_err(|_| SessionError::Leaf("its wallet signature is not 65 bytes"))?;
        let mls_key: [u8; 32] = leaf
            .signature_key()
            .as_slice()
            .try_into()
            .map_err(|_| SessionError::Leaf("its signature key is not 32 bytes"))?;
        let digest = typed_data::mls_identity_digest(domain, &owner.0, &mls_key);
        if typed_data::recover(&digest, &signature).ok() != Some(owner.0) {
            return Err(SessionError::Foreign { owner, reason: "its wallet has not signed its MLS key" });
        }
        let keys: [u8; 64] = leaf
            .extensions()
            .unknown(LEAF_KEYS)
            .and_then(|extension| extension.0.as_slice().try_into().ok())
            .ok_or(SessionError::Foreign { owner, reason: "it lacks the mask and seal keys (64 bytes)" })?;
        let (mut mask_key, mut seal_key) = ([0; 32], [0; 32]);
        mask_key.copy_from_slice(&keys[..32]);
        seal_key.copy_from_slice(&keys[32..]);
        if mask_key == seal_key {
            return Err(SessionError::Foreign { owner, reason: "its mask key and seal key are the same" });
        }
        Ok(Self { owner, mls_key, mask_key, seal_key })
    }

    fn check_enrolled(&self, enrolled: &BTreeMap<OwnerId, Digest>) -> Result<(), SessionError> {
        match enrolled.get(&self.owner) {
            None => Err(SessionError::Roster { owner: self.owner, reason: "is not enrolled on chain" }),
            Some(identity) if *identity != identity_commitment(&self.mls_key) => Err(SessionError::Foreign {
                owner: self.owner,
                reason: "its MLS key is not the enrolled one",
            }),
            Some(_) => Ok(()),
        }
    }
}

/// Checks that the members of a group are the researcher and owners among those enrolled, each once, and returns the owners.
pub(super) fn check_members(
    members: Vec<Member>,
    researcher: OwnerId,
    enrolled: &BTreeMap<OwnerId, Digest>,
) -> Result<BTreeMap<OwnerId, Member>, SessionError> {
    let mut owners = BTreeMap::new();
    let mut seen_researcher = false;
    for member in members {
        if member.owner == researcher && !seen_researcher {
            seen_researcher = true;
            continue;
        }
        member.check_enrolled(enrolled)?;
        let owner = member.owner;
        if owners.insert(owner, member).is_some() {
            return Err(SessionError::Roster { owner, reason: "is in the group twice" });
        }
    }
    if seen_researcher {
        return Ok(owners);
    }
    Err(SessionError::Roster { owner: researcher, reason: "(the researcher) is not in the group" })
}

/// Checks that the members of a group are exactly the researcher and those enrolled, and returns the owners.
pub(super) fn check_roster(
    members: Vec<Member>,
    researcher: OwnerId,
    enrolled: &BTreeMap<OwnerId, Digest>,
) -> Result<BTreeMap<OwnerId, Member>, SessionError> {
    let owners = check_members(members, researcher, enrolled)?;
    match enrolled.keys().find(|owner| !owners.contains_key(owner)) {
        Some(owner) => {
            Err(SessionError::Roster { owner: *owner, reason: "is enrolled but not in the group" })
        }
        None => Ok(owners),
    }
}

/// Decodes and validates a key package, and checks that it belongs to `owner` as the chain has enrolled it. Gives it
/// with what its leaf says.
///
/// # Errors
/// If the key package is not valid, somebody else's, or of another identity than the enrolled one.
pub fn check_key_package(
    bytes: &[u8],
    owner: OwnerId,
    domain: &Domain,
    enrolled: &BTreeMap<OwnerId, Digest>,
) -> Result<(KeyPackage, Member), SessionError> {
    let package = KeyPackageIn::tls_deserialize_exact_bytes(bytes)
        .map_err(refused("decode a key package"))?
        .validate(&RustCrypto::default(), ProtocolVersion::Mls10)
        .map_err(refused("accept a key package"))?;
    let member = Member::from_leaf(package.leaf_node(), domain)?;
    if member.owner != owner {
        return Err(SessionError::Foreign { owner, reason: "its key package names another address" });
    }
    member.check_enrolled(enrolled)?;
    Ok((package, member))
}
