//! A masked update and a sealed sum, of any plan: whole and in chunks. The input begins with the plan: coordinates, bits,
//! the weight's bits, the owners, and how it is cut into chunks.
#![no_main]

use std::num::NonZeroUsize;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::masking::{Fold, SealedSum};
use tributary_aggregation::plan::{Norm, RoundPlan, RoundPlanParams};
use tributary_fuzz::owner;

fuzz_target!(|data: &[u8]| {
    let Some(([len, bits, weight_bits, max_owners, cut], packed)) = data.split_first_chunk() else { return };
    let params = RoundPlanParams {
        vector_len: usize::from(*len),
        bits: *bits,
        norm: Norm::LInf(1.0),
        max_weight: 1 << (weight_bits % 32),
        max_owners: u16::from(*max_owners),
        min_group: 2,
    };
    let Ok(plan) = RoundPlan::new(params) else { return };

    let mut whole = Fold::new(&plan);
    let added = whole.add(packed);
    let mut chunked = Fold::new(&plan);
    let mut report = chunked.begin().expect("room for one");
    let fed = packed
        .chunks(usize::from(*cut).max(1))
        .try_for_each(|chunk| report.feed(chunk))
        .and_then(|()| report.finish());
    // The first of two faults is named: which one that is depends on how the bytes come in.
    assert_eq!(fed.is_ok(), added.is_ok());
    assert_eq!(added.is_ok(), packed.len() == plan.packed_len() && whole.reports() == 1);

    match SealedSum::from_bytes(&plan, packed.to_vec()) {
        Err(_) => assert!(added.is_err()),
        Ok(sum) => {
            assert!(added.is_ok());
            assert_eq!(sum.as_bytes(), packed);
            let (context, online) = (Digest([2; 32]), [owner(1), owner(2)]);
            if let Ok(sum) = sum.open(&plan, &[1; 32], &context, &online, NonZeroUsize::MIN) {
                let mean = sum.mean_update(&plan).expect("a sum that was opened");
                assert!(mean.iter().all(|value| value.abs() <= 1.0));
            }
        }
    }
});
