//! Challenges and sessions. Tokens are stored as their digests: whoever reads the database can't log in by it.

use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::{Digest, OwnerId};

use super::StoreError;
use super::pool::{Statement, Store, unsigned};
use crate::rounds::Millis;

/// An open session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Who logged in.
    pub account: OwnerId,
    /// When it ends.
    pub expires_at: Millis,
}

impl Store {
    /// Keeps a challenge, and forgets those that are past.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put_challenge(
        &self,
        challenge: Digest,
        account: OwnerId,
        now: Millis,
        expires_at: Millis,
    ) -> Result<(), StoreError> {
        let statements = vec![
            Statement::new("DELETE FROM challenges WHERE expires_at <= $1").number(now),
            Statement::new("DELETE FROM sessions WHERE expires_at <= $1").number(now),
            Statement::new("INSERT INTO challenges (challenge, account, expires_at) VALUES ($1, $2, $3)")
                .text(challenge)
                .text(account)
                .number(expires_at),
        ];
        self.run(statements).await.map(|_| ())
    }

    /// Uses up a challenge: `false` if it was not this account's, was used before, or is past.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_challenge(
        &self,
        challenge: Digest,
        account: OwnerId,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let statement = Statement::new(
            "DELETE FROM challenges WHERE challenge = $1 AND account = $2 AND expires_at > $3",
        )
        .text(challenge)
        .text(account)
        .number(now);
        Ok(self.run(vec![statement]).await? == 1)
    }

    /// Opens a session.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put_session(&self, token: &[u8; 32], session: Session) -> Result<(), StoreError> {
        let statement =
            Statement::new("INSERT INTO sessions (token, account, expires_at) VALUES ($1, $2, $3)")
                .text(name(token))
                .text(session.account)
                .number(session.expires_at);
        self.run(vec![statement]).await.map(|_| ())
    }

    /// The session of a token, if it is open.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn session(&self, token: &[u8; 32], now: Millis) -> Result<Option<Session>, StoreError> {
        let statement =
            Statement::new("SELECT account, expires_at FROM sessions WHERE token = $1 AND expires_at > $2")
                .text(name(token))
                .number(now);
        let Some((account, expires_at)) = self.fetch::<(String, i64)>(statement).await?.pop() else {
            return Ok(None);
        };
        let account = account
            .parse()
            .map_err(|error| StoreError::Damaged { what: "a session", reason: format!("{error}") })?;
        Ok(Some(Session { account, expires_at: unsigned("a session's end", expires_at)? }))
    }
}

/// A token's name in the database. Tokens are 256 random bits: one hash is enough.
fn name(token: &[u8; 32]) -> Digest {
    digest("session-token", &[token])
}
