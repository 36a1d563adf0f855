//! Where the contracts are: a file of JSON.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_contracts::{Contracts, Deployment};
use tributary_fuzz::scratch_file;

static PATH: LazyLock<PathBuf> = LazyLock::new(|| scratch_file("deployment.json"));

fuzz_target!(|data: &[u8]| {
    fs::write(&*PATH, data).expect("a file");
    match Deployment::read(&PATH) {
        Err(problem) => drop(problem.to_string()),
        Ok(deployment) => {
            deployment.write(&PATH).expect("a file");
            assert_eq!(Deployment::read(&PATH).expect("what was written"), deployment);
            let _ = Contracts::of(&deployment);
        }
    }
});
