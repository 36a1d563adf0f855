//! An owner's MLS key package: the leaf with its credential, keys and extension.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use tributary_contracts::typed_data::Domain;
use tributary_fuzz::owner;
use tributary_fuzz_client::session;

fuzz_target!(|data: &[u8]| {
    let domain = Domain { chain_id: 31_337, escrow: [0xe5; 20] };
    let _ = session::check_key_package(data, owner(1), &domain, &BTreeMap::new());
});
