//! Whole studies on one machine: a chain, a coordinator, a researcher and hospitals, each a process of its own.
//!
//! [`study::Study`] starts the real programs, listens to what they tell, and can kill and restart any of them. The demo
//! (`cargo xtask demo`) and the end-to-end tests are built on it. Nothing of the programs is linked in here: what is seen
//! is what anybody sees who runs them.

pub mod audit;
pub mod binaries;
pub mod brought;
pub mod cohort;
pub mod digits;
mod dirichlet;
pub mod event;
mod groups;
pub mod measure;
pub mod outcome;
mod process;
pub mod record;
pub mod sites;
pub mod study;

pub use groups::kill_all_when_interrupted;
