//! The embedded chain's state file: records, a line of JSON each, which are played again.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_devchain::fuzzing;
use tributary_fuzz::scratch_file;

static PATH: LazyLock<PathBuf> = LazyLock::new(|| scratch_file("chain.jsonl"));

fuzz_target!(|data: &[u8]| {
    fs::write(&*PATH, data).expect("a file");
    match fuzzing::open(&PATH) {
        Err(problem) => drop(problem.to_string()),
        // What was opened opens again: a torn end was cut off.
        Ok(newest) => assert_eq!(fuzzing::open(&PATH).expect("what was opened"), newest),
    }
});
