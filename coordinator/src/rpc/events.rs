//! A study's events for one member: those of the past from the store, then the live ones as they are stored. Both come
//! from the store in order, so nothing is left out and nothing comes twice.

use std::time::Duration;

use tokio::sync::mpsc;
use tonic::Status;
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_proto::v1::Event;

use super::{Desk, RpcError};

/// Events that are read at once.
const BATCH: u16 = 64;
/// How long to wait for this process's own word of news; another process on the same database may have stored some.
const LOOK: Duration = Duration::from_secs(1);

/// Sends until the member goes away or the coordinator stops.
pub(super) async fn follow(
    desk: Desk,
    study: StudyId,
    account: OwnerId,
    mut after: u64,
    sender: mpsc::Sender<Result<Event, Status>>,
) {
    let mut changed = desk.driver.watch(study);
    let mut stopping = desk.driver.stopping();
    loop {
        changed.mark_unchanged();
        let events = match desk.driver.store.events(study, after, BATCH).await {
            Ok(events) => events,
            Err(error) => {
                // The member asks again, from where it is.
                let _ = sender.send(Err(RpcError::from(error).into())).await;
                return;
            }
        };
        let more = events.len() == usize::from(BATCH);
        for event in events {
            after = event.seq;
            if event.is_for(&account) && sender.send(Ok(event.event)).await.is_err() {
                return;
            }
        }
        if more {
            continue;
        }
        tokio::select! {
            _ = changed.changed() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = sender.closed() => return,
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}
