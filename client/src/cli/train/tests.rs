use tributary_aggregation::ids::Digest;

use super::super::common::SandboxArgs;
use super::super::personalise::{PersonaliseArgs, personalised};
use super::*;
use crate::researcher::plan_file::{PlanOverrides, StudyFile};
use crate::sandbox::Demand;

const STUDY: &str = r#"
name = "Two columns"
rounds = 5
model = "logistic"
optimizer = "fedavg"
features = [
  { column = "x", range = [0, 10], missing = true },
  { column = "colour", categories = ["red", "green"] },
]
label = { column = "ill", positive_above = 0.5 }
[training]
local_epochs = 4
batch_size = 4
learning_rate = 0.5
[aggregation]
clip = 1.0
bits = 16
max_weight = 100
min_group = 2
max_groups = 2
[owners]
min = 3
max = 3
[payment]
tokens_per_round = 1
"#;

/// Ill from x = 5 on; red or green says nothing.
fn rows(xs: impl Iterator<Item = u32>) -> String {
    let row = |x: u32| {
        format!("{}.5,{},{}\n", x, if x.is_multiple_of(3) { "red" } else { "green" }, u8::from(x >= 5))
    };
    format!("x,colour,ill\n{}", xs.map(row).collect::<String>())
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn plan(&self) -> (PathBuf, Vec<u8>) {
        let plan = StudyFile::parse(STUDY).unwrap();
        let plan = plan.into_plan(&PlanOverrides::default(), OwnerId([1; 20]), Digest([2; 32])).unwrap();
        let bytes = plan.to_json().unwrap();
        (self.file("plan.json", &bytes), bytes)
    }
}

#[test]
fn a_baseline_learns_and_measures_each_test_set_and_all() {
    let folder = Folder::new();
    let args = BaselineArgs {
        module: None,
        plan: folder.plan().0,
        train: vec![folder.file("a.csv", rows(0..10)), folder.file("b.csv", rows(2..8))],
        mapping: MappingArgs::default(),
        test: vec![folder.file("both.csv", rows(1..9)), folder.file("ill.csv", rows(6..9))],
        seed: Some(3),
        json: true,
    };
    let report = baseline(&args).unwrap();
    assert_eq!(report.train_rows, Some(16));
    assert_eq!((report.tests[0].metrics.rows, report.tests[1].metrics.rows, report.union.rows), (8, 3, 11));
    assert_eq!((report.tests[0].metrics.auc, report.union.auc), (Some(1.0), Some(1.0)));
    assert!(report.union.accuracy > Some(0.8));
    // One class has no AUC, but an accuracy.
    assert_eq!(report.tests[1].metrics.auc, None);
    assert_eq!(baseline(&args).unwrap(), report);
    assert_ne!(baseline(&BaselineArgs { seed: Some(4), ..args.clone() }).unwrap(), report);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["tests"][0]["rows"], 8);
    assert_eq!(json["union"]["auc"], 1.0);
    assert!(json["tests"][1]["auc"].is_null());

    let one_class = BaselineArgs { train: args.test[1..].to_vec(), ..args };
    assert!(baseline(&one_class).unwrap_err().to_string().contains("one class"));
}

#[test]
fn a_models_file_is_measured_only_under_its_own_plan() {
    let folder = Folder::new();
    let (plan_path, plan_bytes) = folder.plan();
    let plan = StudyPlan::from_json(&plan_bytes).unwrap();
    let table = Table::from_bytes(rows(0..10).as_bytes(), &plan.schema).unwrap();
    let model = FinalModel {
        plan_digest: StudyPlan::digest_of(&plan_bytes),
        round: 5,
        standardiser: Standardiser::from_table(&table),
        weights: vec![1.0, 0.0, 0.0, 0.0],
    };
    let evaluate_model = |model: &FinalModel| {
        evaluate(&EvaluateArgs {
            module: None,
            plan: plan_path.clone(),
            model: folder.file("model.bin", model.to_bytes()),
            mapping: MappingArgs::default(),
            test: vec![folder.file("test.csv", rows(0..10))],
            json: false,
        })
    };
    let report = evaluate_model(&model).unwrap();
    assert_eq!((report.train_rows, report.union.auc, report.union.accuracy), (None, Some(1.0), Some(1.0)));

    // Trained further on rows of the site, it is a model of the same study, measured as any other.
    let own = PersonaliseArgs {
        module: None,
        plan: plan_path.clone(),
        model: folder.file("model.bin", model.to_bytes()),
        data: folder.file("own.csv", rows((0..10).chain(0..10))),
        mapping: MappingArgs::default(),
        output: folder.0.path().join("own.bin"),
        epochs: Some(50),
        learning_rate: None,
        held_back: 0.25,
        seed: None,
        sandbox: SandboxArgs { sandbox: Demand::Off, sandbox_memory_mib: 1 },
        json: false,
    };
    let gain = personalised(&own).unwrap();
    assert_eq!((gain.trained_rows, gain.before.rows), (14, 6));
    assert!(gain.after.log_loss < gain.before.log_loss);
    let written = FinalModel::from_bytes(&fs::read(&own.output).unwrap()).unwrap();
    assert_ne!(written.weights, model.weights);
    assert_eq!(evaluate_model(&written).unwrap().union.auc, Some(1.0));
    assert!(personalised(&PersonaliseArgs { held_back: 1.0, ..own }).is_err());

    let other = FinalModel { plan_digest: Digest([0; 32]), ..model.clone() };
    assert!(format!("{:#}", evaluate_model(&other).unwrap_err()).contains("plan digest"));
    let short = FinalModel { weights: vec![1.0; 3], ..model };
    assert!(format!("{:#}", evaluate_model(&short).unwrap_err()).contains("weights: 3"));
}
