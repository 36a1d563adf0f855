//! What a data owner says of its rows, and to whom it lets them: the description of a dataset, sealed; its terms of use;
//! its token on chain; consents to studies; erasure.
//!
//! CSV header → [`Document`] (Croissant 1.1 with DUO terms and an ODRL offer) → [`seal`] → [`Keep`] (the owner's own
//! directory) → on chain a salted commitment and the sealed description's address. A study's purpose is compared with the
//! [`UseTerms`] before a consent is signed.

mod acts;
mod columns;
mod condition;
mod context;
mod document;
mod error;
mod keep;
mod reader;
mod reading;
mod receipt;
mod refused;
mod seal;
mod secrets;
mod terms;
mod writer;

pub use acts::{Acts, Erased, Granted, Listed, Way};
pub use columns::{Column, ColumnKind, columns};
pub use condition::Condition;
pub use document::{Document, Record};
pub use error::CatalogError;
pub use keep::{Keep, Kept, receipt_path};
pub use receipt::{Receipt, ReceiptState};
pub use refused::DocumentError;
pub use seal::{ContentKey, commitment, open, seal};
pub use terms::{Mismatch, TermsError, UseTerms};
