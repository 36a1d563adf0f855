//! Owner, researcher and auditor of a study: the library behind the binary `tributary`.

pub mod auditor;
pub mod catalog;
pub mod cli;
pub mod connection;
pub mod dataset;
pub mod member;
pub mod narrate;
pub mod owner;
pub mod researcher;
pub mod session;
mod settled;
pub mod training;
pub mod vault;
