//! Token holders launch and fund a study from the treasury: a researcher without a token prepares it, they vote, anybody
//! executes, and four hospitals run it to its end.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::path::Path;

use hospitals::event::Event;
use hospitals::study::{Role, Run, Study};
use support::{Scratch, alone, settings};

/// Runs `tributary` with the wallet of a role.
fn say(study: &Study, role: Role, command: &[&str]) -> Run {
    let mut args: Vec<OsString> = command.iter().map(Into::into).collect();
    args.extend(study.wallet_args(role));
    args.extend(study.chain_args());
    study.tributary(args).unwrap()
}

/// Runs what needs no wallet; what it prints.
fn ask(study: &Study, command: &[&str]) -> String {
    let mut args: Vec<OsString> = command.iter().map(Into::into).collect();
    args.extend(study.chain_args());
    study.tributary(args).unwrap().success().unwrap()
}

fn show(study: &Study, proposal: &str) -> String {
    ask(study, &["governance", "show", "--proposal", proposal])
}

/// Asks until the chain's time has come.
fn until(study: &Study, proposal: &str, words: &str) {
    while !show(study, proposal).contains(words) {}
}

fn deployed(study: &Study, contract: &str) -> String {
    let folder = study.layout().deployments();
    let file = if folder.is_dir() {
        std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path()
    } else {
        folder
    };
    let text = std::fs::read(&file).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    json[contract].as_str().unwrap().to_owned()
}

/// `study prepare` with what `study run` will get.
fn prepare(study: &Study) -> Run {
    let mut args: Vec<OsString> = ["study", "prepare"].map(Into::into).to_vec();
    let not_for_prepare = ["--json", "--coordinator", "--state"];
    let mut given = study.researcher_args().into_iter().skip(2).peekable();
    while let Some(arg) = given.next() {
        match arg.to_str() {
            Some("--json") => {}
            Some(name) if not_for_prepare.contains(&name) => drop(given.next()),
            _ => args.push(arg),
        }
    }
    study.tributary(args).unwrap()
}

#[test]
fn the_treasury_launches_and_funds_a_study_that_then_runs() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |_| {});
    settings.deploy_args =
        ["--voting-delay=1", "--voting-period=20", "--timelock-delay=1"].map(str::to_owned).to_vec();
    // The researcher gets one token, which does not pay for anything.
    settings.tokens = 1;
    let mut study = Study::new(settings).unwrap();
    study.make_wallets().unwrap();
    study.start_chain().unwrap();
    study.deploy().unwrap();
    study.start_coordinator().unwrap();

    let said = prepare(&study).success().unwrap();
    let timelock = deployed(&study, "timelock");
    assert!(said.contains(&format!("to be launched by {timelock}")), "{said}");
    let early = study.tributary(study.researcher_args()).unwrap();
    assert_eq!(early.code, Some(2));
    assert!(early.stderr.contains("is not on chain yet"), "{}", early.stderr);

    let holder = Role::Coordinator;
    say(&study, holder, &["token", "send", "--to", &timelock, "--tokens", "1000"]).success().unwrap();
    say(&study, holder, &["governance", "delegate"]).success().unwrap();
    let path = scratch.path().join("proposal.json");
    let file = path.to_str().unwrap().to_owned();
    let directory = study.layout().researcher();
    let friend = format!("0x{}", "5f".repeat(20));
    let minted = format!("{friend}=5");
    let propose: [&str; 12] = [
        "governance",
        "propose",
        "--out",
        &file,
        "--description",
        "hearts first",
        "--study",
        directory.to_str().unwrap(),
        "--margin-s",
        "120",
        "--mint",
        &minted,
    ];
    let poor = say(&study, Role::Researcher, &propose);
    assert_eq!(poor.code, Some(2));
    assert!(poor.stderr.contains("GovernorInsufficientProposerVotes"), "{}", poor.stderr);
    std::fs::remove_file(Path::new(&file)).unwrap();
    say(&study, holder, &propose).success().unwrap();
    until(&study, &file, "it is voted on");
    let shown = show(&study, &file);
    for words in [
        "let 0x",
        "launch the study with plan 0x",
        "a budget of 200 tokens",
        "for 4 to 4 owners",
        "create 5 tokens",
    ] {
        assert!(shown.contains(words), "{words:?} is not in {shown}");
    }
    say(&study, holder, &["governance", "vote", "--vote", "for", "--proposal", &file]).success().unwrap();
    until(&study, &file, "it has won");
    say(&study, holder, &["governance", "queue", "--proposal", &file]).success().unwrap();
    while say(&study, holder, &["governance", "execute", "--proposal", &file]).code != Some(0) {}
    assert!(show(&study, &file).contains("it is done"));
    let balance = ask(&study, &["token", "balance", "--of", &friend]);
    assert_eq!(balance.trim(), "5000000000000000000");

    study.launch().unwrap();
    for index in 0..study.owners().len() {
        study.start_owner(index).unwrap();
    }
    let ends = |event: &Event| matches!(event, Event::Ended { .. });
    for role in study.owners() {
        let ended = study.wait_event(0, role, "the study ends", ends).unwrap();
        assert!(matches!(ended, Event::Ended { completed: true, .. }), "{ended:?}");
    }
    let audit = study.audit(study.layout().artifacts().to_str().unwrap()).unwrap();
    assert_eq!(audit.code, Some(0), "{:#?}", audit.lines);
}
