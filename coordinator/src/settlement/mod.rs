//! Errands to the chain and to the artifact store.

mod claim;
mod relay;

pub use claim::{ClaimError, Claimed, claim};
pub use relay::run;
