//! The order in which rows are visited.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Permutations of the rows, one per epoch, from a seed.
pub(super) struct Order {
    rng: ChaCha20Rng,
    rows: Vec<i64>,
}

impl Order {
    pub(super) fn new(seed: [u8; 32], rows: usize) -> Self {
        Self { rng: ChaCha20Rng::from_seed(seed), rows: (0..rows as i64).collect() }
    }

    /// The next epoch's order (Fisher and Yates).
    pub(super) fn next_epoch(&mut self) -> &[i64] {
        for last in (1..self.rows.len()).rev() {
            // The high word of the product: uniform up to a bias of rows / 2^64.
            let product = u128::from(self.rng.next_u64()) * (last as u128 + 1);
            self.rows.swap(last, (product >> 64) as usize);
        }
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_visits_every_row_once_in_an_order_of_its_own() {
        let mut order = Order::new([1; 32], 50);
        let first = order.next_epoch().to_vec();
        let second = order.next_epoch().to_vec();
        for epoch in [&first, &second] {
            let mut sorted = epoch.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..50).collect::<Vec<i64>>());
        }
        assert_ne!(first, second);
        assert_eq!(first, Order::new([1; 32], 50).next_epoch());
        assert_ne!(first, Order::new([2; 32], 50).next_epoch());
    }

    #[test]
    fn every_row_comes_first_about_as_often() {
        let mut order = Order::new([3; 32], 4);
        let mut first = [0_u32; 4];
        for _ in 0..4000 {
            first[order.next_epoch()[0] as usize] += 1;
        }
        // 1000 each; five standard deviations are 137.
        assert!(first.iter().all(|count| (863..=1137).contains(count)), "{first:?}");
    }
}
