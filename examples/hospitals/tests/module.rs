//! The hospitals train a module that the researcher brought, exported from PyTorch: a perceptron with BatchNorm, and one of
//! which a part is trained.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use hospitals::record::files;
use hospitals::study::{Role, Settings, Study};
use support::{CLEVELAND, Scratch, alone, copy, set, settings};

fn module(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../client/tests/modules").join(name)
}

/// The demo's study, of a module that is scored by `metric`.
fn bringing(scratch: &Scratch, name: &str, metric: &str) -> Settings {
    fs::copy(module(name), scratch.path().join(name)).unwrap();
    let mut settings = settings(scratch, |file| {
        file.remove("model");
        set(file, &["module"], name);
        let scoring: toml::Table = format!("metric = {metric}\ntolerance_micros = 100").parse().unwrap();
        set(file, &["scoring"], scoring);
    });
    settings.researcher_args.retain(|arg| !arg.starts_with("--model"));
    settings
}

/// What `tributary owner show` says at a site under a policy.
fn shown(study: &Study, policy: &Path) -> String {
    let args = ["owner", "show", "--study", study.id(), "--coordinator", study.coordinator()];
    let mut args: Vec<OsString> = args.map(Into::into).to_vec();
    args.extend(["--policy".into(), policy.into(), "--decisions".into(), study.decisions(CLEVELAND).into()]);
    args.extend(study.wallet_args(Role::Owner(CLEVELAND)));
    args.extend(study.chain_args());
    study.tributary(args).unwrap().success().unwrap()
}

#[test]
fn a_study_trains_its_researchers_module_where_policies_list_it_and_can_be_audited() {
    let _alone = alone();
    let scratch = Scratch::new();
    let module = module("network.pt");
    let file = fs::read(&module).unwrap();
    let mut settings = bringing(&scratch, "network.pt", "{ module = \"right\" }");
    let policy = scratch.path().join("policy.toml");
    settings.owner_args = vec!["--policy".into(), policy.display().to_string()];
    let mut study = Study::new(settings).unwrap();
    study.start_without_owners().unwrap();

    let plan = study.plan().unwrap();
    assert_eq!(plan["model"]["module"]["parameters"], 249);
    assert_eq!(plan["model"]["module"]["size"], file.len());
    let digest = plan["model"]["module"]["digest"].as_str().unwrap();
    let researchers = format!("researchers = [\"{}\"]\n", study.address(Role::Researcher));
    // A researcher who is trusted may not bring any program whatever.
    let (unlisted, other) = (scratch.path().join("unlisted.toml"), scratch.path().join("other.toml"));
    fs::write(&unlisted, &researchers).unwrap();
    fs::write(&other, format!("{researchers}modules = [\"0x{}\"]\n", "07".repeat(32))).unwrap();
    fs::write(&policy, format!("{researchers}modules = [\"{digest}\"]\nsandbox = \"required\"\n")).unwrap();
    for (policy, words) in [
        (&unlisted, "the policy lists no modules: it waits for `tributary owner approve`"),
        (&other, "modules: the study brings code of its own"),
        (&policy, "the policy allows it"),
    ] {
        let shown = shown(&study, policy);
        for words in [words, "THE RESEARCHER'S OWN", digest] {
            assert!(shown.contains(words), "{words:?} is not in {shown}");
        }
    }

    for index in 0..study.sites().len() {
        study.start_owner(index).unwrap();
    }
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}\n{}", study.tails());
    audits(&study, &scratch, &file);

    let mut evaluate: Vec<OsString> = ["evaluate", "--json", "--plan"].map(Into::into).to_vec();
    evaluate.extend([study.layout().plan().into(), "--model".into(), study.layout().model().into()]);
    evaluate.extend(["--module".into(), module.into()]);
    for site in study.sites() {
        evaluate.extend(["--test".into(), site.test.clone().into()]);
    }
    let report = study.tributary(evaluate).unwrap().success().unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let union = &report["union"];
    // The module's own metric is what is measured of it from outside; by chance the area is a half.
    assert!((number(&union["named"]["right"]) - number(&union["accuracy"])).abs() < 1e-5, "{report}");
    assert!(number(&union["auc"]) > 0.6, "{report}");
}

fn audits(study: &Study, scratch: &Scratch, module: &[u8]) {
    let audit = study.audit(study.coordinator()).unwrap();
    assert!(audit.agrees(), "{:#?}", audit.lines);
    let line = audit.lines.iter().find(|line| line.contains("study     module: "));
    assert!(line.is_some_and(|line| line.starts_with("agrees")), "{:#?}", audit.lines);

    // The code is part of the record: an auditor who is shown none, or another's, says so.
    let tampered = scratch.path().join("tampered");
    copy(&study.layout().artifacts(), &tampered);
    let kept: Vec<PathBuf> = files(&tampered).unwrap();
    let kept = kept.iter().find(|path| fs::read(path).unwrap() == module).unwrap();
    fs::write(kept, [module, b"\0"].concat()).unwrap();
    let disagrees = |words: &str| {
        let audit = study.audit(&tampered.display().to_string()).unwrap();
        let line = audit.disagreement().unwrap();
        assert!(audit.code == Some(1) && line.contains("module: ") && line.contains(words), "{line}");
    };
    disagrees("");
    fs::remove_file(kept).unwrap();
    disagrees("nobody published");
}

#[test]
fn of_a_network_with_low_rank_layers_only_these_and_the_last_travel() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut study = Study::new(bringing(&scratch, "lora.pt", "\"neg_log_loss\"")).unwrap();
    study.start_everything().unwrap();
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}\n{}", study.tails());
    // Two matrices beside each hidden layer, and the last layer; all layers together have 5,889 numbers.
    assert_eq!(study.plan().unwrap()["model"]["module"]["parameters"], (25 + 64) * 2 + (64 + 64) * 2 + 65);
    let audit = study.audit(study.coordinator()).unwrap();
    assert!(audit.agrees(), "{:#?}", audit.lines);
    let kept = fs::metadata(study.layout().model()).unwrap().len();
    assert!(kept < 2 * 499 * size_of::<f32>() as u64, "{kept} bytes: more than the part that is trained");
    let auc = study.evaluate().unwrap().union.auc.unwrap();
    // By chance it is a half.
    assert!(auc > 0.6, "{auc}");
}
