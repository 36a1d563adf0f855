//! The wire: messages and services of package `tributary.v1`, and the one place where wire becomes domain.
//!
//! [`v1`] is generated. [`decode`] turns its messages into domain types; an error names the field that is wrong.

pub mod decode;
pub mod encode;

/// Generated messages, clients and servers of package `tributary.v1`; documented in `proto/tributary/v1/`.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("tributary.v1");
}
