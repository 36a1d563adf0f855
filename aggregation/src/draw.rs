//! Uniform draws from a seed that nobody chose, alike on every machine.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::ids::Digest;

/// A Fisher–Yates shuffle (uniform: draws by rejection) by ChaCha20 keyed with `seed`.
pub(crate) fn shuffle<T>(seed: &Digest, items: &mut [T]) {
    let mut rng = ChaCha20Rng::from_seed(seed.0);
    for last in (1..items.len()).rev() {
        let other = uniform_below(&mut rng, last as u64 + 1) as usize;
        items.swap(last, other);
    }
}

/// A uniform number below `bound` (> 0), by rejection.
fn uniform_below(rng: &mut impl Rng, bound: u64) -> u64 {
    let zone = u64::MAX - u64::MAX % bound;
    loop {
        let draw = rng.next_u64();
        if draw < zone {
            return draw % bound;
        }
    }
}
