//! What can be wrong with a dataset's description.

use thiserror::Error;

use super::terms::TermsError;

/// A description was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// Not JSON.
    #[error("the description is not JSON: {0}")]
    Syntax(String),
    /// A field holds what it must not, or is missing.
    #[error("field {field}: {reason}")]
    Field {
        /// The field's path, like `recordSet[0].field[2].dataType`.
        field: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The terms of use go against each other.
    #[error("field usageInfo: {0}")]
    Terms(#[from] TermsError),
}
