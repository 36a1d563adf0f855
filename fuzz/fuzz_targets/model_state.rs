//! A model with its optimizer's moments.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::optimizer::{FedAdam, ModelState, ServerOptimizer};

fuzz_target!(|data: &[u8]| {
    let Ok(state) = ModelState::decode(data) else { return };
    assert_eq!(state.encode(), data);
    let rule = FedAdam { learning_rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 0.001 };
    if let Ok(next) = ServerOptimizer::FedAdam(rule).step(&state, &vec![0.5; state.weights.len()]) {
        assert_eq!(ModelState::decode(&next.encode()).as_ref(), Ok(&next));
    }
});
