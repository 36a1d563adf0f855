use threshold_crypto::group::{CurveAffine, CurveProjective, EncodedPoint};
use threshold_crypto::pairing::bls12_381::G2Compressed;
use threshold_crypto::{G2, hash_g2};

use super::*;
use crate::committee::CommitteeKey;
use crate::committee::sealed_seed::Kind;
use crate::committee::testing::{committee, owner, rng};

/// A batch of valid seeds, owner `i`'s sealed from the randomness `i`.
struct Batch {
    key: CommitteeKey,
    contexts: Vec<SealContext>,
    seeds: Vec<SealedSeed>,
}

impl Batch {
    fn new(size: u64) -> Self {
        let (key, _) = committee(4, 1);
        let kind = |index| if index % 3 == 0 { Kind::Pair } else { Kind::SelfSeed };
        let contexts: Vec<_> = (0..size)
            .map(|index| SealContext { context: Digest([3; 32]), owner: owner(index), kind: kind(index) })
            .collect();
        let seal = |(index, context): (usize, &SealContext)| {
            SealedSeed::seal(&key, b"seeds", context, &mut rng(index as u64)).expect("sealed")
        };
        let seeds = contexts.iter().enumerate().map(seal).collect();
        Self { key, contexts, seeds }
    }

    fn pairs(&self) -> Vec<(SealContext, &SealedSeed)> {
        self.contexts.iter().copied().zip(&self.seeds).collect()
    }

    fn first_invalid(&self) -> Option<SealContext> {
        let found = first_invalid(&self.pairs());
        let singly = self.pairs().into_iter().find(|(context, seed)| !seed.verify(context));
        assert_eq!(found, singly.map(|(context, _)| context), "the batch must say what the single seeds say");
        found
    }

    fn hold_with(&self, coefficients: impl Fn(&[Claim]) -> Vec<Coefficient>) -> bool {
        let pairs = self.pairs();
        let claims: Vec<Claim> = pairs.iter().map(|(context, seed)| Claim::new(context, seed)).collect();
        hold_together(&claims, &coefficients(&claims))
    }

    fn add_to_label(&mut self, index: usize, difference: G2) {
        let old = &self.seeds[index];
        let label = add(&old.label, difference);
        self.seeds[index] =
            SealedSeed::new(old.kem, old.key_digest, &label, old.body.clone()).expect("points");
    }
}

fn add(point: &min_pk::Signature, difference: G2) -> [u8; 96] {
    let mut encoded = G2Compressed::empty();
    encoded.as_mut().copy_from_slice(&point.to_bytes());
    let mut sum = encoded.into_affine().expect("a point").into_projective();
    sum.add_assign(&difference);
    let mut bytes = [0; 96];
    bytes.copy_from_slice(sum.into_affine().into_compressed().as_ref());
    bytes
}

/// Some point of G2, and its negative.
fn error() -> (G2, G2) {
    let point = hash_g2("some error");
    let mut negative = point;
    negative.negate();
    (point, negative)
}

fn ones(claims: &[Claim]) -> Vec<Coefficient> {
    let mut one = [0; COEFFICIENT_LEN];
    one[0] = 1;
    vec![one; claims.len()]
}

#[test]
fn a_batch_of_valid_seeds_is_valid() {
    assert_eq!(first_invalid(&[]), None);
    // Below and above the sizes at which blst changes how it sums.
    for size in [1, 2, 5, 20] {
        let batch = Batch::new(size);
        assert_eq!(batch.first_invalid(), None, "{size} seeds");
        assert!(batch.hold_with(coefficients), "{size} seeds");
    }
}

#[test]
fn one_wrong_label_is_found_wherever_it_is() {
    for index in 0..4 {
        let mut batch = Batch::new(4);
        batch.add_to_label(index, error().0);
        assert!(!batch.hold_with(coefficients));
        assert_eq!(batch.first_invalid(), Some(batch.contexts[index]));
    }
}

#[test]
fn one_changed_seed_is_found_wherever_it_is() {
    for index in 0..4 {
        let mut batch = Batch::new(4);
        batch.seeds[index].body[0] ^= 1;
        assert!(!batch.hold_with(coefficients));
        assert_eq!(batch.first_invalid(), Some(batch.contexts[index]));
    }
}

#[test]
fn labels_swapped_between_two_seeds_are_found() {
    let mut batch = Batch::new(4);
    let label = batch.seeds[1].label;
    batch.seeds[1].label = batch.seeds[3].label;
    batch.seeds[3].label = label;
    assert!(!batch.hold_with(coefficients));
    assert_eq!(batch.first_invalid(), Some(batch.contexts[1]));
}

#[test]
fn a_seed_copied_to_another_owner_is_found() {
    let mut batch = Batch::new(4);
    batch.seeds[2] = batch.seeds[0].clone();
    assert!(!batch.hold_with(coefficients));
    assert_eq!(batch.first_invalid(), Some(batch.contexts[2]));
}

#[test]
fn a_seed_for_another_key_is_no_business_of_the_batch() {
    // Validity is about who made a seed and for what; the committee's key is not part of it.
    let mut batch = Batch::new(3);
    let (other, _) = committee(4, 2);
    assert_ne!(other.to_bytes(), batch.key.to_bytes());
    batch.seeds[1] = SealedSeed::seal(&other, b"seeds", &batch.contexts[1], &mut rng(9)).expect("sealed");
    assert_eq!(batch.first_invalid(), None);
}

/// Errors that add up to nothing pass where no coefficients tell the equations apart; so this also shows that the
/// coefficients are what refuses them.
#[test]
fn errors_that_cancel_are_found() {
    let (plus, minus) = error();
    let mut batch = Batch::new(4);
    batch.add_to_label(1, plus);
    batch.add_to_label(2, minus);
    assert!(batch.hold_with(ones), "the errors must cancel, or this tests nothing");
    assert!(!batch.hold_with(coefficients));
    assert_eq!(batch.first_invalid(), Some(batch.contexts[1]));
}

#[test]
fn a_share_is_right_for_one_key_and_one_seed() {
    let (key, shares) = committee(4, 1);
    let batch = Batch::new(2);
    let [mine, other] = [0, 1].map(|index| (&batch.contexts[index], &batch.seeds[index]));
    for (index, share) in (0..).zip(&shares) {
        let given = share.scalar.times(&mine.1.u);
        assert!(is_share(mine.0, mine.1, &key.share_key(index), &given));
        assert!(!is_share(mine.0, mine.1, &key.share_key((index + 1) % 4), &given), "another member's");
        assert!(!is_share(other.0, other.1, &key.share_key(index), &given), "another seed's");
    }
}

#[test]
fn every_coefficient_depends_on_every_point() {
    let of = |batch: &Batch| {
        let pairs = batch.pairs();
        let claims: Vec<Claim> = pairs.iter().map(|(context, seed)| Claim::new(context, seed)).collect();
        coefficients(&claims)
    };
    let original = of(&Batch::new(3));
    let distinct: std::collections::BTreeSet<_> = original.iter().collect();
    assert_eq!(distinct.len(), 3);
    for index in 0..3 {
        let mut batches = [Batch::new(3), Batch::new(3), Batch::new(3)];
        batches[0].add_to_label(index, error().0);
        batches[1].seeds[index].body[0] ^= 1;
        batches[2].contexts[index].context = Digest([4; 32]);
        for batch in batches {
            assert!(of(&batch).iter().zip(&original).all(|(a, b)| a != b));
        }
    }
}
