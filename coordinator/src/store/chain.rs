//! What the contracts logged, and how far the chain has been read.

use std::collections::BTreeMap;

use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::{Address, ContractEvent, Header, Word};

use super::StoreError;
use super::pool::{Statement, Store, unsigned};
use crate::indexer::projections::{Cell, Row, ids};
use crate::rounds::Millis;

/// How far the chain has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Raised by every change.
    pub version: u64,
    /// The chain's newest block when that was last looked at.
    pub head: u64,
    /// The last block that was read; nothing before the first.
    pub tip: Option<u64>,
    /// How often blocks that had been read were replaced by others.
    pub reorgs: u64,
    /// Studies were told of everything up to this block.
    pub told: u64,
}

/// What reading some blocks gave.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// The version of the cursor that this goes on from.
    pub version: u64,
    /// The chain's newest block.
    pub head: u64,
    /// Blocks whose hashes are kept; the last one is the new tip.
    pub blocks: &'a [Header],
    /// The lowest block whose hash is still needed.
    pub kept_from: u64,
    /// What was logged, with its typed row.
    pub events: &'a [(ContractEvent, Option<Row>)],
}

impl Store {
    /// How far the chain of a deployment has been read.
    ///
    /// # Errors
    /// [`StoreError::Elsewhere`] if the database follows another deployment; or if the database fails.
    pub async fn chain_cursor(&self, deployment: &str) -> Result<Cursor, StoreError> {
        let begin = Statement::new(
            "INSERT INTO chain_cursor (id, deployment, version, head, reorgs, told, holder, free_at) \
             VALUES (1, $1, 1, 0, 0, 0, '', 0) ON CONFLICT (id) DO NOTHING",
        )
        .text(deployment);
        self.run(vec![begin]).await?;
        let (stored, cursor) = self.stored_cursor().await?.ok_or(StoreError::Raced)?;
        if stored != deployment {
            return Err(StoreError::Elsewhere { stored, asked: deployment.to_owned() });
        }
        Ok(cursor)
    }

    /// How far the chain has been read; nothing if nobody has begun.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn chain_height(&self) -> Result<Option<Cursor>, StoreError> {
        Ok(self.stored_cursor().await?.map(|(_, cursor)| cursor))
    }

    async fn stored_cursor(&self) -> Result<Option<(String, Cursor)>, StoreError> {
        type Row = (String, i64, i64, i64, i64, Option<i64>);
        let statement = Statement::new(
            "SELECT deployment, version, head, reorgs, told, (SELECT MAX(number) FROM chain_blocks) \
             FROM chain_cursor WHERE id = 1",
        );
        let Some((deployment, version, head, reorgs, told, tip)) = self.fetch::<Row>(statement).await?.pop()
        else {
            return Ok(None);
        };
        let cursor = Cursor {
            version: unsigned("the cursor's version", version)?,
            head: unsigned("the chain's head", head)?,
            tip: tip.map(|tip| unsigned("a block's number", tip)).transpose()?,
            reorgs: unsigned("the number of reorganisations", reorgs)?,
            told: unsigned("a block's number", told)?,
        };
        Ok(Some((deployment, cursor)))
    }

    /// Takes the right to read the chain until `until`, or keeps it; `false` if somebody else has it. It saves work only:
    /// what two wrote at once would still not be stored twice.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn lease_chain(&self, holder: &str, now: Millis, until: Millis) -> Result<bool, StoreError> {
        let statement = Statement::new(
            "UPDATE chain_cursor SET holder = $1, free_at = $2 WHERE id = 1 AND (holder = $1 OR free_at <= $3)",
        )
        .text(holder)
        .number(until)
        .number(now);
        Ok(self.run(vec![statement]).await? == 1)
    }

    /// Gives the right to read the chain back.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn release_chain(&self, holder: &str) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE chain_cursor SET free_at = 0 WHERE id = 1 AND holder = $1");
        self.run(vec![statement.text(holder)]).await.map(|_| ())
    }

    /// Blocks whose hashes are kept.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn chain_blocks(&self) -> Result<BTreeMap<u64, Word>, StoreError> {
        let rows =
            self.fetch::<(i64, String)>(Statement::new("SELECT number, hash FROM chain_blocks")).await?;
        rows.into_iter()
            .map(|(number, hash)| {
                let hash: Digest = hash.parse().map_err(|error| StoreError::Damaged {
                    what: "a block's hash",
                    reason: format!("{error}"),
                })?;
                Ok((unsigned("a block's number", number)?, hash.0))
            })
            .collect()
    }

    /// Contracts that contracts made, with their names.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn chain_contracts(&self) -> Result<Vec<(Address, String)>, StoreError> {
        let rows = self
            .fetch::<(String, String)>(Statement::new("SELECT address, contract FROM chain_contracts"))
            .await?;
        rows.into_iter()
            .map(|(address, contract)| {
                let address: OwnerId = address.parse().map_err(|error| StoreError::Damaged {
                    what: "an address",
                    reason: format!("{error}"),
                })?;
                Ok((address.0, contract))
            })
            .collect()
    }

    /// Stores what was read, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Raced`] if somebody else wrote in the meantime; or if the database fails.
    pub async fn extend_chain(&self, read: &Read<'_>) -> Result<(), StoreError> {
        let mut statements = vec![
            Statement::new("UPDATE chain_cursor SET version = $1, head = $2 WHERE id = 1 AND version = $3")
                .number(read.version + 1)
                .number(read.head)
                .number(read.version)
                .changing(1),
        ];
        for block in read.blocks {
            let insert = Statement::new("INSERT INTO chain_blocks (number, hash) VALUES ($1, $2)");
            statements.push(insert.number(block.number).text(Digest(block.hash)));
        }
        // The very first one stays.
        let forget = Statement::new(
            "DELETE FROM chain_blocks WHERE number < $1 AND number > (SELECT MIN(number) FROM chain_blocks)",
        );
        statements.push(forget.number(read.kept_from));
        for (event, row) in read.events {
            statements.push(insert_event(event));
            if let Some(row) = row {
                let insert = Statement::new(row.sql).number(event.block).number(event.log_index);
                statements.push(row.cells.iter().fold(insert, |insert, cell| match cell {
                    Cell::Text(text) => insert.maybe_text(text.clone()),
                    Cell::Number(number) => insert.number(*number),
                }));
            }
        }
        self.run(statements).await.map(|_| ())
    }

    /// Takes back everything after block `last`, or everything if there is none; typed rows go with their events.
    ///
    /// # Errors
    /// [`StoreError::Raced`] if somebody else wrote in the meantime; or if the database fails.
    pub async fn cut_chain(&self, version: u64, last: Option<u64>) -> Result<(), StoreError> {
        let cursor = "UPDATE chain_cursor SET version = $1, reorgs = reorgs + 1, \
             told = CASE WHEN told > $2 THEN $2 ELSE told END WHERE id = 1 AND version = $3";
        let mut statements = vec![
            Statement::new(cursor).number(version + 1).number(last.unwrap_or(0)).number(version).changing(1),
        ];
        match last {
            Some(last) => statements.extend([
                Statement::new("DELETE FROM chain_events WHERE block > $1").number(last),
                Statement::new("DELETE FROM chain_blocks WHERE number > $1").number(last),
            ]),
            None => statements.extend([
                Statement::new("DELETE FROM chain_events"),
                Statement::new("DELETE FROM chain_blocks"),
            ]),
        }
        self.run(statements).await.map(|_| ())
    }

    /// Notes that studies were told of everything up to block `told`.
    ///
    /// # Errors
    /// [`StoreError::Raced`] if the chain was read on, or cut, in the meantime; or if the database fails.
    pub async fn mark_told(&self, version: u64, told: u64) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE chain_cursor SET told = $1 WHERE id = 1 AND version = $2")
            .number(told)
            .number(version)
            .changing(1);
        self.run(vec![statement]).await.map(|_| ())
    }
}

fn insert_event(event: &ContractEvent) -> Statement {
    let ids = ids(event);
    Statement::new(
        "INSERT INTO chain_events (block, log_index, block_hash, tx_hash, contract, address, event, study, dataset, model, \
         fields) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .number(event.block)
    .number(event.log_index)
    .text(Digest(event.block_hash))
    .text(Digest(event.tx_hash))
    .text(event.contract)
    .text(OwnerId(event.address))
    .text(&event.event)
    .maybe_text(ids.study)
    .maybe_text(ids.dataset)
    .maybe_text(ids.model)
    .text(event.json())
}
