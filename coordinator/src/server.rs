//! All parts together: gRPC on one port, the relay and the deadlines beside it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tonic::transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming};
use tributary_contracts::{Chain, Deployment};
use tributary_proto::v1::auditor_service_server::AuditorServiceServer;
use tributary_proto::v1::chain_service_server::ChainServiceServer;
use tributary_proto::v1::dataset_service_server::DatasetServiceServer;
use tributary_proto::v1::delivery_service_server::DeliveryServiceServer;
use tributary_proto::v1::owner_service_server::OwnerServiceServer;
use tributary_proto::v1::researcher_service_server::ResearcherServiceServer;
use tributary_proto::v1::session_service_server::SessionServiceServer;

use crate::driver::{DriveError, Driver};
use crate::rpc::{DELIVERY_LIMIT, Desk, MESSAGE_LIMIT};
use crate::{deadlines, settlement};

/// How long calls may go on once the server stops.
const FAREWELL: Duration = Duration::from_secs(5);
/// Calls of one connection at once.
const CALLS: usize = 128;

/// The server can't go on.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Studies can't be taken up.
    #[error("the studies can't be taken up: {0}")]
    Resume(#[from] DriveError),
    /// The transport failed.
    #[error("the server failed: {0}; check --tls-cert and --tls-key")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves until `shutdown` is done.
///
/// # Errors
/// If studies can't be taken up, or the transport fails.
pub async fn serve(
    driver: Arc<Driver>,
    chain: Arc<dyn Chain>,
    deployment: Deployment,
    listener: TcpListener,
    tls: Option<Identity>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let studies = driver.resume().await?;
    if studies > 0 {
        tracing::info!(studies, "studies are taken up again");
    }
    let relay = tokio::spawn(settlement::run(driver.clone(), chain.clone()));
    let deadlines = tokio::spawn(deadlines::run(driver.clone()));
    let desk = Desk::new(driver.clone(), chain, deployment);
    let mut server = Server::builder()
        .tcp_nodelay(true)
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .initial_stream_window_size(Some(1 << 20))
        .initial_connection_window_size(Some(8 << 20))
        .concurrency_limit_per_connection(CALLS)
        .trace_fn(|request| tracing::info_span!("rpc", path = request.uri().path()));
    if let Some(identity) = tls {
        server = server.tls_config(ServerTlsConfig::new().identity(identity))?;
    }
    let router = server
        .add_service(SessionServiceServer::new(desk.clone()).max_decoding_message_size(MESSAGE_LIMIT))
        .add_service(
            OwnerServiceServer::new(desk.clone())
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(DELIVERY_LIMIT),
        )
        .add_service(ResearcherServiceServer::new(desk.clone()).max_decoding_message_size(MESSAGE_LIMIT))
        .add_service(DatasetServiceServer::new(desk.clone()).max_decoding_message_size(MESSAGE_LIMIT))
        .add_service(AuditorServiceServer::new(desk.clone()).max_decoding_message_size(MESSAGE_LIMIT))
        .add_service(ChainServiceServer::new(desk.clone()).max_decoding_message_size(MESSAGE_LIMIT))
        .add_service(DeliveryServiceServer::new(desk).max_decoding_message_size(DELIVERY_LIMIT));
    let stop = driver.clone();
    let stopped = async move {
        shutdown.await;
        stop.stop();
    };
    let mut stopping = driver.stopping();
    let farewell = async move {
        let _ = stopping.wait_for(|stop| *stop).await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        served = router.serve_with_incoming_shutdown(TcpIncoming::from(listener), stopped) => served?,
        () = farewell => tracing::warn!("calls were cut off: they took longer than the farewell"),
    }
    driver.stop();
    // Both look for the stop between two pieces of work.
    let _ = tokio::join!(relay, deadlines);
    Ok(())
}
