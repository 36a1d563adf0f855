//! A study of five owners, whose rounds are built and then tampered with.

mod rounds;
mod tampering;

use std::collections::BTreeSet;

use rand07::{Rng, SeedableRng, rngs::StdRng};
use threshold_crypto::SecretKey;

use super::*;
use crate::committee::beacon::{beacon_message, candidates_digest};
use crate::committee::hash_to_curve::hash_to_g2;
use crate::committee::{Certificate, CommitteePublicKey, Purpose};
use crate::groups::assign_groups;
use crate::hash::digest;
use crate::header::CutContent;
use crate::ids::{Digest, OwnerId, StudyId};
use crate::study::{
    Aggregation, Cohort, Deadlines, Feature, FeatureKind, Label, LayerSpec, Metric, ModelSpec, OptimizerSpec,
    PLAN_VERSION, Payment, SCORING_RULE, Schema, Scoring, StudyPlan, Training,
};

fn plan() -> StudyPlan {
    let kind = FeatureKind::Numeric { low: 0.0, high: 120.0, zero_is_missing: false };
    let plan = StudyPlan {
        version: PLAN_VERSION,
        name: "test".to_owned(),
        researcher: OwnerId([0xee; 20]),
        purpose: vec![],
        rounds: 3,
        schema: Schema::table(
            vec![Feature { name: "age".to_owned(), kind, missing_allowed: false, unit: None }],
            Label::binary("num", 0.0),
        ),
        model: ModelSpec::Layers(LayerSpec { hidden: vec![] }),
        training: Training { local_epochs: 1, learning_rate: 0.1, seed: 1, ..Training::default() },
        optimizer: OptimizerSpec::FedAvg { learning_rate: 1.0 },
        aggregation: Aggregation {
            clip: 1.0,
            bits: 16,
            max_weight: 1000,
            min_group: 2,
            max_groups: 2,
            adaptive_clip: None,
            rotation_budget: 100,
        },
        cohort: Cohort {
            min_owners: 4,
            max_owners: 5,
            allowed: vec![],
            max_corrupt_bps: 1000,
            late_enrolment: false,
            consent: false,
        },
        privacy: None,
        scoring: Scoring { rule: SCORING_RULE.into(), metric: Metric::Auc, tolerance_micros: 0 },
        payment: Payment { per_round: 1_000_000_000_000_000_000_001, base_share_bps: 2000 },
        deadlines: Deadlines {
            silence_s: 1,
            enrol_s: 1,
            committee_s: 1,
            gather_s: 1,
            join_s: 1,
            report_s: 1,
            release_s: 1,
            settle_s: 1,
            study_s: 1,
        },
        holdout_commitment: Digest([1; 32]),
    };
    plan.validate().expect("a plan that can be run");
    plan
}

/// Five owners, two groups; whoever is third in a group of three is cut. The committee's whole key is at hand here: a
/// certificate is the same whoever makes it.
struct Study {
    secret: SecretKey,
    key: CommitteePublicKey,
    plan: StudyPlan,
    owners: BTreeSet<OwnerId>,
    ever: BTreeSet<OwnerId>,
    standing: Standing,
}

impl Study {
    fn new() -> Self {
        let secret: SecretKey = StdRng::seed_from_u64(7).r#gen();
        let key = CommitteePublicKey::from_bytes(&secret.public_key().to_bytes()).unwrap();
        Self {
            secret,
            key,
            plan: plan(),
            owners: (1..=5).map(|i| OwnerId([i; 20])).collect(),
            ever: (1..=6).map(|i| OwnerId([i; 20])).collect(),
            standing: Standing::default(),
        }
    }

    fn view(&self) -> PublicView<'_> {
        PublicView {
            study: StudyId([9; 32]),
            plan: &self.plan,
            plan_digest: Digest([10; 32]),
            owners: &self.owners,
            ever: &self.ever,
            epoch: 4,
            committee_key: &self.key,
            standing: &self.standing,
        }
    }

    fn certify(&self, purpose: Purpose, message: &Digest) -> Certificate {
        let signature = self.secret.sign_g2(hash_to_g2(purpose, message).unwrap());
        Certificate::from_bytes(&signature.to_bytes()).unwrap()
    }

    /// An honest round after `aborts` attempts in vain.
    fn parts(&self, aborts: u32) -> RoundParts {
        self.parts_of(self.standing.round + 1, aborts)
    }

    fn parts_of(&self, round: u64, aborts: u32) -> RoundParts {
        let (view, attempt) = (self.view(), aborts + 1);
        let candidates: Vec<OwnerId> = self.owners.iter().copied().collect();
        let message = beacon_message(view.study, view.epoch, round, attempt, candidates_digest(&candidates));
        let beacon = self.certify(Purpose::Beacon, &message);
        let assigned = assign_groups(&beacon.to_bytes(), &candidates, 2, 2);
        let groups = (0u16..)
            .zip(assigned)
            .map(|(index, roster)| self.group(round, attempt, index, &roster))
            .collect();
        let aborted = (1..attempt)
            .map(|attempt| AbortedAttempt {
                round,
                attempt,
                reason: AbortReason::GroupTooSmall,
                details: "group 0 had one owner online, 2 are needed".to_owned(),
                absent: vec![candidates[1], candidates[0]],
            })
            .collect();
        RoundParts {
            round,
            aborted,
            candidates,
            beacon,
            groups,
            model_before: self.standing.model.unwrap_or(Digest([11; 32])),
            model_after: digest("test-model", &[&round.to_le_bytes()]),
            utilities: vec![500_000, 700_000, 640_000, 810_000],
        }
    }

    fn group(&self, round: u64, attempt: u32, index: u16, roster: &[OwnerId]) -> GroupRecord {
        let context = digest("test-context", &[&index.to_le_bytes(), &attempt.to_le_bytes()]);
        let header = |label: &str, owner: &OwnerId| digest(label, &[context.as_ref(), owner.as_ref()]);
        let (online, offline) = roster.split_at(2);
        let mut group = GroupRecord {
            index,
            context,
            roster: roster.to_vec(),
            online: online.iter().map(|&o| Online { owner: o, report: header("report", &o) }).collect(),
            offline: offline
                .iter()
                .map(|&o| Offline { owner: o, join: header("join", &o), reason: OfflineReason::Silent })
                .collect(),
            sum: header("sum", &roster[0]),
            certificate: HexBytes([0; 96]),
        };
        self.certify_cut(round, attempt, &mut group);
        group
    }

    fn certify_cut(&self, round: u64, attempt: u32, group: &mut GroupRecord) {
        let content = CutContent {
            epoch: 4,
            round,
            attempt,
            group: group.index,
            context: group.context,
            online: &group.online.iter().map(|o| (o.owner, o.report)).collect::<Vec<_>>(),
            offline: &group.offline.iter().map(|o| (o.owner, o.join)).collect::<Vec<_>>(),
        };
        group.certificate = HexBytes(self.certify(Purpose::Cut, &content.digest()).to_bytes());
    }

    /// The first round settled, the second built after one aborted attempt.
    fn second_round() -> (Self, VerifiedTranscript) {
        let mut study = Self::new();
        study.standing = build(&study.view(), study.parts(0)).unwrap().standing();
        let second = build(&study.view(), study.parts(1)).unwrap();
        (study, second)
    }
}

/// What an honest member of that round knows.
fn as_member<T>(verified: &VerifiedTranscript, use_view: impl FnOnce(&MemberView<'_>) -> T) -> T {
    let record = verified.transcript();
    let groups: Vec<GroupView> =
        record.groups.iter().map(|group| GroupView { context: group.context, sum: group.sum }).collect();
    use_view(&MemberView { groups: &groups, model_after: record.model_after, utilities: &record.utilities })
}

fn refused_at(study: &Study, record: &RoundTranscript) -> String {
    let bytes = record.to_json().unwrap();
    verify(&bytes, &study.view(), None).expect_err("a changed transcript must be refused").field
}
