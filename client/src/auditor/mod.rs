//! The auditor: recomputes a study from the chain and its published artifacts, trusting neither coordinator nor owners.

mod anomalies;
mod artifacts;
mod claims;
mod verify;

pub use anomalies::{AnomaliesError, anomalies};
pub use artifacts::Artifacts;
pub use verify::{AuditError, Finding, Line, audit};
