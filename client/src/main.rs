//! The binary `tributary`.

use std::alloc::System;
use std::process::ExitCode;

use clap::Parser as _;
use tributary_client::cli::Cli;
use tributary_telemetry::TelemetryConfig;
use zeroizing_alloc::ZeroAlloc;

/// Wipes whatever is freed. Our own types wipe their secrets themselves; the libraries below them (MLS, decoders of
/// messages and rows) leave copies in memory that they free.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(done) = cli.run_confined() {
        return ExitCode::from(if done.is_ok() { 0 } else { 2 });
    }
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(cli: Cli) -> ExitCode {
    let telemetry = TelemetryConfig::from_env("tributary")
        .map(|config| config.with_default_filter("warn"))
        .and_then(|config| tributary_telemetry::init(&config));
    let _telemetry = match telemetry {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match cli.run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
