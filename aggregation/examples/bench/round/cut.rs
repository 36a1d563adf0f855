//! Owners, what they sign, and the cut that members are shown of it.

use ed25519_dalek::{Signer, SigningKey};
use tributary_aggregation::committee::SealedSeed;
use tributary_aggregation::committee::release::VerifiedCut;
use tributary_aggregation::header::{CutContent, Header, JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{MaskGraph, PairSeeds};
use x25519_dalek::StaticSecret;

use super::Outcome;

/// An owner with its keys.
pub struct Owner {
    pub id: OwnerId,
    pub mask_key: StaticSecret,
    pub signing_key: SigningKey,
}

impl Owner {
    /// Signs a header.
    pub fn sign<T: Header>(&self, header: T) -> Signed<T> {
        let signature = self.signing_key.sign(header.digest().as_ref()).to_bytes();
        Signed { header, signature }
    }

    /// The key that its signatures verify under.
    pub fn verifying_key(&self) -> [u8; 32] {
        self.signing_key.verifying_key().to_bytes()
    }
}

/// What an owner has from joining until it reports.
pub struct Joined {
    pub pairs: PairSeeds,
    pub header: Signed<JoinHeader>,
}

/// The headers as a member is shown them.
pub struct ShownCut<'a> {
    pub context0: Digest,
    pub context: Digest,
    pub graph: &'a MaskGraph,
    pub owners: &'a [Owner],
    pub joined: &'a [Joined],
    pub reports: &'a [Signed<ReportHeader>],
}

impl ShownCut<'_> {
    /// Checks every signature, as each member does for itself.
    pub fn verify(&self) -> Outcome<VerifiedCut> {
        let (mut online, mut offline) = (Vec::new(), Vec::new());
        let (mut online_digests, mut offline_digests) = (Vec::new(), Vec::new());
        for (owner, joined) in self.owners.iter().zip(self.joined) {
            let key = owner.verifying_key();
            match self.reports.iter().find(|report| report.header.owner == owner.id) {
                Some(report) => {
                    let report = report.clone().verify(&key)?;
                    online.push((owner.id, SealedSeed::from_bytes(&report.header().sealed_self)?));
                    online_digests.push((owner.id, report.header().digest()));
                }
                None => {
                    let join = joined.header.clone().verify(&key)?;
                    offline.push((owner.id, SealedSeed::from_bytes(&join.header().sealed_pair)?));
                    offline_digests.push((owner.id, join.header().digest()));
                }
            }
        }
        let content = CutContent {
            epoch: 1,
            round: 1,
            attempt: 1,
            group: 0,
            context: self.context,
            online: &online_digests,
            offline: &offline_digests,
        };
        Ok(VerifiedCut {
            epoch: 1,
            round: 1,
            attempt: 1,
            group: 0,
            context0: self.context0,
            context: self.context,
            model: Digest([3; 32]),
            graph: self.graph.clone(),
            digest: content.digest(),
            online,
            offline,
        })
    }
}

/// Bytes of a join: context, owner, sealed seeds, signature.
pub fn join_len(join: &Signed<JoinHeader>) -> usize {
    Digest::LEN + OwnerId::LEN + join.header.sealed_pair.len() + join.signature.len()
}

/// Bytes of a report's header: context, owner, sealed seed, digest, signature.
pub fn report_len(report: &Signed<ReportHeader>) -> usize {
    2 * Digest::LEN + OwnerId::LEN + report.header.sealed_self.len() + report.signature.len()
}
