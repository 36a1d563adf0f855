//! A request to the embedded chain: JSON-RPC, with transactions and calls.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_devchain::fuzzing;

fuzz_target!(|data: &[u8]| {
    if let Some(answer) = fuzzing::answer(data) {
        let answers = answer.as_array().cloned().unwrap_or_else(|| vec![answer]);
        assert!(answers.iter().all(|one| one.get("result").is_some() != one.get("error").is_some()));
    }
});
