//! Which owners are the committee: all of them, or where there are many a sample that nobody chose.
//!
//! A committee of `L` members bears `t = ⌊(L−1)/3⌋` corrupt ones. Of `n` owners, `c` are corrupt; who they are was
//! settled before the seed was known. The number of corrupt members in a uniform sample of `L` is hypergeometric, and `L`
//! is the least size from [`FULL`] on for which more than `t` come up with a probability of at most 2⁻⁴⁰, computed
//! exactly. Once `t ≥ c` that probability is zero. Derivation and tables: `docs/PARAMETERS.md`.

use super::params::CommitteeParams;
use crate::draw::shuffle;
use crate::hash::digest;
use crate::hypergeometric::Urn;
use crate::ids::{Digest, OwnerId, StudyId};

/// Up to so many owners are all in the committee; and a sample has no fewer.
pub const FULL: usize = 16;

/// A sample has a corrupt minority too large to bear with a probability of at most 2^−this.
pub const FAILURE_BITS: u8 = 40;

/// How many of `owners` owners may be corrupt, for `max_corrupt_bps` in ten-thousandths.
#[must_use]
pub fn corrupt_among(owners: usize, max_corrupt_bps: u16) -> usize {
    (owners as u128 * u128::from(max_corrupt_bps) / 10_000) as usize
}

/// The size of the committee of `owners` owners, of whom `max_corrupt_bps` ten-thousandths may be corrupt. All of them,
/// if no sample is good enough.
#[must_use]
pub fn committee_size(owners: usize, max_corrupt_bps: u16) -> usize {
    let corrupt = corrupt_among(owners, max_corrupt_bps);
    let Some(urn) = Urn::new(owners, corrupt) else { return owners };
    let is_good = |size: &usize| {
        CommitteeParams::new(*size)
            .is_ok_and(|params| urn.rare_from(*size, 1, FAILURE_BITS) <= params.corrupt() + 1)
    };
    (FULL..owners).find(is_good).unwrap_or(owners)
}

/// The seed of an epoch's sample. `block_hash` is that of the block in which the epoch's roster was sealed on chain.
#[must_use]
pub fn sample_seed(study: StudyId, epoch: u64, block_hash: &[u8; 32]) -> Digest {
    digest("committee/sample", &[study.as_ref(), &epoch.to_le_bytes(), block_hash])
}

/// A uniform sample of `size` of the `owners` (all of them, if they are fewer), in ascending order. The order in which
/// owners are given does not matter; a repeated one counts once.
#[must_use]
pub fn sample(seed: &Digest, owners: &[OwnerId], size: usize) -> Vec<OwnerId> {
    let mut sample = owners.to_vec();
    sample.sort_unstable();
    sample.dedup();
    if size < sample.len() {
        shuffle(seed, &mut sample);
        sample.truncate(size);
        sample.sort_unstable();
    }
    sample
}

#[cfg(test)]
mod tests;
