//! A study in which everybody stays: it ends, pays, can be audited, and the coordinator has nothing to read.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use hospitals::event::Event;
use hospitals::record::files;
use hospitals::study::{Layout, Role, Study};
use support::{
    CLEVELAND, MANY_ROWS, Scratch, alone, column, copy, nobody_is_silent, rewrite, settings, slow,
};
use tributary_contracts::{KeystoreCost, Wallet};

/// What must be nowhere at the coordinator.
struct Planted {
    what: String,
    bytes: Vec<u8>,
    /// A number in a text counts only where it stands alone: hexadecimal digits hold every short number somewhere.
    alone: bool,
}

impl Planted {
    fn new(what: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { what: what.into(), bytes: bytes.into(), alone: false }
    }

    fn is_at(&self, place: usize, file: &[u8]) -> bool {
        let is_word = |place: Option<usize>| {
            place.and_then(|place| file.get(place)).is_some_and(u8::is_ascii_alphanumeric)
        };
        file[place..].starts_with(&self.bytes)
            && !(self.alone && (is_word(place.checked_sub(1)) || is_word(Some(place + self.bytes.len()))))
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// A seed or salt: as bytes and as text.
fn secret(what: &str, text: &str) -> [Planted; 2] {
    [Planted::new(what, hex(text)), Planted::new(format!("{what} in hex"), &text.as_bytes()[2..])]
}

/// Rows of a file that say enough to be nobody else's.
fn rows(what: &str, path: &Path) -> Vec<Planted> {
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).take(200).filter(|row| row.len() >= 30);
    // Without the id: the rest is what a hospital knows.
    rows.map(|row| Planted::new(format!("a row of {what}"), row.split_once(',').unwrap().1)).collect()
}

/// Four numbers in a row, of the final model and of the statistics that it is used with.
fn numbers(model: &[u8]) -> Vec<Planted> {
    // After the magic (16 bytes), the plan's digest (32) and the round (8): lengths, statistics, weights.
    let windows = model[56..].windows(16).step_by(4);
    let says_something = |window: &&[u8]| {
        let mut bytes = window.to_vec();
        bytes.sort_unstable();
        bytes.dedup();
        bytes.len() >= 12
    };
    windows.filter(says_something).map(|window| Planted::new("numbers of the model", window)).collect()
}

/// What of it is where. Each file is read through once: what may begin at a place is looked up by its first four bytes.
fn search<'a>(directory: &Path, planted: &'a [Planted]) -> BTreeSet<(&'a str, String)> {
    let mut by_start: HashMap<&[u8], Vec<&Planted>> = HashMap::new();
    for planted in planted {
        by_start.entry(&planted.bytes[..4]).or_default().push(planted);
    }
    let mut found = BTreeSet::new();
    for path in files(directory).unwrap() {
        let file = fs::read(&path).unwrap();
        for (place, start) in file.windows(4).enumerate() {
            let here =
                by_start.get(start).into_iter().flatten().filter(|planted| planted.is_at(place, &file));
            found.extend(here.map(|planted| (planted.what.as_str(), path.display().to_string())));
        }
    }
    found
}

#[test]
fn a_study_pays_its_owners_can_be_audited_and_leaves_the_coordinator_nothing_to_read() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, nobody_is_silent);
    let original = settings.sites[CLEVELAND].train.clone();
    slow(&scratch, &mut settings, CLEVELAND);
    let cell = "543.21987";
    let (planted_file, chol) = (scratch.path().join("planted.csv"), column(&original, "chol"));
    rewrite(&settings.sites[CLEVELAND].train, &planted_file, |rows| {
        rows[0][chol] = cell.into();
        rows.clone()
    });
    settings.sites[CLEVELAND].train = planted_file.clone();
    let model_seed = format!("0x{}", "5eed0fa117c0ffee".repeat(4));
    settings.researcher_args.push(format!("--model-seed={model_seed}"));
    settings.coordinator_log = Some("debug,tributary_coordinator=trace".into());
    let mut study = Study::new(settings).unwrap();

    // An owner whose key is known here.
    let key: [u8; 32] = std::array::from_fn(|i| i as u8 * 7 + 3);
    let directory = study.layout().owner("hungary");
    fs::create_dir_all(&directory).unwrap();
    fs::write(Layout::password(&directory), "a password of the test").unwrap();
    let wallet = Wallet::from_bytes(&key).unwrap();
    wallet.save(&Layout::wallet(&directory), "a password of the test", KeystoreCost::Light).unwrap();

    study.start_everything().unwrap();
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");

    // Everybody was there in both rounds, so all that was funded is paid, each by its own transaction.
    let mut paid = 0;
    for owner in study.owners() {
        let claim =
            study.wait_event(0, owner, "it is paid", |event| matches!(event, Event::Paid { .. })).unwrap();
        let Event::Paid { owner: address, cumulative, transaction } = claim else { unreachable!() };
        assert_eq!(address, study.address(owner));
        assert!(transaction.is_some(), "{} was not paid", study.name(owner));
        paid += cumulative.parse::<u128>().unwrap();
    }
    assert_eq!(paid, 2 * 100 * 10_u128.pow(18));
    let transcripts = study.transcripts().unwrap();
    assert_eq!(transcripts.keys().copied().collect::<Vec<_>>(), [1, 2]);
    for transcript in transcripts.values() {
        assert_eq!(
            (transcript.online().count(), transcript.cut().count(), transcript.aborted.len()),
            (4, 0, 0)
        );
    }
    // Who trained the model has it, bit for bit.
    let model = fs::read(study.layout().model()).unwrap();
    for site in study.sites() {
        assert_eq!(fs::read(study.layout().owner(&site.name).join("model.bin")).unwrap(), model);
    }

    audits(&study, &scratch);
    // The chain's state is all that a later audit needs of it.
    study.kill(Role::Chain).unwrap();
    study.restart(Role::Chain).unwrap();
    let later = study.audit(&study.layout().artifacts().display().to_string()).unwrap();
    assert!(later.agrees(), "{:?}", later.lines);

    let kept: serde_json::Value =
        serde_json::from_slice(&fs::read(study.layout().researcher().join("study.json")).unwrap()).unwrap();
    let mut planted = vec![
        Planted::new("a cell", cell),
        Planted::new("a cell as a number", 543.21987_f64.to_le_bytes()),
        Planted::new("a cell as a number, big-endian", 543.21987_f64.to_be_bytes()),
        Planted { alone: true, ..Planted::new("a sample count", MANY_ROWS.to_string()) },
        Planted::new("a sample count as a number", (MANY_ROWS as f64).to_le_bytes()),
        Planted::new("an owner's key", key),
        Planted::new(
            "an owner's key in hex",
            key.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        ),
        Planted::new("an owner's password", "a password of the test"),
    ];
    planted.extend(secret("the model's seed", &model_seed));
    planted.extend(secret("the holdout's salt", kept["holdout_salt"].as_str().unwrap()));
    planted.extend(rows("the holdout", &hospitals::sites::holdout()));
    for site in study.sites() {
        planted.extend(rows(&site.title, &site.train));
    }
    let numbers = numbers(&model);
    assert!(numbers.len() > 20, "the model has too few numbers to search for");
    planted.extend(numbers);
    let place = study.layout().coordinator();
    // It is the files that matter that are searched: each has what is known to be in it.
    for (file, known) in [("tributary.sqlite", "SQLite format 3"), ("stderr.log", "enrolment is closed")] {
        let known = [Planted::new(file, known)];
        let found = search(&place, &known);
        assert!(found.iter().any(|(_, path)| path.ends_with(file)), "{file} was not searched: {found:?}");
    }
    drop(study); // nothing is written any more

    // The search finds what is there: in the files of those who may know it.
    let root = scratch.path();
    let known = search(root, &planted);
    for what in [
        "a cell",
        "the model's seed in hex",
        "the holdout's salt in hex",
        "an owner's password",
        "numbers of the model",
    ] {
        assert!(known.iter().any(|(found, _)| *found == what), "{what} was not found where it is");
    }
    let leaked = search(&place, &planted);
    assert!(leaked.is_empty(), "the coordinator could read: {leaked:?}");
}

fn audits(study: &Study, scratch: &Scratch) {
    // From a copy of the artifacts, and from the coordinator itself.
    let artifacts = study.layout().artifacts();
    let honest = study.audit(&artifacts.display().to_string()).unwrap();
    assert!(honest.agrees(), "{:?}", honest.lines);
    let served = study.audit(study.coordinator()).unwrap();
    assert_eq!(served, honest);
    for owner in study.owners() {
        let address = study.address(owner);
        let line = honest.lines.iter().find(|line| line.contains(&format!("paid to {address}")));
        assert!(line.is_some_and(|line| line.starts_with("agrees")), "{:?}", honest.lines);
    }

    // One bit of the second round's transcript.
    let tampered = scratch.path().join("tampered");
    copy(&artifacts, &tampered);
    let second = files(&tampered).unwrap().into_iter().find(|path| {
        let text = fs::read(path).unwrap();
        serde_json::from_slice::<serde_json::Value>(&text).is_ok_and(|json| json["round"] == 2)
    });
    let second = second.expect("the second round has a transcript");
    let mut bytes = fs::read(&second).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&second, bytes).unwrap();
    let audit = study.audit(&tampered.display().to_string()).unwrap();
    assert_eq!(audit.code, Some(1), "{:?}", audit.lines);
    let disagreement = audit.disagreement().expect("a line that does not agree");
    assert!(disagreement.contains("round 2") && disagreement.contains("transcript"), "{disagreement}");
    // Up to there everything agrees, and nothing is said after it but the verdict.
    assert!(audit.agreed() > 10 && audit.agreed() + 2 == audit.lines.len(), "{:?}", audit.lines);
    assert!(audit.last_line().contains("NOT"), "{}", audit.last_line());

    // Without the artifacts nothing can be checked, which is said.
    let nowhere = scratch.path().join("nowhere");
    fs::create_dir(&nowhere).unwrap();
    let audit = study.audit(&nowhere.display().to_string()).unwrap();
    assert_eq!((audit.code, audit.agreed()), (Some(1), 0), "{:?}", audit.lines);
    assert!(audit.disagreement().unwrap().contains("plan"), "{:?}", audit.lines);
    assert!(study.runs(Role::Chain) && study.runs(Role::Coordinator));
}
