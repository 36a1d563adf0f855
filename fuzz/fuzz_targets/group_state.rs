//! A member's group, as its vault keeps it: what the MLS library stored, as postcard.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::ids::StudyId;
use tributary_contracts::typed_data::Domain;
use tributary_fuzz_client::session::{Group, Provider};
use tributary_fuzz_client::vault::Secret;

fuzz_target!(|data: &[u8]| {
    let Ok(entries) = postcard::from_bytes::<Vec<(Secret, Secret)>>(data) else { return };
    let provider = Provider::with_entries(&entries);
    let again = Provider::with_entries(&provider.entries());
    assert!(again.entries() == provider.entries());
    let domain = Domain { chain_id: 31_337, escrow: [0xe5; 20] };
    if let Ok(Some(group)) = Group::load(&provider, StudyId([9; 32]), domain) {
        let _ = (group.is_active(), group.epoch());
    }
});
