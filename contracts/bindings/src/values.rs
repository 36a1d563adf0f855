//! What contracts say in logs and reverts, as text that loses nothing.

use std::fmt;

use ethers::{
    abi::{ParamType, Token},
    types::{I256, U256},
};
use serde::{Serialize, Serializer};

use crate::{Word, registry::Input};

/// A value. As JSON: numbers are decimal strings, bytes and addresses lower-case hex strings with `0x`, tuples objects with
/// their fields in the contract's order. A string that is no UTF-8, or has a NUL in it, is `{"hex": "0x…"}`; so is
/// `{"keccak256": "0x…"}` what a log holds the digest of only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number in decimal, bytes or an address in hex, or a string.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// An array.
    List(Vec<Value>),
    /// A tuple.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// `token` as a value of `kind`, which is `input`'s or that of its elements; strings come as bytes.
    pub(crate) fn new(input: &Input, kind: &ParamType, token: &Token) -> Self {
        match (kind, token) {
            (_, Token::Uint(n)) => Self::Text(n.to_string()),
            (_, Token::Int(n)) => Self::Text(I256::from_raw(*n).to_string()),
            (_, Token::Bool(b)) => Self::Bool(*b),
            (_, Token::String(text)) => Self::string(text.as_bytes()),
            (ParamType::String, Token::Bytes(bytes)) => Self::string(bytes),
            (_, Token::Address(address)) => Self::hex(address.as_bytes()),
            (_, Token::Bytes(bytes) | Token::FixedBytes(bytes)) => Self::hex(bytes),
            // An array's tuples have the array's fields.
            (_, Token::Array(all) | Token::FixedArray(all)) => {
                let of = match kind {
                    ParamType::Array(of) | ParamType::FixedArray(of, _) => of,
                    other => other,
                };
                Self::List(all.iter().map(|token| Self::new(input, of, token)).collect())
            }
            (_, Token::Tuple(all)) => {
                let field = |(field, token): (&Input, &Token)| {
                    (field.name.clone(), Self::new(field, &field.kind, token))
                };
                Self::Object(input.fields.iter().zip(all).map(field).collect())
            }
        }
    }

    /// A string that is not UTF-8, or that a database would not take as text, as an object with its bytes.
    fn string(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Self::Text(text.to_owned()),
            _ => Self::Object(vec![("hex".into(), Self::hex(bytes))]),
        }
    }

    pub(crate) fn hex(bytes: &[u8]) -> Self {
        Self::Text(format!("0x{}", hex::encode(bytes)))
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A decimal number as 32 bytes, big-endian; none if it is no number or has more than 256 bits.
#[must_use]
pub fn decimal_word(text: &str) -> Option<Word> {
    if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let mut word = [0; 32];
    U256::from_dec_str(text).ok()?.to_big_endian(&mut word);
    Some(word)
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bool(yes) => serializer.serialize_bool(*yes),
            Self::List(all) => serializer.collect_seq(all),
            Self::Object(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

/// For people: `[1, 2]`, `{a: 1, b: 2}`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bool(yes) => yes.fmt(f),
            Self::List(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", all.join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_numbers_become_words() {
        let mut word = [0; 32];
        word[30] = 1;
        assert_eq!(decimal_word("256"), Some(word));
        assert_eq!(decimal_word(&U256::MAX.to_string()), Some([0xff; 32]));
        let beyond = format!("{}0", U256::MAX);
        for bad in ["", "-1", "0x1", "1 ", &beyond] {
            assert_eq!(decimal_word(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_below_zero_are_shown_as_such() {
        let input =
            |kind| Input { name: "x".into(), kind, enumeration: None, indexed: false, fields: Vec::new() };
        let kind = ParamType::Int(64);
        let value = Value::new(&input(kind.clone()), &kind, &Token::Int(I256::from(-5).into_raw()));
        assert_eq!(value.text(), Some("-5"));
    }
}
