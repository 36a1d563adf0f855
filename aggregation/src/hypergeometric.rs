//! How many of a random sample are marked: exact tails of the hypergeometric distribution, in integers.
//!
//! Who samples a committee or draws a mask graph must come to the same sizes on every machine, so there is no floating
//! point here: a tail is a sum of products of binomial coefficients, compared with the number of all samples.

use ruint::Uint;

/// The most that an urn holds.
pub const MAX_TOTAL: usize = 1024;

/// Holds the number of samples (below 2^1024) times the number of trials (32 bits) times 2^64.
type Wide = Uint<1152, 18>;

/// `total` owners, `marked` of whom are of a kind: corrupt, say, or gone.
#[derive(Debug, Clone)]
pub struct Urn {
    total: usize,
    marked: usize,
    /// C(total, k) by k.
    samples: Vec<Wide>,
    /// C(marked, k) by k.
    of_marked: Vec<Wide>,
    /// C(total − marked, k) by k.
    of_others: Vec<Wide>,
}

impl Urn {
    /// An urn; `None` with more marked ones than there are, or more than [`MAX_TOTAL`] in all.
    #[must_use]
    pub fn new(total: usize, marked: usize) -> Option<Self> {
        let others = total.checked_sub(marked)?;
        (total <= MAX_TOTAL).then(|| Self {
            total,
            marked,
            samples: binomials(total),
            of_marked: binomials(marked),
            of_others: binomials(others),
        })
    }

    /// The least `a` with `trials · P[at least a of the sample are marked] ≤ 2^−bits`, for a sample of `drawn` (all, if
    /// that is more than there are) that is uniform among those of its size. At most one more than can be marked.
    ///
    /// By the union bound this `a` is reached in any of so many samples, dependent as they may be, with a probability of
    /// at most 2^−bits. `bits` is at most 64.
    #[must_use]
    pub fn rare_from(&self, drawn: usize, trials: u32, bits: u8) -> usize {
        let drawn = drawn.min(self.total);
        let all = at(&self.samples, drawn);
        let scale = Wide::from(trials) << usize::from(bits.min(64));
        let mut tail = Wide::ZERO;
        for marked in (0..=self.marked.min(drawn)).rev() {
            // Zero where fewer others are left than the sample needs.
            tail += at(&self.of_marked, marked) * at(&self.of_others, drawn - marked);
            if tail * scale > all {
                return marked + 1;
            }
        }
        0
    }
}

/// C(n, k) for k from 0 to n.
fn binomials(n: usize) -> Vec<Wide> {
    let mut row = Vec::with_capacity(n + 1);
    let mut coefficient = Wide::from(1u64);
    for k in 0..=n {
        row.push(coefficient);
        // Exact: C(n, k) · (n − k) = C(n, k + 1) · (k + 1).
        coefficient = coefficient * Wide::from((n - k) as u64) / Wide::from((k + 1) as u64);
    }
    row
}

fn at(row: &[Wide], k: usize) -> Wide {
    row.get(k).copied().unwrap_or(Wide::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pascal's triangle: additions only.
    fn choose(n: usize, k: usize) -> u128 {
        let mut row = vec![1u128];
        for _ in 0..n {
            let mut next = vec![1u128];
            next.extend(row.windows(2).map(|pair| pair[0] + pair[1]));
            next.push(1);
            row = next;
        }
        row.get(k).copied().unwrap_or(0)
    }

    /// trials · Σ C(marked, x) · C(total − marked, drawn − x), x ≥ least, and C(total, drawn).
    fn tail(total: usize, marked: usize, drawn: usize, least: usize) -> (u128, u128) {
        let some = (least..=drawn).map(|x| choose(marked, x) * choose(total - marked, drawn - x)).sum();
        (some, choose(total, drawn))
    }

    proptest! {
        #[test]
        fn it_is_the_least_that_is_rare_enough(
            total in 1usize..=60, marked in 0usize..=60, drawn in 0usize..=60, trials in 1u32..=60, bits in 0u8..=50,
        ) {
            let (marked, drawn) = (marked.min(total), drawn.min(total));
            let rare = Urn::new(total, marked).unwrap().rare_from(drawn, trials, bits);
            let is_rare = |least: usize| {
                let (some, all) = tail(total, marked, drawn, least);
                some.saturating_mul(u128::from(trials)).saturating_mul(1 << bits) <= all
            };
            prop_assert!(is_rare(rare));
            prop_assert!(rare == 0 || !is_rare(rare - 1));
            prop_assert!(rare <= marked.min(drawn) + 1);
        }
    }

    #[test]
    fn the_largest_urn_does_not_wrap() {
        // All samples add up to all samples: the tail from 0 on is exactly 1, from 1 on it is less.
        let urn = Urn::new(MAX_TOTAL, 300).unwrap();
        for drawn in [1, 300, 512, 724, 1023, 1024] {
            let all: Wide = (0..=300usize.min(drawn))
                .map(|x| at(&urn.of_marked, x) * at(&urn.of_others, drawn - x))
                .fold(Wide::ZERO, |sum, term| sum + term);
            assert_eq!(all, at(&urn.samples, drawn), "{drawn}");
        }
        assert_eq!(urn.rare_from(512, u32::MAX, 64), urn.rare_from(512, u32::MAX, 255), "64 bits at most");
        assert!(Urn::new(MAX_TOTAL + 1, 1).is_none());
        assert!(Urn::new(3, 4).is_none());
    }

    #[test]
    fn what_cannot_happen_is_rare_at_once() {
        let urn = Urn::new(100, 10).unwrap();
        assert_eq!(urn.rare_from(31, 100, 64), 11, "there are but ten");
        assert_eq!(urn.rare_from(4, 100, 64), 5, "four are drawn");
        assert_eq!(urn.rare_from(usize::MAX, 1, 0), 0, "a certain event has a probability of 1");
        assert_eq!(Urn::new(100, 0).unwrap().rare_from(50, 100, 40), 1);
    }
}
