//! A study of five owners with transcripts that verify.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use tributary_aggregation::committee::beacon::{beacon_message, candidates_digest};
use tributary_aggregation::committee::{CommitteePublicKey, Purpose};
use tributary_aggregation::groups::assign_groups;
use tributary_aggregation::header::CutContent;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_aggregation::transcript::{
    AbortReason, AbortedAttempt, GroupRecord, HexBytes, Offline, OfflineReason, Online, PublicView,
    RoundParts, Standing, VerifiedTranscript, build,
};

use crate::{COMMITTEE, owner};

/// The plan, as committed among the seeds.
pub const PLAN: &[u8] = include_bytes!("../seeds/study_plan/numbers.json");

/// All that is public about the study before its first round.
pub struct Study {
    plan: StudyPlan,
    owners: BTreeSet<OwnerId>,
    key: CommitteePublicKey,
    standing: Standing,
}

/// The study before its first round.
pub static STUDY: LazyLock<Study> = LazyLock::new(|| Study {
    plan: StudyPlan::from_json(PLAN).expect("a plan"),
    owners: (1..=5).map(owner).collect(),
    key: COMMITTEE.key.public_key(),
    standing: Standing::default(),
});

impl Study {
    /// What an auditor knows.
    pub fn view(&self) -> PublicView<'_> {
        PublicView {
            study: StudyId([9; 32]),
            plan: &self.plan,
            plan_digest: StudyPlan::digest_of(PLAN),
            owners: &self.owners,
            ever: &self.owners,
            epoch: 4,
            committee_key: &self.key,
            standing: &self.standing,
        }
    }

    /// An honest first round after `aborts` attempts in vain; the third of each group is cut.
    pub fn transcript(&self, aborts: u32) -> VerifiedTranscript {
        let (view, attempt) = (self.view(), aborts + 1);
        let candidates: Vec<OwnerId> = self.owners.iter().copied().collect();
        let message = beacon_message(view.study, view.epoch, 1, attempt, candidates_digest(&candidates));
        let beacon = COMMITTEE.certify(Purpose::Beacon, &message);
        let rules = &self.plan.aggregation;
        let assigned = assign_groups(&beacon.to_bytes(), &candidates, rules.min_group, rules.max_groups);
        let groups = (0u16..).zip(assigned).map(|(index, roster)| group(attempt, index, &roster)).collect();
        let aborted = (1..attempt).map(|attempt| AbortedAttempt {
            round: 1,
            attempt,
            reason: AbortReason::GroupTooSmall,
            details: "group 0 had one owner online, 2 are needed".to_owned(),
            absent: vec![owner(1), owner(2)],
        });
        let parts = RoundParts {
            round: 1,
            aborted: aborted.collect(),
            candidates,
            beacon,
            groups,
            model_before: Digest([11; 32]),
            model_after: Digest([12; 32]),
            utilities: vec![500_000, 700_000, 640_000, 810_000],
        };
        build(&view, parts).expect("an honest round")
    }
}

fn group(attempt: u32, index: u16, roster: &[OwnerId]) -> GroupRecord {
    let context = Digest([20 + index as u8; 32]);
    let (online, offline) = roster.split_at(2);
    let report = Digest([30; 32]);
    let join = Digest([40; 32]);
    let content = CutContent {
        epoch: 4,
        round: 1,
        attempt,
        group: index,
        context,
        online: &online.iter().map(|owner| (*owner, report)).collect::<Vec<_>>(),
        offline: &offline.iter().map(|owner| (*owner, join)).collect::<Vec<_>>(),
    };
    GroupRecord {
        index,
        context,
        roster: roster.to_vec(),
        online: online.iter().map(|&owner| Online { owner, report }).collect(),
        offline: offline
            .iter()
            .map(|&owner| Offline { owner, join, reason: OfflineReason::Silent })
            .collect(),
        sum: Digest([50 + index as u8; 32]),
        certificate: HexBytes(COMMITTEE.certify(Purpose::Cut, &content.digest()).to_bytes()),
    }
}
