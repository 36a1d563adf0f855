//! An owner's released pair seeds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::masking::PairSeeds;

fuzz_target!(|data: &[u8]| {
    if let Ok(seeds) = PairSeeds::decode(data) {
        assert_eq!(seeds.encode().as_slice(), data);
        assert!(seeds.others().all(|other| seeds.with(&other).is_some()));
    }
});
