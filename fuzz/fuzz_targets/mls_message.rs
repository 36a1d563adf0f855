//! A message of the group as the delivery service hands it on, before the group looks at it; and a welcome.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::ids::StudyId;
use tributary_contracts::typed_data::Domain;
use tributary_fuzz_client::session::{self, Group, Provider};

fuzz_target!(|data: &[u8]| {
    let _ = session::peek(data);
    let domain = Domain { chain_id: 31_337, escrow: [0xe5; 20] };
    // Nobody's key package is here: whatever is a welcome is not for us.
    assert!(!matches!(Group::join(&Provider::default(), StudyId([9; 32]), domain, data), Ok(Some(_))));
});
