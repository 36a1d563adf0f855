//! Errands to the chain and to the artifact store.

mod claim;
mod consents;
mod relay;
mod roster;

pub use claim::{ClaimError, Claimed, claim};
pub use consents::consent_over;
pub use relay::run;
