//! Databases for tests: always a temporary SQLite file, and PostgreSQL where `TRIBUTARY_TEST_POSTGRES` gives a URL.

use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use super::Store;
use super::pool::Statement;

/// The databases to test on. Each PostgreSQL test gets a schema of its own.
pub async fn databases(test: &str) -> (Vec<Store>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.sqlite");
    let mut stores = vec![Store::open(path.to_str().unwrap()).await.unwrap()];
    if let Ok(url) = std::env::var("TRIBUTARY_TEST_POSTGRES") {
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        let schema = format!("test_{test}_{}", std::process::id());
        sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&pool).await.unwrap();
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}options=-c%20search_path%3D{schema}");
        stores.push(Store::open(&url).await.unwrap());
    }
    (stores, directory)
}

impl Store {
    /// How many rows a table has.
    pub async fn count_rows(&self, table: &str) -> i64 {
        let sql: &'static str = format!("SELECT COUNT(*) FROM {table}").leak();
        self.fetch::<(i64,)>(Statement::new(sql)).await.unwrap()[0].0
    }
}
