//! One round's pool, divided exactly.

use ruint::aliases::U256;
use thiserror::Error;

use super::{GroupScores, Ledger, LedgerOverflow};
use crate::ids::OwnerId;
use crate::study::Payment;

const BPS: u16 = 10_000;

/// A pool could not be divided.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayoutError {
    /// The plan's base share is more than everything.
    #[error("payment.base_share_bps is {got}: it is in ten-thousandths, {BPS} at most")]
    BaseShare {
        /// What the plan says.
        got: u16,
    },
    /// Scores and groups don't match.
    #[error("there are {scores} scores for {groups} groups: one each is needed")]
    ScoreCount {
        /// Number of groups.
        groups: usize,
        /// Number of scores.
        scores: usize,
    },
    /// A group has nobody online, or there is no group.
    #[error("group {group} has no owner online, so nobody can be paid for it")]
    EmptyGroup {
        /// The group.
        group: usize,
    },
    /// An owner stands in two places.
    #[error("owner {owner} is listed twice among the round's owners")]
    DuplicateOwner {
        /// The owner.
        owner: OwnerId,
    },
    /// The scores are larger than any utilities make them.
    #[error("the groups' scores add up to more than 2^128: they are not scores of any utilities")]
    ScoresTooLarge,
    /// The payouts overflow.
    #[error(transparent)]
    Overflow(#[from] LedgerOverflow),
}

/// What each online owner gets of one round's pool (`payment.per_round`); the amounts add up to the pool exactly.
///
/// The base share, ⌊pool · bps / 10000⌋, is split equally among all owners. The rest is split among the groups in
/// proportion to their scores, where negative scores count as 0, and equally within a group. If no group has a positive
/// score everything is split equally. Every split is by largest remainder; of equal remainders the earlier group, or the
/// lower address, comes first.
///
/// # Errors
/// If groups and scores don't match, a group is empty, an owner is listed twice, or the plan's base share is above 100 %.
pub fn payouts(
    payment: &Payment,
    groups: &[Vec<OwnerId>],
    scores: &GroupScores,
) -> Result<Ledger, PayoutError> {
    if payment.base_share_bps > BPS {
        return Err(PayoutError::BaseShare { got: payment.base_share_bps });
    }
    if groups.is_empty() {
        return Err(PayoutError::EmptyGroup { group: 0 });
    }
    if groups.len() != scores.numerators.len() {
        return Err(PayoutError::ScoreCount { groups: groups.len(), scores: scores.numerators.len() });
    }
    if let Some(group) = groups.iter().position(Vec::is_empty) {
        return Err(PayoutError::EmptyGroup { group });
    }
    let owners = groups.concat();
    let positive: Vec<u128> =
        scores.numerators.iter().map(|&score| u128::try_from(score).unwrap_or(0)).collect();
    let mut ledger = Ledger::default();
    if positive.iter().all(|&score| score == 0) {
        split_equally(&mut ledger, payment.per_round, owners.clone())?;
    } else {
        let (base, _) = mul_div(payment.per_round, payment.base_share_bps.into(), BPS.into());
        split_equally(&mut ledger, base, owners.clone())?;
        let by_group = apportion(payment.per_round - base, &positive)?;
        for (group, amount) in groups.iter().zip(by_group) {
            split_equally(&mut ledger, amount, group.clone())?;
        }
    }
    require_distinct(owners)?;
    debug_assert_eq!(ledger.total(), payment.per_round);
    Ok(ledger)
}

fn require_distinct(mut owners: Vec<OwnerId>) -> Result<(), PayoutError> {
    owners.sort_unstable();
    match owners.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(PayoutError::DuplicateOwner { owner: pair[0] }),
        None => Ok(()),
    }
}

fn split_equally(ledger: &mut Ledger, amount: u128, mut owners: Vec<OwnerId>) -> Result<(), PayoutError> {
    owners.sort_unstable();
    let shares = apportion(amount, &vec![1; owners.len()])?;
    for (owner, share) in owners.into_iter().zip(shares) {
        ledger.credit(owner, share)?;
    }
    Ok(())
}

/// Largest-remainder (Hamilton) apportionment of `amount` by `weights`, not all 0; the shares add up to `amount`.
fn apportion(amount: u128, weights: &[u128]) -> Result<Vec<u128>, PayoutError> {
    let total = weights.iter().try_fold(0u128, |sum, &weight| sum.checked_add(weight));
    let total = total.filter(|&total| total > 0).ok_or(PayoutError::ScoresTooLarge)?;
    let mut remainders = Vec::with_capacity(weights.len());
    let mut shares = Vec::with_capacity(weights.len());
    for (index, &weight) in weights.iter().enumerate() {
        let (share, remainder) = mul_div(amount, weight, total);
        shares.push(share);
        remainders.push((remainder, index));
    }
    let mut left = amount - shares.iter().sum::<u128>();
    // Largest remainder first; the sort is stable, so equal ones stay in order. Fewer units are left than shares.
    remainders.sort_by_key(|&(remainder, _)| std::cmp::Reverse(remainder));
    for (_, index) in remainders {
        if left == 0 {
            break;
        }
        shares[index] += 1;
        left -= 1;
    }
    Ok(shares)
}

/// ⌊a·b / c⌋ and a·b mod c, for b ≤ c and c > 0: the product of two `u128` needs 256 bits, the results don't.
fn mul_div(a: u128, b: u128, c: u128) -> (u128, u128) {
    debug_assert!(b <= c && c > 0);
    let (quotient, remainder) = (U256::from(a) * U256::from(b)).div_rem(U256::from(c));
    (quotient.saturating_to(), remainder.saturating_to())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owner(index: usize) -> OwnerId {
        OwnerId([index as u8 + 1; 20])
    }

    /// Groups of the given sizes, of owners 0, 1, 2 …
    fn groups(sizes: &[usize]) -> Vec<Vec<OwnerId>> {
        let mut next = 0..;
        sizes.iter().map(|&size| next.by_ref().take(size).map(owner).collect()).collect()
    }

    fn scores(numerators: &[i128]) -> GroupScores {
        GroupScores { numerators: numerators.to_vec(), denominator: 1 }
    }

    fn pay(per_round: u128, base_share_bps: u16, sizes: &[usize], numerators: &[i128]) -> Vec<u128> {
        let payment = Payment { per_round, base_share_bps };
        let ledger = payouts(&payment, &groups(sizes), &scores(numerators)).unwrap();
        ledger.iter().map(|(_, amount)| amount).collect()
    }

    #[test]
    fn base_share_score_share_and_remainders() {
        // Base 300 over 3 owners; 700 by scores 1 : 3 gives 175 to the pair and 525 to the single owner.
        assert_eq!(pay(1000, 3000, &[2, 1], &[1, 3]), [188, 187, 625]);
        // A negative score is a zero.
        assert_eq!(pay(1000, 0, &[2, 1], &[-50, 3]), [0, 0, 1000]);
        // Without a positive score everything is split equally, the odd unit to the lower address.
        assert_eq!(pay(1001, 2500, &[2, 2], &[0, -7]), [251, 250, 250, 250]);
        assert_eq!(pay(7, 10_000, &[1, 1], &[1, 1_000_000]), [4, 3]);
        // Ten thousand is not divided by the base's rounding: the floor stays in the pool.
        assert_eq!(pay(3, 5000, &[1, 1], &[1, 1]), [2, 1]);
    }

    #[test]
    fn the_largest_remainder_gets_the_odd_unit() {
        assert_eq!(apportion(10, &[1, 1, 4]).unwrap(), [2, 2, 6]); // 1.67, 1.67, 6.67
        assert_eq!(apportion(1, &[1, 2]).unwrap(), [0, 1]);
        assert_eq!(apportion(5, &[0, 3, 0]).unwrap(), [0, 5, 0]);
        assert_eq!(apportion(5, &[0, 0]), Err(PayoutError::ScoresTooLarge));
        assert_eq!(apportion(5, &[u128::MAX, 1]), Err(PayoutError::ScoresTooLarge));
    }

    #[test]
    fn what_does_not_match_is_refused() {
        let payment = |base_share_bps| Payment { per_round: 100, base_share_bps };
        let refused = |base, groups: &[Vec<OwnerId>], numerators: &[i128]| {
            payouts(&payment(base), groups, &scores(numerators)).unwrap_err()
        };
        let two = groups(&[1, 1]);
        assert_eq!(refused(10_001, &two, &[1, 1]), PayoutError::BaseShare { got: 10_001 });
        assert_eq!(refused(0, &two, &[1]), PayoutError::ScoreCount { groups: 2, scores: 1 });
        assert_eq!(refused(0, &[], &[]), PayoutError::EmptyGroup { group: 0 });
        assert_eq!(refused(0, &[vec![owner(0)], vec![]], &[1, 1]), PayoutError::EmptyGroup { group: 1 });
        let twice = [vec![owner(0)], vec![owner(0)]];
        assert_eq!(refused(0, &twice, &[1, 1]), PayoutError::DuplicateOwner { owner: owner(0) });
        assert_eq!(refused(0, &groups(&[1, 1, 1]), &[i128::MAX; 3]), PayoutError::ScoresTooLarge);
    }

    proptest! {
        #[test]
        fn amounts_add_up_to_the_pool(
            pool in prop_oneof![any::<u128>(), 0u128..1000, 0u128..1 << 100],
            base in 0u16..=10_000,
            rounds in prop::collection::vec((1usize..5, -(1i128 << 75)..1 << 75), 1..=6),
        ) {
            let (sizes, numerators): (Vec<usize>, Vec<i128>) = rounds.into_iter().unzip();
            let groups = groups(&sizes);
            let payment = Payment { per_round: pool, base_share_bps: base };
            let ledger = payouts(&payment, &groups, &scores(&numerators)).unwrap();
            prop_assert_eq!(ledger.total(), pool);
            prop_assert_eq!(ledger.iter().map(|(_, amount)| amount).sum::<u128>(), pool);
            prop_assert_eq!(ledger.iter().len(), sizes.iter().sum::<usize>());
            for group in &groups {
                // Equal within a group, but for an odd unit of each of the two splits.
                let amounts = || group.iter().map(|owner| ledger.get(owner));
                prop_assert!(amounts().max().unwrap() - amounts().min().unwrap() <= 2);
            }
        }

        #[test]
        fn a_better_group_is_not_paid_less(pool in 0u128..1 << 100, a in 0i128..1 << 70, b in 0i128..1 << 70) {
            let amounts = pay(pool, 1000, &[1, 1], &[a, b]);
            let odd_unit = u128::from(a < b);
            let (better, worse) = if a >= b { (amounts[0], amounts[1]) } else { (amounts[1], amounts[0]) };
            prop_assert!(better + odd_unit >= worse);
        }

        #[test]
        fn wide_arithmetic_agrees_with_narrow(a: u64, b in 0..=u64::MAX, c in 1..=u64::MAX) {
            let (b, c) = (b.min(c), c.max(b));
            let product = u128::from(a) * u128::from(b);
            let c = u128::from(c);
            prop_assert_eq!(mul_div(a.into(), b.into(), c), (product / c, product % c));
        }
    }
}
