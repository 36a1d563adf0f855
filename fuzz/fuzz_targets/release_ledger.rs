//! A member's memory of what it released, as JSON and as the vault's postcard.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::committee::Ledger;
use tributary_fuzz::choice;

fuzz_target!(|data: &[u8]| {
    let Some((form, bytes)) = choice(data) else { return };
    let read = match form % 2 {
        0 => serde_json::from_slice::<Ledger>(bytes).ok(),
        _ => postcard::from_bytes::<Ledger>(bytes).ok(),
    };
    if let Some(ledger) = read {
        let json = serde_json::to_vec(&ledger).expect("JSON");
        let again: Ledger = serde_json::from_slice(&json).expect("what was written");
        assert_eq!(serde_json::to_vec(&again).expect("JSON"), json);
        let bytes = postcard::to_stdvec(&ledger).expect("postcard");
        let again: Ledger = postcard::from_bytes(&bytes).expect("what was written");
        assert_eq!(postcard::to_stdvec(&again).expect("postcard"), bytes);
    }
});
