//! `eth_getLogs`: which logs a filter picks.

use revm::primitives::{Address, B256, Log};
use serde::Deserialize;

/// One value or any of several; absent or null means any.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOf<T> {
    One(T),
    Several(Vec<T>),
}

impl<T: PartialEq> OneOf<T> {
    fn admits(&self, value: &T) -> bool {
        match self {
            Self::One(one) => one == value,
            // An empty list asks for nothing in particular.
            Self::Several(several) => several.is_empty() || several.contains(value),
        }
    }
}

/// The filter object of `eth_getLogs`, as in the execution API specification.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Filter {
    pub from_block: Option<String>,
    pub to_block: Option<String>,
    pub block_hash: Option<B256>,
    address: Option<OneOf<Address>>,
    topics: Option<Vec<Option<OneOf<B256>>>>,
}

impl Filter {
    /// Position by position; a filter longer than the log's topics does not match.
    pub fn admits(&self, log: &Log) -> bool {
        let wanted = self.topics.as_deref().unwrap_or_default();
        let topics = log.data.topics();
        self.address.as_ref().is_none_or(|address| address.admits(&log.address))
            && wanted.len() <= topics.len()
            && wanted.iter().zip(topics).all(|(want, topic)| want.as_ref().is_none_or(|w| w.admits(topic)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::primitives::Bytes;
    use serde_json::json;

    fn log() -> Log {
        let topics = vec![B256::repeat_byte(1), B256::repeat_byte(2)];
        Log::new_unchecked(Address::repeat_byte(9), topics, Bytes::new())
    }

    fn admits(filter: serde_json::Value) -> bool {
        serde_json::from_value::<Filter>(filter).unwrap().admits(&log())
    }

    #[test]
    fn topics_match_by_position() {
        let (one, two) = (B256::repeat_byte(1), B256::repeat_byte(2));
        assert!(admits(json!({})));
        assert!(admits(json!({ "topics": [] })));
        assert!(admits(json!({ "topics": [one] })));
        assert!(admits(json!({ "topics": [null, two] })));
        assert!(admits(json!({ "topics": [[two, one], [two]] })));
        assert!(!admits(json!({ "topics": [two] })));
        assert!(!admits(json!({ "topics": [one, two, null] })));
    }

    #[test]
    fn addresses_are_one_or_several() {
        let (mine, other) = (Address::repeat_byte(9), Address::repeat_byte(8));
        assert!(admits(json!({ "address": mine })));
        assert!(admits(json!({ "address": [other, mine] })));
        assert!(admits(json!({ "address": null })));
        assert!(!admits(json!({ "address": [other] })));
    }
}
