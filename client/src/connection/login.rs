//! Opening a session by the wallet's signature.

use std::time::{SystemTime, UNIX_EPOCH};

use tonic::Code;
use tonic::metadata::{Ascii, MetadataValue};
use tributary_contracts::typed_data;
use tributary_proto::decode;
use tributary_proto::v1::session_service_client::SessionServiceClient;
use tributary_proto::v1::{GetChallengeRequest, OpenSessionRequest};

use super::{Connection, ConnectionError, Failure};

/// How long a session is asked for, in seconds.
const SESSION_S: u64 = 12 * 3600;

impl Connection {
    /// The session's token; opens a session if there is none.
    pub(super) async fn token(&self) -> Result<MetadataValue<Ascii>, Failure> {
        let mut token = self.token.lock().await;
        if let Some(token) = &*token {
            return Ok(token.clone());
        }
        let mut client = SessionServiceClient::new(self.channel.clone());
        let account = self.wallet.address().to_vec();
        let answer =
            client.get_challenge(GetChallengeRequest { account: account.clone() }).await?.into_inner();
        let challenge: [u8; 32] = decode::array("challenge", &answer.challenge)
            .map_err(|error| Failure::Connection(error.into()))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let expires_at = now + SESSION_S;
        let digest = typed_data::session_digest(&self.domain, &self.wallet.address(), &challenge, expires_at);
        let signature = self.wallet.sign_digest(&digest).to_vec();
        let opened = client
            .open_session(OpenSessionRequest {
                account,
                challenge: challenge.to_vec(),
                expires_at,
                signature,
            })
            .await?
            .into_inner();
        let mut value: MetadataValue<Ascii> =
            format!("Bearer {}", hex::encode(&opened.token)).parse().map_err(|_| {
                Failure::Connection(ConnectionError::Refused {
                    call: "login",
                    code: Code::Internal,
                    reason: "the session's token can't be sent".into(),
                })
            })?;
        value.set_sensitive(true);
        *token = Some(value.clone());
        Ok(value)
    }
}
