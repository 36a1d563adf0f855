//! What can be wrong with a study's module.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tributary_aggregation::ids::Digest;

/// A module can't be used. No variant holds what its code said while it had rows: that could be a row.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum ModuleError {
    /// Another file.
    #[error(
        "the file that is shown as the study's module has digest {got} and {bytes} bytes, the plan says {expected} and \
         {size}: it is not loaded; ask the researcher"
    )]
    Other {
        /// The plan's digest.
        expected: Digest,
        /// The plan's size, in bytes.
        size: u64,
        /// The file's digest.
        got: Digest,
        /// The file's size, in bytes.
        bytes: u64,
    },
    /// Nobody gave the file.
    #[error("the study trains a module of its researcher's: pass its file with --module")]
    Missing,
    /// The plan counts otherwise.
    #[error("the study's module has {got} coordinates, the plan says {expected}: do not take part")]
    Coordinates {
        /// The plan's count.
        expected: u64,
        /// The module's.
        got: u64,
    },
    /// libtorch does not read it.
    #[error(
        "the module can't be loaded: write it with tributary_study.export (TorchScript of PyTorch 2.13 or older)"
    )]
    Load,
    /// A method is missing, or fails.
    #[error("the module's {method} {problem}")]
    Method {
        /// Its name.
        method: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// What the module consists of.
    #[error("the module {0}")]
    Form(String),
}

impl ModuleError {
    pub(super) fn method(method: &str, problem: impl Into<String>) -> Self {
        Self::Method { method: method.into(), problem: problem.into() }
    }

    /// With what came from another process made fit for a terminal.
    pub(crate) fn printable(self) -> Self {
        let tame = |text: String| text.chars().take(1000).collect::<String>().escape_debug().to_string();
        match self {
            Self::Method { method, problem } => Self::Method { method: tame(method), problem: tame(problem) },
            Self::Form(problem) => Self::Form(tame(problem)),
            other => other,
        }
    }
}
