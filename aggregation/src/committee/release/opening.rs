//! What a quorum of answers to a cut gives: every seed that was to be opened, and the round's certificate.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use zeroize::Zeroizing;

use super::answer::Release;
use super::cut::VerifiedCut;
use crate::committee::certificate::{Certificate, CombineError};
use crate::committee::hash_to_curve::Purpose;
use crate::committee::key::CommitteeKey;
use crate::committee::sealed_seed::OpenError;
use crate::ids::OwnerId;

/// The answers do not open the cut.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenCutError {
    /// The signature shares do not combine.
    #[error("the cut has no certificate yet: {0}")]
    Certificate(#[from] CombineError),
    /// One seed does not open.
    #[error("the seed of {owner} does not open: {source}")]
    Seed {
        /// Whose seed it is.
        owner: OwnerId,
        /// Why not.
        source: OpenError,
    },
}

/// An opened cut. Not printable: the seeds are secret.
pub struct OpenedCut {
    /// The committee's signature on the cut's digest.
    pub certificate: Certificate,
    /// The opened seeds in the order of [`VerifiedCut::seeds`], with their owners.
    pub seeds: Vec<(OwnerId, Zeroizing<Vec<u8>>)>,
    /// Indices of the members who gave a wrong share of anything.
    pub liars: BTreeSet<u64>,
}

/// Opens a cut with a quorum of answers, by member index. Wrong shares are found, named and left out.
///
/// # Errors
/// An index outside the committee, or fewer than a quorum of right shares for the certificate or for a seed.
pub fn open_cut(
    cut: &VerifiedCut,
    committee: &CommitteeKey,
    releases: &BTreeMap<u64, Release>,
) -> Result<OpenedCut, OpenCutError> {
    let signatures = releases.iter().map(|(index, release)| (*index, release.signature.clone())).collect();
    let certified = committee.combine(Purpose::Cut, &cut.digest, &signatures)?;
    let mut liars: BTreeSet<u64> = certified.liars.into_iter().collect();
    // The answers of all seeds are mostly of the same members.
    let interpolation = RefCell::new(None);
    let mut seeds = Vec::with_capacity(cut.seed_count());
    for (position, (context, seed)) in cut.seeds().enumerate() {
        let share =
            |(index, release): (&u64, &Release)| Some((*index, release.shares.get(position)?.clone()));
        let shares = releases.iter().filter_map(share).collect();
        let owner = context.owner;
        let opened = seed.open_with(&context, &shares, committee, &interpolation);
        let opened = opened.map_err(|source| OpenCutError::Seed { owner, source })?;
        liars.extend(opened.liars);
        seeds.push((owner, opened.payload));
    }
    Ok(OpenedCut { certificate: certified.certificate, seeds, liars })
}
