//! What the client reads, compiled from its own sources: the whole client would need libtorch.
#![allow(dead_code, unused_imports)]

#[path = "../../../client/src/dataset/mod.rs"]
pub mod dataset;
#[path = "../../../client/src/session/mod.rs"]
pub mod session;
#[path = "../../../client/src/vault/mod.rs"]
pub mod vault;
