//! A committee's public key set.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::committee::{CommitteeKey, CommitteeParams};
use tributary_contracts::bls;
use tributary_fuzz::choice;

fuzz_target!(|data: &[u8]| {
    let Some((members, bytes)) = choice(data) else { return };
    let Ok(params) = CommitteeParams::new(members.into()) else { return };
    if let Ok(key) = CommitteeKey::from_bytes(params, bytes) {
        assert_eq!(key.to_bytes(), bytes);
        // What members sign and what the relay sends are made by two libraries.
        let encoded = key.public_key().to_eip2537().expect("a key that was read");
        assert_eq!(bls::key_to_eip2537(&key.public_key_bytes()), Ok(encoded));
    }
});
