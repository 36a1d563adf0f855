//! How much one account may ask for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tributary_aggregation::ids::{OwnerId, StudyId};

use super::RpcError;
use crate::rounds::Millis;

/// Messages that an account may send to a study at once.
const BURST: u64 = 256;
/// One more every so many milliseconds.
const REFILL: Millis = 50;
/// Reports of one owner that may come in at once: a broken connection's last one may still linger.
const REPORTS: usize = 2;
/// Accounts that are remembered; more are forgotten all at once.
const ACCOUNTS: usize = 10_000;

/// Token buckets: how many events an account may still add to a study's log.
#[derive(Debug, Default)]
pub struct Flow(Mutex<HashMap<(StudyId, OwnerId), Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u64,
    filled: Millis,
}

impl Flow {
    /// Takes one message's place.
    ///
    /// # Errors
    /// If the account has sent too much.
    pub fn take(&self, study: StudyId, account: OwnerId, now: Millis) -> Result<(), RpcError> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ACCOUNTS {
            buckets.clear();
        }
        let bucket = buckets.entry((study, account)).or_insert(Bucket { left: BURST, filled: now });
        let earned = now.saturating_sub(bucket.filled) / REFILL;
        bucket.left = (bucket.left + earned).min(BURST);
        bucket.filled += earned * REFILL;
        bucket.left = bucket.left.checked_sub(1).ok_or_else(|| {
            RpcError::Exhausted(format!("too many messages: at most {} a second", 1000 / REFILL))
        })?;
        Ok(())
    }
}

/// Reports that come in at the moment.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashMap<(StudyId, OwnerId), usize>>);

/// The place of one report that comes in.
pub struct Place {
    all: Arc<InFlight>,
    of: (StudyId, OwnerId),
}

impl InFlight {
    /// Takes a place.
    ///
    /// # Errors
    /// If the owner has as many reports on their way as it may.
    pub fn enter(self: &Arc<Self>, study: StudyId, owner: OwnerId) -> Result<Place, RpcError> {
        let of = (study, owner);
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = places.entry(of).or_default();
        if *taken >= REPORTS {
            let reason = format!("{REPORTS} reports of {owner} are coming in already: wait for them to end");
            return Err(RpcError::Exhausted(reason));
        }
        *taken += 1;
        Ok(Place { all: self.clone(), of })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = places.get_mut(&self.of) {
            *taken -= 1;
            if *taken == 0 {
                places.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_stopped_and_time_heals() {
        let flow = Flow::default();
        let (study, owner) = (StudyId([1; 32]), OwnerId([2; 20]));
        let taken = (0..BURST + 10).filter(|_| flow.take(study, owner, 1000).is_ok()).count();
        assert_eq!(taken as u64, BURST);
        assert!(flow.take(study, OwnerId([3; 20]), 1000).is_ok(), "others are not affected");
        assert!(flow.take(study, owner, 1000 + REFILL).is_ok());
        assert!(flow.take(study, owner, 1000 + REFILL).is_err());
    }

    #[test]
    fn an_owner_has_few_reports_on_their_way() {
        let all = Arc::new(InFlight::default());
        let (study, owner) = (StudyId([1; 32]), OwnerId([2; 20]));
        let places: Vec<Place> =
            (0..REPORTS).map(|_| all.enter(study, owner).unwrap_or_else(|_| panic!())).collect();
        assert!(all.enter(study, owner).is_err());
        drop(places);
        assert!(all.enter(study, owner).is_ok());
    }
}
