//! What is exported, where to, and what the log looks like.

use crate::TelemetryError;
use std::{fmt, path::PathBuf, str::FromStr};

const EXPORTER: &str = "TRIBUTARY_TELEMETRY";
const LOG_FORMAT: &str = "TRIBUTARY_LOG_FORMAT";
/// The name that OpenTelemetry's specification gives it.
const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// As usual for programs that use `tracing`.
const FILTER: &str = "RUST_LOG";

/// OTLP over gRPC has its collector here by default.
const DEFAULT_ENDPOINT: &str = "http://localhost:4317";
const DEFAULT_FILTER: &str = "info";

/// How a process tells what it does. See [`TelemetryConfig::from_env`] for the environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryConfig {
    /// OpenTelemetry's `service.name`: the binary's name.
    pub service: String,
    /// How log lines on stderr look.
    pub format: LogFormat,
    /// Which log lines are written, as [`tracing_subscriber::EnvFilter`] has it: `info,tributary_client=debug`.
    pub filter: String,
    /// Where traces and metrics go.
    pub exporter: Exporter,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Where traces and metrics go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Exporter {
    /// Nowhere.
    #[default]
    None,
    /// To this process's standard streams, as OTLP JSON lines. To **stderr**, whatever the usual name says: stdout
    /// carries a command's own output, which another program may be reading.
    Stdout,
    /// Appended to a file, as OTLP JSON lines, which OpenTelemetry's collector reads (`otlpjsonfile`).
    /// Format: <https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>.
    File(PathBuf),
    /// To a collector, by OTLP over gRPC, without TLS: a collector runs beside its process.
    Otlp {
        /// `http://host:port`.
        endpoint: String,
    },
}

impl TelemetryConfig {
    /// Text logs at level `info`, nothing exported.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            format: LogFormat::default(),
            filter: DEFAULT_FILTER.to_owned(),
            exporter: Exporter::default(),
        }
    }

    /// Reads the environment; what is not set stays as in [`Self::new`]:
    ///
    /// | variable | values |
    /// |---|---|
    /// | `TRIBUTARY_TELEMETRY` | `none`, `stdout`, `file:<path>`, `otlp`, `otlp:<endpoint>` |
    /// | `TRIBUTARY_LOG_FORMAT` | `text`, `json` |
    /// | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector for `otlp`, by default `http://localhost:4317` |
    /// | `RUST_LOG` | which log lines are written |
    ///
    /// # Errors
    /// [`TelemetryError::InvalidSetting`] names the variable.
    pub fn from_env(service: impl Into<String>) -> Result<Self, TelemetryError> {
        Self::from_settings(service, |name| std::env::var(name).ok())
    }

    /// As [`Self::from_env`], with the settings looked up elsewhere. An empty one counts as not set.
    ///
    /// # Errors
    /// [`TelemetryError::InvalidSetting`] names the setting.
    pub fn from_settings(
        service: impl Into<String>,
        setting: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, TelemetryError> {
        let setting = |name| setting(name).filter(|value| !value.is_empty());
        let mut config = Self::new(service);
        if let Some(format) = setting(LOG_FORMAT) {
            config.format = format.parse()?;
        }
        if let Some(filter) = setting(FILTER) {
            config.filter = filter;
        }
        if let Some(exporter) = setting(EXPORTER) {
            config.exporter = match (exporter.as_str(), setting(OTLP_ENDPOINT)) {
                ("otlp", Some(endpoint)) => Exporter::otlp(endpoint, OTLP_ENDPOINT)?,
                _ => exporter.parse()?,
            };
        }
        Ok(config)
    }

    /// Which log lines are written if the environment does not say: `RUST_LOG` wins.
    #[must_use]
    pub fn with_default_filter(mut self, filter: &str) -> Self {
        if self.filter == DEFAULT_FILTER {
            self.filter = filter.to_owned();
        }
        self
    }
}

impl Exporter {
    fn otlp(endpoint: String, name: &'static str) -> Result<Self, TelemetryError> {
        match endpoint.strip_prefix("http://") {
            Some(host) if !host.is_empty() => Ok(Self::Otlp { endpoint }),
            _ => Err(TelemetryError::InvalidSetting {
                name,
                value: endpoint,
                expected:
                    "expected http://host:port; for TLS run a collector on this host and let it forward"
                        .to_owned(),
            }),
        }
    }
}

impl FromStr for LogFormat {
    type Err = TelemetryError;

    fn from_str(text: &str) -> Result<Self, TelemetryError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(TelemetryError::InvalidSetting {
                name: LOG_FORMAT,
                value: other.to_owned(),
                expected: "expected `text` or `json`".to_owned(),
            }),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl FromStr for Exporter {
    type Err = TelemetryError;

    fn from_str(text: &str) -> Result<Self, TelemetryError> {
        match text.split_once(':').unwrap_or((text, "")) {
            ("none", "") => Ok(Self::None),
            ("stdout", "") => Ok(Self::Stdout),
            ("file", path) if !path.is_empty() => Ok(Self::File(path.into())),
            ("otlp", "") => Ok(Self::Otlp { endpoint: DEFAULT_ENDPOINT.to_owned() }),
            ("otlp", endpoint) => Self::otlp(endpoint.to_owned(), EXPORTER),
            _ => Err(TelemetryError::InvalidSetting {
                name: EXPORTER,
                value: text.to_owned(),
                expected: "expected `none`, `stdout`, `file:<path>`, `otlp` or `otlp:http://host:port`"
                    .to_owned(),
            }),
        }
    }
}

impl fmt::Display for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Stdout => f.write_str("stdout"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Otlp { endpoint } => write!(f, "otlp:{endpoint}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(settings: &[(&str, &str)]) -> Result<TelemetryConfig, TelemetryError> {
        TelemetryConfig::from_settings("test", |name| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_empty_environment_gives_text_logs_and_exports_nothing() {
        assert_eq!(from(&[]).unwrap(), TelemetryConfig::new("test"));
        assert_eq!(
            from(&[(EXPORTER, ""), (LOG_FORMAT, ""), (FILTER, "")]).unwrap(),
            TelemetryConfig::new("test")
        );
    }

    #[test]
    fn the_environment_sets_everything() {
        let config = from(&[
            (EXPORTER, "otlp"),
            (OTLP_ENDPOINT, "http://c:1"),
            (LOG_FORMAT, "json"),
            (FILTER, "warn"),
        ])
        .unwrap();
        assert_eq!(config.exporter, Exporter::Otlp { endpoint: "http://c:1".to_owned() });
        assert_eq!(config.format, LogFormat::Json);
        assert_eq!(config.with_default_filter("debug").filter, "warn");
        assert_eq!(TelemetryConfig::new("test").with_default_filter("debug").filter, "debug");
    }

    #[test]
    fn an_endpoint_alone_exports_nothing() {
        assert_eq!(from(&[(OTLP_ENDPOINT, "http://c:1")]).unwrap().exporter, Exporter::None);
    }

    #[test]
    fn exporters_round_trip_through_text() {
        for text in ["none", "stdout", "file:/tmp/a:b", "otlp:http://localhost:4317"] {
            assert_eq!(text.parse::<Exporter>().unwrap().to_string(), text);
        }
        assert_eq!("otlp".parse::<Exporter>().unwrap().to_string(), "otlp:http://localhost:4317");
        for text in ["text", "json"] {
            assert_eq!(text.parse::<LogFormat>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_means_nothing_is_named() {
        for text in [
            "",
            "all",
            "None",
            "file:",
            "file",
            "stdout:x",
            "otlp:localhost:4317",
            "otlp:https://c:1",
            "otlp:http://",
        ] {
            let error = text.parse::<Exporter>().unwrap_err().to_string();
            assert!(error.starts_with(EXPORTER), "{text}: {error}");
        }
        let error = from(&[(EXPORTER, "otlp"), (OTLP_ENDPOINT, "https://c:1")]).unwrap_err().to_string();
        assert!(error.starts_with(OTLP_ENDPOINT), "{error}");
        assert!(from(&[(LOG_FORMAT, "xml")]).unwrap_err().to_string().starts_with(LOG_FORMAT));
    }
}
