//! Who is paid what: coalition models, Shapley values of their utilities, and shares of a round's pool.
//!
//! From utilities (integers) on there is no floating point: whoever holds the same utilities reaches the same amounts, to
//! the last unit.

mod anomaly;
mod coalition;
mod ledger;
mod payout;
mod shapley;

pub use anomaly::{
    FALSE_ALARMS, GroupSigns, MIN_REFUSED, OwnerSigns, ScoredGroup, beyond_clip, group_signs, owner_signs,
};
pub use coalition::{Coalition, CoalitionError, CoalitionModels, GroupMean};
pub use ledger::{Ledger, LedgerOverflow};
pub use payout::{PayoutError, payouts};
pub use shapley::{GroupScores, ShapleyError, shapley};

/// The most groups that can be scored: 2^6 coalition models a round. Plans allow no more.
pub const MAX_GROUPS: usize = 6;
