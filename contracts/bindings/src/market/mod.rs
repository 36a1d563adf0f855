//! The market's contracts: models and what they earn, licences, pieces, sales, paid consents, channels, usage, computing, and the protocol's
//! parameters. Each file has a contract, in plain types.

pub mod channels;
pub mod compute;
pub mod consents;
pub mod gallery;
pub mod licenses;
pub mod marketplace;
pub mod models;
pub mod parameters;
pub mod royalties;
pub mod usage;
