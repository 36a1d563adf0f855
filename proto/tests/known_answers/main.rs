//! Every message of the protocol against its encoding by protobuf's own library: `tests/vectors/make.py`, which shares no
//! code with this crate and says what value each field has.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod auditor;
mod chain;
mod dataset;
mod delivery;
mod domain;
mod event;
mod member;
mod owner;
mod researcher;
mod session;

use std::collections::BTreeSet;
use std::fmt::Debug;

use prost::Message;
use serde_json::{Map, Value};

/// The vectors, and which of them were looked at.
struct KnownAnswers {
    vectors: Map<String, Value>,
    checked: BTreeSet<&'static str>,
}

impl KnownAnswers {
    fn read() -> Self {
        let vectors = serde_json::from_str(include_str!("../vectors/messages.json")).unwrap();
        Self { vectors, checked: BTreeSet::new() }
    }

    /// The vector of this name.
    fn bytes(&self, name: &str) -> Vec<u8> {
        let digits = self.vectors[name].as_str().and_then(|text| text.strip_prefix("0x")).unwrap();
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    /// The message is encoded as the vector, which is decoded as the message; nothing is encoded as nothing.
    fn check<M: Message + Default + PartialEq + Debug>(&mut self, name: &'static str, message: M) {
        let bytes = self.bytes(name);
        assert_eq!(message.encode_to_vec(), bytes, "{name}");
        assert_eq!(M::decode(bytes.as_slice()).unwrap(), message, "{name}");
        assert!(M::default().encode_to_vec().is_empty(), "{name}");
        assert!(self.checked.insert(name), "{name} is checked twice");
    }
}

#[test]
fn every_message_is_encoded_as_by_protobufs_own_library() {
    let mut known = KnownAnswers::read();
    auditor::check(&mut known);
    chain::check(&mut known);
    dataset::check(&mut known);
    delivery::check(&mut known);
    event::check(&mut known);
    member::check(&mut known);
    owner::check(&mut known);
    researcher::check(&mut known);
    session::check(&mut known);
    let vectors: BTreeSet<&str> = known.vectors.keys().map(String::as_str).collect();
    assert_eq!(known.checked, vectors);
}

#[test]
fn every_message_has_a_vector() {
    let known = KnownAnswers::read();
    let named: BTreeSet<&str> = known.vectors.keys().filter_map(|name| name.split('.').next()).collect();
    let files = [
        include_str!("../../tributary/v1/auditor.proto"),
        include_str!("../../tributary/v1/chain.proto"),
        include_str!("../../tributary/v1/dataset.proto"),
        include_str!("../../tributary/v1/delivery.proto"),
        include_str!("../../tributary/v1/event.proto"),
        include_str!("../../tributary/v1/member.proto"),
        include_str!("../../tributary/v1/owner.proto"),
        include_str!("../../tributary/v1/researcher.proto"),
        include_str!("../../tributary/v1/session.proto"),
    ];
    let messages: BTreeSet<&str> = files
        .iter()
        .flat_map(|file| file.lines())
        .filter_map(|line| line.strip_prefix("message ")?.split_whitespace().next())
        .collect();
    assert_eq!(named, messages);
}
