//! A message of the key generation, of a committee of up to 255.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::committee::{CommitteeParams, DkgMessage};
use tributary_fuzz::choice;

fuzz_target!(|data: &[u8]| {
    let Some((members, bytes)) = choice(data) else { return };
    let Ok(params) = CommitteeParams::new(members.into()) else { return };
    if let Ok(message) = DkgMessage::from_bytes(bytes, params) {
        assert_eq!(message.to_bytes(), bytes);
    }
});
