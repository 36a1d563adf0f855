//! A member's share of the key, as its vault holds it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::committee::KeyShare;
use tributary_fuzz::COMMITTEE;

fuzz_target!(|data: &[u8]| {
    if let Ok(share) = KeyShare::from_bytes(data, &COMMITTEE.key) {
        assert_eq!(share.to_bytes().as_slice(), data);
        assert!(share.index() < 2);
    }
});
