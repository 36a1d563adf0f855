//! What an event becomes besides a row of `chain_events`: ids that it is found by, and rows of typed tables.

use thiserror::Error;
use tributary_aggregation::ids::Digest;
use tributary_contracts::{ContractEvent, Value, decimal_word};

/// An event lacks a value that a typed row is made of: program and contracts are of different versions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{contract}.{event} has no {field} that can be stored; is the program as old as the contracts?")]
pub struct ProjectionError {
    /// The contract.
    pub contract: &'static str,
    /// The event.
    pub event: &'static str,
    /// The value.
    pub field: &'static str,
}

/// A value of a typed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text, or nothing.
    Text(Option<String>),
    /// A number of 63 bits; larger ones are stored as the largest.
    Number(u64),
}

/// A typed row: a statement with the event's block and position as `$1` and `$2`, and these from `$3` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The statement.
    pub sql: &'static str,
    /// Its further arguments.
    pub cells: Vec<Cell>,
}

/// How to make a typed row of an event.
struct Rule {
    contract: &'static str,
    event: &'static str,
    sql: &'static str,
    cells: &'static [Field],
}

/// Which of the event's values, and as what.
#[derive(Debug, Clone, Copy)]
enum Field {
    Text(&'static str),
    Number(&'static str),
}

use Field::{Number as N, Text as T};

macro_rules! rule {
    ($contract:literal, $event:literal, $sql:literal, [$($cell:expr),* $(,)?]) => {
        Rule { contract: $contract, event: $event, sql: $sql, cells: &[$($cell),*] }
    };
}

const RULES: &[Rule] = &[
    rule!(
        "StudyEscrow",
        "StudyLaunched",
        "INSERT INTO chain_studies (block, log_index, change, study, researcher, funder, plan_digest, budget, rounds, \
         enrol_by, settle_by, consent_required, scoring, fee_bps) \
         VALUES ($1, $2, 'launched', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            T("study"),
            T("researcher"),
            T("funder"),
            T("planDigest"),
            T("budget"),
            N("rounds"),
            N("enrolBy"),
            N("settleBy"),
            T("consentRequired"),
            T("scoring"),
            N("feeBps")
        ]
    ),
    rule!(
        "StudyEscrow",
        "StudyClosed",
        "INSERT INTO chain_studies (block, log_index, change, study, last_round, refunded) \
         VALUES ($1, $2, 'closed', $3, $4, $5)",
        [T("study"), N("lastRound"), T("refunded")]
    ),
    rule!(
        "StudyEscrow",
        "StudyRefunded",
        "INSERT INTO chain_studies (block, log_index, change, study, last_round, refunded) \
         VALUES ($1, $2, 'refunded', $3, $4, $5)",
        [T("study"), N("lastRound"), T("refunded")]
    ),
    rule!(
        "StudyEscrow",
        "OwnerEnrolled",
        "INSERT INTO chain_rosters (block, log_index, change, study, owner, sequence, identity) \
         VALUES ($1, $2, 'enrolled', $3, $4, $5, $6)",
        [T("study"), T("owner"), N("sequence"), T("identity")]
    ),
    rule!(
        "StudyEscrow",
        "OwnerLeft",
        "INSERT INTO chain_rosters (block, log_index, change, study, owner, sequence) \
         VALUES ($1, $2, 'left', $3, $4, $5)",
        [T("study"), T("owner"), N("sequence")]
    ),
    rule!(
        "StudyEscrow",
        "OwnerRemoved",
        "INSERT INTO chain_rosters (block, log_index, change, study, owner, sequence) \
         VALUES ($1, $2, 'removed', $3, $4, $5)",
        [T("study"), T("owner"), N("sequence")]
    ),
    rule!(
        "StudyEscrow",
        "ConsentWithdrawn",
        "INSERT INTO chain_rosters (block, log_index, change, study, owner, sequence) \
         VALUES ($1, $2, 'withdrawn', $3, $4, $5)",
        [T("study"), T("owner"), N("sequence")]
    ),
    rule!(
        "StudyEscrow",
        "RoundSettled",
        "INSERT INTO chain_settlements (block, log_index, study, round, epoch, model, transcript, payouts_root, \
         cumulative_payout) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            T("study"),
            N("round"),
            N("epoch"),
            T("model"),
            T("transcript"),
            T("payoutsRoot"),
            T("cumulativePayout")
        ]
    ),
    rule!(
        "StudyEscrow",
        "PayoutClaimed",
        "INSERT INTO chain_payouts (block, log_index, study, owner, amount, cumulative) VALUES ($1, $2, $3, $4, $5, $6)",
        [T("study"), T("owner"), T("amount"), T("cumulative")]
    ),
    rule!(
        "DatasetRegistry",
        "DatasetListed",
        "INSERT INTO chain_datasets (block, log_index, change, dataset, owner, commitment, uri, price) \
         VALUES ($1, $2, 'listed', $3, $4, $5, $6, $7)",
        [T("dataset"), T("owner"), T("commitment"), T("uri"), T("price")]
    ),
    rule!(
        "DatasetRegistry",
        "DatasetUpdated",
        "INSERT INTO chain_datasets (block, log_index, change, dataset, owner, commitment, uri, price) \
         VALUES ($1, $2, 'updated', $3, $4, $5, $6, $7)",
        [T("dataset"), T("owner"), T("commitment"), T("uri"), T("price")]
    ),
    rule!(
        "DatasetRegistry",
        "Transfer",
        "INSERT INTO chain_datasets (block, log_index, change, dataset, owner) \
         VALUES ($1, $2, 'transferred', $3, $4)",
        [T("tokenId"), T("to")]
    ),
    rule!(
        "DatasetRegistry",
        "DatasetErased",
        "INSERT INTO chain_datasets (block, log_index, change, dataset, owner) VALUES ($1, $2, 'erased', $3, $4)",
        [T("dataset"), T("owner")]
    ),
    rule!(
        "DatasetRegistry",
        "ConsentGranted",
        "INSERT INTO chain_consents (block, log_index, change, dataset, study, owner, escrow, granted_until) \
         VALUES ($1, $2, 'granted', $3, $4, $5, $6, $7)",
        [T("dataset"), T("study"), T("owner"), T("escrow"), N("until")]
    ),
    rule!(
        "DatasetRegistry",
        "ConsentRevoked",
        "INSERT INTO chain_consents (block, log_index, change, dataset, study, owner, escrow) \
         VALUES ($1, $2, 'revoked', $3, $4, $5, $6)",
        [T("dataset"), T("study"), T("owner"), T("escrow")]
    ),
    rule!(
        "ModelRegistry",
        "ModelMinted",
        "INSERT INTO chain_models (block, log_index, change, model, owner, round, digest, weights, provenance, \
         owners_bps, royalty_bps, splitter) VALUES ($1, $2, 'minted', $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [
            T("model"),
            T("creator"),
            N("round"),
            T("digest"),
            T("weights"),
            T("provenance"),
            N("ownersBps"),
            N("royaltyBps"),
            T("splitter")
        ]
    ),
    rule!(
        "ModelRegistry",
        "Transfer",
        "INSERT INTO chain_models (block, log_index, change, model, owner) VALUES ($1, $2, 'transferred', $3, $4)",
        [T("tokenId"), T("to")]
    ),
    rule!(
        "License",
        "LicenceBought",
        "INSERT INTO chain_licences (block, log_index, change, licence, model, account, offer, price) \
         VALUES ($1, $2, 'bought', $3, $4, $5, $6, $7)",
        [T("licence"), T("model"), T("buyer"), N("offer"), T("price")]
    ),
    rule!(
        "License",
        "LicenceBegun",
        "INSERT INTO chain_licences (block, log_index, change, licence, expires) VALUES ($1, $2, 'begun', $3, $4)",
        [T("licence"), N("expires")]
    ),
    rule!(
        "License",
        "LicenceRenewed",
        "INSERT INTO chain_licences (block, log_index, change, licence, account, price, expires) \
         VALUES ($1, $2, 'renewed', $3, $4, $5, $6)",
        [T("licence"), T("payer"), T("price"), N("expires")]
    ),
    rule!(
        "License",
        "LicenceRefunded",
        "INSERT INTO chain_licences (block, log_index, change, licence, account, price) \
         VALUES ($1, $2, 'refunded', $3, $4, $5)",
        [T("licence"), T("buyer"), T("price")]
    ),
    rule!(
        "Marketplace",
        "LotSold",
        "INSERT INTO chain_sales (block, log_index, market, change, item, seller, buyer, price, proceeds, royalty, fee) \
         VALUES ($1, $2, 'Marketplace', 'sold', $3, $4, $5, $6, $7, $8, $9)",
        [T("lot"), T("seller"), T("buyer"), T("price"), T("proceeds"), T("royalty"), T("fee")]
    ),
    rule!(
        "Marketplace",
        "SaleRefunded",
        "INSERT INTO chain_sales (block, log_index, market, change, item, seller, buyer, price) \
         VALUES ($1, $2, 'Marketplace', 'refunded', $3, $4, $5, $6)",
        [T("lot"), T("seller"), T("buyer"), T("amount")]
    ),
    rule!(
        "ArtGallery",
        "PieceSold",
        "INSERT INTO chain_sales (block, log_index, market, change, item, buyer, price, proceeds, fee) \
         VALUES ($1, $2, 'ArtGallery', 'sold', $3, $4, $5, $6, $7)",
        [T("piece"), T("buyer"), T("price"), T("proceeds"), T("fee")]
    ),
    rule!(
        "ConsentMarket",
        "RequestPaid",
        "INSERT INTO chain_sales (block, log_index, market, change, item, seller, proceeds, fee) \
         VALUES ($1, $2, 'ConsentMarket', 'sold', $3, $4, $5, $6)",
        [T("request"), T("owner"), T("proceeds"), T("fee")]
    ),
    rule!(
        "ConsentMarket",
        "RequestRefunded",
        "INSERT INTO chain_sales (block, log_index, market, change, item, buyer, price) \
         VALUES ($1, $2, 'ConsentMarket', 'refunded', $3, $4, $5)",
        [T("request"), T("requester"), T("amount")]
    ),
    rule!(
        "ArtGallery",
        "SplitterDeployed",
        "INSERT INTO chain_contracts (block, log_index, contract, address) VALUES ($1, $2, 'RoyaltySplitter', $3)",
        [T("splitter")]
    ),
    rule!(
        "ModelRegistry",
        "SplitterDeployed",
        "INSERT INTO chain_contracts (block, log_index, contract, address) VALUES ($1, $2, 'RoyaltySplitter', $3)",
        [T("splitter")]
    ),
];

/// The typed row of an event, if it has one.
///
/// # Errors
/// If the event lacks a value of it.
pub fn row(event: &ContractEvent) -> Result<Option<Row>, ProjectionError> {
    let of = |rule: &&Rule| rule.contract == event.contract && rule.event == event.event;
    let Some(rule) = RULES.iter().find(of) else { return Ok(None) };
    let cell = |field: &Field| {
        let (T(name) | N(name)) = field;
        let missing = || ProjectionError { contract: rule.contract, event: rule.event, field: name };
        let value = event.value(name).ok_or_else(missing)?;
        match (field, value) {
            (N(_), Value::Text(digits)) => {
                // More than 64 bits are no number that anybody waits for.
                let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
                is_number.then(|| Cell::Number(digits.parse().unwrap_or(u64::MAX))).ok_or_else(missing)
            }
            (N(_), _) => Err(missing()),
            (T(_), Value::Text(text)) => Ok(Cell::Text(Some(text.clone()))),
            // A truth, or a string that is no text.
            (T(_), other) => Ok(Cell::Text(Some(other.to_string()))),
        }
    };
    let cells = rule.cells.iter().map(cell).collect::<Result<_, _>>()?;
    Ok(Some(Row { sql: rule.sql, cells }))
}

/// The contract that an event tells of: its address and its name.
#[must_use]
pub fn made(event: &ContractEvent) -> Option<([u8; 20], &'static str)> {
    if !matches!(event.contract, "ModelRegistry" | "ArtGallery") || event.event != "SplitterDeployed" {
        return None;
    }
    let mut address = [0; 20];
    hex::decode_to_slice(event.text("splitter")?.strip_prefix("0x")?, &mut address).ok()?;
    Some((address, "RoyaltySplitter"))
}

/// Whom an event is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    /// A study's id, hex.
    pub study: Option<String>,
    /// A dataset's number in its registry.
    pub dataset: Option<String>,
    /// A model's number in its registry.
    pub model: Option<String>,
}

/// Whom an event is about: its indexed values of these names. A registry's `tokenId` is what it registers.
#[must_use]
pub fn ids(event: &ContractEvent) -> Ids {
    let indexed = |name: &str| {
        let value = event.values.iter().find(|named| named.indexed && named.name == name)?;
        value.value.text().map(str::to_owned)
    };
    let token = |contract: &str| if event.contract == contract { indexed("tokenId") } else { None };
    let model = indexed("model").or_else(|| token("ModelRegistry"));
    // A model has its study's id, as a number.
    let of_model =
        if event.contract == "ModelRegistry" { model.as_deref().and_then(decimal_word) } else { None };
    Ids {
        study: indexed("study").or_else(|| of_model.map(|word| Digest(word).to_string())),
        dataset: indexed("dataset").or_else(|| token("DatasetRegistry")),
        model,
    }
}

#[cfg(test)]
#[path = "projections_tests.rs"]
mod tests;
