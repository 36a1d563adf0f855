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
        match self {
            Self::Method { method, problem } => {
                Self::Method { method: printable(&method), problem: printable(&problem) }
            }
            Self::Form(problem) => Self::Form(printable(&problem)),
            other => other,
        }
    }
}

/// A stranger's words on one line, 1000 characters of them at most. What a terminal would act on, or not show, is escaped;
/// quotes stay as they are.
pub(crate) fn printable(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown = String::with_capacity(line.len());
    for c in line.chars().take(1000) {
        match c {
            '\'' | '"' | '\\' => shown.push(c),
            c => shown.extend(c.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_words_are_shown_on_one_line_and_change_no_terminal() {
        let said = "fails: can't add \"a\" to 'b'\n  at line 3\u{1b}[2J\u{202e}\u{7}";
        let error = ModuleError::method("loss", said).printable();
        assert_eq!(
            error.to_string(),
            r#"the module's loss fails: can't add "a" to 'b' at line 3\u{1b}[2J\u{202e}\u{7}"#
        );
        assert_eq!(printable(&"é".repeat(2000)).chars().count(), 1000);
    }
}
