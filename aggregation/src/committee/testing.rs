//! Committees for unit tests, dealt by a trusted dealer. The protocol has none: see [`dkg`](super::dkg).

use rand07::{SeedableRng, rngs::StdRng};
use threshold_crypto::poly::Poly;

use super::commitment::Commitment;
use super::key::{CommitteeKey, KeyShare};
use super::params::CommitteeParams;
use super::points;
use super::scalar::SecretScalar;
use crate::ids::OwnerId;

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub(crate) fn owner(index: u64) -> OwnerId {
    OwnerId([index as u8 + 1; 20])
}

/// A committee's key and all its shares.
pub(crate) fn committee(members: usize, seed: u64) -> (CommitteeKey, Vec<KeyShare>) {
    let params = CommitteeParams::new(members).expect("a committee");
    let poly = Poly::random(params.threshold(), &mut rng(seed));
    let coefficients = points::coefficients(&poly.commitment()).expect("layout");
    let commitment = Commitment::from_bytes(&coefficients, "coefficient").expect("points");
    let key = CommitteeKey::new(params, &commitment).expect("a key");
    let share =
        |index| KeyShare::new(index, SecretScalar::new(poly.evaluate(index + 1)), &key).expect("a share");
    let shares = (0..members as u64).map(share).collect();
    (key, shares)
}
