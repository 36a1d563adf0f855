//! What the contracts logged, as it is asked for: events by whom they are about, datasets and models as they stand.

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};

use super::StoreError;
use super::pool::{Statement, Store, unsigned};

/// Which events are wanted; what is not given does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// The contract's name.
    pub contract: Option<String>,
    /// The event's name.
    pub event: Option<String>,
    /// A study's id, hex.
    pub study: Option<String>,
    /// A dataset's number.
    pub dataset: Option<String>,
    /// A model's number.
    pub model: Option<String>,
    /// The first block.
    pub from_block: u64,
    /// The last block.
    pub to_block: Option<u64>,
    /// Only what comes after this block and position in it.
    pub after: Option<(u64, u64)>,
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEvent {
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
    /// The event's values: a JSON object in the contract's order.
    pub fields: String,
}

/// A dataset that is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDataset {
    /// Its number in the registry.
    pub dataset: String,
    /// Who owns it now.
    pub owner: OwnerId,
    /// Salted commitment to its description.
    pub commitment: Digest,
    /// Where the sealed description is.
    pub uri: String,
    /// What consent costs for a study, in the token's smallest unit.
    pub price: String,
}

/// A model that was minted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MintedModel {
    /// Its number in the registry.
    pub model: String,
    /// Who owns it now.
    pub owner: OwnerId,
    /// Who minted it.
    pub creator: OwnerId,
    /// The round that it is of.
    pub round: u64,
    /// The model's digest.
    pub digest: Digest,
    /// The digest of its weights.
    pub weights: Digest,
    /// The root of its provenance.
    pub provenance: Digest,
    /// The data owners' part of its income, in hundredths of a per cent.
    pub owners_bps: u64,
    /// The royalty on later sales, in hundredths of a per cent.
    pub royalty_bps: u64,
    /// Where its income is shared out.
    pub splitter: OwnerId,
}

/// `$1` to `$8`: place to go on after, first and last block, contract, event, limit, and what the index is searched by.
macro_rules! events_where {
    ($search:literal) => {
        concat!(
            "SELECT block, log_index, block_hash, tx_hash, contract, address, event, fields FROM chain_events WHERE ",
            $search,
            " AND (block > $1 OR (block = $1 AND log_index > $2)) AND block >= $3 AND block <= $4 \
             AND ($5 = '' OR contract = $5) AND ($6 = '' OR event = $6) \
             AND ($9 = '' OR study = $9) AND ($10 = '' OR dataset = $10) AND ($11 = '' OR model = $11) \
             ORDER BY block, log_index LIMIT $7"
        )
    };
}

type EventRow = (i64, i64, String, String, String, String, String, String);

impl Store {
    /// The next events of a filter in the chain's order, at most `limit`.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn chain_events(
        &self,
        filter: &EventFilter,
        limit: u16,
    ) -> Result<Vec<ChainEvent>, StoreError> {
        // By the narrowest index that there is.
        let (sql, key) = match filter {
            EventFilter { model: Some(model), .. } => (events_where!("model = $8"), model.clone()),
            EventFilter { dataset: Some(dataset), .. } => (events_where!("dataset = $8"), dataset.clone()),
            EventFilter { study: Some(study), .. } => (events_where!("study = $8"), study.clone()),
            EventFilter { contract: Some(contract), .. } => {
                (events_where!("contract = $8"), contract.clone())
            }
            _ => (events_where!("$8 = ''"), String::new()),
        };
        // Nothing is before the first block, so its position 0 needs a place before it.
        let after = filter.after.map_or((-1, 0), |(block, index)| (signed(block), signed(index)));
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let statement = Statement::new(sql)
            .signed(after.0)
            .signed(after.1)
            .number(filter.from_block)
            .number(filter.to_block.unwrap_or(u64::MAX))
            .text(text(&filter.contract))
            .text(text(&filter.event))
            .number(limit.into())
            .text(key)
            .text(text(&filter.study))
            .text(text(&filter.dataset))
            .text(text(&filter.model));
        self.fetch::<EventRow>(statement).await?.into_iter().map(event).collect()
    }

    /// Datasets that are listed and not erased, by number from after `after` on, at most `limit`.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn chain_datasets(&self, after: &str, limit: u16) -> Result<Vec<ListedDataset>, StoreError> {
        // Numbers are decimal text: the longer one is the larger. The newest row with terms, and the newest with an owner.
        let statement = Statement::new(
            "SELECT terms.dataset, holder.owner, terms.commitment, terms.uri, terms.price \
             FROM chain_datasets AS terms JOIN chain_datasets AS holder ON holder.dataset = terms.dataset \
             WHERE terms.change IN ('listed', 'updated') \
             AND NOT EXISTS (SELECT 1 FROM chain_datasets AS later WHERE later.dataset = terms.dataset \
               AND later.change IN ('listed', 'updated') AND (later.block > terms.block \
               OR (later.block = terms.block AND later.log_index > terms.log_index))) \
             AND NOT EXISTS (SELECT 1 FROM chain_datasets AS later WHERE later.dataset = terms.dataset \
               AND (later.block > holder.block OR (later.block = holder.block AND later.log_index > holder.log_index))) \
             AND NOT EXISTS (SELECT 1 FROM chain_datasets AS gone WHERE gone.dataset = terms.dataset \
               AND gone.change = 'erased') \
             AND (LENGTH(terms.dataset) > LENGTH($1) OR (LENGTH(terms.dataset) = LENGTH($1) AND terms.dataset > $1)) \
             ORDER BY LENGTH(terms.dataset), terms.dataset LIMIT $2",
        )
        .text(after)
        .number(limit.into());
        let rows = self.fetch::<(String, String, String, String, String)>(statement).await?;
        rows.into_iter()
            .map(|(dataset, owner, commitment, uri, price)| {
                Ok(ListedDataset {
                    dataset,
                    owner: parse("a dataset's owner", &owner)?,
                    commitment: parse("a dataset's commitment", &commitment)?,
                    uri,
                    price,
                })
            })
            .collect()
    }

    /// The studies and owners whose newest consent was given with this dataset.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn consents_with(&self, dataset: &str) -> Result<Vec<(StudyId, OwnerId)>, StoreError> {
        let statement = Statement::new(
            "SELECT given.study, given.owner FROM chain_consents AS given \
             WHERE given.dataset = $1 AND given.change = 'granted' \
             AND NOT EXISTS (SELECT 1 FROM chain_consents AS later WHERE later.study = given.study \
               AND later.owner = given.owner AND (later.block > given.block \
               OR (later.block = given.block AND later.log_index > given.log_index))) \
             ORDER BY given.study, given.owner",
        )
        .text(dataset);
        let rows = self.fetch::<(String, String)>(statement).await?;
        rows.into_iter()
            .map(|(study, owner)| Ok((parse("a study's id", &study)?, parse("an owner", &owner)?)))
            .collect()
    }

    /// Models by number from after `after` on, at most `limit`.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn chain_models(&self, after: &str, limit: u16) -> Result<Vec<MintedModel>, StoreError> {
        type Row = (String, String, String, i64, String, String, String, i64, i64, String);
        let statement = Statement::new(
            "SELECT minted.model, holder.owner, minted.owner, minted.round, minted.digest, minted.weights, \
               minted.provenance, minted.owners_bps, minted.royalty_bps, minted.splitter \
             FROM chain_models AS minted JOIN chain_models AS holder ON holder.model = minted.model \
             WHERE minted.change = 'minted' \
             AND NOT EXISTS (SELECT 1 FROM chain_models AS later WHERE later.model = minted.model \
               AND (later.block > holder.block OR (later.block = holder.block AND later.log_index > holder.log_index))) \
             AND (LENGTH(minted.model) > LENGTH($1) OR (LENGTH(minted.model) = LENGTH($1) AND minted.model > $1)) \
             ORDER BY LENGTH(minted.model), minted.model LIMIT $2",
        )
        .text(after)
        .number(limit.into());
        let rows = self.fetch::<Row>(statement).await?;
        rows.into_iter()
            .map(|(model, owner, creator, round, digest, weights, provenance, owners, royalty, splitter)| {
                Ok(MintedModel {
                    model,
                    owner: parse("a model's owner", &owner)?,
                    creator: parse("a model's creator", &creator)?,
                    round: unsigned("a round", round)?,
                    digest: parse("a model's digest", &digest)?,
                    weights: parse("a model's weights", &weights)?,
                    provenance: parse("a model's provenance", &provenance)?,
                    owners_bps: unsigned("a part", owners)?,
                    royalty_bps: unsigned("a part", royalty)?,
                    splitter: parse("a splitter", &splitter)?,
                })
            })
            .collect()
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    what: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    text.parse().map_err(|error| StoreError::Damaged { what, reason: format!("{error}") })
}

fn event(row: EventRow) -> Result<ChainEvent, StoreError> {
    let (block, log_index, block_hash, tx_hash, contract, address, event, fields) = row;
    Ok(ChainEvent {
        block: unsigned("a block's number", block)?,
        log_index: unsigned("a log's position", log_index)?,
        block_hash: parse("a block's hash", &block_hash)?,
        tx_hash: parse("a transaction's hash", &tx_hash)?,
        contract,
        address: parse("an address", &address)?,
        event,
        fields,
    })
}
