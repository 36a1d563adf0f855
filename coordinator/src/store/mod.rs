//! What survives a restart, in SQLite or PostgreSQL: one file per noun, one SQL text for both.
//!
//! Reports are not here: masked updates are spooled to files (see [`crate::spool`]).

mod chain;
#[cfg(test)]
pub mod databases;
mod events;
mod lines;
mod market;
mod outbox;
mod pool;
mod sessions;
mod studies;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use chain::{Cursor, Read};
pub use events::StoredEvent;
pub use market::{ChainEvent, EventFilter, ListedDataset, MintedModel};
pub use outbox::StoredErrand;
pub use pool::Store;
pub use sessions::Session;
pub use studies::{Change, StoredStudy};

/// The store failed: not a refusal, a fault of the machine or of its configuration.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database can't be opened.
    #[error("can't open the database {url}: {source}; check the path or URL and that it may be written")]
    Open {
        /// Which one, without its password.
        url: String,
        /// What the driver said.
        source: Box<sqlx::Error>,
    },
    /// The tables can't be made.
    #[error("can't bring the database's tables up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("the database failed: {0}")]
    Sql(#[from] sqlx::Error),
    /// What was read back is not what this program writes.
    #[error(
        "the database holds {what} that can't be read: {reason}; it was written by another version or damaged"
    )]
    Damaged {
        /// What it is.
        what: &'static str,
        /// Why it can't be read.
        reason: String,
    },
    /// Somebody else wrote first.
    #[error("it was changed by another writer in the meantime")]
    Raced,
    /// The database follows the contracts of another deployment.
    #[error(
        "the database follows the contracts of {stored}, not of {asked}: give this coordinator another database"
    )]
    Elsewhere {
        /// Which one.
        stored: String,
        /// Which one was asked for.
        asked: String,
    },
}
