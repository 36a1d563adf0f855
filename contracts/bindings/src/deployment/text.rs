//! How a deployment file writes values.

/// Addresses as `0x` and 40 hex digits.
pub(super) mod address {
    use serde::{Deserializer, Serializer};

    use crate::Address;

    pub fn serialize<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
        super::write(address, serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
        super::read(deserializer, "an address")
    }
}

/// Addresses as above, or null.
pub(super) mod optional_address {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Address;

    #[derive(Serialize, Deserialize)]
    struct Written(#[serde(with = "super::address")] Address);

    pub fn serialize<S: Serializer>(address: &Option<Address>, serializer: S) -> Result<S::Ok, S::Error> {
        address.map(Written).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Address>, D::Error> {
        Ok(Option::<Written>::deserialize(deserializer)?.map(|Written(address)| address))
    }
}

/// Words as `0x` and 64 hex digits.
pub(super) mod word {
    use serde::{Deserializer, Serializer};

    use crate::Word;

    pub fn serialize<S: Serializer>(word: &Word, serializer: S) -> Result<S::Ok, S::Error> {
        super::write(word, serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
        super::read(deserializer, "a word")
    }
}

/// Amounts as decimal digits in a string: JSON's numbers are too small.
pub(super) mod amount {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(amount)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        // `u128` would take a sign.
        if !text.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(D::Error::custom(format!("`{text}` is not an amount: it takes decimal digits")));
        }
        text.parse().map_err(|_| D::Error::custom(format!("`{text}` is not an amount below 2^128")))
    }
}

fn write<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("0x{}", hex::encode(bytes)))
}

fn read<'de, D: serde::Deserializer<'de>, const N: usize>(
    deserializer: D,
    what: &str,
) -> Result<[u8; N], D::Error> {
    use serde::{Deserialize, de::Error};
    let text = String::deserialize(deserializer)?;
    let mut bytes = [0; N];
    text.strip_prefix("0x").and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok()).ok_or_else(
        || D::Error::custom(format!("`{text}` is not {what}: it takes 0x and {} hex digits", 2 * N)),
    )?;
    Ok(bytes)
}
