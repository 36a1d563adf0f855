//! The model that a study starts from: the same for everybody who knows the seed.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::{Memory, ModelState};
use crate::study::LayerSpec;

impl ModelState {
    /// A model that starts from these weights: a module's own.
    #[must_use]
    pub fn starting_at(weights: Vec<f32>) -> Self {
        Self { weights, round: 0, memory: Memory::default() }
    }

    /// The initial model of `inputs` inputs, in the parameter order of [`LayerSpec`].
    ///
    /// A network starts as libtorch's `Linear` does: weights and biases of a layer uniform in ±1/√fan\_in (Kaiming
    /// uniform with a = √5), drawn by ChaCha20 keyed with `seed`. Logistic regression starts at zero: it is convex.
    #[must_use]
    pub fn initial(spec: &LayerSpec, inputs: usize, seed: [u8; 32]) -> Self {
        let count = spec.parameter_count(inputs);
        if spec.hidden.is_empty() {
            return Self { weights: vec![0.0; count], round: 0, memory: Memory::default() };
        }
        let mut rng = ChaCha20Rng::from_seed(seed);
        let mut weights = Vec::with_capacity(count);
        for (fan_in, outputs) in spec.dense_shapes(inputs) {
            let bound = 1.0 / (fan_in.max(1) as f64).sqrt();
            weights.extend((0..outputs * (fan_in + 1)).map(|_| {
                let unit = f64::from(rng.next_u32() >> 8) / f64::from(1u32 << 24);
                ((2.0 * unit - 1.0) * bound) as f32
            }));
        }
        Self { weights, round: 0, memory: Memory::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Activation, Layer};

    fn network() -> LayerSpec {
        let layer = |units| Layer { units, activation: Activation::Relu };
        LayerSpec { hidden: vec![layer(64), layer(16)] }
    }

    #[test]
    fn logistic_regression_starts_at_zero() {
        let state = ModelState::initial(&LayerSpec { hidden: vec![] }, 20, [7; 32]);
        assert_eq!(state, ModelState { weights: vec![0.0; 21], round: 0, memory: Memory::default() });
    }

    #[test]
    fn each_layer_is_spread_over_its_bounds_and_the_seed_decides() {
        let state = ModelState::initial(&network(), 25, [7; 32]);
        assert_eq!(state.weights.len(), network().parameter_count(25));
        let mut rest = state.weights.as_slice();
        for (fan_in, outputs) in network().dense_shapes(25) {
            let (layer, tail) = rest.split_at(outputs * (fan_in + 1));
            rest = tail;
            let bound = 1.0 / (fan_in as f32).sqrt();
            assert!(layer.iter().all(|w| w.abs() <= bound));
            if layer.len() > 500 {
                let mean = layer.iter().sum::<f32>() / layer.len() as f32;
                let square = layer.iter().map(|w| w * w).sum::<f32>() / layer.len() as f32;
                assert!(mean.abs() < bound / 10.0, "{mean}");
                // The variance of the uniform distribution is bound²/3.
                assert!((square * 3.0 / (bound * bound) - 1.0).abs() < 0.15, "{square}");
            }
        }
        assert_eq!(ModelState::initial(&network(), 25, [7; 32]), state);
        assert_ne!(ModelState::initial(&network(), 25, [8; 32]), state);
    }
}
