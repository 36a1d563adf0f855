//! Connections, and statements that run alike on SQLite and PostgreSQL.

use std::str::FromStr;
use std::time::Duration;

use sqlx::FromRow;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};

use super::StoreError;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// A database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
}

#[derive(Debug, Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A statement with its arguments, `$1` and on.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    sql: &'static str,
    arguments: Vec<Argument>,
    /// How many rows it must change.
    rows: Option<u64>,
}

#[derive(Debug, Clone)]
enum Argument {
    Text(Option<String>),
    Number(Option<i64>),
    Bytes(Vec<u8>),
}

impl Statement {
    pub(super) const fn new(sql: &'static str) -> Self {
        Self { sql, arguments: Vec::new(), rows: None }
    }

    pub(super) fn text(self, text: impl ToString) -> Self {
        self.with(Argument::Text(Some(text.to_string())))
    }

    pub(super) fn maybe_text(self, text: Option<String>) -> Self {
        self.with(Argument::Text(text))
    }

    /// Numbers beyond 2^63 are none that a study has: they are stored as the largest.
    pub(super) fn number(self, number: u64) -> Self {
        self.with(Argument::Number(Some(i64::try_from(number).unwrap_or(i64::MAX))))
    }

    /// A number that may be below 0.
    pub(super) fn signed(self, number: i64) -> Self {
        self.with(Argument::Number(Some(number)))
    }

    pub(super) fn maybe_number(self, number: Option<u64>) -> Self {
        self.with(Argument::Number(number.map(|number| i64::try_from(number).unwrap_or(i64::MAX))))
    }

    pub(super) fn bytes(self, bytes: Vec<u8>) -> Self {
        self.with(Argument::Bytes(bytes))
    }

    /// Anything but so many changed rows undoes the whole transaction with [`StoreError::Raced`].
    pub(super) const fn changing(mut self, rows: u64) -> Self {
        self.rows = Some(rows);
        self
    }

    fn with(mut self, argument: Argument) -> Self {
        self.arguments.push(argument);
        self
    }
}

macro_rules! bound {
    ($query:expr, $statement:expr) => {
        $statement.arguments.iter().cloned().fold($query, |query, argument| match argument {
            Argument::Text(text) => query.bind(text),
            Argument::Number(number) => query.bind(number),
            Argument::Bytes(bytes) => query.bind(bytes),
        })
    };
}

macro_rules! run_all {
    ($pool:expr, $statements:expr) => {{
        let mut transaction = $pool.begin().await?;
        let mut changed = 0;
        for statement in $statements {
            let rows = bound!(sqlx::query(statement.sql), statement)
                .execute(&mut *transaction)
                .await?
                .rows_affected();
            if statement.rows.is_some_and(|due| due != rows) {
                transaction.rollback().await?;
                return Err(StoreError::Raced);
            }
            changed += rows;
        }
        transaction.commit().await?;
        Ok(changed)
    }};
}

impl Store {
    /// Opens a database and brings its tables up to date: `postgres://…`, or the path of a SQLite file, which is created.
    ///
    /// # Errors
    /// If it can't be opened or changed.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let failed =
            |source: sqlx::Error| StoreError::Open { url: without_password(url), source: Box::new(source) };
        let pool = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgPoolOptions::new().max_connections(8);
            let pool = options.connect(url).await.map_err(failed)?;
            MIGRATIONS.run(&pool).await?;
            Pool::Postgres(pool)
        } else {
            let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
            let options = SqliteConnectOptions::from_str("sqlite:")
                .map_err(failed)?
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(10));
            // SQLite has one writer: more connections would only make each other wait.
            let pool =
                SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(failed)?;
            MIGRATIONS.run(&pool).await?;
            Pool::Sqlite(pool)
        };
        Ok(Self { pool })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// Runs the statements in one transaction; returns how many rows they changed.
    pub(super) async fn run(&self, statements: Vec<Statement>) -> Result<u64, StoreError> {
        match &self.pool {
            Pool::Sqlite(pool) => run_all!(pool, &statements),
            Pool::Postgres(pool) => run_all!(pool, &statements),
        }
    }

    /// Runs one statement and reads its rows.
    pub(super) async fn fetch<T>(&self, statement: Statement) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        Ok(match &self.pool {
            Pool::Sqlite(pool) => {
                bound!(sqlx::query_as::<sqlx::Sqlite, T>(statement.sql), statement).fetch_all(pool).await?
            }
            Pool::Postgres(pool) => {
                bound!(sqlx::query_as::<sqlx::Postgres, T>(statement.sql), statement).fetch_all(pool).await?
            }
        })
    }
}

/// A database's URL as it may be shown.
fn without_password(url: &str) -> String {
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, host)) => format!("{scheme}://…@{host}"),
        None => url.to_owned(),
    }
}

/// A number that this program wrote.
pub(super) fn unsigned(what: &'static str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Damaged { what, reason: format!("{number} is below 0") })
}
