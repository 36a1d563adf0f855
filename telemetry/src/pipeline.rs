//! From an [`Exporter`] to the providers of spans and metrics.

use crate::{
    Exporter, TelemetryError, histogram,
    lines::{LineWriter, MetricLines, SpanLines},
};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource,
    metrics::{SdkMeterProvider, exporter::PushMetricExporter},
    trace::{SdkTracerProvider, SpanExporter},
};
use std::{fs::File, io};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// The libraries that the OTLP exporter itself is made of: their spans would make more spans when they are sent.
const EXPORTERS_OWN: [&str; 6] = ["h2", "hyper", "hyper_util", "opentelemetry", "tonic", "tower"];

/// Makes spans and metrics, and sends them on.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) tracer: SdkTracerProvider,
    pub(crate) meter: SdkMeterProvider,
}

impl Pipeline {
    /// `None` if nothing is exported.
    pub(crate) fn new(service: &str, exporter: &Exporter) -> Result<Option<Self>, TelemetryError> {
        let lines = match exporter {
            Exporter::None => return Ok(None),
            Exporter::Stdout => LineWriter::new(io::stderr()),
            Exporter::File(path) => LineWriter::new(
                File::options()
                    .create(true)
                    .append(true)
                    .open(path)
                    .map_err(|source| TelemetryError::File { path: path.clone(), source })?,
            ),
            Exporter::Otlp { endpoint } => return Self::otlp(service, endpoint).map(Some),
        };
        Ok(Some(Self::lines(service, lines)))
    }

    pub(crate) fn lines(service: &str, lines: LineWriter) -> Self {
        Self::over(service, SpanLines::new(lines.clone()), MetricLines(lines))
    }

    fn otlp(service: &str, endpoint: &str) -> Result<Self, TelemetryError> {
        tokio::runtime::Handle::try_current().map_err(|_| TelemetryError::NoRuntime)?;
        let refused = |source| TelemetryError::Otlp { endpoint: endpoint.to_owned(), source };
        let spans = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(refused)?;
        let metrics = opentelemetry_otlp::MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(refused)?;
        Ok(Self::over(service, spans, metrics))
    }

    fn over(service: &str, spans: impl SpanExporter + 'static, metrics: impl PushMetricExporter) -> Self {
        let resource = Resource::builder().with_service_name(service.to_owned()).build();
        let tracer =
            SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(spans).build();
        let meter = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_view(histogram::boundaries)
            .with_periodic_exporter(metrics)
            .build();
        Self { tracer, meter }
    }

    /// Turns `tracing` spans of level info and above into OpenTelemetry spans.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let filter = Targets::new()
            .with_default(LevelFilter::INFO)
            .with_targets(EXPORTERS_OWN.map(|target| (target, LevelFilter::OFF)));
        tracing_opentelemetry::layer().with_tracer(self.tracer.tracer("tributary")).with_filter(filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BYTES, SECONDS};
    use opentelemetry::metrics::MeterProvider;
    use serde_json::Value;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt;

    /// A file that a test can look into.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Memory {
        /// The parsed lines that have this at their top.
        fn lines(&self, kind: &str) -> Vec<Value> {
            let bytes = self.0.lock().unwrap().clone();
            let text = String::from_utf8(bytes).unwrap();
            let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            lines.filter_map(|mut line| line.get_mut(kind).map(Value::take)).collect()
        }
    }

    fn pipeline() -> (Memory, Pipeline) {
        let memory = Memory::default();
        let pipeline = Pipeline::lines("a-service", LineWriter::new(memory.clone()));
        (memory, pipeline)
    }

    #[test]
    fn tracing_spans_come_out_with_parents_fields_and_events() {
        let (memory, pipeline) = pipeline();
        let subscriber = tracing_subscriber::registry().with(pipeline.layer());
        tracing::subscriber::with_default(subscriber, || {
            let _round = tracing::info_span!("round", number = 3).entered();
            let _phase = tracing::info_span!("phase").entered();
            tracing::info!(online = 4, "roster fixed");
            let _quiet = tracing::debug_span!("detail").entered();
            let _own = tracing::info_span!(target: "h2::client", "frame").entered();
        });
        pipeline.tracer.shutdown().unwrap();

        let lines = memory.lines("resourceSpans");
        let resource = lines[0][0]["resource"]["attributes"].as_array().unwrap();
        assert!(
            resource
                .iter()
                .any(|it| it["key"] == "service.name" && it["value"]["stringValue"] == "a-service")
        );
        let spans: Vec<&Value> =
            lines.iter().flat_map(|line| line[0]["scopeSpans"][0]["spans"].as_array().unwrap()).collect();
        let named = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap();
        assert_eq!(spans.len(), 2, "neither debug spans nor the exporter's own: {spans:?}");
        assert_eq!(named("phase")["parentSpanId"], named("round")["spanId"]);
        assert_eq!(named("phase")["traceId"], named("round")["traceId"]);
        let fields = named("round")["attributes"].as_array().unwrap();
        assert!(
            fields.iter().any(|it| it["key"] == "number" && it["value"]["intValue"] == "3"),
            "{fields:?}"
        );
        assert_eq!(named("phase")["events"][0]["name"], "roster fixed");
    }

    #[test]
    fn histograms_have_boundaries_for_their_unit() {
        let (memory, pipeline) = pipeline();
        let meter = pipeline.meter.meter("test");
        meter.f64_histogram("phase.duration").with_unit("s").build().record(0.3, &[]);
        meter.u64_histogram("report.size").with_unit("By").build().record(70_000, &[]);
        meter.u64_histogram("owners").build().record(4, &[]);
        meter.u64_counter("rounds").build().add(2, &[]);
        pipeline.meter.shutdown().unwrap();

        let lines = memory.lines("resourceMetrics");
        let metrics = lines[0][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
        let named = |name: &str| metrics.iter().find(|metric| metric["name"] == name).unwrap();
        let bounds = |name: &str| {
            let point = &named(name)["histogram"]["dataPoints"][0];
            let bounds: Vec<f64> =
                point["explicitBounds"].as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect();
            (bounds, point["bucketCounts"].as_array().unwrap().clone())
        };
        // Each value lands in the bucket whose upper bound is the first one not below it.
        for (name, expected, value) in
            [("phase.duration", SECONDS.to_vec(), 0.3), ("report.size", BYTES.to_vec(), 70_000.0)]
        {
            let (boundaries, counts) = bounds(name);
            assert_eq!(boundaries, expected);
            let bucket = expected.iter().position(|bound| value <= *bound).unwrap();
            let full: Vec<usize> =
                counts.iter().enumerate().filter(|(_, count)| **count != "0").map(|(at, _)| at).collect();
            assert_eq!(full, [bucket], "{counts:?}");
        }
        assert_ne!(bounds("owners").0, SECONDS.to_vec(), "other units keep the defaults");
        assert_eq!(named("rounds")["sum"]["dataPoints"][0]["asInt"], "2");
    }

    #[test]
    fn boundaries_rise() {
        assert!(SECONDS.is_sorted_by(|a, b| a < b));
        assert!(BYTES.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn otlp_outside_a_runtime_is_an_error_and_no_panic() {
        let exporter = Exporter::Otlp { endpoint: "http://localhost:4317".to_owned() };
        assert!(matches!(Pipeline::new("a-service", &exporter), Err(TelemetryError::NoRuntime)));
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let exporter = Exporter::File("/nonexistent/telemetry.jsonl".into());
        let error = Pipeline::new("a-service", &exporter).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/telemetry.jsonl"), "{error}");
    }
}
