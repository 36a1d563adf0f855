//! The hospitals train a module that the researcher brought: a perceptron with BatchNorm, exported from PyTorch.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use hospitals::record::files;
use hospitals::study::{Role, Study};
use support::{CLEVELAND, Scratch, alone, copy, set, settings};

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
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../client/tests/modules/network.pt");
    let file = fs::read(&module).unwrap();
    fs::write(scratch.path().join("network.pt"), &file).unwrap();
    let mut settings = settings(&scratch, |file| {
        file.remove("model");
        set(file, &["module"], "network.pt");
        let scoring: toml::Table = "metric = { module = \"right\" }\ntolerance_micros = 100".parse().unwrap();
        set(file, &["scoring"], scoring);
    });
    settings.researcher_args.retain(|arg| !arg.starts_with("--model"));
    let policy = scratch.path().join("policy.toml");
    settings.owner_args = vec!["--policy".into(), policy.display().to_string()];
    let mut study = Study::new(settings).unwrap();
    study.make_wallets().unwrap();
    study.start_chain().unwrap();
    study.deploy().unwrap();
    study.start_coordinator().unwrap();
    study.launch().unwrap();

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
