//! The whole of `init`, in a process of its own: to a collector that speaks OTLP over gRPC.

#![allow(clippy::unwrap_used)] // Clippy knows `#[test]` functions, but not the helpers beside them.

use opentelemetry_proto::tonic::collector::{
    metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::{MetricsService, MetricsServiceServer},
    },
    trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};
use tributary_telemetry::{Exporter, TelemetryConfig, init};

/// Remembers the names of the spans and metrics that it was sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request.into_inner().resource_spans.into_iter().flat_map(|it| it.scope_spans);
        self.0.lock().unwrap().extend(spans.flat_map(|it| it.spans).map(|span| span.name));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let metrics = request.into_inner().resource_metrics.into_iter().flat_map(|it| it.scope_metrics);
        self.0.lock().unwrap().extend(metrics.flat_map(|it| it.metrics).map(|metric| metric.name));
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_spans_and_metrics_once_the_guard_is_dropped() {
    let collector = Collector::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder()
        .add_service(TraceServiceServer::new(collector.clone()))
        .add_service(MetricsServiceServer::new(collector.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);

    let config =
        TelemetryConfig { exporter: Exporter::Otlp { endpoint }, ..TelemetryConfig::new("a-service") };
    let guard = init(&config).unwrap();
    tracing::info_span!("round").in_scope(|| tracing::info!("settled"));
    opentelemetry::global::meter("test")
        .f64_histogram("phase.duration")
        .with_unit("s")
        .build()
        .record(0.1, &[]);
    tokio::task::spawn_blocking(move || drop(guard)).await.unwrap();

    let mut names = collector.0.lock().unwrap().clone();
    names.sort();
    assert_eq!(names, ["phase.duration", "round"]);
}
