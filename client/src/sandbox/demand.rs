//! How much confinement is asked for.

use std::fmt;

use serde::Deserialize;

/// What a site asks of its kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Demand {
    /// Both walls, or no training.
    Required,
    /// Landlock where the kernel has it; the filter of system calls in any case.
    Available,
    /// Training in this process, unconfined.
    Off,
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::Available => "available",
            Self::Off => "off",
        })
    }
}
