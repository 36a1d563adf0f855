//! One group's cut: who is online, who is not, and what members have released of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tributary_aggregation::committee::{DecodeError, SealedSeed, VerifiedCut};
use tributary_aggregation::hash::sha256;
use tributary_aggregation::header::{CutContent, Header, JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{GraphError, GraphParams, MaskGraph};
use tributary_aggregation::transcript::{GroupRecord, HexBytes, Offline, OfflineReason, Online};
use tributary_proto::decode;

use super::base::{Attempt, Base};
use super::blob::Blob;
use super::headers::{Join, Report};
use super::phases::RosteredGroup;

/// A cut is not what it was checked to be.
#[derive(Debug, Error)]
pub enum CutError {
    /// A sealed seed.
    #[error(transparent)]
    Seed(#[from] DecodeError),
    /// The mask graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// One group's cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupCut {
    /// The group.
    pub index: u16,
    /// What its members joined in.
    pub context0: Digest,
    /// The same with the roster.
    pub context: Digest,
    /// Ascending.
    pub roster: Vec<OwnerId>,
    /// How many owners of the epoch may collude: the mask graph is drawn for that.
    pub corrupt: usize,
    /// What the mask graph is drawn by; nothing if no group of the round needs one.
    pub graph_beacon: Option<Blob>,
    /// Those who reported.
    pub online: BTreeMap<OwnerId, Report>,
    /// Those who did not.
    pub offline: BTreeMap<OwnerId, Cut>,
    /// Members' answers.
    pub releases: BTreeMap<OwnerId, Blob>,
    /// Members whose answers were wrong.
    pub liars: BTreeSet<OwnerId>,
}

/// An owner that was cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// Its join.
    pub join: Join,
    /// Why it was cut.
    pub reason: OfflineReason,
}

impl GroupCut {
    /// Cuts a group: those who have not reported are offline.
    #[must_use]
    pub fn new(
        index: u16,
        group: RosteredGroup,
        corrupt: usize,
        graph_beacon: Option<Blob>,
        is_silent: impl Fn(&OwnerId) -> bool,
    ) -> Self {
        let RosteredGroup { context0, context, roster, joins, reports } = group;
        let offline =
            joins.into_iter().filter(|(owner, _)| !reports.contains_key(owner)).map(|(owner, join)| {
                let reason = if is_silent(&owner) { OfflineReason::Silent } else { OfflineReason::Late };
                (owner, Cut { join, reason })
            });
        Self {
            index,
            context0,
            context,
            roster,
            corrupt,
            graph_beacon,
            offline: offline.collect(),
            online: reports,
            releases: BTreeMap::new(),
            liars: BTreeSet::new(),
        }
    }

    /// Who of the roster masks with whom.
    ///
    /// # Errors
    /// If the group needs a mask graph and none was drawn.
    pub fn graph(&self) -> Result<MaskGraph, GraphError> {
        let beacon = self.graph_beacon.as_ref();
        let beacon = beacon.and_then(|beacon| <&[u8; 96]>::try_from(beacon.0.as_slice()).ok());
        MaskGraph::new(&self.roster, self.corrupt, &self.context, beacon)
    }

    /// Why members would refuse the cut for who of the group is left, if they would.
    #[must_use]
    pub fn too_thin(&self) -> Option<String> {
        let graph = match self.graph() {
            Ok(graph) => graph,
            Err(error) => return Some(error.to_string()),
        };
        let stripped = graph.stripped(&self.online.keys().copied().collect());
        stripped.first().map(|owner| {
            format!(
                "of the owners that follow {owner} in the mask graph of group {} fewer than {} reported",
                self.index,
                graph.params().map_or(0, GraphParams::min_online)
            )
        })
    }

    fn reports(&self) -> impl Iterator<Item = Signed<ReportHeader>> + '_ {
        self.online.values().map(Into::into)
    }

    fn joins(&self) -> impl Iterator<Item = Signed<JoinHeader>> + '_ {
        self.offline.values().map(|cut| (&cut.join).into())
    }

    /// The digest that the committee signs.
    #[must_use]
    pub fn digest(&self, epoch: u64, at: Attempt) -> Digest {
        let online: Vec<_> =
            self.reports().map(|signed| (signed.header.owner, signed.header.digest())).collect();
        let offline: Vec<_> =
            self.joins().map(|signed| (signed.header.owner, signed.header.digest())).collect();
        let Attempt { round, attempt } = at;
        let (group, context) = (self.index, self.context);
        CutContent { epoch, round, attempt, group, context, online: &online, offline: &offline }.digest()
    }

    /// The cut as the committee's mathematics takes it. The model is the members' own knowledge: it is left zero.
    ///
    /// # Errors
    /// None for headers that were checked when they came.
    pub fn verified(&self, epoch: u64, at: Attempt) -> Result<VerifiedCut, CutError> {
        let online = self
            .online
            .iter()
            .map(|(owner, report)| SealedSeed::from_bytes(&report.sealed_self.0).map(|seed| (*owner, seed)));
        let offline = self
            .offline
            .iter()
            .map(|(owner, cut)| SealedSeed::from_bytes(&cut.join.sealed_pair.0).map(|seed| (*owner, seed)));
        Ok(VerifiedCut {
            epoch,
            round: at.round,
            attempt: at.attempt,
            group: self.index,
            context0: self.context0,
            context: self.context,
            model: Digest([0; 32]),
            graph: self.graph()?,
            online: online.collect::<Result<_, _>>()?,
            offline: offline.collect::<Result<_, _>>()?,
            digest: self.digest(epoch, at),
        })
    }

    /// Seeds that are to be opened.
    #[must_use]
    pub fn seed_count(&self) -> usize {
        self.online.len() + self.offline.len()
    }

    /// The cut as it travels.
    #[must_use]
    pub fn wire(&self) -> decode::Cut {
        decode::Cut {
            group: self.index,
            context: self.context,
            online: self.reports().collect(),
            offline: self.joins().collect(),
        }
    }

    /// The group in the round's transcript.
    #[must_use]
    pub fn record(&self, sum: Digest, certificate: [u8; 96]) -> GroupRecord {
        let online = self
            .reports()
            .map(|signed| Online { owner: signed.header.owner, report: signed.header.digest() });
        let offline = self.offline.iter().map(|(owner, cut)| {
            let join = Signed::<JoinHeader>::from(&cut.join).header.digest();
            Offline { owner: *owner, join, reason: cut.reason }
        });
        GroupRecord {
            index: self.index,
            context: self.context,
            roster: self.roster.clone(),
            online: online.collect(),
            offline: offline.collect(),
            sum,
            certificate: HexBytes(certificate),
        }
    }

    /// Short names of the sealed seeds in the cut.
    pub fn seed_tags(&self) -> impl Iterator<Item = (OwnerId, u64)> + '_ {
        let online = self.online.iter().map(|(owner, report)| (*owner, &report.sealed_self));
        let offline = self.offline.iter().map(|(owner, cut)| (*owner, &cut.join.sealed_pair));
        online.chain(offline).map(|(owner, sealed)| (owner, seed_tag(&sealed.0)))
    }

    /// The owner whose sealed seed was shown in an earlier cut, if there is one.
    #[must_use]
    pub fn repeated_seed(&self, base: &Base) -> Option<OwnerId> {
        self.seed_tags().find(|(_, tag)| base.seen_seeds.contains(tag)).map(|(owner, _)| owner)
    }
}

/// The first bytes of the digest of a sealed seed's group element.
fn seed_tag(sealed: &[u8]) -> u64 {
    let element = SealedSeed::from_bytes(sealed).map(|seed| seed.element());
    let digest = sha256(element.as_ref().map_or(sealed, |element| &element[..]));
    digest.0.iter().take(8).fold(0, |tag, byte| tag << 8 | u64::from(*byte))
}

/// Protocol, step 5: of two online sets over one model's updates, either they are equal or they differ in at least
/// `min_group` owners. A cut that breaks this would be refused by every honest member.
#[must_use]
pub fn too_close(base: &Base, cuts: &[GroupCut]) -> Option<String> {
    let min_group = base.min_group();
    cuts.iter().find_map(|cut| {
        let online: BTreeSet<OwnerId> = cut.online.keys().copied().collect();
        let close = base.shown.iter().find(|shown| {
            let difference = shown.symmetric_difference(&online).count();
            difference > 0 && difference < min_group
        })?;
        let difference = close.symmetric_difference(&online).count();
        Some(format!(
            "the owners of group {} differ in {difference} from a set that was summed over the same model, and \
             min_group is {min_group}",
            cut.index
        ))
    })
}
