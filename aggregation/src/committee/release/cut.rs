//! A cut: who of a group is online and who is offline, with the seeds that are to be opened.

use crate::committee::sealed_seed::{Kind, SealContext, SealedSeed};
use crate::hash::digest;
use crate::ids::{Digest, OwnerId};
use crate::masking::MaskGraph;

/// A cut whose signed headers the caller has verified: every owner signed for its sealed seed, in one and the same
/// context.
#[derive(Debug, Clone)]
pub struct VerifiedCut {
    /// The epoch of the group's roster and of the committee's key.
    pub epoch: u64,
    /// The round; 0 is the round of statistics.
    pub round: u64,
    /// The attempt at the round.
    pub attempt: u32,
    /// The group within the round.
    pub group: u16,
    /// The round's context before the roster: the offline owners' pair seeds are sealed for it.
    pub context0: Digest,
    /// The round's context with the roster: the online owners' self seeds are sealed for it.
    pub context: Digest,
    /// What the summed updates are updates of. A round of statistics must give a digest that no model has.
    pub model: Digest,
    /// The group's roster, and who of it masks with whom.
    pub graph: MaskGraph,
    /// The owners that reported, each with its sealed self seed.
    pub online: Vec<(OwnerId, SealedSeed)>,
    /// The owners that did not, each with its sealed pair seeds.
    pub offline: Vec<(OwnerId, SealedSeed)>,
    /// The digest that the committee signs for this cut; must bind all of the above.
    pub digest: Digest,
}

impl VerifiedCut {
    /// What an online owner's seed must have been sealed for.
    #[must_use]
    pub const fn online_context(&self, owner: OwnerId) -> SealContext {
        SealContext { context: self.context, owner, kind: Kind::SelfSeed }
    }

    /// What an offline owner's seed must have been sealed for.
    #[must_use]
    pub const fn offline_context(&self, owner: OwnerId) -> SealContext {
        SealContext { context: self.context0, owner, kind: Kind::Pair }
    }

    /// All seeds that are to be opened, online first, with what each must have been sealed for. A release's shares
    /// are in this order.
    pub fn seeds(&self) -> impl Iterator<Item = (SealContext, &SealedSeed)> {
        let online = self.online.iter().map(|(owner, seed)| (self.online_context(*owner), seed));
        let offline = self.offline.iter().map(|(owner, seed)| (self.offline_context(*owner), seed));
        online.chain(offline)
    }

    /// The number of seeds that are to be opened.
    #[must_use]
    pub fn seed_count(&self) -> usize {
        self.online.len() + self.offline.len()
    }

    /// A digest of everything in the cut: two cuts with the same one are the same cut asked again.
    pub(super) fn fingerprint(&self) -> Digest {
        let list = |seeds: &[(OwnerId, SealedSeed)]| {
            let entries: Vec<Vec<u8>> =
                seeds.iter().map(|(owner, seed)| [&owner.0[..], &seed.to_bytes()].concat()).collect();
            let parts: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
            digest("committee/cut/seeds", &parts)
        };
        digest(
            "committee/cut",
            &[
                &self.epoch.to_le_bytes(),
                &self.round.to_le_bytes(),
                &self.attempt.to_le_bytes(),
                &self.group.to_le_bytes(),
                self.context0.as_ref(),
                self.context.as_ref(),
                self.model.as_ref(),
                self.graph.digest().as_ref(),
                list(&self.online).as_ref(),
                list(&self.offline).as_ref(),
                self.digest.as_ref(),
            ],
        )
    }
}

/// A cut that this member's [`Ledger`](super::Ledger) has judged and remembers. Only such a cut can be released.
#[derive(Debug, Clone, Copy)]
pub struct ApprovedCut<'a>(pub(super) &'a VerifiedCut);

impl ApprovedCut<'_> {
    /// The cut.
    #[must_use]
    pub const fn cut(&self) -> &VerifiedCut {
        self.0
    }
}
