//! A model with what its optimizer remembers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::optimizer::{Adaptive, ModelState, SecondMoment, ServerOptimizer};

fuzz_target!(|data: &[u8]| {
    let Ok(state) = ModelState::decode(data) else { return };
    assert_eq!(state.encode(), data);
    let second = SecondMoment::Yogi { beta2: 0.99 };
    let rule = Adaptive { learning_rate: 0.1, beta1: 0.9, epsilon: 0.001, second };
    if let Ok(next) = ServerOptimizer::Adaptive(rule).step(&state, &vec![0.5; state.weights.len()]) {
        assert_eq!(ModelState::decode(&next.encode()).as_ref(), Ok(&next));
    }
});
