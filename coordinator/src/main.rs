//! The coordinator's program.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tonic::transport::Identity;
use tributary_contracts::{ChainClient, Deployment, Escrow, Relay, Wallet};
use tributary_coordinator::clock::SystemClock;
use tributary_coordinator::driver::Driver;
use tributary_coordinator::indexer::{self, Settings};
use tributary_coordinator::server::serve;
use tributary_coordinator::spool::Spool;
use tributary_coordinator::store::Store;
use tributary_storage::LocalStore;
use tributary_telemetry::TelemetryConfig;
use zeroize::Zeroizing;

/// Coordinates federated studies: orders what owners say, adds up what it can't read, relays settlements to the chain.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "TRIBUTARY_LISTEN", default_value = "127.0.0.1:7800")]
    listen: SocketAddr,
    /// A SQLite file, or a postgres:// URL.
    #[arg(long, env = "TRIBUTARY_DATABASE", default_value = "./tributary.sqlite")]
    database: String,
    /// Directory for published artifacts and for reports on their way.
    #[arg(long, env = "TRIBUTARY_STORAGE", default_value = "./tributary-storage")]
    storage: PathBuf,
    /// JSON-RPC endpoint of the chain.
    #[arg(long, env = "TRIBUTARY_RPC", default_value = "http://127.0.0.1:8545")]
    rpc: String,
    /// Where the contracts are.
    #[arg(long, env = "TRIBUTARY_DEPLOYMENT", default_value = "./deployments")]
    deployment: PathBuf,
    /// Encrypted key of the account that pays the gas (Web3 Secret Storage, version 3).
    #[arg(long, env = "TRIBUTARY_RELAYER_KEYSTORE", requires = "relayer_password_file")]
    relayer_keystore: Option<PathBuf>,
    /// The keystore's password: the first line of this file.
    #[arg(long, env = "TRIBUTARY_RELAYER_PASSWORD_FILE")]
    relayer_password_file: Option<PathBuf>,
    /// The account's key in the clear, 64 hex digits: for development.
    #[arg(long, env = "TRIBUTARY_RELAYER_KEY_FILE", conflicts_with = "relayer_keystore")]
    relayer_key_file: Option<PathBuf>,
    /// Blocks on top of which so many lie are final: how far back a reorganisation of the chain is looked for.
    #[arg(long, env = "TRIBUTARY_INDEX_DEPTH", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    index_depth: u64,
    /// The most blocks whose logs a node is asked for at once; fewer where it refuses.
    #[arg(long, env = "TRIBUTARY_INDEX_SPAN", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..))]
    index_span: u64,
    /// Milliseconds between two looks for a new block.
    #[arg(long, env = "TRIBUTARY_INDEX_EVERY_MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..))]
    index_every_ms: u64,
    /// PEM of the server's certificate and its chain.
    #[arg(long, env = "TRIBUTARY_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM of the certificate's key.
    #[arg(long, env = "TRIBUTARY_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Where traces and metrics go: none, stdout, file:<path>, otlp, otlp:<endpoint>.
    #[arg(long, env = "TRIBUTARY_TELEMETRY")]
    telemetry: Option<String>,
    /// How log lines look: text or json.
    #[arg(long, env = "TRIBUTARY_LOG_FORMAT")]
    log_format: Option<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> Result<()> {
    let telemetry = TelemetryConfig::from_settings("tributary-coordinator", |name| match name {
        "TRIBUTARY_TELEMETRY" => arguments.telemetry.clone(),
        "TRIBUTARY_LOG_FORMAT" => arguments.log_format.clone(),
        _ => std::env::var(name).ok(),
    })?;
    let _telemetry = tributary_telemetry::init(&telemetry)?;

    let wallet = wallet(&arguments)?;
    let client = ChainClient::connect(&arguments.rpc).await?;
    let deployment = Deployment::open(&arguments.deployment, &client)?;
    deployment.check(&client).await?;
    let chain = Arc::new(Relay::new(Escrow::new(client.clone(), deployment.clone())?, wallet));

    let store = Store::open(&arguments.database).await?;
    let artifacts = Arc::new(LocalStore::open(arguments.storage.join("artifacts"))?);
    let spool = Spool::open(arguments.storage.join("spool")).await?;
    let driver = Driver::new(store.clone(), Arc::new(SystemClock), artifacts, spool);

    let tls = tls(&arguments)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listener = TcpListener::bind(arguments.listen).await.with_context(|| {
        format!("can't listen on {}: choose another address with --listen", arguments.listen)
    })?;
    let address = listener.local_addr().context("the listener has no address")?;
    // Whoever started this process waits for the line.
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {scheme}://{address}")
        .and_then(|()| stdout.flush())
        .context("writing to stdout")?;
    tracing::info!(%address, "listening");

    let settings = index(&arguments, &deployment);
    let indexer = indexer::run(driver.clone(), chain.clone(), Arc::new(client), deployment.clone(), settings);
    let indexer = tokio::spawn(indexer);
    serve(driver, chain, deployment, listener, tls, stop_signal()?).await?;
    // It looks for the stop between two steps.
    let _ = indexer.await;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

fn index(arguments: &Arguments, deployment: &Deployment) -> Settings {
    Settings {
        first: deployment.block,
        depth: arguments.index_depth,
        span: arguments.index_span,
        every: Duration::from_millis(arguments.index_every_ms),
    }
}

/// Done at SIGINT or SIGTERM.
fn stop_signal() -> Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}

fn wallet(arguments: &Arguments) -> Result<Wallet> {
    if let (Some(keystore), Some(password)) = (&arguments.relayer_keystore, &arguments.relayer_password_file)
    {
        let text = secret(password)?;
        let password = text.lines().next().unwrap_or_default();
        return Ok(Wallet::open(keystore, password)?);
    }
    if let Some(path) = &arguments.relayer_key_file {
        let text = secret(path)?;
        return Wallet::from_hex(text.trim()).with_context(|| format!("the key in {}", path.display()));
    }
    bail!(
        "the relay needs an account that pays the gas: --relayer-keystore with --relayer-password-file, or --relayer-key-file"
    )
}

fn secret(path: &Path) -> Result<Zeroizing<String>> {
    Ok(Zeroizing::new(
        std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?,
    ))
}

fn tls(arguments: &Arguments) -> Result<Option<Identity>> {
    let (Some(cert), Some(key)) = (&arguments.tls_cert, &arguments.tls_key) else { return Ok(None) };
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("can't read {}", path.display()));
    Ok(Some(Identity::from_pem(read(cert)?, Zeroizing::new(read(key)?).as_slice())))
}
