//! A proposal of token holders, as a file that they pass on, and what its calls are told to do.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_contracts::fuzzing;
use tributary_fuzz::{choice, scratch_file};
use tributary_fuzz_client::governance::proposal_file;

static PATHS: LazyLock<[PathBuf; 2]> =
    LazyLock::new(|| ["proposal.json", "proposal-again.json"].map(scratch_file));

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = choice(data) else { return };
    if kind % 2 == 1 {
        // No call is taken for two things.
        assert!(fuzzing::explained(bytes).iter().flatten().count() <= 1);
        return;
    }
    let [path, again] = &*PATHS;
    fs::write(path, bytes).expect("a file");
    match proposal_file::read(path) {
        Err(problem) => drop(problem.to_string()),
        Ok(proposal) => {
            let _ = fs::remove_file(again);
            proposal_file::write(again, &proposal).expect("what was read");
            assert_eq!(proposal_file::read(again).expect("what was written"), proposal);
            proposal.actions.iter().for_each(|action| drop(fuzzing::explained(&action.call)));
        }
    }
});
