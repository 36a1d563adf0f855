//! The auditor: recomputes a study from the chain and its published artifacts, trusting neither coordinator nor owners.

mod artifacts;
mod verify;

pub use artifacts::Artifacts;
pub use verify::{AuditError, Finding, Line, audit};
