//! What a contract reverts with, decoded: a name and named values, never a blob.

use std::fmt;

use ethers::abi::ParamType;

use crate::{
    enums,
    registry::{self, Contract, Input},
    values::Value,
};

/// A contract's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// The custom error's name, for example `StudyEscrow_RoundInvalid` or `ERC20InsufficientBalance`; `Error` for a plain
    /// reason and `Panic` for a failed check of the compiler; `Unknown` if no contract here declares it.
    pub name: String,
    /// The error's values by name, in the contract's order: numbers in decimal, bytes in hex.
    pub values: Vec<(String, String)>,
}

impl Revert {
    /// Decodes revert data with the errors of all contracts.
    pub(crate) fn decode(data: &[u8]) -> Self {
        registry::contracts()
            .iter()
            .find_map(|contract| custom(contract, data))
            .or_else(|| builtin(data))
            .unwrap_or_else(|| Self { name: "Unknown".into(), values: unknown(data) })
    }

    /// The value called `name`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (i, (name, value)) in self.values.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{name}={value}")?;
        }
        f.write_str(")")
    }
}

fn custom(contract: &Contract, data: &[u8]) -> Option<Revert> {
    let (selector, body) = data.split_first_chunk::<4>()?;
    let error = contract.errors.get(selector)?;
    let inputs: Vec<&Input> = error.inputs.iter().collect();
    let values = registry::read(&inputs, body).ok()?;
    let named = |(input, value): (&&Input, Value)| (input.name.clone(), render(input, &value));
    Some(Revert { name: error.name.clone(), values: inputs.iter().zip(values).map(named).collect() })
}

/// Solidity's own: `Error(string)` and `Panic(uint256)`.
fn builtin(data: &[u8]) -> Option<Revert> {
    let (selector, body) = data.split_first_chunk::<4>()?;
    let (name, field, kind) = match selector {
        [0x08, 0xc3, 0x79, 0xa0] => ("Error", "reason", ParamType::String),
        [0x4e, 0x48, 0x7b, 0x71] => ("Panic", "code", ParamType::Uint(256)),
        _ => return None,
    };
    let input = Input { name: field.into(), kind, enumeration: None, indexed: false, fields: Vec::new() };
    let value = registry::read(&[&input], body).ok()?.pop()?;
    Some(Revert { name: name.into(), values: vec![(field.into(), value.to_string())] })
}

fn unknown(data: &[u8]) -> Vec<(String, String)> {
    match data.split_at_checked(4) {
        Some((selector, rest)) => vec![
            ("selector".into(), format!("0x{}", hex::encode(selector))),
            ("bytes".into(), rest.len().to_string()),
        ],
        None => Vec::new(),
    }
}

/// A value as text; that of an enumeration by its name.
fn render(input: &Input, value: &Value) -> String {
    let enumeration = input.enumeration.as_deref();
    enumeration
        .zip(value.text())
        .and_then(|(enumeration, number)| enums::member(enumeration, number))
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use ethers::abi::{AbiEncode, Token, encode};

    use super::*;
    use crate::keccak256;

    fn data(signature: &str, tokens: &[Token]) -> Vec<u8> {
        [&keccak256(signature.as_bytes())[..4], &encode(tokens)].concat()
    }

    #[test]
    fn names_the_error_and_its_values() {
        let study = Token::FixedBytes(vec![7; 32]);
        let revert = Revert::decode(&data(
            "StudyEscrow_RoundInvalid(bytes32,uint64,uint64,uint64)",
            &[study.clone(), Token::Uint(3.into()), Token::Uint(4.into()), Token::Uint(5.into())],
        ));
        assert_eq!(revert.name, "StudyEscrow_RoundInvalid");
        assert_eq!(revert.value("round"), Some("3"));
        assert_eq!(revert.value("study"), Some(&*format!("0x{}", "07".repeat(32))));
        assert!(revert.to_string().ends_with("round=3, lastRound=4, rounds=5)"), "{revert}");

        let closed = data("StudyEscrow_StudyNotOpen(bytes32,uint8)", &[study, Token::Uint(2.into())]);
        assert_eq!(Revert::decode(&closed).value("status"), Some("Closed"));
        let open = data(
            "ModelRegistry_StudyNotClosed(bytes32,uint8)",
            &[Token::FixedBytes(vec![7; 32]), Token::Uint(1.into())],
        );
        assert_eq!(Revert::decode(&open).value("status"), Some("Open"));
        // A node may send anything for a uint8: that is not what the selector says.
        let wild = [&closed[..36], &[0xff; 32]].concat();
        assert_eq!(Revert::decode(&wild).name, "Unknown");
    }

    #[test]
    fn knows_openzeppelins_errors() {
        let short = Revert::decode(&data(
            "ERC20InsufficientBalance(address,uint256,uint256)",
            &[Token::Address([9; 20].into()), Token::Uint(1.into()), Token::Uint(2.into())],
        ));
        let sender = "09".repeat(20);
        let said = format!("ERC20InsufficientBalance(sender=0x{sender}, balance=1, needed=2)");
        assert_eq!(short.to_string(), said);
    }

    #[test]
    fn knows_the_builtin_ones_and_admits_what_it_does_not_know() {
        let reason = [&[0x08, 0xc3, 0x79, 0xa0][..], &"out of luck".to_string().encode()].concat();
        assert_eq!(Revert::decode(&reason).to_string(), "Error(reason=out of luck)");
        let panic = [&[0x4e, 0x48, 0x7b, 0x71][..], &[0; 31], &[0x11]].concat();
        assert_eq!(Revert::decode(&panic).to_string(), "Panic(code=17)");
        assert_eq!(Revert::decode(&[1, 2, 3, 4, 5]).to_string(), "Unknown(selector=0x01020304, bytes=1)");
        assert_eq!(Revert::decode(&[]).to_string(), "Unknown()");
        // Cut short: not decodable as what its selector says.
        let cut = data("StudyEscrow_NotEnrolled(bytes32,address)", &[]);
        assert_eq!(Revert::decode(&cut).name, "Unknown");
    }
}
