//! A site's record of decisions: lines of JSON, each naming the digest of the one before it.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::ids::{Digest, StudyId};
use tributary_fuzz::scratch_file;
use tributary_fuzz_client::policy::{Decision, Decisions};

static PATH: LazyLock<PathBuf> = LazyLock::new(|| scratch_file("decisions.jsonl"));

fuzz_target!(|data: &[u8]| {
    fs::write(&*PATH, data).expect("a file");
    let record = Decisions::at(&PATH);
    let (study, plan) = (StudyId([1; 32]), Digest([2; 32]));
    match record.read() {
        Err(problem) => drop(problem.to_string()),
        Ok((entries, head)) => {
            assert!(entries.iter().zip(0..).all(|(entry, number)| entry.number == number));
            let _ = record.taken_in_year(1, study);
            let next = record.add(1, study, plan, Decision::Approved, vec!["because".into()], None);
            let next = next.expect("a record that can be read can be added to");
            let (more, last) = record.read().expect("what was written");
            assert_eq!((more.len(), more[entries.len()].previous, last), (entries.len() + 1, head, next));
            assert_eq!(record.is_approved(study, plan).expect("what was written"), Some(true));
        }
    }
});
