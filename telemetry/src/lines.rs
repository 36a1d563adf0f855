//! Traces and metrics as OTLP JSON lines: <https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>.

use opentelemetry_proto::{
    tonic::collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    transform::{
        common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
    trace::{SpanData, SpanExporter},
};
use serde::Serialize;
use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Where lines go; shared by the exporters of one process.
#[derive(Clone)]
pub(crate) struct LineWriter(Arc<Mutex<dyn Write + Send>>);

impl LineWriter {
    pub(crate) fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }

    /// One write for one line, so that the lines of several processes do not mix in a file opened for appending.
    fn write(&self, message: &impl Serialize) -> OTelSdkResult {
        let mut line = serde_json::to_vec(message).map_err(failed)?;
        line.push(b'\n');
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_all(&line).and_then(|()| writer.flush()).map_err(failed)
    }
}

fn failed(error: impl fmt::Display) -> OTelSdkError {
    OTelSdkError::InternalFailure(format!("writing telemetry: {error}"))
}

impl fmt::Debug for LineWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LineWriter")
    }
}

/// Each batch of spans becomes one line `{"resourceSpans":[…]}`.
#[derive(Debug)]
pub(crate) struct SpanLines {
    writer: LineWriter,
    resource: ResourceAttributesWithSchema,
}

impl SpanLines {
    pub(crate) fn new(writer: LineWriter) -> Self {
        Self { writer, resource: ResourceAttributesWithSchema::default() }
    }
}

impl SpanExporter for SpanLines {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        self.writer.write(&ExportTraceServiceRequest { resource_spans })
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

/// Each collection of metrics becomes one line `{"resourceMetrics":[…]}`.
#[derive(Debug)]
pub(crate) struct MetricLines(pub(crate) LineWriter);

impl PushMetricExporter for MetricLines {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.0.write(&ExportMetricsServiceRequest::from(metrics))
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(()) // Every line is flushed as it is written.
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
