//! The statistics that a model's inputs are standardised by.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_fuzz_client::dataset;

fuzz_target!(|data: &[u8]| {
    if let Ok(standardiser) = dataset::Standardiser::from_bytes(data) {
        assert_eq!(standardiser.to_bytes(), data);
    }
});
