//! The command line of `tributary`.

pub mod train;
