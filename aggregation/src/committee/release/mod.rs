//! What a member opens: its memory, its judgement, its answer.
//!
//! A member is shown a cut ([`VerifiedCut`]): who of a group is online (its self seed is to be opened) and who is
//! offline (its pair seeds). [`Ledger::answer`] judges and remembers it; **the ledger is stored before the answer
//! leaves**; [`release`] gives the answer; [`open_cut`] is what the coordinator makes of a quorum of answers.

mod answer;
mod cut;
mod handover;
mod ledger;
mod opening;
mod record;
#[cfg(test)]
mod tests;

pub use answer::{Release, release};
pub use cut::{ApprovedCut, VerifiedCut};
pub use ledger::{Ledger, ReleaseRefusal};
pub use opening::{OpenCutError, OpenedCut, open_cut};
pub use record::LedgerError;
