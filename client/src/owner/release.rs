//! Answering a cut: everything the coordinator shows is checked, remembered on disk, and only then answered.

use std::collections::BTreeMap;

use tributary_aggregation::committee::release::release;
use tributary_aggregation::committee::{KeyShare, SealedSeed, VerifiedCut};
use tributary_aggregation::header::{CutContent, Header, Signed};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::decode::Cut;
use tributary_proto::v1::GroupRelease;

use super::agent::{Agent, InHand, unless_untimely};
use super::round::{Rostered, RosteredGroup};
use crate::connection::Attempt;
use crate::member::MemberError;
use crate::narrate::Event;

/// One side of a cut, its signatures verified: the sealed seeds, and the digests of the headers.
type Side = (Vec<(OwnerId, SealedSeed)>, Vec<(OwnerId, Digest)>);

impl Agent {
    /// This member's share of the committee's key, if it is in the committee.
    pub(super) fn key_share(&self) -> Result<Option<KeyShare>, MemberError> {
        let Some(record) = &self.member.vault.record.committee else { return Ok(None) };
        let key = self.member.committee_key()?;
        let share = record.share.as_ref().map(|share| KeyShare::from_bytes(share.expose(), &key));
        Ok(share.transpose()?)
    }

    /// Checks the cuts of a round, remembers them, and answers.
    pub(super) async fn cuts_proposed(&mut self, at: Attempt, cuts: Vec<Cut>) -> Result<(), MemberError> {
        let InHand::Rostered(rostered, ..) = &self.in_hand else { return Ok(()) };
        rostered.check(at).map_err(|error| MemberError::Disagreement(error.to_string()))?;
        let Some(share) = self.key_share()? else { return Ok(()) };
        let keys: BTreeMap<OwnerId, [u8; 32]> = self
            .member
            .group()?
            .owners(self.member.plan.researcher, &self.member.enrolled)?
            .into_iter()
            .map(|(owner, leaf)| (owner, leaf.mls_key))
            .collect();
        if cuts.len() != rostered.groups.len() {
            return Err(MemberError::Disagreement(format!(
                "cuts of {} groups were shown in a round of {}; nothing is released",
                cuts.len(),
                rostered.groups.len()
            )));
        }
        let verified = cuts
            .into_iter()
            .zip(&rostered.groups)
            .map(|(cut, group)| verify_cut(rostered, group, cut, &keys))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| MemberError::Disagreement(format!("{reason}; nothing is released")))?;

        let min_group = usize::from(self.member.plan.aggregation.min_group);
        // The ledger takes all cuts of the round, or none.
        let mut ledger = self.member.vault.record.releases.clone();
        let mut answers = Vec::with_capacity(verified.len());
        for cut in &verified {
            let approved = ledger
                .answer(cut, min_group)
                .map_err(|refusal| MemberError::Disagreement(refusal.to_string()))?;
            let answer =
                release(&share, approved).map_err(|error| MemberError::Disagreement(error.to_string()))?;
            answers.push(GroupRelease {
                group: cut.group.into(),
                cut: cut.digest.0.to_vec(),
                release: answer.to_bytes(),
            });
        }
        self.member.vault.record.releases = ledger;
        self.member.save()?; // before the answer leaves
        unless_untimely(self.connection.release_groups(self.member.study, at, answers).await)?;
        self.narrator.tell(Event::Phase { round: at.round, attempt: at.attempt, phase: "released" });
        Ok(())
    }
}

/// Checks that each side's headers are signed by their owners in the group's one context.
fn verify_cut(
    rostered: &Rostered,
    group: &RosteredGroup,
    cut: Cut,
    keys: &BTreeMap<OwnerId, [u8; 32]>,
) -> Result<VerifiedCut, String> {
    if cut.context != group.context {
        return Err(format!("the cut of group {} is in another context than this member's", cut.group));
    }
    let graph = group.graph.clone().ok_or_else(|| {
        format!("the cut of group {} is shown before it was drawn who masks with whom in it", cut.group)
    })?;
    let (online, online_headers) = verify_side(cut.online, keys, |report| {
        (report.context == group.context).then_some(report.sealed_self.as_slice())
    })?;
    let (offline, offline_headers) = verify_side(cut.offline, keys, |join| {
        (join.context0 == group.context0).then_some(join.sealed_pair.as_slice())
    })?;
    let digest = CutContent {
        epoch: rostered.epoch,
        round: rostered.at.round,
        attempt: rostered.at.attempt,
        group: cut.group,
        context: group.context,
        online: &online_headers,
        offline: &offline_headers,
    }
    .digest();
    Ok(VerifiedCut {
        epoch: rostered.epoch,
        round: rostered.at.round,
        attempt: rostered.at.attempt,
        group: cut.group,
        context0: group.context0,
        context: group.context,
        model: rostered.model,
        graph,
        online,
        offline,
        digest,
    })
}

fn verify_side<T: Header>(
    headers: Vec<Signed<T>>,
    keys: &BTreeMap<OwnerId, [u8; 32]>,
    sealed: impl Fn(&T) -> Option<&[u8]>,
) -> Result<Side, String> {
    let mut seeds = Vec::with_capacity(headers.len());
    let mut digests = Vec::with_capacity(headers.len());
    for signed in headers {
        let owner = signed.header.owner();
        let key = keys.get(&owner).ok_or_else(|| format!("{owner} is in a cut but not in the group"))?;
        let verified = signed.verify(key).map_err(|error| error.to_string())?;
        let header = verified.header();
        let bytes = sealed(header)
            .ok_or_else(|| format!("the {} header of {owner} is of another context", T::KIND))?;
        let seed = SealedSeed::from_bytes(bytes)
            .map_err(|error| format!("the sealed seed in the {} header of {owner}: {error}", T::KIND))?;
        digests.push((owner, header.digest()));
        seeds.push((owner, seed));
    }
    Ok((seeds, digests))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::round::tests::crowd;

    #[test]
    fn a_cut_shown_before_its_mask_graph_is_drawn_is_refused() {
        let rostered = crowd();
        let group = &rostered.groups[0];
        let cut = Cut { group: 0, context: group.context, online: Vec::new(), offline: Vec::new() };
        let refused = verify_cut(&rostered, group, cut, &BTreeMap::new());
        assert!(refused.is_err_and(|reason| reason.contains("before it was drawn who masks with whom")));
    }
}
