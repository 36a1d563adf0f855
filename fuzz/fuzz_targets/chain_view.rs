//! What a view of the escrow returns.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_contracts::fuzzing;

fuzz_target!(|data: &[u8]| {
    fuzzing::view(data);
});
