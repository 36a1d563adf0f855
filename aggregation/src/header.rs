//! Signed headers: what an owner says when it joins a round and when it reports.
//!
//! Headers are signed with the owner's MLS signature key (Ed25519, RFC 8032) over a labelled digest, so that committee
//! members can check what the coordinator shows them. `Signed<T>` is unverified; only [`Signed::verify`] gives a
//! [`Verified<T>`].

use ed25519_dalek::{Signature, VerifyingKey};
use thiserror::Error;

use crate::hash::digest;
use crate::ids::{Digest, OwnerId};

/// A signed header was not signed by whom it should have been.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// The signature does not verify under the owner's MLS signature key.
    #[error("the {kind} header of owner {owner} is not signed by that owner's MLS key")]
    BadSignature {
        /// Which header.
        kind: &'static str,
        /// The owner that the header names.
        owner: OwnerId,
    },
    /// The key given is not an Ed25519 public key.
    #[error("the MLS signature key of owner {owner} is not a valid Ed25519 public key")]
    BadKey {
        /// The owner that the header names.
        owner: OwnerId,
    },
}

/// What the chain holds of an owner's MLS signature key (`identity` of the `Enrol` signature), so that nobody can
/// put another key in its place.
#[must_use]
pub fn identity_commitment(mls_key: &[u8; 32]) -> Digest {
    digest("mls-identity", &[mls_key])
}

/// Something an owner signs.
pub trait Header {
    /// Name of the header, for errors.
    const KIND: &'static str;

    /// The owner that speaks.
    fn owner(&self) -> OwnerId;

    /// The digest that is signed.
    fn digest(&self) -> Digest;
}

/// "I take part": the pair seeds of owner and group, sealed to the committee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinHeader {
    /// `context₀`.
    pub context0: Digest,
    /// The owner that joins.
    pub owner: OwnerId,
    /// The owner's pair seeds, a `SealedSeed` of kind `Pair` in bytes.
    pub sealed_pair: Vec<u8>,
}

impl Header for JoinHeader {
    const KIND: &'static str = "join";

    fn owner(&self) -> OwnerId {
        self.owner
    }

    fn digest(&self) -> Digest {
        digest("join", &[self.context0.as_ref(), self.owner.as_ref(), &self.sealed_pair])
    }
}

/// "This is my masked update": its digest, and the seed of the owner's own mask, sealed to the committee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportHeader {
    /// `context`: `context₀` with the roster.
    pub context: Digest,
    /// The owner that reports.
    pub owner: OwnerId,
    /// The seed of the owner's own mask, a `SealedSeed` of kind `SelfSeed` in bytes.
    pub sealed_self: Vec<u8>,
    /// SHA-256 of the packed masked update.
    pub update: Digest,
}

impl Header for ReportHeader {
    const KIND: &'static str = "report";

    fn owner(&self) -> OwnerId {
        self.owner
    }

    fn digest(&self) -> Digest {
        digest(
            "report",
            &[self.context.as_ref(), self.owner.as_ref(), &self.sealed_self, self.update.as_ref()],
        )
    }
}

/// A header with its signature, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    /// The header.
    pub header: T,
    /// Ed25519 signature over the header's digest.
    pub signature: [u8; 64],
}

/// A header whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(Signed<T>);

impl<T> Verified<T> {
    /// The header.
    #[must_use]
    pub fn header(&self) -> &T {
        &self.0.header
    }

    /// The header with its signature, to be passed on.
    #[must_use]
    pub fn signed(&self) -> &Signed<T> {
        &self.0
    }

    /// The header with its signature, to be passed on.
    #[must_use]
    pub fn into_signed(self) -> Signed<T> {
        self.0
    }
}

impl<T: Header> Signed<T> {
    /// Verifies the signature strictly (RFC 8032 with small-order keys refused) under the owner's MLS signature key.
    ///
    /// # Errors
    /// If `key` is no Ed25519 key or the signature is not by it.
    pub fn verify(self, key: &[u8; 32]) -> Result<Verified<T>, HeaderError> {
        let owner = self.header.owner();
        let key = VerifyingKey::from_bytes(key).map_err(|_| HeaderError::BadKey { owner })?;
        key.verify_strict(self.header.digest().as_ref(), &Signature::from_bytes(&self.signature))
            .map_err(|_| HeaderError::BadSignature { kind: T::KIND, owner })?;
        Ok(Verified(self))
    }
}

/// A cut: who of a group's roster is online and who is not, by their signed headers. What the committee certifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutContent<'a> {
    /// The study's epoch.
    pub epoch: u64,
    /// The round.
    pub round: u64,
    /// The attempt.
    pub attempt: u32,
    /// The group.
    pub group: u16,
    /// The group's context.
    pub context: Digest,
    /// Digests of the online owners' report headers, by ascending owner.
    pub online: &'a [(OwnerId, Digest)],
    /// Digests of the offline owners' join headers, by ascending owner.
    pub offline: &'a [(OwnerId, Digest)],
}

impl CutContent<'_> {
    /// The digest that the committee signs.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let side = |label: &str, owners: &[(OwnerId, Digest)]| {
            debug_assert!(owners.is_sorted());
            let parts: Vec<&[u8]> =
                owners.iter().flat_map(|(owner, header)| [owner.as_ref(), header.as_ref()]).collect();
            digest(label, &parts)
        };
        digest(
            "cut",
            &[
                &self.epoch.to_le_bytes(),
                &self.round.to_le_bytes(),
                &self.attempt.to_le_bytes(),
                &self.group.to_le_bytes(),
                self.context.as_ref(),
                side("cut-online", self.online).as_ref(),
                side("cut-offline", self.offline).as_ref(),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    fn report(key: &SigningKey) -> Signed<ReportHeader> {
        let header = ReportHeader {
            context: Digest([1; 32]),
            owner: OwnerId([2; 20]),
            sealed_self: vec![3; 200],
            update: Digest([4; 32]),
        };
        let signature = key.sign(header.digest().as_ref()).to_bytes();
        Signed { header, signature }
    }

    #[test]
    fn a_header_changed_in_any_field_is_refused() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let public = key.verifying_key().to_bytes();
        assert!(report(&key).verify(&public).is_ok());
        let changes: [fn(&mut Signed<ReportHeader>); 5] = [
            |s| s.header.context.0[0] ^= 1,
            |s| s.header.owner.0[0] ^= 1,
            |s| s.header.sealed_self[0] ^= 1,
            |s| s.header.update.0[0] ^= 1,
            |s| s.signature[0] ^= 1,
        ];
        for change in changes {
            let mut changed = report(&key);
            change(&mut changed);
            assert!(matches!(changed.verify(&public), Err(HeaderError::BadSignature { .. })));
        }
    }

    #[test]
    fn a_join_signature_is_no_report_signature() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let join = JoinHeader { context0: Digest([1; 32]), owner: OwnerId([2; 20]), sealed_pair: vec![] };
        let signature = key.sign(join.digest().as_ref()).to_bytes();
        let mut forged = report(&key);
        forged.signature = signature;
        assert!(forged.verify(&key.verifying_key().to_bytes()).is_err());
    }
}
