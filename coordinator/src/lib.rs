//! The coordinator: it orders what owners say, keeps deadlines, adds up what it can't read, and relays to the chain.
//!
//! - [`rounds`] is a study's life as a pure state machine.
//! - [`driver`] loads, steps and saves; [`store`] is what survives; [`deadlines`] lets time pass.
//! - [`spool`] holds masked updates, [`folding`] adds them up, [`unmasking`] finishes the sums.
//! - [`indexer`] follows the chain: what contracts log becomes rows, and what a reorganisation took back is taken back.
//! - [`rpc`] is how others talk to it; [`settlement`] is how it talks to the chain; [`server`] puts all together.
//!
//! It has none of the keys: neither updates, nor weights, nor sample counts, nor the aggregate are ever in its hands.

pub mod clock;
pub mod deadlines;
pub mod driver;
pub mod folding;
pub mod indexer;
pub mod metrics;
pub mod rounds;
pub mod rpc;
pub mod server;
pub mod settlement;
pub mod spool;
pub mod store;
pub mod unmasking;

#[cfg(test)]
mod testing;
