//! Positional parameters and the types they are made of.

use alloy_eips::eip2930::AccessList;
use revm::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::RpcError;
use crate::{chain::Chain, execute::Message};

/// The `params` array of a request.
pub(crate) struct Params(pub Vec<Value>);

impl Params {
    /// The parameter at `index`; an error names it.
    pub fn get<T: DeserializeOwned>(&self, index: usize, name: &str) -> Result<T, RpcError> {
        let value = self.0.get(index).ok_or_else(|| RpcError::params(format!("missing parameter {name}")))?;
        T::deserialize(value).map_err(|e| RpcError::params(format!("parameter {name}: {e}")))
    }

    /// The same, absent or null allowed.
    pub fn optional<T: DeserializeOwned>(&self, index: usize, name: &str) -> Result<Option<T>, RpcError> {
        match self.0.get(index) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.get(index, name).map(Some),
        }
    }

    /// A number as a hex quantity, or as plain JSON where tools send that.
    pub fn number(&self, index: usize, name: &str) -> Result<u64, RpcError> {
        match self.get::<Value>(index, name)? {
            Value::Number(n) => n.as_u64(),
            Value::String(s) => quantity(&s),
            _ => None,
        }
        .ok_or_else(|| RpcError::params(format!("parameter {name}: not a number of 64 bits")))
    }

    /// A block as number or tag; the newest when absent.
    pub fn block(&self, index: usize, chain: &Chain) -> Result<u64, RpcError> {
        match self.optional::<BlockRef>(index, "block")? {
            None => Ok(chain.latest().header.number),
            Some(reference) => reference.resolve(chain),
        }
    }

    /// A block whose state is asked for. Only the newest has one.
    pub fn newest_state(&self, index: usize, chain: &Chain) -> Result<(), RpcError> {
        let number = self.block(index, chain)?;
        let newest = chain.latest().header.number;
        if number == newest {
            return Ok(());
        }
        Err(RpcError::server(format!(
            "the state of block {number} is not kept, only that of the newest, {newest}"
        )))
    }
}

/// `0x`-prefixed hex quantity of at most 64 bits.
pub(crate) fn quantity(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, 16).ok()
}

/// A block number or tag, or EIP-1898's object.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum BlockRef {
    Tag(String),
    #[serde(rename_all = "camelCase")]
    Hash {
        block_hash: B256,
    },
    #[serde(rename_all = "camelCase")]
    Number {
        block_number: String,
    },
}

impl BlockRef {
    pub fn resolve(&self, chain: &Chain) -> Result<u64, RpcError> {
        match self {
            Self::Tag(tag) => tag_number(tag, chain),
            Self::Number { block_number } => tag_number(block_number, chain),
            Self::Hash { block_hash } => chain
                .block_by_hash(*block_hash)
                .map(|block| block.header.number)
                .ok_or_else(|| RpcError::server(format!("block {block_hash} not found"))),
        }
    }
}

/// What a number or tag stands for. The number may lie beyond the chain's end.
pub(crate) fn tag_number(tag: &str, chain: &Chain) -> Result<u64, RpcError> {
    match tag {
        // Blocks are final at once, and nothing waits to be mined.
        "latest" | "pending" | "safe" | "finalized" => Ok(chain.latest().header.number),
        "earliest" => Ok(0),
        number => quantity(number).ok_or_else(|| {
            RpcError::params(format!("parameter block: `{number}` is no block number or tag"))
        }),
    }
}

/// The call object of `eth_call` and `eth_estimateGas`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallObject {
    from: Option<Address>,
    to: Option<Address>,
    gas: Option<U256>,
    gas_price: Option<U256>,
    max_fee_per_gas: Option<U256>,
    value: Option<U256>,
    data: Option<Bytes>,
    input: Option<Bytes>,
    access_list: Option<AccessList>,
}

impl CallObject {
    pub fn message(self) -> Result<Message, RpcError> {
        if let (Some(data), Some(input)) = (&self.data, &self.input)
            && data != input
        {
            return Err(RpcError::params("parameter call: `data` and `input` differ, give one of them"));
        }
        let price = self.max_fee_per_gas.or(self.gas_price);
        Ok(Message {
            from: self.from.unwrap_or_default(),
            to: self.to,
            // More than a block has room for is the same as no limit.
            gas: self.gas.map(|gas| gas.saturating_to()),
            gas_price: match price {
                None => None,
                Some(price) => Some(
                    price.try_into().map_err(|_| RpcError::params("parameter call: gas price too high"))?,
                ),
            },
            value: self.value.unwrap_or_default(),
            data: self.input.or(self.data).unwrap_or_default(),
            access_list: self.access_list.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_strict() {
        assert_eq!(quantity("0x0"), Some(0));
        assert_eq!(quantity("0xffffffffffffffff"), Some(u64::MAX));
        for bad in ["", "0x", "1", "0x1g", "0x+1", "0x10000000000000000"] {
            assert_eq!(quantity(bad), None, "{bad}");
        }
    }
}
