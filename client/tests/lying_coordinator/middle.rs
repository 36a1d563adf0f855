//! The man in the middle: for members he is the coordinator.
//!
//! Of the real coordinator's events he keeps a log of his own for each member, in which he may leave out, change, repeat and
//! invent. Requests he hears, and passes on or keeps to himself.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, RwLock};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Status};
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1;
use tributary_proto::v1::auditor_service_server::AuditorServiceServer;
use tributary_proto::v1::delivery_service_server::DeliveryServiceServer;
use tributary_proto::v1::event::Event as Wire;
use tributary_proto::v1::owner_service_client::OwnerServiceClient;
use tributary_proto::v1::owner_service_server::OwnerServiceServer;
use tributary_proto::v1::researcher_service_server::ResearcherServiceServer;
use tributary_proto::v1::session_service_server::SessionServiceServer;

/// Declares the requests that members make.
macro_rules! said {
    ($($kind:ident($message:ident)),* $(,)?) => {
        /// What a member said.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Said {
            $($kind(v1::$message),)*
        }
        $(impl From<v1::$message> for Said {
            fn from(message: v1::$message) -> Self {
                Self::$kind(message)
            }
        })*
    };
}

said! {
    Enrol(EnrolRequest),
    Leave(LeaveRequest),
    Removal(SignRemovalRequest),
    Heartbeat(HeartbeatRequest),
    Committee(SignCommitteeRequest),
    Beacon(SendBeaconShareRequest),
    Join(JoinRequest),
    Graph(SendGraphShareRequest),
    Report(ReportStart),
    Release(ReleaseRequest),
    Evaluate(EvaluateRequest),
    Settlement(SignSettlementRequest),
    Claim(ClaimRequest),
    Study(CreateStudyRequest),
    ProposeRemoval(ProposeRemovalRequest),
    Commit(SubmitCommitRequest),
    Message(SendMessageRequest),
}

type Tell = dyn Fn(OwnerId, Wire) -> Vec<Wire> + Send + Sync;
type Pass = dyn Fn(OwnerId, &Said) -> bool + Send + Sync;
/// Changes the artifact of a digest.
type Change = dyn Fn(Digest, Vec<u8>) -> Vec<u8> + Send + Sync;

/// What he does instead of passing on; at first he is honest.
struct Lies {
    tell: Box<Tell>,
    pass: Box<Pass>,
    artifact: Box<Change>,
}

/// What one member is told, and what the coordinator told it.
#[derive(Default)]
struct Log {
    followed: bool,
    honest: Vec<Wire>,
    told: Vec<Wire>,
}

/// For members he is the coordinator.
#[derive(Clone)]
pub struct Middle(Arc<State>);

struct State {
    upstream: Channel,
    address: SocketAddr,
    accounts: Mutex<HashMap<String, OwnerId>>,
    logs: Mutex<BTreeMap<OwnerId, Log>>,
    said: Mutex<Vec<(OwnerId, Said)>>,
    artifacts: Mutex<BTreeMap<Digest, Vec<u8>>>,
    lies: RwLock<Lies>,
    news: Arc<watch::Sender<u64>>,
}

impl Middle {
    /// Stands before the coordinator that is served at `upstream`; `news` moves whenever something happens.
    pub async fn start(upstream: Channel, news: Arc<watch::Sender<u64>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let middle = Self(Arc::new(State {
            upstream,
            address: listener.local_addr().unwrap(),
            accounts: Mutex::default(),
            logs: Mutex::default(),
            said: Mutex::default(),
            artifacts: Mutex::default(),
            lies: RwLock::new(Lies {
                tell: Box::new(|_, event| vec![event]),
                pass: Box::new(|_, _| true),
                artifact: Box::new(|_, bytes| bytes),
            }),
            news,
        }));
        let server = Server::builder()
            .add_service(SessionServiceServer::new(middle.clone()))
            .add_service(OwnerServiceServer::new(middle.clone()))
            .add_service(ResearcherServiceServer::new(middle.clone()))
            .add_service(AuditorServiceServer::new(middle.clone()))
            .add_service(DeliveryServiceServer::new(middle.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(server);
        middle
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    // ------------------------------------------------------------------------------------------- lying

    /// From now on a member is told what `tell` makes of each event.
    pub fn tells(&self, tell: impl Fn(OwnerId, Wire) -> Vec<Wire> + Send + Sync + 'static) {
        self.0.lies.write().unwrap().tell = Box::new(tell);
    }

    /// From now on only what `pass` lets through gets to the coordinator; the sender is told that all is well.
    pub fn passes(&self, pass: impl Fn(OwnerId, &Said) -> bool + Send + Sync + 'static) {
        self.0.lies.write().unwrap().pass = Box::new(pass);
    }

    /// From now on artifacts come with other bytes.
    pub fn changes_artifacts(&self, change: impl Fn(Digest, Vec<u8>) -> Vec<u8> + Send + Sync + 'static) {
        self.0.lies.write().unwrap().artifact = Box::new(change);
    }

    /// Offers an artifact of his own under its digest.
    pub fn publishes(&self, bytes: Vec<u8>) -> Digest {
        let digest = sha256(&bytes);
        self.0.artifacts.lock().unwrap().insert(digest, bytes);
        digest
    }

    /// Tells a member what nobody said.
    pub fn invents(&self, to: OwnerId, event: Wire) {
        self.0.logs.lock().unwrap().entry(to).or_default().told.push(event);
        self.stir();
    }

    /// Changes what a member will find in its log when it reads it again.
    pub fn rewrites(&self, to: OwnerId, change: impl Fn(Wire) -> Wire) {
        let mut logs = self.0.logs.lock().unwrap();
        let told = &mut logs.get_mut(&to).unwrap().told;
        *told = std::mem::take(told).into_iter().map(change).collect();
    }

    // ------------------------------------------------------------------------------------------- listening

    /// The coordinator's events for a member, as they were, that `look` has a use for; in order.
    pub fn honest<T>(&self, to: OwnerId, look: impl FnMut(&Wire) -> Option<T>) -> Vec<T> {
        let logs = self.0.logs.lock().unwrap();
        logs.get(&to).into_iter().flat_map(|log| &log.honest).filter_map(look).collect()
    }

    /// What members said, as far as `look` has a use for it; in order.
    pub fn heard<T>(&self, mut look: impl FnMut(OwnerId, &Said) -> Option<T>) -> Vec<T> {
        self.0.said.lock().unwrap().iter().filter_map(|(from, said)| look(*from, said)).collect()
    }

    // ------------------------------------------------------------------------------------------- for the services

    pub(crate) fn upstream(&self) -> Channel {
        self.0.upstream.clone()
    }

    fn stir(&self) {
        self.0.news.send_modify(|news| *news += 1);
    }

    pub(crate) fn logged_in(&self, token: &[u8], account: OwnerId) {
        let header = format!("Bearer {}", hex::encode(token));
        self.0.accounts.lock().unwrap().insert(header, account);
    }

    fn account(&self, metadata: &MetadataMap) -> Result<OwnerId, Status> {
        let header = metadata.get("authorization").and_then(|value| value.to_str().ok());
        let account = header.and_then(|header| self.0.accounts.lock().unwrap().get(header).copied());
        account.ok_or_else(|| Status::unauthenticated("who are you?"))
    }

    /// Notes what somebody says; whether it is to go on.
    pub(crate) fn hear<T: Clone + Into<Said>>(
        &self,
        metadata: &MetadataMap,
        message: &T,
    ) -> Result<bool, Status> {
        let from = self.account(metadata)?;
        let said = message.clone().into();
        let pass = (self.0.lies.read().unwrap().pass)(from, &said);
        self.0.said.lock().unwrap().push((from, said));
        self.stir();
        Ok(pass)
    }

    pub(crate) fn own_artifact(&self, digest: Digest) -> Option<Vec<u8>> {
        self.0.artifacts.lock().unwrap().get(&digest).cloned()
    }

    pub(crate) fn artifact(&self, digest: Digest, bytes: Vec<u8>) -> Vec<u8> {
        (self.0.lies.read().unwrap().artifact)(digest, bytes)
    }

    /// Follows the coordinator's log for whoever asks, from its first time on.
    pub(crate) fn follow(&self, request: &Request<v1::SubscribeRequest>) -> Result<OwnerId, Status> {
        let account = self.account(request.metadata())?;
        let mut logs = self.0.logs.lock().unwrap();
        let log = logs.entry(account).or_default();
        if !std::mem::replace(&mut log.followed, true) {
            let asked = v1::SubscribeRequest { study: request.get_ref().study.clone(), after_seq: 0 };
            let request = with_session(asked, request.metadata());
            tokio::spawn(self.clone().listen(account, request));
        }
        Ok(account)
    }

    async fn listen(self, account: OwnerId, request: Request<v1::SubscribeRequest>) {
        let mut stream =
            OwnerServiceClient::new(self.upstream()).subscribe(request).await.unwrap().into_inner();
        while let Ok(Some(event)) = stream.message().await {
            let event = event.event.unwrap();
            let told = (self.0.lies.read().unwrap().tell)(account, event.clone());
            {
                let mut logs = self.0.logs.lock().unwrap();
                let log = logs.get_mut(&account).unwrap();
                log.honest.push(event);
                log.told.extend(told);
            }
            self.stir();
        }
    }

    /// What a member is told after a number, numbered.
    pub(crate) fn told_after(&self, to: OwnerId, after: u64) -> Vec<v1::Event> {
        let logs = self.0.logs.lock().unwrap();
        let told = (1u64..).zip(&logs[&to].told).skip_while(|(seq, _)| *seq <= after);
        told.map(|(seq, event)| v1::Event { seq, event: Some(event.clone()) }).collect()
    }

    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.0.news.subscribe()
    }
}

/// A message with the caller's own session.
pub(crate) fn with_session<T>(message: T, metadata: &MetadataMap) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(session) = metadata.get("authorization") {
        request.metadata_mut().insert("authorization", session.clone());
    }
    request
}
