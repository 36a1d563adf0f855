//! The study's events, in order and without gaps, over as many connections as it takes.

use tonic::{Code, Status, Streaming};
use tributary_aggregation::ids::StudyId;
use tributary_proto::v1::owner_service_client::OwnerServiceClient;
use tributary_proto::v1::{self, SubscribeRequest};

use super::{Connection, ConnectionError, MESSAGE_LIMIT, Retries};

/// A study's events after a given one.
pub struct Events {
    connection: Connection,
    study: StudyId,
    after_seq: u64,
    stream: Option<Streaming<v1::Event>>,
    retries: Retries,
}

impl Connection {
    /// Follows a study's events from after `after_seq`.
    #[must_use]
    pub fn events(&self, study: StudyId, after_seq: u64) -> Events {
        let retries = Retries::new(self.patience);
        Events { connection: self.clone(), study, after_seq, stream: None, retries }
    }

    async fn subscribe(&self, request: SubscribeRequest) -> Result<Streaming<v1::Event>, ConnectionError> {
        self.call("subscribe", request, |channel, request| async move {
            OwnerServiceClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT).subscribe(request).await
        })
        .await
    }
}

impl Events {
    /// The next event. Safe to drop while it waits: nothing is lost.
    ///
    /// # Errors
    /// If the coordinator stays away for longer than patience lasts, or refuses.
    pub async fn next(&mut self) -> Result<v1::Event, ConnectionError> {
        loop {
            let Some(stream) = &mut self.stream else {
                let request = SubscribeRequest { study: self.study.0.to_vec(), after_seq: self.after_seq };
                self.stream = Some(self.connection.subscribe(request).await?);
                continue;
            };
            let broken = match stream.message().await {
                Ok(Some(event)) if event.seq > self.after_seq => {
                    self.after_seq = event.seq;
                    self.retries = Retries::new(self.connection.patience);
                    return Ok(event);
                }
                Ok(Some(_)) => continue, // seen before
                Ok(None) => Status::new(Code::Unavailable, "the stream of events ended"),
                Err(status) if status.code() == Code::Unauthenticated => {
                    *self.connection.token.lock().await = None;
                    Status::new(Code::Unavailable, "the session ended")
                }
                Err(status) => status,
            };
            self.stream = None;
            self.retries.wait(&self.connection.url, "events", broken).await?;
        }
    }
}
