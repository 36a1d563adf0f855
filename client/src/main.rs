//! The binary `tributary`.

use std::process::ExitCode;

use clap::Parser as _;
use tributary_client::cli::Cli;
use tributary_telemetry::TelemetryConfig;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
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
