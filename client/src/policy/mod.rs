//! What a site lets be done with its rows, decided by the site: a file of rules, an answer to each study, and a record of
//! the answers that nobody can rewrite unnoticed.
//!
//! A study that breaks a rule is refused. A study that keeps all rules but comes from a researcher whom the file does not
//! name waits until somebody at the site approves its plan.

mod decisions;
mod rules;
mod summary;

pub use decisions::{Decision, Decisions, DecisionsError, Entry, now};
#[cfg(test)]
pub(crate) use summary::tests;

pub use rules::{Objection, Policy, PolicyError, Verdict};
pub use summary::summary;
