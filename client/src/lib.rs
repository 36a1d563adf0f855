//! Owner, researcher and auditor of a study: the library behind the binary `tributary`.

pub mod cli;
pub mod dataset;
pub mod researcher;
pub mod training;
