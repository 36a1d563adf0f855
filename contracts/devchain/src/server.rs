//! The node: builds the chain and serves it over HTTP.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use revm::primitives::{Address, U256};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    chain::{Chain, Clock, OpenError},
    genesis::{DEV_ACCOUNTS, Genesis},
    rpc::{self, Node},
};

/// The chain id of anvil and Hardhat.
pub const DEFAULT_CHAIN_ID: u64 = 31_337;
/// The largest request body. A transaction's data is far below it (EIP-7825 caps its gas).
const BODY_LIMIT: usize = 8 << 20;

/// Why a node did not start, or did not stop well.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state file.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The address is taken, or not ours.
    #[error("can't listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server gave up.
    #[error("the server stopped: {0}")]
    Serve(String),
}

/// Entry point of the library: [`Devchain::builder`].
pub struct Devchain;

impl Devchain {
    /// A node on a free port of 127.0.0.1, chain id 31337, in memory, with the development accounts funded and the
    /// deterministic deployment proxy in place.
    pub fn builder() -> Builder {
        Builder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            chain_id: DEFAULT_CHAIN_ID,
            funds: Vec::new(),
            dev_accounts: true,
            create2_proxy: true,
            state_file: None,
            clock: Arc::new(system_time),
        }
    }
}

fn system_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// Settings of a node to be.
pub struct Builder {
    listen: SocketAddr,
    chain_id: u64,
    funds: Vec<(Address, U256)>,
    dev_accounts: bool,
    create2_proxy: bool,
    state_file: Option<PathBuf>,
    clock: Clock,
}

impl Builder {
    /// Where to listen. Port 0 takes a free one.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The chain id that transactions must be signed for.
    pub fn chain_id(mut self, chain_id: u64) -> Self {
        self.chain_id = chain_id;
        self
    }

    /// Gives an account wei in block zero. May be called for several accounts.
    pub fn fund(mut self, account: Address, wei: U256) -> Self {
        self.funds.push((account, wei));
        self
    }

    /// Whether the ten well-known development accounts ([`DEV_ACCOUNTS`]) get 10,000 ether each. Their keys are public.
    pub fn dev_accounts(mut self, on: bool) -> Self {
        self.dev_accounts = on;
        self
    }

    /// Whether a new chain has the deterministic deployment proxy ([`crate::CREATE2_PROXY`]) in block zero, as anvil's have. On one
    /// that has not, its creation transaction is accepted.
    pub fn create2_proxy(mut self, on: bool) -> Self {
        self.create2_proxy = on;
        self
    }

    /// Keeps the chain in a file, so that a restart goes on with it.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Replaces the machine's clock (seconds since the Unix epoch), for tests.
    pub fn clock(mut self, now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(now);
        self
    }

    /// Starts the node.
    pub async fn spawn(self) -> Result<Handle, Error> {
        let mut genesis = Genesis::new(self.chain_id, (self.clock)());
        if self.dev_accounts {
            genesis.fund_dev_accounts();
        }
        for (account, wei) in self.funds {
            genesis.fund(account, wei);
        }
        if self.create2_proxy {
            genesis.add_create2_proxy();
        }
        let chain = match self.state_file {
            None => Chain::new(&genesis, self.clock),
            Some(path) => Chain::open(genesis, self.clock, &path)?,
        };
        let accounts = if self.dev_accounts { DEV_ACCOUNTS.to_vec() } else { Vec::new() };
        let node = Arc::new(Mutex::new(Node { chain, accounts }));

        let listen_error = |source| Error::Listen { address: self.listen, source };
        let listener = TcpListener::bind(self.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let app =
            Router::new().route("/", post(handle)).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(node);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            axum::serve(listener, app)
                .with_graceful_shutdown(async {
                    // A dropped handle stops the node as well.
                    let _ = stopped.await;
                })
                .await
        });
        Ok(Handle { address, stop: Some(stop), task })
    }
}

/// A running node. Dropping it stops the node.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Handle {
    /// Where the node listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The JSON-RPC endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops the node and waits until it has answered what it was asked.
    pub async fn shutdown(mut self) -> Result<(), Error> {
        drop(self.stop.take());
        self.join().await
    }

    /// Waits until the node stops by itself.
    pub async fn join(self) -> Result<(), Error> {
        // The stop channel stays open until the server is done.
        let Self { stop, task, .. } = self;
        let outcome = task.await;
        drop(stop);
        outcome.map_err(|e| Error::Serve(e.to_string()))?.map_err(|e| Error::Serve(e.to_string()))
    }
}

async fn handle(State(node): State<Arc<Mutex<Node>>>, body: Bytes) -> Response {
    // The EVM and the state file block, so they run where blocking is allowed.
    let answered = tokio::task::spawn_blocking(move || {
        // Every change is made in one step after all that can fail: what a panic leaves behind is whole.
        let mut node = node.lock().unwrap_or_else(PoisonError::into_inner);
        rpc::answer(&mut node, &body).map(|answer| answer.to_string())
    })
    .await;
    match answered {
        Ok(Some(json)) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
