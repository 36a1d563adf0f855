//! Logs by `tracing`; traces and metrics by OpenTelemetry.
//!
//! Call [`init`] once, at the start of `main`, and keep the [`Guard`] until the end:
//!
//! ```no_run
//! use tributary_telemetry::{TelemetryConfig, init};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let _telemetry = init(&TelemetryConfig::from_env("tributary-coordinator")?)?;
//!     tracing::info!("ready");
//!     Ok(())
//! }
//! ```
//!
//! From then on `tracing` spans become OpenTelemetry spans, and `opentelemetry::global::meter("…")` gives meters.
//! Nothing is ever written to the process's stdout: that belongs to the command line tool's own output.
//!
//! What is logged and traced leaves the process. Ids, sizes, phases and times may be in it; updates, weights, sample
//! counts, aggregates and keys never.

#![deny(missing_docs)]

mod config;
mod guard;
mod histogram;
mod lines;
mod pipeline;

pub use config::{Exporter, LogFormat, TelemetryConfig};
pub use guard::{Guard, init};
pub use histogram::{BYTES, SECONDS};

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// A setting has a value that means nothing.
    #[error("{name} is `{value}`: {expected}")]
    InvalidSetting {
        /// The setting: an environment variable or the kind of value.
        name: &'static str,
        /// The value as it was given.
        value: String,
        /// What it can be.
        expected: String,
    },
    /// The file for traces and metrics cannot be opened.
    #[error("cannot append telemetry to {}: {source}; choose another file", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The OTLP exporter refused its configuration.
    #[error("cannot export by OTLP to {endpoint}: {source}")]
    Otlp {
        /// The collector's address.
        endpoint: String,
        /// What the exporter said.
        source: opentelemetry_otlp::ExporterBuildError,
    },
    /// The OTLP exporter needs a Tokio runtime to send from.
    #[error("the OTLP exporter needs a Tokio runtime: call `init` inside one")]
    NoRuntime,
    /// [`init`] was called a second time, or the program has another `tracing` subscriber.
    #[error("telemetry is set up already: call `init` once, at the start of `main`")]
    AlreadyInitialised,
}
