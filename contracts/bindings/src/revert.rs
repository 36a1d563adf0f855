//! What a contract reverts with, decoded: a name and named values, never a blob.

use std::fmt;

use ethers::abi::{Abi, Token};

use crate::abi::{escrow::STUDYESCROWCONTRACT_ABI, token::TRIBUTARYTOKENCONTRACT_ABI};

/// A contract's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// The custom error's name, for example `StudyEscrow_RoundInvalid`; `Error` for a plain reason and `Panic` for a
    /// failed check of the compiler; `Unknown` if no contract here declares it.
    pub name: String,
    /// The error's values by name, in the contract's order: numbers in decimal, bytes in hex.
    pub values: Vec<(String, String)>,
}

impl Revert {
    /// Decodes revert data with the errors of all contracts.
    pub(crate) fn decode(data: &[u8]) -> Self {
        let known = [&*STUDYESCROWCONTRACT_ABI, &*TRIBUTARYTOKENCONTRACT_ABI];
        known
            .into_iter()
            .find_map(|abi| custom(abi, data))
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

fn custom(abi: &Abi, data: &[u8]) -> Option<Revert> {
    let (selector, body) = data.split_at_checked(4)?;
    let error = abi.errors().find(|error| &error.signature()[..4] == selector)?;
    let tokens = error.decode(body).ok()?;
    let values = error.inputs.iter().zip(tokens).map(|(input, token)| {
        let enumeration = input.internal_type.as_deref().and_then(|t| t.strip_prefix("enum "));
        (input.name.clone(), render(&token, enumeration))
    });
    Some(Revert { name: error.name.clone(), values: values.collect() })
}

/// Solidity's own: `Error(string)` and `Panic(uint256)`.
fn builtin(data: &[u8]) -> Option<Revert> {
    use ethers::abi::{ParamType, decode};
    let (selector, body) = data.split_at_checked(4)?;
    let (name, field, kind) = match selector {
        [0x08, 0xc3, 0x79, 0xa0] => ("Error", "reason", ParamType::String),
        [0x4e, 0x48, 0x7b, 0x71] => ("Panic", "code", ParamType::Uint(256)),
        _ => return None,
    };
    let token = decode(&[kind], body).ok()?.into_iter().next()?;
    Some(Revert { name: name.into(), values: vec![(field.into(), render(&token, None))] })
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

fn render(token: &Token, enumeration: Option<&str>) -> String {
    match token {
        Token::Uint(n) if enumeration == Some("Status") => match u8::try_from(*n) {
            Ok(0) => "None".into(),
            Ok(1) => "Open".into(),
            Ok(2) => "Closed".into(),
            _ => n.to_string(),
        },
        Token::Uint(n) | Token::Int(n) => n.to_string(),
        Token::Bool(b) => b.to_string(),
        Token::String(s) => s.clone(),
        Token::Address(address) => format!("0x{}", hex::encode(address)),
        Token::Bytes(bytes) | Token::FixedBytes(bytes) => format!("0x{}", hex::encode(bytes)),
        Token::Array(all) | Token::FixedArray(all) | Token::Tuple(all) => {
            let all: Vec<String> = all.iter().map(|token| render(token, None)).collect();
            format!("[{}]", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use ethers::abi::{AbiEncode, Token, encode};

    use super::*;

    fn data(name: &str, tokens: &[Token]) -> Vec<u8> {
        let error = STUDYESCROWCONTRACT_ABI.error(name).unwrap();
        [&error.signature()[..4], &encode(tokens)].concat()
    }

    #[test]
    fn names_the_error_and_its_values() {
        let study = Token::FixedBytes(vec![7; 32]);
        let revert = Revert::decode(&data(
            "StudyEscrow_RoundInvalid",
            &[study.clone(), Token::Uint(3.into()), Token::Uint(4.into()), Token::Uint(5.into())],
        ));
        assert_eq!(revert.name, "StudyEscrow_RoundInvalid");
        assert_eq!(revert.value("round"), Some("3"));
        assert_eq!(revert.value("study"), Some(&*format!("0x{}", "07".repeat(32))));
        assert!(revert.to_string().ends_with("round=3, lastRound=4, rounds=5)"), "{revert}");

        let closed = Revert::decode(&data("StudyEscrow_StudyNotOpen", &[study, Token::Uint(2.into())]));
        assert_eq!(closed.value("status"), Some("Closed"));
        // A node may send anything for a uint8.
        let mut wild =
            data("StudyEscrow_StudyNotOpen", &[Token::FixedBytes(vec![7; 32]), Token::Uint(2.into())]);
        wild[36..].fill(0xff);
        assert_eq!(Revert::decode(&wild).value("status"), Some(&*ethers::types::U256::MAX.to_string()));
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
        let cut = data("StudyEscrow_NotEnrolled", &[]);
        assert_eq!(Revert::decode(&cut).name, "Unknown");
    }
}
