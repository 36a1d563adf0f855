use proptest::prelude::*;

use super::*;

fn owners(count: usize) -> Vec<OwnerId> {
    (0..count)
        .map(|index| {
            let mut owner = [0; 20];
            owner[..8].copy_from_slice(&(index as u64).to_be_bytes());
            OwnerId(owner)
        })
        .collect()
}

fn seed(index: u64) -> Digest {
    sample_seed(StudyId([1; 32]), index, &[2; 32])
}

/// C(n, k) as a floating-point number: for comparing with frequencies only.
fn choose(n: usize, k: usize) -> f64 {
    if k > n { 0.0 } else { (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product() }
}

/// P[at least `least` of a sample are corrupt].
fn tail(owners: usize, corrupt: usize, drawn: usize, least: usize) -> f64 {
    let some = |x: usize| choose(corrupt, x) * choose(owners - corrupt, drawn - x);
    (least..=drawn.min(corrupt)).map(some).sum::<f64>() / choose(owners, drawn)
}

#[test]
fn up_to_sixteen_owners_are_all_in_the_committee_and_no_sample_is_smaller() {
    for max_corrupt_bps in [0, 500, 1000, 2000, 3333] {
        for count in 0..=FULL {
            assert_eq!(committee_size(count, max_corrupt_bps), count);
        }
        for count in FULL..300 {
            let size = committee_size(count, max_corrupt_bps);
            assert!((FULL..=count).contains(&size), "{count} owners at {max_corrupt_bps}: {size}");
        }
    }
}

/// The numbers of docs/PARAMETERS.md; computed independently with Python's integers.
#[test]
fn sizes_for_a_failure_probability_of_2_to_the_minus_40() {
    let sizes = [
        (16, [16, 16, 16]),
        (32, [16, 16, 19]),
        (64, [16, 19, 37]),
        (100, [16, 31, 61]),
        (128, [19, 37, 76]),
        (256, [37, 67, 148]),
        (1000, [55, 103, 319]),
    ];
    for (count, due) in sizes {
        assert_eq!([500, 1000, 2000].map(|bps| committee_size(count, bps)), due, "{count} owners");
    }
    assert_eq!(committee_size(5000, 1000), 5000, "beyond what the sum is made for there is no sample");
}

proptest! {
    #[test]
    fn the_probability_that_the_sample_cannot_bear_its_corrupt_members_is_below_2_to_the_minus_40(
        count in 17usize..=400, max_corrupt_bps in 0u16..=3333,
    ) {
        let size = committee_size(count, max_corrupt_bps);
        let corrupt = corrupt_among(count, max_corrupt_bps);
        let params = CommitteeParams::new(size).unwrap();
        if size == count {
            prop_assert!(corrupt <= params.corrupt(), "all owners together bear what the plan allows");
        } else {
            let failure = tail(count, corrupt, size, params.corrupt() + 1);
            prop_assert!(failure <= 2f64.powi(-40) * 1.000_001, "{failure}");
        }
    }

    #[test]
    fn a_sample_is_of_the_owners_and_of_its_size(index: u64, count in 0usize..100, size in 0usize..110) {
        let (all, seed) = (owners(count), seed(index));
        let drawn = sample(&seed, &all, size);
        prop_assert_eq!(drawn.len(), size.min(count));
        prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(drawn.iter().all(|owner| all.contains(owner)));
        let mut disordered: Vec<_> = all.iter().chain(&all).copied().collect();
        disordered.reverse();
        prop_assert_eq!(sample(&seed, &disordered, size), drawn);
    }
}

/// At a size where failures can be counted, they come up as often as the sum says.
#[test]
fn corrupt_members_come_up_as_often_as_computed() {
    // 40 owners of whom 10 are corrupt, samples of 10, more than 3 corrupt: about one in five.
    let (count, corrupt, size, least, trials) = (40, 10, 10, 4, 20_000u64);
    let all = owners(count);
    // Any ten will do: who is corrupt was settled before the seed.
    let is_corrupt = |owner: &OwnerId| all.iter().position(|other| other == owner).unwrap() % 4 == 1;
    let seeds = 0..trials;
    let failed =
        |index: u64| sample(&seed(index), &all, size).iter().filter(|o| is_corrupt(o)).count() >= least;
    let failures = seeds.clone().filter(|index| failed(*index)).count();
    let expected = tail(count, corrupt, size, least);
    let frequency = failures as f64 / trials as f64;
    // Five standard deviations; the seeds are fixed, so is the outcome.
    let deviation = (expected * (1.0 - expected) / trials as f64).sqrt();
    assert!(
        (frequency - expected).abs() < 5.0 * deviation,
        "samples by the seeds of epochs {seeds:?}: {frequency} where {expected} ± {deviation} is due"
    );
}

#[test]
fn every_part_of_the_seed_counts() {
    let base = sample_seed(StudyId([1; 32]), 2, &[3; 32]);
    assert_ne!(base, sample_seed(StudyId([0; 32]), 2, &[3; 32]));
    assert_ne!(base, sample_seed(StudyId([1; 32]), 0, &[3; 32]));
    assert_ne!(base, sample_seed(StudyId([1; 32]), 2, &[0; 32]));
    assert_ne!(sample(&base, &owners(64), 20), sample(&seed(7), &owners(64), 20));
}

#[test]
fn a_known_sample() {
    // Made independently, with Python's hashlib and a ChaCha20 from RFC 8439. It must not change between versions:
    // members of one committee may run different ones.
    let drawn = sample(&sample_seed(StudyId([1; 32]), 2, &[3; 32]), &owners(32), 5);
    let numbers: Vec<u8> = drawn.iter().map(|owner| owner.0[7]).collect();
    assert_eq!(numbers, [3, 19, 21, 24, 25]);
}
