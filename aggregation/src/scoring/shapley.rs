//! Shapley values (Shapley 1953) of a round's groups, exactly.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Coalition, MAX_GROUPS};
use crate::decimal;

/// The utilities are not one per coalition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{got} utilities are not one for each coalition of 1 to {MAX_GROUPS} groups (2, 4, 8 … {})", 1 << MAX_GROUPS)]
pub struct ShapleyError {
    got: usize,
}

/// The groups' scores: Shapley values over one common denominator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupScores {
    /// Per group, the score in millionths of the metric, times the denominator. Decimal strings in JSON.
    #[serde(with = "decimal::signed")]
    pub numerators: Vec<i128>,
    /// The factorial of the number of groups.
    pub denominator: u64,
}

impl GroupScores {
    /// A group's score in units of the metric, for people to read.
    #[must_use]
    pub fn approximate(&self, group: usize) -> Option<f64> {
        let numerator = *self.numerators.get(group)?;
        Some(numerator as f64 / self.denominator as f64 / 1e6)
    }
}

/// Shapley values of the groups, from the utilities of all coalitions (millionths of the metric; index = bit mask).
///
/// φᵢ = Σ over S without i of |S|! (m−|S|−1)! / m! · (v(S ∪ {i}) − v(S)).
///
/// # Errors
/// If the number of utilities is not 2^m for 1 ≤ m ≤ [`MAX_GROUPS`].
pub fn shapley(utilities: &[i64]) -> Result<GroupScores, ShapleyError> {
    let error = ShapleyError { got: utilities.len() };
    let groups = utilities.len().checked_ilog2().ok_or(error.clone())? as usize;
    if !utilities.len().is_power_of_two() || groups == 0 || groups > MAX_GROUPS {
        return Err(error);
    }
    let utility = |coalition: Coalition| i128::from(utilities[coalition.index()]);
    let numerators = (0..groups)
        .map(|group| {
            // Below 720 · 2^64 in size: an i128 has room.
            Coalition::all(groups)
                .filter(|coalition| !coalition.contains(group))
                .map(|coalition| {
                    let orders = factorial(coalition.size()) * factorial(groups - coalition.size() - 1);
                    i128::from(orders) * (utility(coalition.with(group)) - utility(coalition))
                })
                .sum()
        })
        .collect();
    Ok(GroupScores { numerators, denominator: factorial(groups) })
}

fn factorial(n: usize) -> u64 {
    (1..=n as u64).product()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sums each group's marginal utility over all orders in which the groups can come.
    fn by_permutations(utilities: &[i64]) -> Vec<i128> {
        fn visit(order: &mut Vec<usize>, groups: usize, utilities: &[i64], scores: &mut [i128]) {
            if order.len() == groups {
                let mut mask = 0usize;
                for &group in order.iter() {
                    let joined = mask | 1 << group;
                    scores[group] += i128::from(utilities[joined]) - i128::from(utilities[mask]);
                    mask = joined;
                }
                return;
            }
            for group in 0..groups {
                if !order.contains(&group) {
                    order.push(group);
                    visit(order, groups, utilities, scores);
                    order.pop();
                }
            }
        }
        let groups = utilities.len().ilog2() as usize;
        let mut scores = vec![0; groups];
        visit(&mut Vec::new(), groups, utilities, &mut scores);
        scores
    }

    fn games() -> impl Strategy<Value = Vec<i64>> {
        (1usize..=MAX_GROUPS).prop_flat_map(|m| prop::collection::vec(any::<i64>(), 1 << m))
    }

    proptest! {
        #[test]
        fn equals_the_mean_over_all_orders(utilities in games()) {
            prop_assert_eq!(shapley(&utilities).unwrap().numerators, by_permutations(&utilities));
        }

        #[test]
        fn efficiency(utilities in games()) {
            let scores = shapley(&utilities).unwrap();
            let gain = i128::from(*utilities.last().unwrap()) - i128::from(utilities[0]);
            prop_assert_eq!(scores.numerators.iter().sum::<i128>(), gain * i128::from(scores.denominator));
        }

        #[test]
        fn symmetry(utilities in games(), a: prop::sample::Index, b: prop::sample::Index) {
            // A game in which groups a and b are interchangeable: whichever of the two is alone, the utility is the same.
            let groups = utilities.len().ilog2() as usize;
            let (a, b) = (a.index(groups), b.index(groups));
            let symmetric: Vec<i64> = (0..utilities.len())
                .map(|mask| if mask >> a & 1 == 1 && mask >> b & 1 == 0 { mask ^ (1 << a | 1 << b) } else { mask })
                .map(|mask| utilities[mask])
                .collect();
            let scores = shapley(&symmetric).unwrap().numerators;
            prop_assert_eq!(scores[a], scores[b]);
        }

        #[test]
        fn null_player(utilities in games(), null: prop::sample::Index) {
            let null = null.index(utilities.len().ilog2() as usize);
            let game: Vec<i64> = (0..utilities.len()).map(|mask| utilities[mask & !(1 << null)]).collect();
            prop_assert_eq!(shapley(&game).unwrap().numerators[null], 0);
        }

        #[test]
        fn additivity(pairs in (1usize..=MAX_GROUPS).prop_flat_map(|m| {
            prop::collection::vec((i64::MIN / 2..i64::MAX / 2, i64::MIN / 2..i64::MAX / 2), 1 << m)
        })) {
            let (first, second): (Vec<i64>, Vec<i64>) = pairs.into_iter().unzip();
            let sum: Vec<i64> = first.iter().zip(&second).map(|(a, b)| a + b).collect();
            let apart = shapley(&first).unwrap().numerators.into_iter().zip(shapley(&second).unwrap().numerators);
            prop_assert_eq!(shapley(&sum).unwrap().numerators, apart.map(|(a, b)| a + b).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_textbook_glove_game() {
        // One left glove (group 0), two right gloves (1, 2): a pair is worth 6. The values are 4, 1, 1.
        let utilities = [0, 0, 0, 6, 0, 6, 0, 6];
        let scores = shapley(&utilities).unwrap();
        assert_eq!(scores, GroupScores { numerators: vec![24, 6, 6], denominator: 6 });
        assert_eq!(scores.approximate(0), Some(4e-6));
        assert_eq!(scores.approximate(3), None);
    }

    #[test]
    fn only_powers_of_two_are_games() {
        for count in [0, 1, 3, 63, 65, 128] {
            assert_eq!(shapley(&vec![0; count]), Err(ShapleyError { got: count }));
        }
        assert!(shapley(&[i64::MIN, i64::MAX]).is_ok());
    }

    #[test]
    fn scores_travel_as_decimal_strings() {
        let scores = GroupScores { numerators: vec![-1, 1 << 70], denominator: 2 };
        let json = serde_json::to_string(&scores).unwrap();
        assert_eq!(json, r#"{"numerators":["-1","1180591620717411303424"],"denominator":2}"#);
        assert_eq!(serde_json::from_str::<GroupScores>(&json).unwrap(), scores);
        for bad in ["+1", "01", "-0", "1.0", ""] {
            let json = format!(r#"{{"numerators":["{bad}"],"denominator":1}}"#);
            assert!(serde_json::from_str::<GroupScores>(&json).is_err(), "{bad}");
        }
    }
}
