//! A member's answer to a cut of up to 255 seeds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::committee::Release;
use tributary_fuzz::choice;

fuzz_target!(|data: &[u8]| {
    let Some((seeds, bytes)) = choice(data) else { return };
    if let Ok(release) = Release::from_bytes(bytes, seeds.into()) {
        assert_eq!(release.to_bytes(), bytes);
        assert_eq!(release.shares.len(), usize::from(seeds));
    }
});
