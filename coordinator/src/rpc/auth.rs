//! Who calls: challenge, wallet signature, token.

use tonic::metadata::MetadataMap;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::typed_data::{recover, session_digest};

use super::{Desk, RpcError};
use crate::rounds::Millis;
use crate::store::Session;

/// How long a challenge is good.
const CHALLENGE: Millis = 60_000;
/// The longest session.
const LONGEST_S: u64 = 24 * 3600;

/// A random 32-byte value.
fn random() -> Result<[u8; 32], RpcError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| RpcError::Later(format!("no randomness: {error}")))?;
    Ok(bytes)
}

impl Desk {
    /// A challenge for an account.
    pub(super) async fn challenge(&self, account: OwnerId) -> Result<Digest, RpcError> {
        let now = self.driver.clock.now();
        self.flow.take(tributary_aggregation::ids::StudyId([0; 32]), account, now)?;
        let challenge = Digest(random()?);
        self.driver.store.put_challenge(challenge, account, now, now + CHALLENGE).await?;
        Ok(challenge)
    }

    /// Opens a session by the wallet's signature; returns its token.
    pub(super) async fn open_session(
        &self,
        account: OwnerId,
        challenge: Digest,
        expires_at: u64,
        signature: &[u8; 65],
    ) -> Result<[u8; 32], RpcError> {
        let now = self.driver.clock.now();
        if expires_at.saturating_mul(1000) <= now || expires_at > now / 1000 + LONGEST_S {
            let reason = format!("expires_at: must be in the future, by at most {LONGEST_S} seconds");
            return Err(RpcError::Invalid(reason));
        }
        let digest = session_digest(&self.domain(), &account.0, &challenge.0, expires_at);
        let signer = recover(&digest, signature).map_err(|error| RpcError::Invalid(error.to_string()))?;
        if signer != account.0 {
            return Err(RpcError::Denied(format!(
                "the session is not signed by {account}, but by {}",
                OwnerId(signer)
            )));
        }
        if !self.driver.store.take_challenge(challenge, account, now).await? {
            return Err(RpcError::Denied(
                "the challenge is not this account's, was used before, or is past".into(),
            ));
        }
        let token = random()?;
        let session = Session { account, expires_at: expires_at * 1000 };
        self.driver.store.put_session(&token, session).await?;
        Ok(token)
    }

    /// The account that a call's token belongs to.
    pub(super) async fn account(&self, metadata: &MetadataMap) -> Result<OwnerId, RpcError> {
        let header = metadata.get("authorization").ok_or(RpcError::Unauthenticated("there is no token"))?;
        let token = header.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let token = token.ok_or(RpcError::Unauthenticated("the token is not `Bearer <hex>`"))?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(token, &mut bytes)
            .map_err(|_| RpcError::Unauthenticated("the token is not 64 hex digits"))?;
        let session = self.driver.store.session(&bytes, self.driver.clock.now()).await?;
        Ok(session.ok_or(RpcError::Unauthenticated("the session is over, or never was"))?.account)
    }
}
