//! The protocol against answers that another program gave: `tests/vectors/make.py`, which shares no code with this crate.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod cohorts;
mod committee;
mod money;
mod round;
mod sum;

use serde_json::Value;
use tributary_aggregation::hash::{derive_key, digest};
use tributary_aggregation::ids::{Digest, OwnerId};

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// `0x…` hex.
fn bytes(value: &Value) -> Vec<u8> {
    let digits = text(value).strip_prefix("0x").unwrap();
    assert!(digits.len().is_multiple_of(2) && digits.is_ascii());
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

fn digest_of(value: &Value) -> Digest {
    Digest(array(value))
}

fn owner(value: &Value) -> OwnerId {
    OwnerId(array(value))
}

fn owners(value: &Value) -> Vec<OwnerId> {
    list(value).iter().map(owner).collect()
}

fn number<T: TryFrom<u64>>(value: &Value) -> T {
    T::try_from(value.as_u64().unwrap()).ok().unwrap()
}

#[test]
fn the_two_hash_functions() {
    let vectors = read(include_str!("../vectors/hash.json"));
    let parts = |case: &Value| list(&case["parts"]).iter().map(bytes).collect::<Vec<_>>();
    for case in list(&vectors["digest"]) {
        let parts = parts(case);
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        assert_eq!(digest(text(&case["label"]), &parts), digest_of(&case["digest"]));
    }
    for case in list(&vectors["derive_key"]) {
        let parts = parts(case);
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let key = derive_key(&bytes(&case["secret"]), text(&case["label"]), &parts);
        assert_eq!(*key, array::<32>(&case["key"]));
    }
}
