//! Signs that an owner's updates do harm, from what groups show: nobody sees one owner's update.
//!
//! The committee's beacon draws the groups anew in every round, which makes each round a randomised experiment: an owner
//! whose updates are like the others' is as likely to be in the best group as in the worst. One whose labels are swapped
//! is in the worse group again and again. The test is an exact permutation test on the groups' ranks (Fisher 1935;
//! Pitman 1937), one-sided, with Bonferroni's correction for the number of owners.
//!
//! All of it follows from the rounds' transcripts, so everybody comes to the same signs.

use std::collections::{BTreeMap, BTreeSet};

use super::GroupMean;
use crate::ids::OwnerId;

/// How often a study whose owners are all alike may have anybody called suspicious.
pub const FALSE_ALARMS: f64 = 0.01;

/// So many groups must have been beyond the clip before one owner is held to blame for it.
pub const MIN_REFUSED: usize = 3;

/// A group of a settled round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoredGroup {
    /// Whose updates are in its sum.
    pub owners: Vec<OwnerId>,
    /// Its Shapley value; any unit, the same for all groups of the round.
    pub score: i128,
}

/// What the rounds say of one owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnerSigns {
    /// Rounds of two groups or more that it was in. The others say nothing of anybody.
    pub rounds: u32,
    /// Those of them in which its group made the model worse.
    pub harmful: u32,
    /// Its groups' mean rank: 0 if always the worst, 1 if always the best.
    pub mean_rank: f64,
    /// The chance of ranks as low as these, or lower, if its updates were like the others'.
    pub p_value: f64,
    /// Whether that chance is below [`FALSE_ALARMS`] divided by the number of owners, and its groups made the model worse
    /// in most rounds: low alone may be a small site, or one that has other patients.
    pub suspicious: bool,
}

/// The sums of ranks that chance gives, with how likely each is.
#[derive(Clone)]
struct Chance(Vec<f64>);

impl Chance {
    /// No round yet: the sum is 0.
    fn none() -> Self {
        Self(vec![1.0])
    }

    /// One round more, of groups with these ranks and shares of the owners.
    fn and(&self, groups: &[(usize, f64)]) -> Self {
        let highest = groups.iter().map(|(rank, _)| *rank).max().unwrap_or(0);
        let mut next = vec![0.0; self.0.len() + highest];
        for (sum, chance) in self.0.iter().enumerate() {
            for &(rank, share) in groups {
                if let Some(slot) = next.get_mut(sum + rank) {
                    *slot += chance * share;
                }
            }
        }
        Self(next)
    }

    fn up_to(&self, sum: usize) -> f64 {
        self.0.iter().take(sum.saturating_add(1)).sum::<f64>().min(1.0)
    }
}

struct Tally {
    rounds: u32,
    harmful: u32,
    sum: usize,
    highest: usize,
    chance: Chance,
}

/// What settled rounds say of each owner that was in one.
#[must_use]
pub fn owner_signs(rounds: &[Vec<ScoredGroup>]) -> BTreeMap<OwnerId, OwnerSigns> {
    let everybody: BTreeSet<OwnerId> =
        rounds.iter().flatten().flat_map(|group| group.owners.iter().copied()).collect();
    let limit = FALSE_ALARMS / everybody.len().max(1) as f64;
    let empty = Tally { rounds: 0, harmful: 0, sum: 0, highest: 0, chance: Chance::none() };
    let mut tallies: BTreeMap<OwnerId, Tally> =
        everybody.into_iter().map(|owner| (owner, Tally { chance: empty.chance.clone(), ..empty })).collect();
    for groups in rounds.iter().filter(|groups| groups.len() > 1) {
        let owners: usize = groups.iter().map(|group| group.owners.len()).sum();
        let ranks: Vec<usize> = groups.iter().map(|group| rank(groups, group)).collect();
        let highest = ranks.iter().copied().max().unwrap_or(0);
        let drawn: Vec<(usize, f64)> = ranks
            .iter()
            .zip(groups)
            .map(|(rank, group)| (*rank, group.owners.len() as f64 / owners as f64))
            .collect();
        for (group, rank) in groups.iter().zip(&ranks) {
            for owner in &group.owners {
                if let Some(tally) = tallies.get_mut(owner) {
                    tally.rounds += 1;
                    tally.harmful += u32::from(group.score < 0);
                    tally.sum += rank;
                    tally.highest += highest;
                    tally.chance = tally.chance.and(&drawn);
                }
            }
        }
    }
    let signs = |tally: Tally| {
        let p_value = tally.chance.up_to(tally.sum);
        OwnerSigns {
            rounds: tally.rounds,
            harmful: tally.harmful,
            mean_rank: if tally.highest == 0 { 0.5 } else { tally.sum as f64 / tally.highest as f64 },
            p_value,
            suspicious: p_value < limit && tally.harmful > tally.rounds / 2,
        }
    };
    tallies.into_iter().map(|(owner, tally)| (owner, signs(tally))).collect()
}

/// How many groups are below one, counting those that tie with it: a tie speaks for everybody in it.
fn rank(groups: &[ScoredGroup], group: &ScoredGroup) -> usize {
    groups.iter().filter(|other| other.score <= group.score).count() - 1
}

/// The one owner that was in all groups whose sums were beyond the clip, if there are [`MIN_REFUSED`] of them and nobody
/// else was.
#[must_use]
pub fn beyond_clip(groups: &[Vec<OwnerId>]) -> Option<OwnerId> {
    if groups.len() < MIN_REFUSED {
        return None;
    }
    let (first, rest) = groups.split_first()?;
    let mut common = first.iter().filter(|owner| rest.iter().all(|group| group.contains(owner)));
    match (common.next(), common.next()) {
        (Some(owner), None) => Some(*owner),
        _ => None,
    }
}

/// How one group's mean update looks beside the others'.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupSigns {
    /// Its L2 norm over the plan's clip: 1 if all its owners were clipped and agree.
    pub norm: f64,
    /// The cosine of the angle between it and the mean of the others; −1 points the other way. `None` if there are no
    /// others, or one of the two is zero.
    pub cosine: Option<f64>,
}

/// Looks at the groups of a round. All means are of one length; `clip` is the bound of an owner's update.
#[must_use]
pub fn group_signs(groups: &[GroupMean], clip: f64) -> Vec<GroupSigns> {
    let len = groups.first().map_or(0, |group| group.mean_update.len());
    let mut total = vec![0.0; len];
    for group in groups {
        for (sum, value) in total.iter_mut().zip(&group.mean_update) {
            *sum += group.weight as f64 * f64::from(*value);
        }
    }
    let signs = |group: &GroupMean| {
        let (mut own, mut others, mut product) = (0.0, 0.0, 0.0);
        for (sum, value) in total.iter().zip(&group.mean_update) {
            let value = f64::from(*value);
            let other = sum - group.weight as f64 * value;
            own += value * value;
            others += other * other;
            product += value * other;
        }
        let lengths = own.sqrt() * others.sqrt();
        let cosine = (groups.len() > 1 && lengths > 0.0).then(|| (product / lengths).clamp(-1.0, 1.0));
        GroupSigns { norm: own.sqrt() / clip, cosine }
    };
    groups.iter().map(signs).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owner(index: u8) -> OwnerId {
        OwnerId([index; 20])
    }

    fn group(owners: &[u8], score: i128) -> ScoredGroup {
        ScoredGroup { owners: owners.iter().map(|&index| owner(index)).collect(), score }
    }

    /// Owner 1 beside owners 2, 3, 4 in turn, its group always the worse one.
    fn spoilt(rounds: usize, worse: i128) -> Vec<Vec<ScoredGroup>> {
        let pairs = [([1, 2], [3, 4]), ([1, 3], [2, 4]), ([1, 4], [2, 3])];
        let round = |(bad, good): &([u8; 2], [u8; 2])| vec![group(good, 7), group(bad, worse)];
        pairs.iter().cycle().take(rounds).map(round).collect()
    }

    #[test]
    fn whoever_is_always_in_the_worse_group_stands_out_alone() {
        let signs = owner_signs(&spoilt(9, -5));
        let bad = signs[&owner(1)];
        assert_eq!((bad.rounds, bad.harmful, bad.mean_rank, bad.suspicious), (9, 9, 0.0, true));
        assert!((bad.p_value - 0.5f64.powi(9)).abs() < 1e-15, "{}", bad.p_value);
        for other in 2..=4 {
            let other = signs[&owner(other)];
            // Of nine rounds it was three beside owner 1.
            assert_eq!((other.rounds, other.harmful, other.suspicious), (9, 3, false));
            assert!((other.mean_rank - 2.0 / 3.0).abs() < 1e-12 && other.p_value > 0.9);
        }
    }

    #[test]
    fn it_takes_rounds_and_harm_to_be_suspicious() {
        // 2^-8 is above 0.01 / 4.
        assert!(!owner_signs(&spoilt(8, -5))[&owner(1)].suspicious);
        // Less useful is not harmful.
        assert!(!owner_signs(&spoilt(30, 1))[&owner(1)].suspicious);
        // A single group says nothing.
        let alone: Vec<_> = (0..30).map(|_| vec![group(&[1, 2, 3, 4], -5)]).collect();
        let signs = owner_signs(&alone)[&owner(1)];
        assert_eq!((signs.rounds, signs.p_value, signs.mean_rank, signs.suspicious), (0, 1.0, 0.5, false));
        // Where all groups tie nobody is below anybody.
        let ties: Vec<_> = (0..30).map(|_| vec![group(&[1, 2], -5), group(&[3, 4], -5)]).collect();
        assert!(owner_signs(&ties).values().all(|signs| signs.p_value == 1.0 && !signs.suspicious));
        assert!(owner_signs(&[]).is_empty());
    }

    #[test]
    fn chance_goes_by_the_size_of_groups() {
        // Three of five owners are in the worse group by chance alone.
        let rounds = [vec![group(&[1, 2, 3], -1), group(&[4, 5], 1)]];
        let signs = owner_signs(&rounds);
        assert!((signs[&owner(1)].p_value - 0.6).abs() < 1e-15);
        assert_eq!(signs[&owner(4)].p_value, 1.0);
    }

    proptest! {
        /// Exact: over all draws, a p-value of at most x comes with a chance of at most x.
        #[test]
        fn false_alarms_are_as_rare_as_said(scores in prop::collection::vec(
            prop::collection::vec(-3i128..3, 2..4), 1..6,
        )) {
            // One owner per group; owner 1's place is drawn, all other places follow.
            let mut values = Vec::new();
            let draws: usize = scores.iter().map(Vec::len).product();
            for draw in 0..draws {
                let mut rest = draw;
                let rounds: Vec<Vec<ScoredGroup>> = scores.iter().map(|scores| {
                    let place = rest % scores.len();
                    rest /= scores.len();
                    let owner = |group: usize| if group == place { 1 } else { group as u8 + 10 };
                    scores.iter().enumerate().map(|(at, &score)| group(&[owner(at)], score)).collect()
                }).collect();
                values.push(owner_signs(&rounds)[&owner(1)].p_value);
            }
            for value in &values {
                let as_low = values.iter().filter(|other| **other <= value + 1e-12).count();
                prop_assert!(as_low as f64 / draws as f64 <= value + 1e-9);
            }
        }

        #[test]
        fn signs_are_finite_and_within_their_ranges(
            groups in prop::collection::vec((prop::collection::vec(-1e3f32..1e3, 5), 0u64..1000), 1..6),
        ) {
            let groups: Vec<GroupMean> =
                groups.into_iter().map(|(mean_update, weight)| GroupMean { mean_update, weight }).collect();
            for signs in group_signs(&groups, 2.0) {
                prop_assert!(signs.norm.is_finite() && signs.norm >= 0.0);
                prop_assert!(signs.cosine.is_none_or(|cosine| (-1.0..=1.0).contains(&cosine)));
            }
        }
    }

    #[test]
    fn one_owner_is_blamed_for_refused_sums_only_if_it_alone_was_in_all() {
        let groups = |groups: &[&[u8]]| -> Vec<Vec<OwnerId>> {
            groups.iter().map(|group| group.iter().map(|&index| owner(index)).collect()).collect()
        };
        assert_eq!(beyond_clip(&groups(&[&[1, 2], &[1, 3], &[4, 1]])), Some(owner(1)));
        assert_eq!(beyond_clip(&groups(&[&[1, 2], &[1, 3]])), None, "two are too few");
        assert_eq!(beyond_clip(&groups(&[&[1, 2], &[1, 2], &[2, 1]])), None, "it may be either");
        assert_eq!(beyond_clip(&groups(&[&[1, 2], &[1, 3], &[2, 3]])), None, "it was not one alone");
        assert_eq!(beyond_clip(&[]), None);
    }

    #[test]
    fn groups_are_measured_beside_the_others() {
        let mean = |mean_update: &[f32], weight| GroupMean { mean_update: mean_update.to_vec(), weight };
        let signs = group_signs(&[mean(&[3.0, 4.0], 10), mean(&[-6.0, -8.0], 30)], 10.0);
        assert_eq!(signs[0], GroupSigns { norm: 0.5, cosine: Some(-1.0) });
        assert_eq!(signs[1], GroupSigns { norm: 1.0, cosine: Some(-1.0) });
        let signs = group_signs(&[mean(&[1.0, 0.0], 1), mean(&[0.0, 1.0], 1), mean(&[0.0, 0.0], 9)], 1.0);
        assert!(signs[0].cosine.is_some_and(|cosine| cosine.abs() < 1e-12));
        assert_eq!(signs[2], GroupSigns { norm: 0.0, cosine: None });
        assert_eq!(group_signs(&[mean(&[1.0], 1)], 1.0)[0].cosine, None, "nothing to be measured beside");
        assert!(group_signs(&[], 1.0).is_empty());
    }
}
