//! A single-node Ethereum chain in process, with JSON-RPC over HTTP.
//!
//! The EVM is [`revm`] at the Osaka hard fork, so the BLS12-381 precompiles of EIP-2537 are there. One block is mined
//! per transaction, at once. It is meant for tests, for the demo and for trying things out: there is one node, no
//! consensus, and (with the development accounts on) the keys to the ether are public.
//!
//! What differs from a full node:
//! - only the newest state is kept: `eth_call`, `eth_getBalance` and the like refuse an older block by name;
//! - `eth_call` and `eth_estimateGas` run in the block that would be mined next, so moved time is seen at once;
//! - there is no queue of pending transactions: a nonce from the future is refused;
//! - transactions that are signed for no chain (before EIP-155) are refused, but for the one that creates the
//!   deterministic deployment proxy;
//! - blob (EIP-4844) and delegation (EIP-7702) transactions are refused.
//!
//! ```no_run
//! # async fn example() -> Result<(), tributary_devchain::Error> {
//! let node = tributary_devchain::Devchain::builder().spawn().await?;
//! println!("listening on {}", node.url());
//! node.shutdown().await
//! # }
//! ```

mod block;
mod chain;
mod execute;
mod filter;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod genesis;
mod journal;
mod rpc;
mod server;

pub use chain::OpenError;
pub use genesis::{
    CREATE2_PROXY, CREATE2_PROXY_CREATOR, DEV_ACCOUNT_KEYS, DEV_ACCOUNTS, FundError, ONE_ETHER, parse_fund,
};
pub use journal::JournalError;
pub use revm::primitives::{Address, U256};
pub use server::{Builder, DEFAULT_CHAIN_ID, Devchain, Error, Handle};
