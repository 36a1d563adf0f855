//! The whole of `init`, in a process of its own: to a file, flushed when the guard is dropped.

#![allow(clippy::unwrap_used)] // Clippy knows `#[test]` functions, but not the helpers beside them.

use std::fs;
use tributary_telemetry::{Exporter, TelemetryConfig, TelemetryError, init};

#[test]
fn everything_is_in_the_file_once_the_guard_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("telemetry.jsonl");
    let config = TelemetryConfig {
        exporter: Exporter::File(path.clone()),
        ..TelemetryConfig::new("a-service").with_default_filter("warn")
    };

    let mut wrong = config.clone();
    wrong.filter = "tributary=loudly".to_owned();
    assert!(matches!(init(&wrong), Err(TelemetryError::InvalidSetting { name: "RUST_LOG", .. })));

    let guard = init(&config).unwrap();
    tracing::info_span!("round", number = 1).in_scope(|| tracing::info!("settled"));
    opentelemetry::global::meter("test").u64_counter("rounds").build().add(1, &[]);
    assert!(matches!(init(&config), Err(TelemetryError::AlreadyInitialised)));
    drop(guard);

    let text = fs::read_to_string(&path).unwrap();
    for expected in
        [r#""name":"round""#, r#""name":"settled""#, r#""name":"rounds""#, r#""stringValue":"a-service""#]
    {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}
