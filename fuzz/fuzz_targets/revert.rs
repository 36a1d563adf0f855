//! What a contract reverts with.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_contracts::fuzzing;

fuzz_target!(|data: &[u8]| {
    let revert = fuzzing::revert(data);
    assert!(!revert.to_string().is_empty());
});
