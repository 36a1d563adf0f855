//! What was logged on the chain, and how it is asked for.

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};

use super::{DecodeError, digest, owner, required, study};
use crate::v1;

/// The longest name of a contract or an event.
const NAME: usize = 64;
/// Digits of the largest number that a contract has.
const DIGITS: usize = 78;
/// Most rows of a page.
const PAGE: u32 = 500;
/// Rows of a page if nothing is said.
const USUAL_PAGE: u16 = 100;

/// Which events are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    /// The contract's name.
    pub contract: Option<String>,
    /// The event's name.
    pub event: Option<String>,
    /// The study it is about.
    pub study: Option<StudyId>,
    /// The dataset's number.
    pub dataset: Option<String>,
    /// The model's number.
    pub model: Option<String>,
    /// The first block.
    pub from_block: u64,
    /// The last block.
    pub to_block: Option<u64>,
    /// Only what comes after this block and position in it.
    pub after: Option<(u64, u64)>,
    /// Most events.
    pub limit: u16,
}

/// An event of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractEvent {
    /// Block number.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// The block's hash.
    pub block_hash: Digest,
    /// The transaction's hash.
    pub tx_hash: Digest,
    /// The contract's name.
    pub contract: String,
    /// Its address.
    pub address: OwnerId,
    /// The event's name.
    pub event: String,
    /// The event's values: a JSON object.
    pub fields: String,
}

impl TryFrom<v1::ListContractEventsRequest> for EventQuery {
    type Error = DecodeError;

    fn try_from(wire: v1::ListContractEventsRequest) -> Result<Self, Self::Error> {
        Ok(Self {
            contract: name("contract", wire.contract)?,
            event: name("event", wire.event)?,
            study: if wire.study.is_empty() { None } else { Some(study(&wire.study)?) },
            dataset: number("dataset", wire.dataset)?,
            model: number("model", wire.model)?,
            from_block: wire.from_block,
            to_block: wire.to_block,
            after: wire.after.map(|place| (place.block, place.log_index)),
            limit: page(wire.limit)?,
        })
    }
}

impl TryFrom<v1::ContractEvent> for ContractEvent {
    type Error = DecodeError;

    fn try_from(wire: v1::ContractEvent) -> Result<Self, Self::Error> {
        let place = required("place", wire.place)?;
        Ok(Self {
            block: place.block,
            log_index: place.log_index,
            block_hash: digest("block_hash", &wire.block_hash)?,
            tx_hash: digest("tx_hash", &wire.tx_hash)?,
            contract: name("contract", wire.contract)?.ok_or(DecodeError::Missing { field: "contract" })?,
            address: owner("address", &wire.address)?,
            event: name("event", wire.event)?.ok_or(DecodeError::Missing { field: "event" })?,
            fields: wire.fields,
        })
    }
}

/// A name as Solidity has them; nothing if it is empty.
fn name(field: &'static str, text: String) -> Result<Option<String>, DecodeError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.len() > NAME || !text.chars().all(fits) {
        return Err(DecodeError::Invalid {
            field,
            reason: "must be a name of at most 64 letters and digits",
        });
    }
    Ok((!text.is_empty()).then_some(text))
}

/// A number in a registry; nothing if it is empty.
///
/// # Errors
/// If it is no decimal number of at most 78 digits, or begins with a 0.
pub fn number(field: &'static str, text: String) -> Result<Option<String>, DecodeError> {
    let is_number = text.bytes().all(|c| c.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if text.len() > DIGITS || !is_number {
        return Err(DecodeError::Invalid { field, reason: "must be a decimal number of at most 78 digits" });
    }
    Ok((!text.is_empty()).then_some(text))
}

/// How many rows a page may have.
///
/// # Errors
/// If that is too many.
pub fn page(limit: u32) -> Result<u16, DecodeError> {
    match u16::try_from(limit) {
        Ok(0) => Ok(USUAL_PAGE),
        Ok(limit) if u32::from(limit) <= PAGE => Ok(limit),
        _ => Err(DecodeError::Invalid { field: "limit", reason: "must be at most 500" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_refused_by_its_field() {
        let good = v1::ListContractEventsRequest {
            contract: "StudyEscrow".into(),
            study: vec![1; 32],
            dataset: "17".into(),
            ..Default::default()
        };
        let query = EventQuery::try_from(good.clone()).unwrap();
        assert_eq!((query.limit, query.event, query.study), (100, None, Some(StudyId([1; 32]))));
        let refused = |change: &dyn Fn(&mut v1::ListContractEventsRequest)| {
            let mut bad = good.clone();
            change(&mut bad);
            EventQuery::try_from(bad).unwrap_err().to_string()
        };
        assert!(refused(&|q| q.contract = "Study Escrow".into()).contains("field contract"));
        assert!(refused(&|q| q.event = "x".repeat(65)).contains("field event"));
        assert!(refused(&|q| q.study = vec![1; 31]).contains("field study"));
        assert!(refused(&|q| q.dataset = "0x1".into()).contains("field dataset"));
        assert!(refused(&|q| q.dataset = "01".into()).contains("field dataset"));
        assert!(refused(&|q| q.model = "1".repeat(79)).contains("field model"));
        assert!(refused(&|q| q.limit = 501).contains("field limit"));
        assert!(refused(&|q| q.limit = u32::MAX).contains("field limit"));
    }

    #[test]
    fn an_event_is_refused_by_its_field() {
        let good = v1::ContractEvent {
            place: Some(v1::LogPlace { block: 3, log_index: 4 }),
            block_hash: vec![1; 32],
            tx_hash: vec![2; 32],
            contract: "StudyEscrow".into(),
            address: vec![3; 20],
            event: "StudyClosed".into(),
            fields: "{}".into(),
        };
        assert_eq!(ContractEvent::try_from(good.clone()).unwrap().log_index, 4);
        let refused = |change: &dyn Fn(&mut v1::ContractEvent)| {
            let mut bad = good.clone();
            change(&mut bad);
            ContractEvent::try_from(bad).unwrap_err().to_string()
        };
        assert!(refused(&|e| e.place = None).contains("field place"));
        assert!(refused(&|e| e.block_hash = vec![]).contains("field block_hash"));
        assert!(refused(&|e| e.tx_hash = vec![]).contains("field tx_hash"));
        assert!(refused(&|e| e.contract = String::new()).contains("field contract"));
        assert!(refused(&|e| e.address = vec![1]).contains("field address"));
        assert!(refused(&|e| e.event = "\u{1b}[2J".into()).contains("field event"));
    }
}
