//! Secure aggregation with pairwise and self masks, recovered through the committee.
//!
//! Bonawitz et al., Practical Secure Aggregation for Privacy-Preserving Machine Learning (CCS 2017), with two changes.
//! Seeds are sealed to a threshold committee instead of shared among all owners, and every owner adds a group mask that
//! all members know and the coordinator does not, so that the coordinator's sum stays sealed to it. Owner i sends
//!
//! `y_i = x_i + PRG(b_i) + Σ_{j>i} PRG(s'_ij) − Σ_{j<i} PRG(s'_ij) + PRG(g_i)   mod 2^w`
//!
//! where j goes through the owners that i masks with in the group's [`MaskGraph`]: all others, or in large groups some.
//! [`mask()`] makes y_i, a [`Fold`] adds them up as they stream in, [`unmask()`] removes what the committee released, and
//! [`SealedSum::open`] removes the group masks.

mod fold;
pub mod graph;
mod mask;
mod seeds;
mod stream;
mod unmask;

use thiserror::Error;

pub use fold::{Fold, FoldError, FoldReport};
pub use graph::{GraphError, GraphParams, MaskGraph};
pub use mask::{MaskError, MaskSeeds, MaskedUpdate, mask};
pub use seeds::{GroupSeed, PairSeed, PairSeeds, RosterSeed, SeedError, SelfSeed, agree};
pub use unmask::{Aggregate, SealedSum, UnmaskError, unmask};

use crate::ids::OwnerId;

/// A list of owners is not one that a round can have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RosterError {
    /// Not in strictly ascending order.
    #[error("the roster must be in ascending order, each owner once; owner {0} is out of place")]
    Order(OwnerId),
    /// More or fewer owners than the plan allows.
    #[error("{got} owners, where the round's plan has from {min} to {max} in a sum")]
    Size {
        /// Owners given.
        got: usize,
        /// The fewest.
        min: u16,
        /// The most.
        max: u16,
    },
}

/// Checks that owners are in strictly ascending order.
fn check_order(owners: impl IntoIterator<Item = OwnerId>) -> Result<(), RosterError> {
    let mut previous = None;
    for owner in owners {
        if previous.is_some_and(|previous| previous >= owner) {
            return Err(RosterError::Order(owner));
        }
        previous = Some(owner);
    }
    Ok(())
}

/// Checks that a plan's sum may have `got` owners.
fn check_size(plan: &crate::plan::RoundPlan, got: usize) -> Result<(), RosterError> {
    let (min, max) = (plan.min_group(), plan.max_owners());
    if (usize::from(min)..=usize::from(max)).contains(&got) {
        Ok(())
    } else {
        Err(RosterError::Size { got, min, max })
    }
}
