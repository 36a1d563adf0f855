//! A log of the escrow, of the registry of datasets, and of any contract by its ABI, with what the coordinator's index makes
//! of it. The input: which contract, times five, and the number of topics;
//! the topics; the data.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_contracts::fuzzing;
use tributary_coordinator::indexer::projections;
use tributary_fuzz::choice;

fuzz_target!(|data: &[u8]| {
    let Some((count, rest)) = choice(data) else { return };
    let (topics, _) = rest.as_chunks::<32>();
    let Some(topics) = topics.get(..usize::from(count % 5)) else { return };
    let data = &rest[topics.len() * 32..];
    let _ = fuzzing::event(topics, data);
    let _ = fuzzing::dataset_event(topics, data);
    if let Ok(event) = fuzzing::contract_event(count / 5, topics, data) {
        // Whatever a contract can log can be stored.
        assert!(projections::row(&event).is_ok());
        let _ = (projections::made(&event), projections::ids(&event));
    }
});
