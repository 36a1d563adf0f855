//! What only modules can be trained on: images, and a loss that reads two labels.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use hospitals::digits::{Digits, SIDE};
use hospitals::sites::Site;
use hospitals::study::{Settings, Study};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::Value;
use support::{Scratch, alone, set, settings};

/// Owners of these studies.
const SITES: [&str; 4] = ["north", "east", "south", "west"];

fn site(folder: &Path, index: usize, train: PathBuf) -> Site {
    let name = SITES[index];
    Site { name: name.into(), title: name.into(), train, test: folder.join("holdout") }
}

/// A study of a module of `client/tests/modules`, with the inputs that `columns` says.
fn bringing(scratch: &Scratch, module: &str, columns: &str) -> Settings {
    let name = format!("{module}.pt");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../client/tests/modules").join(&name);
    fs::copy(file, scratch.path().join(&name)).unwrap();
    let mut settings = settings(scratch, |file| {
        for key in ["model", "features", "label", "scoring"] {
            file.remove(key);
        }
        set(file, &["module"], name);
        file.extend(columns.parse::<toml::Table>().unwrap());
        set(file, &["aggregation", "clip"], 10.0);
    });
    settings.researcher_args.retain(|arg| !arg.starts_with("--model"));
    settings
}

/// Runs a study to its end, which is audited; what its model is worth on the holdout.
fn trained(settings: Settings) -> (Study, Value) {
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}\n{}", study.tails());
    let audit = study.audit(study.coordinator()).unwrap();
    assert!(audit.agrees(), "{:#?}", audit.lines);
    let model = fs::read(study.layout().model()).unwrap();
    for site in study.sites() {
        let own = fs::read(study.layout().owner(&site.name).join("model.bin")).unwrap();
        assert!(own == model, "{} has another model", site.name);
    }
    let module = study.layout().researcher().join("module.pt");
    let mut args: Vec<OsString> = ["evaluate", "--json", "--plan"].map(Into::into).to_vec();
    args.extend([study.layout().plan().into(), "--model".into(), study.layout().model().into()]);
    args.extend(["--module".into(), module.into(), "--test".into(), study.sites()[0].test.clone().into()]);
    let report = study.tributary(args).unwrap().success().unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    (study, report["union"].clone())
}

#[test]
fn a_network_learns_from_images_that_sites_have_in_different_forms() {
    let _alone = alone();
    let scratch = Scratch::new();
    let columns = format!(
        "image = {{ channels = 1, height = {SIDE}, width = {SIDE} }}\n\
         label = {{ column = \"digit\", categories = [{}] }}\n\
         scoring = {{ metric = {{ module = \"accuracy\" }}, tolerance_micros = 100 }}",
        (0..10).map(|digit| format!("\"{digit}\"")).collect::<Vec<_>>().join(", ")
    );
    let mut settings = bringing(&scratch, "cnn", &columns);
    let (folder, digits) = (scratch.path(), Digits::all());
    let parts: Vec<Digits> = (0..5).map(|part| digits.part(part, 5)).collect();
    let path = |name: &str| folder.join(name);
    parts[0].write_pngs(&path("pngs")).unwrap();
    parts[1].write_arrays(&path("arrays")).unwrap();
    parts[2].write_safetensors(&path("south.safetensors")).unwrap();
    parts[3].write_safetensors(&path("west.safetensors")).unwrap();
    parts[4].write_safetensors(&path("holdout")).unwrap();
    let files = ["pngs", "arrays", "south.safetensors", "west.safetensors"];
    settings.sites = (0..4).map(|index| site(folder, index, path(files[index]))).collect();
    settings.holdout = path("holdout");
    let (study, measured) = trained(settings);
    assert_eq!(study.plan().unwrap()["schema"]["image"]["height"], SIDE);
    let accuracy = measured["named"]["accuracy"].as_f64().unwrap();
    // By chance it is a tenth.
    assert!(accuracy > 0.5, "{measured}");
}

/// Made-up patients: the higher the first of five values, the sooner the event, which not all are watched long enough for.
fn patients(seed: u64, rows: usize) -> String {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut uniform = move || (f64::from(rng.next_u32()) + 1.0) / (f64::from(u32::MAX) + 2.0);
    let mut text = "a,b,c,d,e,time,event\n".to_owned();
    for _ in 0..rows {
        let values: Vec<f64> = (0..5).map(|_| 2.0 * uniform() - 1.0).collect();
        let time = -uniform().ln() / (2.0 * values[0]).exp();
        let watched = -2.0 * uniform().ln();
        for value in values {
            text += &format!("{value:.4},");
        }
        text += &format!("{:.4},{}\n", time.min(watched).min(99.0), u8::from(time <= watched));
    }
    text
}

#[test]
fn a_survival_model_is_trained_by_a_loss_of_time_and_event() {
    let _alone = alone();
    let scratch = Scratch::new();
    let features =
        ["a", "b", "c", "d", "e"].map(|name| format!("{{ column = \"{name}\", range = [-1, 1] }}"));
    let columns = format!(
        "features = [{}]\n\
         label = {{ column = \"time\", range = [0, 100] }}\n\
         further_labels = [{{ column = \"event\", positive_above = 0 }}]",
        features.join(", ")
    );
    let mut settings = bringing(&scratch, "cox", &columns);
    let folder = scratch.path();
    for (seed, name) in SITES.iter().chain(&["holdout"]).enumerate() {
        fs::write(folder.join(name), patients(seed as u64, 100)).unwrap();
    }
    settings.sites = (0..4).map(|index| site(folder, index, folder.join(SITES[index]))).collect();
    settings.holdout = folder.join("holdout");
    let (study, measured) = trained(settings);
    let plan = study.plan().unwrap();
    assert_eq!(plan["schema"]["further_labels"][0]["name"], "event");
    // The metric of a module, if the study file says none.
    assert_eq!(plan["scoring"]["metric"], "neg_loss");
    assert_eq!(plan["model"]["module"]["parameters"], 5);
    // The model starts from coefficients of nought: then all hazards are alike.
    let rows = patients(4, 100);
    let untrained = untrained_loss(&rows);
    assert!(measured["loss"].as_f64().unwrap() < untrained - 0.1, "{measured}, at first {untrained}");
    assert_eq!(measured["accuracy"], Value::Null);
}

/// Breslow's loss where all hazards are alike: the mean logarithm of how many are at risk, over the events.
fn untrained_loss(csv: &str) -> f64 {
    let rows: Vec<(f64, bool)> = csv
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[5].parse().unwrap(), cells[6] == "1")
        })
        .collect();
    let at_risk = |time: f64| rows.iter().filter(|(other, _)| *other >= time).count() as f64;
    let events: Vec<f64> =
        rows.iter().filter(|(_, event)| *event).map(|(time, _)| at_risk(*time).ln()).collect();
    events.iter().sum::<f64>() / events.len() as f64
}
