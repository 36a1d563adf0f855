//! The same seeds, rows and owners give the same model, bit for bit: in a second study, and in one where a round had to be
//! run again because owners were gone.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::fs;
use std::path::Path;

use hospitals::event::Event;
use hospitals::study::{Layout, Role, Settings, Study};
use support::{
    CLEVELAND, HUNGARY, Scratch, alone, kill_in_training, many_epochs, one_group, set, settings, slow,
};

/// Magic and plan digest: a plan has a fresh salt for its holdout in every study, the model has none.
const BEFORE_THE_MODEL: usize = 16 + 32;

fn same_study(scratch: &Scratch) -> Settings {
    let mut settings = settings(scratch, |file| {
        one_group(file);
        many_epochs(file);
        // Two owners are too few to be shown a cut: the round keeps its number.
        set(file, &["aggregation", "min_group"], 3);
        set(file, &["deadlines", "gather_s"], 120);
    });
    let seeds = ["--model=mlp", "--optimizer=fedadam", "--seed=7", &format!("--model-seed=0x{:064x}", 9)];
    settings.researcher_args = seeds.map(str::to_owned).to_vec();
    slow(scratch, &mut settings, CLEVELAND);
    slow(scratch, &mut settings, HUNGARY);
    settings
}

/// The owners' rows come in an order that is drawn from their addresses: the second study is of the same owners.
fn take_wallets(from: &Study, to: &Study) {
    let names: Vec<&str> = from.sites().iter().map(|site| site.name.as_str()).collect();
    let directories = |study: &Study| names.iter().map(|name| study.layout().owner(name)).collect::<Vec<_>>();
    for (from, to) in directories(from).iter().zip(directories(to)) {
        fs::create_dir_all(&to).unwrap();
        for file in [Layout::wallet, Layout::password] {
            fs::copy(file(from), file(&to)).unwrap();
        }
    }
}

fn model(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap().split_off(BEFORE_THE_MODEL)
}

#[test]
fn the_same_seeds_give_the_same_model_even_if_a_round_is_run_again() {
    let _alone = alone();
    let (one, two) = (Scratch::new(), Scratch::new());
    let mut first = Study::new(same_study(&one)).unwrap();
    first.start_everything().unwrap();
    assert!(first.wait_end().unwrap().0);

    let mut second = Study::new(same_study(&two)).unwrap();
    take_wallets(&first, &second);
    second.start_everything().unwrap();
    assert_ne!(first.id(), second.id(), "they are two studies");
    kill_in_training(&mut second, &[CLEVELAND, HUNGARY], 1);
    let is_aborted = |event: &Event| matches!(event, Event::Aborted { round: 1, .. });
    second.wait_event(0, Role::Researcher, "the round is aborted", is_aborted).unwrap();
    second.restart(Role::Owner(CLEVELAND)).unwrap();
    second.restart(Role::Owner(HUNGARY)).unwrap();
    assert!(second.wait_end().unwrap().0);
    let round = second.transcripts().unwrap().remove(&1).unwrap();
    assert_eq!((round.online().count(), round.aborted.len()), (4, 1), "all were back for a second attempt");

    assert!(model(&first.layout().model()) == model(&second.layout().model()), "two models of one study");
}
