//! What the coordinator's database holds of a study: its state, and an errand. JSON; the first byte says which.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tributary_coordinator::rounds::{Errand, Study};
use tributary_fuzz::choice;

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = choice(data) else { return };
    if kind % 2 == 0 {
        there_and_back::<Study>(bytes);
    } else {
        there_and_back::<Errand>(bytes);
    }
});

fn there_and_back<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(bytes) else { return };
    let json = serde_json::to_vec(&read).expect("JSON");
    assert_eq!(serde_json::from_slice::<T>(&json).expect("what was written"), read);
}
