//! What goes wrong at people's own desks: each message says what it is and what to do about it.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use hospitals::study::{Role, Study};
use support::{CLEVELAND, Scratch, alone, column, replace, rewrite, settings};

/// Runs `tributary` in vain. Returns its complaint.
fn complaint(study: &Study, args: Vec<OsString>) -> String {
    let run = study.tributary(args).unwrap();
    assert_eq!(run.code, Some(2), "{run:?}");
    let complaint = run.stderr.lines().find(|line| line.starts_with("error: "));
    complaint.unwrap_or_else(|| panic!("no complaint: {run:?}")).to_owned()
}

fn assert_says(complaint: &str, words: &[&str]) {
    for word in words {
        assert!(complaint.contains(word), "{word:?} is not in: {complaint}");
    }
}

#[test]
fn what_an_owner_gets_wrong_is_said_with_what_to_do() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut study = Study::new(settings(&scratch, |_| {})).unwrap();
    study.start_without_owners().unwrap();
    let owner = study.owner_args(CLEVELAND);
    let data = study.sites()[CLEVELAND].train.clone();
    let file = |name: &str| scratch.path().join(name);
    let with_data = |path: PathBuf| complaint(&study, replace(owner.clone(), "--data", path));
    let (chol, num) = (column(&data, "chol"), column(&data, "num"));

    let renamed = fs::read_to_string(&data).unwrap().replacen(",chol,", ",cholesterol,", 1);
    fs::write(file("renamed.csv"), renamed).unwrap();
    let said = with_data(file("renamed.csv"));
    assert_says(&said, &["renamed.csv", "needs \"chol\"", "it has", "\"cholesterol\"", "Rename or add"]);

    rewrite(&data, &file("text.csv"), |rows| {
        rows[4][chol] = "high".into();
        rows.clone()
    });
    // The header is row 1, so the fifth row of data is row 6. The cell itself is nobody's business.
    let said = with_data(file("text.csv"));
    assert_says(&said, &["text.csv", "row 6", "\"chol\"", "not a number", "write numbers like"]);
    assert!(!said.contains("high"), "{said}");

    fs::write(file("empty.csv"), "").unwrap();
    assert_says(&with_data(file("empty.csv")), &["empty.csv", "is empty", "needs a header line"]);

    rewrite(&data, &file("healthy.csv"), |rows| rows.iter().filter(|row| row[num] == "0").cloned().collect());
    let said = with_data(file("healthy.csv"));
    assert_says(
        &said,
        &["healthy.csv", "of one class", "more than 0 and rows of at most that in \"num\"", "take more rows"],
    );

    assert_says(&with_data(file("nowhere.csv")), &["nowhere.csv", "no such file", "check the path"]);

    fs::write(file("password"), "not this one").unwrap();
    let said = complaint(&study, replace(owner.clone(), "--password-file", file("password")));
    assert_says(&said, &["wallet.json", "password"]);

    // Nobody listens on port 1.
    let mut alone = replace(owner.clone(), "--coordinator", "http://127.0.0.1:1");
    alone.extend(["--patience".into(), "1".into()]);
    let said = complaint(&study, alone);
    assert_says(
        &said,
        &["http://127.0.0.1:1", "did not answer for 1s", "check the address", "nothing is lost"],
    );

    let said = complaint(&study, replace(owner.clone(), "--rpc", "http://127.0.0.1:1"));
    assert_says(&said, &["can't reach the chain", "http://127.0.0.1:1", "is the node running"]);

    let unknown = format!("0x{}", "00".repeat(32));
    let said = complaint(&study, replace(owner, "--study", unknown));
    assert_says(&said, &["is not on this chain", "check the study's id"]);

    // Nothing of this has enrolled anybody.
    assert!(study.runs(Role::Researcher));
}

#[test]
fn a_wrong_chain_and_a_study_without_funds_are_told() {
    let _alone = alone();
    let (scratch, other) = (Scratch::new(), Scratch::new());
    let mut poor = settings(&scratch, |_| {});
    poor.tokens = 203; // two rounds cost 200, and the fee on them is 4
    let mut study = Study::new(poor).unwrap();
    study.make_wallets().unwrap();
    study.start_chain().unwrap();
    study.deploy().unwrap();
    study.start_coordinator().unwrap();
    let said = complaint(&study, study.researcher_args());
    let short = 10_u128.pow(18).to_string();
    assert_says(
        &said,
        &[study.address(Role::Researcher), &format!("get {short} more"), "payment.tokens_per_round"],
    );

    // The fee is 200 ten-thousandths: who accepts less is not asked for the money, who accepts more is asked for no more.
    let at_most = |bps: &str| {
        let mut args = study.researcher_args();
        args.extend(["--max-fee-bps".into(), bps.into()]);
        complaint(&study, args)
    };
    assert_says(&at_most("199"), &["is 200 ten-thousandths now", "you accept 199", "higher --max-fee-bps"]);
    assert_says(&at_most("300"), &[&format!("get {short} more"), "a fee of 200 ten-thousandths"]);

    let mut foreign = settings(&other, |_| {});
    foreign.chain_id = Some(4242);
    let mut foreign = Study::new(foreign).unwrap();
    foreign.make_wallets().unwrap();
    foreign.start_chain().unwrap();
    let said = complaint(&study, replace(study.researcher_args(), "--rpc", foreign.rpc()));
    assert_says(&said, &["there is none for chain 4242", "check the --rpc endpoint"]);
}
