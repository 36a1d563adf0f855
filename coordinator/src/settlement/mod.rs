//! Errands to the chain and to the artifact store.

mod claim;
mod relay;
mod roster;

pub use claim::{ClaimError, Claimed, claim};
pub use relay::run;
