//! Owner, researcher and auditor of a study: the library behind the binary `tributary`.

pub mod auditor;
pub mod catalog;
pub mod cli;
pub mod connection;
pub mod dataset;
pub mod governance;
pub mod member;
pub mod narrate;
pub mod owner;
pub mod policy;
pub mod researcher;
pub mod sandbox;
pub mod session;
mod settled;
pub mod training;
pub mod vault;
