//! What a node answers to JSON-RPC requests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_contracts::fuzzing;

fuzz_target!(|data: &[u8]| {
    fuzzing::answer(data);
});
