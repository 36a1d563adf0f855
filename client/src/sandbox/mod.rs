//! Training in a child process that can do nothing but compute.
//!
//! What a study trains is somebody else's idea, and libtorch is millions of lines: neither should be able to open the
//! hospital's files, call home, or start a program. So a job's numbers go through a pipe to a child that gave all of that
//! up ([`confine`]) before it read the first of them; its results, and nothing else, come back. The parent bounds the
//! child's memory and each job's time, and kills it when either is exceeded.

mod child;
mod confine;
mod convert;
mod demand;
mod trainer;
mod wire;

use std::time::Duration;

use thiserror::Error;

pub use child::run;
pub use confine::{ConfineError, Walls, confine};
pub use demand::Demand;
pub use trainer::Sandboxed;

/// What a child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that it may allocate beyond what libtorch takes at the start.
    pub memory: u64,
    /// How long one job may take.
    pub job: Duration,
}

/// A job was not done by the sandbox's fault, or because it left its bounds. No variant holds a value of a row.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The child can't be started.
    #[error("the trainer's sandbox can't be started ({0})")]
    Start(#[source] std::io::Error),
    /// The child could not confine itself.
    #[error(
        "the trainer can't be confined: {0}; use a newer kernel, or pass --sandbox off to trust the study's code"
    )]
    Confine(String),
    /// One of two walls is missing.
    #[error(
        "this kernel has no Landlock (Linux 5.13 has it), so only a filter of system calls would confine the trainer: \
         pass --sandbox available if that is enough for you"
    )]
    NoLandlock,
    /// Out of time.
    #[error("training took longer than {} s and was stopped", .0.as_secs())]
    OutOfTime(Duration),
    /// The child ended.
    #[error(
        "the trainer's sandbox ended in the middle of a job ({0}): it may have run out of its memory (--sandbox-memory-mib)"
    )]
    Ended(String),
    /// Not what was asked for.
    #[error(
        "the trainer's sandbox gave an answer that makes no sense ({0}): the study's code may have tampered with it"
    )]
    Nonsense(&'static str),
}
