//! Who sums with whom: groups drawn from the committee's beacon, so that nobody chooses them and anybody can check.

use crate::draw::shuffle;
use crate::hash::digest;
use crate::ids::OwnerId;

/// Splits `candidates` into as many groups as `min_group` and `max_groups` allow, their sizes differing by one at most.
///
/// The order is a Fisher–Yates shuffle (uniform: draws by rejection) of the ascending candidates, by ChaCha20 keyed with
/// the beacon's digest. Each group is returned in ascending order. No candidates, or fewer than `min_group`: no groups.
#[must_use]
pub fn assign_groups(
    beacon: &[u8],
    candidates: &[OwnerId],
    min_group: u16,
    max_groups: u16,
) -> Vec<Vec<OwnerId>> {
    let mut order = candidates.to_vec();
    order.sort_unstable();
    order.dedup();
    let min_group = usize::from(min_group.max(1));
    let count = (order.len() / min_group).min(usize::from(max_groups.max(1)));
    if count == 0 {
        return Vec::new();
    }
    shuffle(&digest("groups", &[beacon]), &mut order);
    let (size, larger) = (order.len() / count, order.len() % count);
    let mut rest = order.as_slice();
    (0..count)
        .map(|index| {
            let (group, tail) = rest.split_at(size + usize::from(index < larger));
            rest = tail;
            let mut group = group.to_vec();
            group.sort_unstable();
            group
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owners(count: u8) -> Vec<OwnerId> {
        (0..count).map(|i| OwnerId([i; 20])).collect()
    }

    proptest! {
        #[test]
        fn groups_partition_the_candidates(beacon: [u8; 32], count in 0u8..60, min in 1u16..6, max in 1u16..7) {
            let candidates = owners(count);
            let groups = assign_groups(&beacon, &candidates, min, max);
            prop_assert_eq!(groups.is_empty(), u16::from(count) < min);
            prop_assert!(groups.len() <= usize::from(max));
            for group in &groups {
                prop_assert!(group.len() >= usize::from(min));
                prop_assert!(group.is_sorted());
            }
            if !groups.is_empty() {
                let mut all = groups.concat();
                all.sort_unstable();
                prop_assert_eq!(all, candidates.clone());
            }
            let mut reversed = candidates;
            reversed.reverse();
            prop_assert_eq!(assign_groups(&beacon, &reversed, min, max), groups);
        }
    }

    #[test]
    fn every_pairing_of_four_owners_comes_up() {
        let mut seen = std::collections::BTreeSet::new();
        for beacon in 0u8..100 {
            let groups = assign_groups(&[beacon], &owners(4), 2, 6);
            let with_first = groups.into_iter().find(|group| group.contains(&OwnerId([0; 20])));
            seen.insert(with_first);
        }
        assert_eq!(seen.len(), 3);
    }
}
