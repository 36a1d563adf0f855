//! One step at a time: ask the node, store the answer.

use std::sync::Arc;

use thiserror::Error;
use tributary_contracts::{ChainError, ContractEvent, Contracts, Header, LogRange, LogsError};

use super::Settings;
use super::metrics::Metrics;
use super::projections::{self, ProjectionError, Row};
use super::reorg::{Plan, Trail};
use super::source::Source;
use crate::rounds::Millis;
use crate::store::{Read, Store, StoreError};

/// How long the right to read is held without being renewed.
const LEASE: Millis = 30_000;

/// The chain was not read on.
#[derive(Debug, Error)]
pub enum IndexError {
    /// The node can't be asked, or refuses.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Its logs can't be read.
    #[error(transparent)]
    Logs(#[from] LogsError),
    /// A typed row can't be made.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no randomness for a name.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

impl IndexError {
    /// Whether trying again is of no use.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Store(StoreError::Elsewhere { .. }))
    }
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Something was read or taken back; there may be more.
    Read,
    /// There is nothing to do now, or somebody else does it.
    UpToDate,
}

/// Follows one chain into one database.
pub struct Follower {
    store: Store,
    source: Arc<dyn Source>,
    deployment: String,
    base: Contracts,
    settings: Settings,
    metrics: Metrics,
    /// This process's name among those on the database.
    holder: String,
    /// Until when nobody else reads.
    held_until: Millis,
    /// How many blocks the node was last willing to answer for.
    span: u64,
    place: Option<Place>,
}

/// What is stored, while this process holds the right to read on.
struct Place {
    version: u64,
    trail: Trail,
    contracts: Contracts,
}

/// What a node told of some blocks.
enum Found {
    /// What they logged; hashes of those named are kept, the last is the new tip.
    Blocks { blocks: Vec<Header>, events: Vec<ContractEvent> },
    /// The node has been asked for too many.
    Fewer,
    /// They are not those that come after what was read.
    Other,
    /// The node does not have them, or its chain changed while it was asked.
    Nothing,
}

impl Follower {
    /// Follows `contracts` and those that they make.
    ///
    /// # Errors
    /// If there is no randomness for this process's name.
    pub fn new(
        store: Store,
        source: Arc<dyn Source>,
        deployment: String,
        contracts: Contracts,
        settings: Settings,
    ) -> Result<Self, IndexError> {
        let mut name = [0; 16];
        getrandom::fill(&mut name)?;
        Ok(Self {
            store,
            source,
            deployment,
            base: contracts,
            settings,
            metrics: Metrics::default(),
            holder: hex::encode(name),
            held_until: 0,
            span: settings.span.max(1),
            place: None,
        })
    }

    /// Whether this process is the one that reads.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.place.is_some()
    }

    /// Gives the right to read to whoever comes.
    pub async fn release(&mut self) {
        (self.place, self.held_until) = (None, 0);
        if let Err(error) = self.store.release_chain(&self.holder).await {
            tracing::debug!(%error, "the right to read the chain runs out by itself");
        }
    }

    /// Reads on, or takes back. After an error, what is stored is as it was.
    ///
    /// # Errors
    /// If the node or the database fails, or the node tells what can't be.
    pub async fn step(&mut self, now: Millis) -> Result<Step, IndexError> {
        let stepped = self.try_step(now).await;
        match stepped {
            // Another process was faster: look anew at what it stored.
            Err(IndexError::Store(StoreError::Raced)) => {
                self.place = None;
                Ok(Step::Read)
            }
            Err(error) => {
                self.place = None;
                self.metrics.failure();
                Err(error)
            }
            stepped => stepped,
        }
    }

    async fn try_step(&mut self, now: Millis) -> Result<Step, IndexError> {
        let mut place = match self.place.take() {
            Some(place) => place,
            None => self.load().await?,
        };
        // Renewed in good time, and not at every look: it is a write.
        if self.held_until.saturating_sub(now) <= LEASE / 2 {
            self.held_until = 0;
            if !self.store.lease_chain(&self.holder, now, now + LEASE).await? {
                return Ok(Step::UpToDate);
            }
            self.held_until = now + LEASE;
        }
        let head = self.source.newest().await?;
        let found = match place.trail.plan(&head, self.span) {
            Plan::Wait => None,
            Plan::Compare(number) => {
                let block = self.source.header(number).await?;
                if block.is_some_and(|block| place.trail.contradicts(&block)) {
                    return self.cut(place).await;
                }
                None
            }
            Plan::Fork => return self.cut(place).await,
            Plan::Block(number) => Some(self.block(&place, number).await?),
            Plan::Range { from, to } => Some(self.range(&place, from, to).await?),
        };
        let step = match found {
            Some(Found::Blocks { blocks, events }) => {
                self.store(&mut place, &head, &blocks, events).await?;
                Step::Read
            }
            Some(Found::Fewer) => Step::Read,
            Some(Found::Other) => return self.cut(place).await,
            Some(Found::Nothing) | None => Step::UpToDate,
        };
        self.metrics.place(head.number, place.trail.tip().map_or(0, |(tip, _)| tip));
        self.place = Some(place);
        Ok(step)
    }

    async fn load(&self) -> Result<Place, IndexError> {
        // The version first: whatever changes after it makes the next write fail.
        let version = self.store.chain_cursor(&self.deployment).await?.version;
        let hashes = self.store.chain_blocks().await?;
        let trail = Trail::new(self.settings.first, self.settings.depth, hashes);
        let mut contracts = self.base.clone();
        for (address, contract) in self.store.chain_contracts().await? {
            contracts.add(address, &contract);
        }
        Ok(Place { version, trail, contracts })
    }

    /// One block that may still be replaced. Its logs are asked for by its hash.
    async fn block(&self, place: &Place, number: u64) -> Result<Found, IndexError> {
        let Some(block) = self.source.header(number).await? else { return Ok(Found::Nothing) };
        if !place.trail.is_next(&block) {
            return Ok(Found::Other);
        }
        let events = self.events(&place.contracts, LogRange::Block(block.hash)).await?;
        Ok(Found::Blocks { blocks: vec![block], events })
    }

    /// Many blocks that are final. Half as many are asked for where the node refuses, and slowly more again.
    async fn range(&mut self, place: &Place, from: u64, to: u64) -> Result<Found, IndexError> {
        let ends = self.ends(from, to).await?;
        let Some([first, last]) = ends else { return Ok(Found::Nothing) };
        if !place.trail.is_next(&first) {
            return Ok(Found::Other);
        }
        let events = match self.events(&place.contracts, LogRange::Blocks { from, to }).await {
            Ok(events) => events,
            Err(LogsError::Chain(error)) if to > from => {
                self.span = (to - from).div_ceil(2);
                tracing::debug!(%error, from, to, span = self.span, "fewer blocks are asked for at once");
                return Ok(Found::Fewer);
            }
            Err(error) => return Err(error.into()),
        };
        // The chain was the same before and after, and the logs are of it.
        let of_it = |event: &ContractEvent| {
            [first, last].iter().all(|end| event.block != end.number || event.block_hash == end.hash)
        };
        if self.ends(from, to).await? != ends || !events.iter().all(of_it) {
            return Ok(Found::Nothing);
        }
        self.span = self.span.saturating_add(self.span / 8 + 1).min(self.settings.span.max(1));
        // The very first block is kept.
        let blocks = if place.trail.tip().is_none() && from < to { vec![first, last] } else { vec![last] };
        Ok(Found::Blocks { blocks, events })
    }

    async fn ends(&self, from: u64, to: u64) -> Result<Option<[Header; 2]>, IndexError> {
        let (first, last) = (self.source.header(from).await?, self.source.header(to).await?);
        Ok(first.zip(last).map(|(first, last)| [first, last]))
    }

    /// Logs, with those of contracts that were made within the range.
    async fn events(&self, contracts: &Contracts, range: LogRange) -> Result<Vec<ContractEvent>, LogsError> {
        let events = self.source.events(contracts, range).await?;
        let mut all = contracts.clone();
        for (address, contract) in events.iter().filter_map(projections::made) {
            all.add(address, contract);
        }
        if all == *contracts { Ok(events) } else { self.source.events(&all, range).await }
    }

    async fn store(
        &self,
        place: &mut Place,
        head: &Header,
        blocks: &[Header],
        events: Vec<ContractEvent>,
    ) -> Result<(), IndexError> {
        let mut trail = place.trail.clone();
        blocks.iter().for_each(|block| trail.extend(block));
        let rows = events.into_iter().map(|event| {
            let row = projections::row(&event)?;
            Ok((event, row))
        });
        let events: Vec<(ContractEvent, Option<Row>)> = rows.collect::<Result<_, ProjectionError>>()?;
        let read = Read {
            version: place.version,
            head: head.number,
            blocks,
            kept_from: trail.kept_from(),
            events: &events,
        };
        self.store.extend_chain(&read).await?;
        for (address, contract) in events.iter().filter_map(|(event, _)| projections::made(event)) {
            place.contracts.add(address, contract);
        }
        self.metrics.stored(events.len());
        place.version += 1;
        place.trail = trail;
        Ok(())
    }

    /// Finds the last block that the chain still has, and takes back what came after it.
    async fn cut(&mut self, mut place: Place) -> Result<Step, IndexError> {
        let mut last = None;
        for (number, hash) in place.trail.back() {
            if self.source.header(number).await?.is_some_and(|block| block.hash == hash) {
                last = Some(number);
                break;
            }
        }
        let tip = place.trail.tip().map(|(tip, _)| tip);
        // The chain came back to what was read.
        if last.is_some() && last == tip {
            self.place = Some(place);
            return Ok(Step::UpToDate);
        }
        tracing::warn!(
            ?tip,
            ?last,
            "the chain was reorganised: what was read after the last common block is taken back"
        );
        self.store.cut_chain(place.version, last).await?;
        self.metrics.reorg();
        place.trail.cut(last);
        // Contracts that were made in blocks that are gone are gone, too: what is stored says which.
        self.place = None;
        Ok(Step::Read)
    }
}
