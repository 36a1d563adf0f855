//! The events and errors of every contract, from the committed artifacts.

use std::{collections::HashMap, sync::LazyLock};

use ethers::abi::{ParamType, Token, decode, encode, ethabi::param_type::Reader};
use serde::Deserialize;

use crate::{Word, keccak256, values::Value};

/// `(contract, its events and errors as JSON)`, by `build.rs`.
const CONTRACTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/contracts.rs"));

static REGISTRY: LazyLock<Vec<Contract>> = LazyLock::new(|| {
    let read = |(name, abi): &(&'static str, &str)| Contract::read(name, abi).ok();
    CONTRACTS.iter().filter_map(read).collect()
});

/// All contracts.
pub(crate) fn contracts() -> &'static [Contract] {
    &REGISTRY
}

/// A contract by its name.
pub(crate) fn contract(name: &str) -> Option<&'static Contract> {
    contracts().iter().find(|contract| contract.name == name)
}

/// Names and ABI types of what a contract's event tells, and whether each is indexed; none if there is no such event.
#[must_use]
pub fn event_inputs(contract: &str, event: &str) -> Option<Vec<(String, String, bool)>> {
    let event = self::contract(contract)?.events.values().find(|item| item.name == event)?;
    let shown = |input: &Input| (input.name.clone(), input.kind.to_string(), input.indexed);
    Some(event.inputs.iter().map(shown).collect())
}

/// What a contract may log, and what it may revert with.
pub(crate) struct Contract {
    pub name: &'static str,
    /// By the first topic.
    pub events: HashMap<Word, Item>,
    /// By the first four bytes.
    pub errors: HashMap<[u8; 4], Item>,
}

/// An event or an error.
#[derive(Debug)]
pub(crate) struct Item {
    pub name: String,
    pub inputs: Vec<Input>,
}

/// One of its values, or a field of one.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub name: String,
    pub kind: ParamType,
    /// The Solidity enumeration that a number stands for.
    pub enumeration: Option<String>,
    pub indexed: bool,
    /// A tuple's fields, or those of an array's tuples.
    pub fields: Vec<Input>,
}

#[derive(Deserialize)]
struct RawItem {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    inputs: Vec<RawInput>,
    #[serde(default)]
    anonymous: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawInput {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    internal_type: Option<String>,
    #[serde(default)]
    indexed: bool,
    #[serde(default)]
    components: Vec<RawInput>,
}

impl Contract {
    fn read(name: &'static str, abi: &str) -> Result<Self, String> {
        let items: Vec<RawItem> = serde_json::from_str(abi).map_err(|e| e.to_string())?;
        let mut contract = Self { name, events: HashMap::new(), errors: HashMap::new() };
        for raw in items {
            let item = Item {
                inputs: raw.inputs.into_iter().enumerate().map(input).collect::<Result<_, _>>()?,
                name: raw.name,
            };
            let hash = keccak256(item.signature().as_bytes());
            if raw.kind == "error" {
                let [a, b, c, d, ..] = hash;
                contract.errors.insert([a, b, c, d], item);
            } else if !raw.anonymous {
                contract.events.insert(hash, item);
            }
        }
        Ok(contract)
    }
}

fn input((place, raw): (usize, RawInput)) -> Result<Input, String> {
    let fields: Vec<Input> = raw.components.into_iter().enumerate().map(input).collect::<Result<_, _>>()?;
    let kind = kind(&raw.kind, &fields)?;
    let enumeration = raw.internal_type.as_deref().and_then(|t| t.strip_prefix("enum ")).map(str::to_owned);
    let name = if raw.name.is_empty() { place.to_string() } else { raw.name };
    Ok(Input { name, kind, enumeration, indexed: raw.indexed, fields })
}

/// ABI JSON writes a tuple's type as `tuple`, with its fields beside it.
fn kind(text: &str, fields: &[Input]) -> Result<ParamType, String> {
    let bad = || format!("`{text}` is no type");
    if text == "tuple" {
        return Ok(ParamType::Tuple(fields.iter().map(|field| field.kind.clone()).collect()));
    }
    let Some(array) = text.strip_suffix(']') else { return Reader::read(text).map_err(|_| bad()) };
    let (of, length) = array.rsplit_once('[').ok_or_else(bad)?;
    let of = Box::new(kind(of, fields)?);
    if length.is_empty() {
        return Ok(ParamType::Array(of));
    }
    Ok(ParamType::FixedArray(of, length.parse().map_err(|_| bad())?))
}

impl Item {
    /// As the ABI hashes it, for example `Transfer(address,address,uint256)`.
    pub fn signature(&self) -> String {
        let kinds: Vec<String> = self.inputs.iter().map(|input| input.kind.to_string()).collect();
        format!("{}({})", self.name, kinds.join(","))
    }
}

/// Values that were encoded one after another. Only the one canonical encoding is taken: no bytes left over, no dirty
/// padding, no number beyond its type.
pub(crate) fn read(inputs: &[&Input], data: &[u8]) -> Result<Vec<Value>, String> {
    let kinds: Vec<ParamType> = inputs.iter().map(|input| as_bytes(&input.kind)).collect();
    if kinds.is_empty() && data.is_empty() {
        return Ok(Vec::new());
    }
    let tokens = decode(&kinds, data).map_err(|_| "cut short, or not what its ABI says".to_owned())?;
    for (input, token) in inputs.iter().zip(&tokens) {
        if !fits(&input.kind, token) {
            return Err(format!("{}: beyond its type {}", input.name, input.kind));
        }
    }
    if encode(&tokens) != data {
        return Err("has bytes that belong to no value".into());
    }
    Ok(inputs.iter().zip(&tokens).map(|(input, token)| Value::new(input, &input.kind, token)).collect())
}

/// Strings as bytes, which are encoded alike: whoever calls a contract may make it log a string that is no UTF-8, and that
/// must neither be an error nor be lost.
fn as_bytes(kind: &ParamType) -> ParamType {
    match kind {
        ParamType::String => ParamType::Bytes,
        ParamType::Array(kind) => ParamType::Array(Box::new(as_bytes(kind))),
        ParamType::FixedArray(kind, length) => ParamType::FixedArray(Box::new(as_bytes(kind)), *length),
        ParamType::Tuple(kinds) => ParamType::Tuple(kinds.iter().map(as_bytes).collect()),
        other => other.clone(),
    }
}

/// Whether numbers are within their types; the decoder takes any word.
fn fits(kind: &ParamType, token: &Token) -> bool {
    match (kind, token) {
        (ParamType::Uint(bits), Token::Uint(n)) => n.bits() <= *bits,
        // All bits from the sign bit on are alike.
        (ParamType::Int(bits), Token::Int(n)) => (*n).bits() < *bits || (!*n).bits() < *bits,
        (
            ParamType::Array(kind) | ParamType::FixedArray(kind, _),
            Token::Array(all) | Token::FixedArray(all),
        ) => all.iter().all(|token| fits(kind, token)),
        (ParamType::Tuple(kinds), Token::Tuple(all)) => {
            kinds.iter().zip(all).all(|(kind, token)| fits(kind, token))
        }
        _ => true,
    }
}

/// Whether an indexed value of this type is logged as its Keccak-256 digest only.
pub(crate) fn is_hashed(kind: &ParamType) -> bool {
    !matches!(
        kind,
        ParamType::Address
            | ParamType::Int(_)
            | ParamType::Uint(_)
            | ParamType::Bool
            | ParamType::FixedBytes(_)
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ethers::abi::AbiEncode;

    use super::*;

    #[test]
    fn every_artifact_is_in_the_registry() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../artifacts");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        let names: Vec<&str> = contracts().iter().map(|contract| contract.name).collect();
        assert_eq!(names, files, "an ABI can't be read, or the registry is old");
        assert!(contract("StudyEscrow").unwrap().events.len() > 5);
    }

    #[test]
    fn no_two_errors_share_a_selector() {
        let mut seen: HashMap<[u8; 4], String> = HashMap::new();
        for (selector, error) in contracts().iter().flat_map(|contract| &contract.errors) {
            let signature = error.signature();
            let before = seen.entry(*selector).or_insert_with(|| signature.clone());
            assert_eq!(*before, signature);
        }
        // OpenZeppelin's are in the ABIs of those who may raise them.
        assert!(seen.values().any(|signature| signature.starts_with("ERC20InsufficientBalance(")));
    }

    #[test]
    fn reads_nested_types() {
        let abi = r#"[{"type":"event","name":"E","anonymous":false,"inputs":[{"name":"pairs","type":"tuple[2][]",
            "internalType":"struct P[2][]","indexed":false,"components":[{"name":"a","type":"uint8"},
            {"name":"","type":"tuple","components":[{"name":"b","type":"bytes3"}]}]}]}]"#;
        let contract = Contract::read("Test", abi).unwrap();
        let event = contract.events.values().next().unwrap();
        assert_eq!(event.signature(), "E((uint8,(bytes3))[2][])");
        let input = &event.inputs[0];
        let pair = |n: u8| {
            Token::Tuple(vec![Token::Uint(n.into()), Token::Tuple(vec![Token::FixedBytes(vec![n; 3])])])
        };
        let data = encode(&[Token::Array(vec![Token::FixedArray(vec![pair(1), pair(2)])])]);
        let values = read(&[input], &data).unwrap();
        let json = serde_json::to_string(&values[0]).unwrap();
        assert_eq!(json, r#"[[{"a":"1","1":{"b":"0x010101"}},{"a":"2","1":{"b":"0x020202"}}]]"#);
        assert!(Contract::read("Test", "[{}]").is_err());
        assert!(kind("tuple]", &[]).is_err() && kind("uint8[x]", &[]).is_err());
    }

    #[test]
    fn takes_canonical_encodings_only() {
        let one = |text: &str| Input {
            name: "x".into(),
            kind: kind(text, &[]).unwrap(),
            enumeration: None,
            indexed: false,
            fields: Vec::new(),
        };
        let word = |low: u8, high: u8| {
            let mut word = [0; 32];
            (word[31], word[0]) = (low, high);
            word.to_vec()
        };
        for (text, good, bad) in [
            ("uint64", word(7, 0), word(7, 1)),
            ("address", word(7, 0), word(7, 1)),
            ("bool", word(1, 0), word(2, 0)),
            ("bytes1", word(0, 9), word(1, 9)),
            ("int64", vec![0xff; 32], word(7, 0x80)),
            ("string", "abc".to_owned().encode(), "abc".to_owned().encode()[..64].to_vec()),
        ] {
            let input = one(text);
            assert!(read(&[&input], &good).is_ok(), "{text}");
            assert!(read(&[&input], &bad).is_err(), "{text}");
            assert!(read(&[&input], &[&good[..], &[0; 32]].concat()).is_err(), "{text}: bytes left over");
            assert!(read(&[&input], &good[..good.len() - 1]).is_err(), "{text}: cut short");
        }
        // A string may hold anything: it is shown as bytes.
        for (place, what) in [(64, 0xff), (65, 0)] {
            let mut odd = "abc".to_owned().encode();
            odd[place] = what;
            let shown = format!("{{hex: 0x{}}}", hex::encode(&odd[64..67]));
            assert_eq!(read(&[&one("string")], &odd).unwrap()[0].to_string(), shown);
        }
        assert!(read(&[], &[]).is_ok() && read(&[], &[1]).is_err());
    }
}
