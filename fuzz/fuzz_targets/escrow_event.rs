//! A log of the escrow. The input: the number of topics, the topics, the data.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_contracts::fuzzing;
use tributary_fuzz::choice;

fuzz_target!(|data: &[u8]| {
    let Some((count, rest)) = choice(data) else { return };
    let (topics, _) = rest.as_chunks::<32>();
    let Some(topics) = topics.get(..usize::from(count % 5)) else { return };
    let _ = fuzzing::event(topics, &rest[topics.len() * 32..]);
});
