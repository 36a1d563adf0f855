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
/// Reports of one owner, or modules of a researcher, that may come in at once: a broken connection's last one may still
/// linger.
const UPLOADS: usize = 2;
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

impl Bucket {
    /// Adds what was earned since; whether there is anything to take.
    fn refill(&mut self, most: u64, every: Millis, now: Millis) -> bool {
        let earned = now.saturating_sub(self.filled) / every;
        self.left = (self.left + earned).min(most);
        self.filled += earned * every;
        self.left > 0
    }
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
        if !bucket.refill(BURST, REFILL, now) {
            let reason = format!("too many messages: at most {} a second", 1000 / REFILL);
            return Err(RpcError::Exhausted(reason));
        }
        bucket.left -= 1;
        Ok(())
    }
}

/// Acts with datasets that an account may have relayed at once: each is paid for here.
const ACTS: u64 = 32;
/// One more every so many milliseconds.
const ACTS_REFILL: Millis = 600_000;
/// Listings and consents of all accounts together at once: accounts cost nothing.
const ALL_ACTS: u64 = 1000;
/// One more every so many milliseconds.
const ALL_REFILL: Millis = 10_000;

/// Token buckets: how many acts with datasets are still relayed.
#[derive(Debug, Default)]
pub struct Acts(Mutex<ActBuckets>);

#[derive(Debug, Default)]
struct ActBuckets {
    all: Option<Bucket>,
    of: HashMap<OwnerId, Bucket>,
}

impl Acts {
    /// Takes the place of an act that gives something: a listing, a consent.
    ///
    /// # Errors
    /// If the account has had too many relayed, or all together have.
    pub fn take(&self, account: OwnerId, now: Millis) -> Result<(), RpcError> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = buckets.all.get_or_insert(Bucket { left: ALL_ACTS, filled: now });
        if !all.refill(ALL_ACTS, ALL_REFILL, now) {
            let reason = "too many datasets are listed and given at the moment: try again later, or send it yourself \
                          (--direct)";
            return Err(RpcError::Exhausted(reason.into()));
        }
        buckets.take_own(account, now)?;
        if let Some(all) = &mut buckets.all {
            all.left -= 1;
        }
        Ok(())
    }

    /// Takes the place of an act that takes something back: a revocation, an erasure. Only the account's own acts count.
    ///
    /// # Errors
    /// If the account has had too many relayed.
    pub fn take_back(&self, account: OwnerId, now: Millis) -> Result<(), RpcError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take_own(account, now)
    }
}

impl ActBuckets {
    fn take_own(&mut self, account: OwnerId, now: Millis) -> Result<(), RpcError> {
        if self.of.len() >= ACCOUNTS {
            self.of.clear();
        }
        let bucket = self.of.entry(account).or_insert(Bucket { left: ACTS, filled: now });
        if !bucket.refill(ACTS, ACTS_REFILL, now) {
            let reason = format!(
                "{ACTS} acts of {account} were relayed: wait {} minutes, or send it yourself (--direct)",
                ACTS_REFILL / 60_000
            );
            return Err(RpcError::Exhausted(reason));
        }
        bucket.left -= 1;
        Ok(())
    }
}

/// Reports and modules that come in at the moment.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashMap<(StudyId, OwnerId), usize>>);

/// The place of one of them.
pub struct Place {
    all: Arc<InFlight>,
    of: (StudyId, OwnerId),
}

impl InFlight {
    /// Takes a place.
    ///
    /// # Errors
    /// If the account has as many on their way as it may.
    pub fn enter(self: &Arc<Self>, study: StudyId, owner: OwnerId) -> Result<Place, RpcError> {
        let of = (study, owner);
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = places.entry(of).or_default();
        if *taken >= UPLOADS {
            let reason = format!("{UPLOADS} uploads of {owner} are coming in already: wait for them to end");
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
    fn acts_that_cost_are_few_and_taking_back_is_not_kept_waiting_by_others() {
        let acts = Acts::default();
        let account = |number: u64| {
            let mut id = [0; 20];
            id[..8].copy_from_slice(&number.to_le_bytes());
            OwnerId(id)
        };
        let taken = (0..ACTS + 5).filter(|_| acts.take(account(0), 0).is_ok()).count();
        assert_eq!(taken as u64, ACTS);
        assert!(acts.take_back(account(0), 0).is_err(), "its own acts count together");
        assert!(acts.take(account(0), ACTS_REFILL).is_ok() && acts.take(account(0), ACTS_REFILL).is_err());
        // Whoever makes accounts in numbers stops listings, not revocations.
        let acts = Acts::default();
        let taken = (0..ALL_ACTS + 5).filter(|number| acts.take(account(*number), 0).is_ok()).count();
        assert_eq!(taken as u64, ALL_ACTS);
        assert!(acts.take_back(account(ALL_ACTS + 6), 0).is_ok());
        assert!(acts.take(account(ALL_ACTS + 7), ALL_REFILL).is_ok());
    }

    #[test]
    fn an_owner_has_few_reports_on_their_way() {
        let all = Arc::new(InFlight::default());
        let (study, owner) = (StudyId([1; 32]), OwnerId([2; 20]));
        let places: Vec<Place> =
            (0..UPLOADS).map(|_| all.enter(study, owner).unwrap_or_else(|_| panic!())).collect();
        assert!(all.enter(study, owner).is_err());
        drop(places);
        assert!(all.enter(study, owner).is_ok());
    }
}
