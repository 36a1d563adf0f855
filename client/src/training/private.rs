//! DP-SGD: steps of gradient descent that tell little of any one row (Abadi et al., Deep Learning with Differential Privacy,
//! CCS 2016).
//!
//! In every step each row is drawn for itself with the plan's sampling rate (Poisson sampling, which the account is of);
//! each drawn row's gradient is clipped; Gaussian noise is added to their sum, also if none was drawn; and the sum is
//! divided by the number of rows that are drawn on average. Which rows were drawn, and the noise, come from a seed that
//! nobody else may know.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use tch::{Device, Kind, Tensor};
use tributary_aggregation::study::RecordPrivacy;
use zeroize::Zeroizing;

use super::network::Network;
use super::trainer::TrainError;

/// Normal draws that are added up to one: whoever would tell what noise was added to from the low bits of a floating-point
/// sum has to search through all of them (Holohan and Braghin, Secure Random Sampling in Differential Privacy, ESORICS 2021).
const DRAWS: usize = 4;

/// Rows whose gradients are computed at once: bounds memory.
const AT_ONCE: usize = 4096;

/// What of the plan and of this round DP-SGD needs.
#[derive(Clone, Copy)]
pub struct RecordNoise<'a> {
    /// The plan's numbers.
    pub privacy: &'a RecordPrivacy,
    /// Fresh random bytes, secret, for one training only.
    pub seed: &'a [u8; 32],
}

/// The noisy gradients of one training.
pub(super) struct NoisyGradients<'a> {
    privacy: &'a RecordPrivacy,
    rng: ChaCha20Rng,
}

impl<'a> NoisyGradients<'a> {
    pub(super) fn new(noise: RecordNoise<'a>) -> Self {
        Self { privacy: noise.privacy, rng: ChaCha20Rng::from_seed(*noise.seed) }
    }

    /// How many steps the plan has.
    pub(super) fn steps(&self) -> u32 {
        self.privacy.steps
    }

    /// Something whose gradient, for the network's trainable tensors, is a step's noisy one: a linear function of them.
    ///
    /// # Errors
    /// If the network can't tell rows apart, libtorch fails, or a row's gradient is not finite.
    pub(super) fn next(
        &mut self,
        network: &dyn Network,
        inputs: &Tensor,
        labels: &Tensor,
    ) -> Result<Tensor, TrainError> {
        let RecordPrivacy { noise_multiplier, clip, sampling_rate, .. } = *self.privacy;
        let rows = labels.size().first().copied().unwrap_or(0);
        let drawn: Vec<i64> = (0..rows).filter(|_| uniform(&mut self.rng) < sampling_rate).collect();
        let variables = network.store().trainable_variables();
        let mut sums = Vec::with_capacity(variables.len());
        for variable in &variables {
            sums.push(Tensor::f_zeros(variable.size(), (Kind::Double, Device::Cpu))?);
        }
        for drawn in drawn.chunks(AT_ONCE) {
            let drawn = Tensor::f_from_slice(drawn)?;
            let (inputs, labels) = (inputs.f_index_select(0, &drawn)?, labels.f_index_select(0, &drawn)?);
            for (sum, more) in sums.iter_mut().zip(network.clipped_gradients(&inputs, &labels, clip)?) {
                *sum = sum.f_add(&more)?;
            }
        }
        let expected = sampling_rate * rows as f64;
        let mut linear = Tensor::f_zeros([], (Kind::Float, Device::Cpu))?;
        for (variable, sum) in variables.iter().zip(&sums) {
            let noise = self.gaussians(noise_multiplier * clip, sum.numel());
            let noise = Tensor::f_from_slice(&noise)?.f_view(&sum.size()[..])?;
            let gradient = sum.f_add(&noise)?.f_div_scalar(expected)?.f_to_kind(variable.kind())?;
            linear = linear.f_add(&variable.f_mul(&gradient)?.f_sum(variable.kind())?)?;
        }
        Ok(linear)
    }

    /// Normal draws (Box and Muller 1958), each of [`DRAWS`].
    fn gaussians(&mut self, sigma: f64, count: usize) -> Zeroizing<Vec<f64>> {
        let scale = sigma / (DRAWS as f64).sqrt();
        let mut all = Zeroizing::new(vec![0.0; count]);
        for drawn in all.iter_mut() {
            for _ in 0..DRAWS / 2 {
                let radius = (-2.0 * (1.0 - uniform(&mut self.rng)).ln()).sqrt();
                let (sine, cosine) = (std::f64::consts::TAU * uniform(&mut self.rng)).sin_cos();
                *drawn += scale * radius * (sine + cosine);
            }
        }
        all
    }
}

/// Uniform in \[0, 1), in steps of 2^−53.
fn uniform(rng: &mut ChaCha20Rng) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (rng.next_u64() >> 11) as f64 * STEP
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tributary_aggregation::optimizer::ModelState;
    use tributary_aggregation::study::{Activation, Layer, LayerSpec, Training};

    use super::super::layers::Layers;
    use super::*;
    use crate::dataset::Examples;
    use crate::training::{Model, Torch, TrainJob, Trained, Trainer};

    const ROWS: usize = 20;

    fn privacy(noise_multiplier: f64, clip: f64, sampling_rate: f64, steps: u32) -> RecordPrivacy {
        RecordPrivacy { noise_multiplier, delta: 1e-5, clip, sampling_rate, steps, dead_rounds: 0 }
    }

    fn examples(rows: usize) -> Examples {
        let inputs: Vec<f32> = (0..2 * rows).map(|n| (n as f32 * 0.7).sin()).collect();
        let labels: Vec<bool> = inputs.chunks(2).map(|row| row[0] > row[1]).collect();
        Examples::binary(inputs, 2, &labels).unwrap()
    }

    fn training() -> Training {
        Training { local_epochs: 5, learning_rate: 0.5, weight_decay: 0.01, ..Training::default() }
    }

    fn train(privacy: Option<&RecordPrivacy>, seed: u8, training: &Training) -> Trained {
        let (spec, examples) = (LayerSpec { hidden: Vec::new() }, examples(ROWS));
        let seed = [seed; 32];
        let job = TrainJob {
            model: Model::Layers(&spec),
            weights: &[0.1, -0.2, 0.3],
            examples: &examples,
            training,
            seed: [0; 32],
            correction: None,
            noise: privacy.map(|privacy| RecordNoise { privacy, seed: &seed }),
        };
        Torch::new().train(&job, &mut |_| ()).unwrap()
    }

    fn private(privacy: &RecordPrivacy, seed: u8) -> Trained {
        train(Some(privacy), seed, &training())
    }

    #[test]
    fn with_all_rows_no_clip_and_no_noise_it_is_gradient_descent() {
        for training in [training(), Training { momentum: 0.5, proximal_mu: 0.3, ..training() }] {
            let plain = train(None, 0, &training);
            let private = train(Some(&privacy(1e-12, 1e6, 1.0, 5)), 1, &training);
            for (one, other) in plain.delta.iter().zip(&private.delta) {
                assert!((one - other).abs() < 1e-5, "{one} {other}");
            }
            assert_eq!(private.steps, 5);
        }
    }

    #[test]
    fn no_row_moves_the_model_further_than_its_clip() {
        // One step: the mean of 20 clipped gradients, times the step size; and the weight decay.
        let delta = private(&privacy(1e-12, 0.01, 1.0, 1), 1).delta;
        let norm = delta.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        assert!(norm <= 0.5 * (0.01 + 0.01 * 0.375) && norm > 0.0, "{norm}");
    }

    #[test]
    fn the_noise_has_the_plans_variance_and_is_there_without_rows() {
        // At a rate of one in a million hardly a row is ever drawn.
        for (rate, clip) in [(1e-6, 2.0), (0.5, 0.02)] {
            let plan = privacy(50.0, clip, rate, 1);
            let sigma = 0.5 * 50.0 * clip / (rate * ROWS as f64);
            let mut squares = Vec::new();
            for seed in 0..200 {
                squares.extend(private(&plan, seed).delta.iter().map(|x| (f64::from(*x) / sigma).powi(2)));
            }
            let variance = squares.iter().sum::<f64>() / squares.len() as f64;
            // 600 draws: five standard errors of a variance.
            assert!((variance - 1.0).abs() < 5.0 * (2.0_f64 / 600.0).sqrt(), "{rate}: {variance}");
        }
    }

    #[test]
    fn draws_are_normal() {
        let plan = privacy(1.0, 1.0, 1.0, 1);
        let mut gradients = NoisyGradients::new(RecordNoise { privacy: &plan, seed: &[3; 32] });
        let drawn = gradients.gaussians(2.0, 20_000);
        let moment =
            |power: i32| drawn.iter().map(|x| (x / 2.0).powi(power)).sum::<f64>() / drawn.len() as f64;
        // Five standard errors: √(1, 2, 15, 96) / √n.
        assert!(moment(1).abs() < 0.036 && (moment(2) - 1.0).abs() < 0.05);
        assert!(moment(3).abs() < 0.137 && (moment(4) - 3.0).abs() < 0.35);
    }

    #[test]
    fn rows_are_drawn_each_for_itself_at_the_plans_rate() {
        let mut rng = ChaCha20Rng::from_seed([4; 32]);
        let drawn = (0..10_000).filter(|_| uniform(&mut rng) < 0.3).count();
        // Five standard deviations: 5·√(10⁴·0.3·0.7).
        assert!((drawn as f64 - 3000.0).abs() < 230.0, "{drawn}");
    }

    #[test]
    fn rows_and_noise_come_from_the_seed() {
        let plan = privacy(1.0, 1.0, 0.3, 3);
        assert!(private(&plan, 1) == private(&plan, 1));
        assert_ne!(private(&plan, 1).delta, private(&plan, 2).delta);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn clipped_gradients_are_those_of_each_row_alone(
            seed in any::<u8>(), rows in 0usize..12, clip in 0.01f64..3.0, relu in any::<bool>(),
        ) {
            let activation = if relu { Activation::Relu } else { Activation::Tanh };
            let spec = LayerSpec { hidden: vec![Layer { units: 5, activation }, Layer { units: 3, activation }] };
            let weights = ModelState::initial(&spec, 2, [seed; 32]).weights;
            let layers = Layers::build(&spec, 2, &weights).unwrap();
            let examples = examples(rows);
            let inputs = Tensor::from_slice(examples.inputs()).view((rows as i64, 2));
            let labels = Tensor::from_slice(examples.targets());
            let clipped = layers.clipped_gradients(&inputs, &labels, clip).unwrap();

            let variables = layers.store().trainable_variables();
            let mut due: Vec<Tensor> =
                variables.iter().map(|variable| variable.zeros_like().to_kind(Kind::Double)).collect();
            for row in 0..rows as i64 {
                let loss = layers.loss(&inputs.narrow(0, row, 1), &labels.narrow(0, row, 1)).unwrap();
                let own = Tensor::run_backward(&[loss], &variables, false, false);
                let own: Vec<Tensor> = own.iter().map(|gradient| gradient.to_kind(Kind::Double)).collect();
                let norm = own.iter().map(|g| g.square().sum(Kind::Double).double_value(&[])).sum::<f64>().sqrt();
                let factor = (clip / norm).min(1.0);
                for (due, own) in due.iter_mut().zip(own) {
                    *due = &*due + own * factor;
                }
            }
            prop_assert_eq!(clipped.len(), due.len());
            for (clipped, due) in clipped.iter().zip(&due) {
                prop_assert_eq!(clipped.size(), due.size());
                prop_assert!((clipped - due).abs().max().double_value(&[]) < 1e-5 * clip.max(1.0));
            }
        }
    }
}
