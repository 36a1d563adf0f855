use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tributary_aggregation::ids::StudyId;
use tributary_aggregation::scoring::shapley;
use tributary_aggregation::study::{Feature, FeatureKind, Label, Schema, StudyPlan};
use tributary_aggregation::transcript::{GroupRecord, HexBytes, Online, TRANSCRIPT_VERSION};
use tributary_contracts::Wallet;
use tributary_contracts::typed_data::Domain;

use super::*;
use crate::member::{Setup, new_record};
use crate::researcher::plan_file::{PlanOverrides, StudyFile};
use crate::training::{Code, Torch};
use crate::vault::{Record, RosterRecord, Vault, Witnesses};

const STUDY: StudyId = StudyId([7; 32]);
const EPOCH: u64 = 2;
const SENDER: OwnerId = OwnerId([8; 20]);

/// A member that was brought in by epoch 2, and what a faithful member would hand over to it.
struct Scene {
    member: Member,
    handover: v1::Handover,
    _directory: tempfile::TempDir,
}

fn plan(holdout: &std::path::Path) -> (StudyPlan, Holdout) {
    let schema = Schema::table(
        vec![Feature {
            name: "age".into(),
            kind: FeatureKind::Numeric { low: 0.0, high: 120.0, zero_is_missing: false },
            missing_allowed: false,
            unit: None,
        }],
        Label::binary("ill", 0.0),
    );
    std::fs::write(holdout, "age,ill\n40,0\n60,1\n").unwrap();
    let holdout = Holdout::seal(holdout, &schema).unwrap();
    let text = include_str!("../../../examples/hospitals/study.toml");
    let plan = StudyFile::parse(text).unwrap();
    let mut plan = plan.into_plan(&PlanOverrides::default(), OwnerId([3; 20]), holdout.commitment()).unwrap();
    plan.schema = schema;
    (plan, holdout)
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (plan, holdout) = plan(&directory.path().join("holdout.csv"));
        let wallet = Wallet::from_bytes(&[5; 32]).unwrap();
        let domain = Domain { chain_id: 31_337, escrow: [9; 20] };
        let mut record: Record = new_record(STUDY, &domain, &wallet).unwrap();
        record.awaits_handover = true;
        let path = directory.path().join("vault/vault.bin");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        let witnesses = Witnesses { directory: directory.path().join("state"), vault_is_newest: false };
        drop(Vault::create(&path, "password", record, &witnesses).unwrap());
        let bytes = plan.to_json().unwrap();
        let setup = Setup {
            study: STUDY,
            plan: &bytes,
            code: Arc::new(Code::of(&plan, None, &Torch::new()).unwrap()),
            domain,
            wallet: &wallet,
            vault: &path,
            password: "password",
            witnesses,
        };
        let mut member = Member::set_up(&setup).unwrap();
        let (owners, ever) = (BTreeMap::new(), BTreeSet::new());
        member.vault.record.roster = Some(RosterRecord { epoch: EPOCH, owners, ever, seal: Digest([1; 32]) });
        let genesis = Genesis {
            model_seed: Secret::new(vec![2; 32]),
            holdout_salt: Secret::new(holdout.salt().to_vec()),
            holdout: Secret::new(holdout.csv().to_vec()),
        };
        let model = Self::initial(&member, 2);
        let handover = v1::Handover {
            epoch: EPOCH,
            genesis: Some(genesis.to_wire()),
            started: true,
            finished: 0,
            standardiser: model.standardiser.to_bytes(),
            model_state: model.state.encode(),
            answered: vec![v1::OnlineSet { owners: vec![vec![1; 20], vec![2; 20]] }],
        };
        Self { member, handover, _directory: directory }
    }

    fn initial(member: &Member, seed: u8) -> StudyModel {
        let inputs = member.plan.schema.inputs();
        StudyModel {
            standardiser: Standardiser::from_mean_statistics(&vec![0.5; 3 * inputs]).unwrap(),
            state: member.code.initial([seed; 32]),
        }
    }

    /// That a round was settled with a model, in an epoch.
    fn settlement(&self, round: u64, epoch: u64, model: Digest) -> Settlement {
        Settlement {
            study: STUDY.0,
            epoch,
            round,
            context: [0; 32],
            sums: [0; 32],
            scores: [0; 32],
            model: model.0,
            transcript: [4; 32],
            payouts_root: [0; 32],
            cumulative_payout: 0,
        }
    }

    fn check(
        &self,
        settlements: &[Settlement],
        change: impl FnOnce(&mut v1::Handover),
    ) -> Result<Checked, String> {
        let mut handover = self.handover.clone();
        change(&mut handover);
        self.member.check_handover(settlements, SENDER, handover).map_err(|error| error.to_string())
    }
}

fn refused(checked: Result<Checked, String>, why: &str) {
    let error = checked.err().expect("refused");
    assert!(error.contains(why), "{error}");
}

#[test]
fn a_faithful_handover_is_taken_at_every_stage_of_a_study() {
    let scene = Scene::new();
    let before = scene.check(&[], |handover| {
        handover.started = false;
        handover.standardiser.clear();
        handover.model_state.clear();
        handover.answered.clear();
    });
    assert!(before.unwrap().model.is_none());
    let initial = scene.check(&[], |_| {}).unwrap();
    assert_eq!(initial.answered, [[OwnerId([1; 20]), OwnerId([2; 20])]]);
    let (round, model) = initial.model.unwrap();
    assert_eq!((round, &model), (0, &Scene::initial(&scene.member, 2)));
    // Whatever model was settled last is the right one; what was settled since the epoch began is still to be read.
    let settled = [
        scene.settlement(1, 1, Digest([9; 32])),
        scene.settlement(3, 1, model.digest()),
        scene.settlement(4, EPOCH, Digest([9; 32])),
    ];
    let checked = scene.check(&settled, |handover| handover.finished = 3).unwrap();
    assert_eq!(checked.model.unwrap().0, 3);
    assert_eq!(checked.settlement, Some(settled[1]));
}

#[test]
fn a_handover_with_another_model_is_refused() {
    let scene = Scene::new();
    let right = scene.settlement(1, 1, Digest([9; 32]));
    refused(scene.check(&[right], |handover| handover.finished = 1), "was settled with");
    let mut other = Scene::initial(&scene.member, 2).state;
    other.weights[0] = 1.0;
    let other = other.encode();
    refused(scene.check(&[], |handover| handover.model_state = other), "not the one that the seed gives");
    refused(scene.check(&[], |handover| handover.model_state.truncate(9)), "can't be read");
}

#[test]
fn a_handover_of_another_round_or_epoch_is_refused() {
    let scene = Scene::new();
    let model = Scene::initial(&scene.member, 2).digest();
    let settled = [scene.settlement(1, 1, model), scene.settlement(2, 1, model)];
    refused(scene.check(&settled, |handover| handover.finished = 1), "the chain has round 2");
    refused(scene.check(&settled, |handover| handover.finished = 3), "the chain has round 2");
    refused(scene.check(&settled, |_| {}), "the chain has round 2");
    refused(scene.check(&[], |handover| handover.epoch = 1), "this is epoch 2");
    let not_started = |handover: &mut v1::Handover| {
        handover.started = false;
        handover.standardiser.clear();
        handover.model_state.clear();
        handover.answered.clear();
    };
    refused(scene.check(&settled, not_started), "round 2 is settled on chain");
    refused(scene.check(&[], |handover| handover.started = false), "before the study has started");
}

#[test]
fn a_handover_with_another_holdout_is_refused() {
    let scene = Scene::new();
    let swapped = |handover: &mut v1::Handover| {
        handover.genesis.as_mut().unwrap().holdout = b"age,ill\n40,1\n60,0\n".to_vec();
    };
    assert!(scene.check(&[], swapped).is_err());
    assert!(scene.check(&[], |handover| handover.genesis = None).is_err());
    let unordered = |handover: &mut v1::Handover| handover.answered[0].owners.reverse();
    assert!(scene.check(&[], unordered).is_err());
}

#[test]
fn a_transcript_with_other_payouts_than_the_chain_is_refused() {
    let mut cumulative = PayoutLedger::default();
    cumulative.credit(OwnerId([1; 20]), 60).unwrap();
    cumulative.credit(OwnerId([2; 20]), 40).unwrap();
    let online = |byte| Online { owner: OwnerId([byte; 20]), report: Digest([0; 32]) };
    let group = GroupRecord {
        index: 0,
        context: Digest([0; 32]),
        roster: vec![OwnerId([1; 20]), OwnerId([2; 20])],
        online: vec![online(1), online(2)],
        offline: Vec::new(),
        sum: Digest([0; 32]),
        certificate: HexBytes([0; 96]),
    };
    let transcript = RoundTranscript {
        version: TRANSCRIPT_VERSION,
        study: STUDY,
        plan: Digest([0; 32]),
        epoch: 1,
        committee_key: HexBytes([0; 48]),
        round: 1,
        attempt: 1,
        aborted: Vec::new(),
        previous: None,
        candidates: vec![OwnerId([1; 20]), OwnerId([2; 20])],
        beacon: HexBytes([0; 96]),
        groups: vec![group],
        model_before: Digest([0; 32]),
        model_after: Digest([0; 32]),
        utilities: vec![0, 1],
        scores: shapley(&[0, 1]).unwrap(),
        payouts: cumulative.clone(),
        cumulative: cumulative.clone(),
    };
    let bytes = transcript.to_json().unwrap();
    let scene = Scene::new();
    let mut settlement = scene.settlement(1, 1, Digest([9; 32]));
    assert!(read_transcript(&bytes, &settlement).err().unwrap().contains("other payouts"));
    settlement.payouts_root = PayoutTree::of(&cumulative, settlement.model_leaf()).unwrap().root();
    let settled = read_transcript(&bytes, &settlement).unwrap();
    assert_eq!(settled.cumulative, cumulative);
    assert_eq!(settled.online, BTreeSet::from([OwnerId([1; 20]), OwnerId([2; 20])]));
    assert!(read_transcript(&bytes[1..], &settlement).is_err());
}
