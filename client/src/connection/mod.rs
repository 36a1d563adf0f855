//! The coordinator, in domain types: logging in, calling with retries, following a study's events.

mod artifacts;
mod calls;
mod events;
mod login;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Response, Status};
use tributary_contracts::Wallet;
use tributary_contracts::typed_data::Domain;
use tributary_proto::decode::DecodeError;

pub(crate) use artifacts::fetch;
pub use calls::{Attempt, Enrolment, StudyInfo};
pub use events::Events;

/// The largest message that is taken or sent: a transcript, a welcome or a chunk; updates travel in chunks.
const MESSAGE_LIMIT: usize = 16 * 1024 * 1024;

/// The coordinator can't be reached, or refuses.
#[derive(Debug, Error)]
pub enum ConnectionError {
    /// The address is not one.
    #[error("{url:?} is not the address of a coordinator: write it as http://host:port or https://host:port")]
    Url {
        /// What was given.
        url: String,
    },
    /// Nobody answers.
    #[error(
        "the coordinator at {url} did not answer for {patience:?} ({reason}): check the address, that it runs, and the way to it; nothing is lost, start again when it is back"
    )]
    Unreachable {
        /// Where.
        url: String,
        /// For how long it was tried.
        patience: Duration,
        /// The last error.
        reason: String,
    },
    /// The coordinator refuses a call.
    #[error("the coordinator refuses {call}: {reason}")]
    Refused {
        /// What was asked.
        call: &'static str,
        /// What kind of refusal.
        code: Code,
        /// Its reason.
        reason: String,
    },
    /// The coordinator's answer is malformed.
    #[error("the coordinator's answer is malformed: {0}")]
    Decode(#[from] DecodeError),
    /// An artifact is not what its digest says.
    #[error(
        "the artifact {0} came with other content than its digest says: the coordinator's storage is damaged or it lies"
    )]
    Artifact(tributary_aggregation::ids::Digest),
    /// The study's module was not handed in.
    #[error(
        "the coordinator has no module {module} after {patience:?}: the researcher's `tributary study run` hands it in; ask \
         the researcher, then start again"
    )]
    NoModule {
        /// SHA-256 of its file.
        module: tributary_aggregation::ids::Digest,
        /// For how long it was asked for.
        patience: Duration,
    },
    /// What comes as the study's module is longer than its file.
    #[error(
        "what the coordinator sends as the module {module} has more than its {size} bytes: its storage is damaged or it lies"
    )]
    ModuleTooLong {
        /// SHA-256 of the file.
        module: tributary_aggregation::ids::Digest,
        /// Bytes of the file.
        size: u64,
    },
}

impl ConnectionError {
    /// Whether the coordinator answered that the moment for a call is over, which a round's messages must live with.
    #[must_use]
    pub fn is_untimely(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                code: Code::FailedPrecondition | Code::Aborted | Code::AlreadyExists | Code::OutOfRange,
                ..
            }
        )
    }
}

/// A connection to the coordinator for one account.
#[derive(Clone)]
pub struct Connection {
    url: String,
    channel: Channel,
    wallet: Arc<Wallet>,
    domain: Domain,
    patience: Duration,
    token: Arc<Mutex<Option<MetadataValue<Ascii>>>>,
}

impl Connection {
    /// A connection for `wallet`; `ca` is the PEM of a certificate authority of one's own. Nothing is sent yet.
    ///
    /// # Errors
    /// If the address or the certificate is malformed.
    pub fn new(
        url: &str,
        ca: Option<&[u8]>,
        wallet: Arc<Wallet>,
        domain: Domain,
        patience: Duration,
    ) -> Result<Self, ConnectionError> {
        Ok(Self {
            url: url.to_owned(),
            channel: channel(url, ca)?,
            wallet,
            domain,
            patience,
            token: Arc::new(Mutex::new(None)),
        })
    }

    /// Calls with the session's token: logs in where that is needed, retries for as long as patience lasts while the
    /// coordinator can't be reached. Every call of the protocol may be repeated.
    async fn call<Req, Res, F>(
        &self,
        call: &'static str,
        request: Req,
        send: impl Fn(Channel, Request<Req>) -> F,
    ) -> Result<Res, ConnectionError>
    where
        Req: Clone,
        F: Future<Output = Result<Response<Res>, Status>>,
    {
        let mut retries = Retries::new(self.patience);
        let mut logged_in_again = false;
        loop {
            let mut message = Request::new(request.clone());
            let token = match self.token().await {
                Ok(token) => token,
                Err(Failure::Status(status)) => {
                    retries.wait(&self.url, "login", status).await?;
                    continue;
                }
                Err(Failure::Connection(error)) => return Err(error),
            };
            message.metadata_mut().insert("authorization", token);
            match send(self.channel.clone(), message).await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) if status.code() == Code::Unauthenticated && !logged_in_again => {
                    logged_in_again = true;
                    *self.token.lock().await = None;
                }
                Err(status) => retries.wait(&self.url, call, status).await?,
            }
        }
    }
}

enum Failure {
    Status(Status),
    Connection(ConnectionError),
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

pub(crate) fn channel(url: &str, ca: Option<&[u8]>) -> Result<Channel, ConnectionError> {
    let malformed = || ConnectionError::Url { url: url.to_owned() };
    let mut endpoint = Endpoint::from_shared(url.to_owned())
        .map_err(|_| malformed())?
        .connect_timeout(Duration::from_secs(5))
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(10))
        .tcp_nodelay(true);
    if url.starts_with("https://") {
        let mut tls = ClientTlsConfig::new();
        if let Some(pem) = ca {
            tls = tls.ca_certificate(Certificate::from_pem(pem));
        }
        endpoint = endpoint.tls_config(tls).map_err(|_| malformed())?;
    } else if !url.starts_with("http://") {
        return Err(malformed());
    }
    Ok(endpoint.connect_lazy())
}

/// Waits a little longer each time, until patience is at its end.
pub(crate) struct Retries {
    until: Instant,
    patience: Duration,
    pause: Duration,
}

impl Retries {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { until: Instant::now() + patience, patience, pause: Duration::from_millis(50) }
    }

    /// Waits before the next try, if the failure is one that may pass.
    pub(crate) async fn wait(
        &mut self,
        url: &str,
        call: &'static str,
        status: Status,
    ) -> Result<(), ConnectionError> {
        let broken = |message: &str| message.contains("transport") || message.contains("h2 protocol error");
        let passing = matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled)
            // What tonic reports when a connection breaks in the middle of a call.
            || (matches!(status.code(), Code::Unknown | Code::Internal) && broken(status.message()));
        if !passing {
            let (code, reason) = (status.code(), status.message().to_owned());
            return Err(ConnectionError::Refused { call, code, reason });
        }
        if Instant::now() + self.pause > self.until {
            return Err(ConnectionError::Unreachable {
                url: url.to_owned(),
                patience: self.patience,
                reason: status.message().to_owned(),
            });
        }
        tracing::debug!(call, code = ?status.code(), "the coordinator can't be reached; trying again");
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(Duration::from_secs(2));
        Ok(())
    }
}
