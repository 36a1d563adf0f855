//! A study's plan: JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::plan::RoundPlan;
use tributary_aggregation::study::StudyPlan;

fuzz_target!(|data: &[u8]| {
    let Ok(plan) = StudyPlan::from_json(data) else { return };
    let json = plan.to_json().expect("a valid plan");
    assert_eq!(StudyPlan::from_json(&json).as_ref(), Ok(&plan));
    for round in [RoundPlan::training(&plan), RoundPlan::statistics(&plan)].into_iter().flatten() {
        assert!(round.word_bits() <= 63 && round.packed_len() > 0);
    }
    assert!(plan.budget() >= plan.payment.per_round);
});
