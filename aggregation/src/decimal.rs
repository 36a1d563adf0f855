//! Integers too large for JSON numbers, as decimal digits in a string, in one way only.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error;

/// Reads `text` if it is exactly what `T` prints.
pub(crate) fn parse<T: FromStr + Display, E: Error>(text: &str) -> Result<T, E> {
    match text.parse::<T>() {
        Ok(value) if value.to_string() == text => Ok(value),
        _ => Err(E::custom(format!("{text:?} is not a decimal number of this field's range"))),
    }
}

/// For `#[serde(with = …)]` on an amount.
pub(crate) mod amount {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        super::parse(&String::deserialize(deserializer)?)
    }
}

/// For `#[serde(with = …)]` on a list of signed numbers.
pub(crate) mod signed {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(values: &[i128], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i128>, D::Error> {
        Vec::<String>::deserialize(deserializer)?.iter().map(|text| super::parse(text)).collect()
    }
}
