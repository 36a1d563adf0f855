//! JSON-RPC errors, with the codes of the JSON-RPC 2.0 specification and of Ethereum's nodes.

use revm::primitives::Bytes;
use serde::Serialize;

use crate::execute::{CallError, TxError};

/// The `error` member of a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RpcError {
    pub code: i32,
    pub message: String,
    /// The data a contract reverted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Bytes>,
}

impl RpcError {
    fn plain(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    pub fn parse(message: impl Into<String>) -> Self {
        Self::plain(-32700, message)
    }

    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::plain(-32600, message)
    }

    pub fn no_method(method: &str) -> Self {
        Self::plain(-32601, format!("the method {method} does not exist here"))
    }

    pub fn params(message: impl Into<String>) -> Self {
        Self::plain(-32602, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::plain(-32603, message)
    }

    pub fn server(message: impl Into<String>) -> Self {
        Self::plain(-32000, message)
    }
}

impl From<TxError> for RpcError {
    fn from(error: TxError) -> Self {
        match error {
            TxError::Journal(_) => Self::internal(error.to_string()),
            _ => Self::server(error.to_string()),
        }
    }
}

impl From<CallError> for RpcError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Revert(data) => {
                let message = match revert_reason(&data) {
                    Some(reason) => format!("execution reverted: {reason}"),
                    None => "execution reverted".into(),
                };
                Self { code: 3, message, data: Some(data) }
            }
            CallError::Halt(reason) => Self::server(format!("execution halted: {reason:?}")),
            CallError::Invalid(reason) => Self::server(reason),
        }
    }
}

/// The text of Solidity's `Error(string)`, if the data is one.
fn revert_reason(data: &[u8]) -> Option<&str> {
    let body = data.strip_prefix(&[0x08, 0xc3, 0x79, 0xa0])?;
    // One dynamic argument: offset 32, length, bytes padded to a word.
    let (offset, rest) = body.split_at_checked(32)?;
    let (length, text) = rest.split_at_checked(32)?;
    let small = |word: &[u8]| -> Option<usize> {
        let (high, low) = word.split_at_checked(28)?;
        if high.iter().any(|b| *b != 0) {
            return None;
        }
        usize::try_from(u32::from_be_bytes(low.try_into().ok()?)).ok()
    };
    if small(offset)? != 32 {
        return None;
    }
    std::str::from_utf8(text.get(..small(length)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_reason_and_nothing_else() {
        let mut data = vec![0x08, 0xc3, 0x79, 0xa0];
        data.extend([0; 31]);
        data.push(32);
        data.extend([0; 31]);
        data.push(5);
        data.extend(b"no gas to be had");
        assert_eq!(revert_reason(&data), Some("no ga"));
        assert_eq!(revert_reason(&data[..70]), None, "text shorter than its length");
        assert_eq!(revert_reason(&data[..20]), None);
        assert_eq!(revert_reason(&[]), None);
        data[4] = 1;
        assert_eq!(revert_reason(&data), None, "an offset past any text");
    }
}
