//! Setting up at the start of a process, and flushing at its end.

use crate::{LogFormat, TelemetryConfig, TelemetryError, pipeline::Pipeline};
use opentelemetry::global;
use opentelemetry_sdk::{error::OTelSdkError, propagation::TraceContextPropagator};
use std::io;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Keeps telemetry running. When it is dropped, what is not yet exported is sent: that takes up to a few seconds if the
/// collector does not answer.
///
/// With OTLP drop it outside async code, or on a multi-threaded runtime: it waits for work that the runtime does.
#[derive(Debug)]
#[must_use = "telemetry ends when the guard is dropped: keep it until the end of main"]
pub struct Guard {
    pipeline: Option<Pipeline>,
}

/// Sets up logs on stderr and, if so configured, the export of traces and metrics, for the whole process.
///
/// # Errors
/// See [`TelemetryError`].
pub fn init(config: &TelemetryConfig) -> Result<Guard, TelemetryError> {
    let filter = EnvFilter::try_new(&config.filter).map_err(|error| TelemetryError::InvalidSetting {
        name: "RUST_LOG",
        value: config.filter.clone(),
        expected: format!("{error}; expected something like `info,tributary_client=debug`"),
    })?;
    let logs = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let logs = match config.format {
        LogFormat::Text => logs.boxed(),
        LogFormat::Json => logs.json().boxed(),
    };
    let pipeline = Pipeline::new(&config.service, &config.exporter)?;
    tracing_subscriber::registry()
        .with(logs.with_filter(filter))
        .with(pipeline.as_ref().map(Pipeline::layer))
        .try_init()
        .map_err(|_| TelemetryError::AlreadyInitialised)?;
    if let Some(pipeline) = &pipeline {
        global::set_text_map_propagator(TraceContextPropagator::new());
        global::set_tracer_provider(pipeline.tracer.clone());
        global::set_meter_provider(pipeline.meter.clone());
    }
    Ok(Guard { pipeline })
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(pipeline) = &self.pipeline else { return };
        for (what, result) in [("traces", pipeline.tracer.shutdown()), ("metrics", pipeline.meter.shutdown())]
        {
            match result {
                Ok(()) | Err(OTelSdkError::AlreadyShutdown) => {}
                Err(error) => tracing::warn!(%error, "the last {what} were not exported"),
            }
        }
    }
}
