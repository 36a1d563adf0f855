//! The relay on a chain that fails: what passes is tried again, what does not is told to the study by its name.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tonic::async_trait;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::{
    Address, Chain, ChainError, Claim, Committee, CommitteeRegistration, Consent, Consented, Consents,
    DatasetLogged, Departure, Enrolled, Enrolment, Erasure, Listed, Listing, Logged, Receipt, Removal,
    Revert, Revocation, Seal, Settlement, Standing, Study, Word,
};
use tributary_coordinator::clock::{Clock, SystemClock};
use tributary_coordinator::driver::Driver;
use tributary_coordinator::rounds::command::Enrol;
use tributary_coordinator::rounds::facts::ChainFacts;
use tributary_coordinator::rounds::roster::Ended;
use tributary_coordinator::rounds::{self, Command, Facts};
use tributary_coordinator::settlement;
use tributary_coordinator::spool::Spool;
use tributary_coordinator::store::Store;
use tributary_storage::LocalStore;

/// Answers enrolments as it was told to, and knows nothing else.
struct Script(Mutex<VecDeque<Result<Receipt, ChainError>>>);

fn down() -> ChainError {
    ChainError::Unreachable { url: "http://nowhere".into(), attempts: 3, reason: "connection refused".into() }
}

fn reverted(name: &str) -> ChainError {
    ChainError::Reverted(Revert { name: name.into(), values: vec![] })
}

#[async_trait]
impl Chain for Script {
    async fn study(&self, _: &Word) -> Result<Option<Study>, ChainError> {
        Err(down())
    }
    async fn roster(&self, _: &Word) -> Result<Vec<Enrolled>, ChainError> {
        Err(down())
    }
    async fn enrolment(&self, _: &Word, owner: &Address) -> Result<Standing, ChainError> {
        Ok(Standing { owner: *owner, identity: None, sequence: 0, since: 0 })
    }
    async fn seal(&self, _: &Word) -> Result<Option<Seal>, ChainError> {
        Err(down())
    }
    async fn committee(&self, _: &Word) -> Result<Option<Committee>, ChainError> {
        Err(down())
    }
    async fn claimed(&self, _: &Word, _: &Address) -> Result<u128, ChainError> {
        Err(down())
    }
    async fn events(&self, _: &Word, _: u64) -> Result<Vec<Logged>, ChainError> {
        Err(down())
    }
    fn consents(&self) -> &dyn Consents {
        self
    }
    async fn now(&self) -> Result<u64, ChainError> {
        Err(down())
    }
    async fn enrol(&self, _: &Enrolment) -> Result<Receipt, ChainError> {
        self.0.lock().unwrap().pop_front().unwrap_or_else(|| Err(down()))
    }
    async fn leave(&self, _: &Departure) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn remove(&self, _: &Removal) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn withdraw_consent(&self, _: &Word, _: &Address) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn seal_roster(&self, _: &Word) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn register_committee(&self, _: &CommitteeRegistration) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn settle_round(
        &self,
        _: &Settlement,
        _: &[u8; 256],
        _: &[u8; 128],
    ) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn claim_for(&self, _: &Claim) -> Result<Receipt, ChainError> {
        Err(down())
    }
}

#[async_trait]
impl Consents for Script {
    async fn listing(&self, _: u64) -> Result<Option<Listed>, ChainError> {
        Err(down())
    }
    async fn listed_by(&self, _: &Address) -> Result<Vec<(u64, Word)>, ChainError> {
        Err(down())
    }
    async fn consent(&self, _: &Word, _: &Address) -> Result<Consented, ChainError> {
        Err(down())
    }
    async fn granted_until(&self, _: &Word, _: &Address) -> Result<Option<u64>, ChainError> {
        Err(down())
    }
    async fn dataset_events(&self, _: u64) -> Result<Vec<DatasetLogged>, ChainError> {
        Err(down())
    }
    async fn list_for(&self, _: &Listing) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn grant(&self, _: &Consent) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn revoke_for(&self, _: &Revocation) -> Result<Receipt, ChainError> {
        Err(down())
    }
    async fn erase_for(&self, _: &Erasure) -> Result<Receipt, ChainError> {
        Err(down())
    }
}

#[tokio::test]
async fn passing_failures_are_retried_and_refusals_are_told_by_name() {
    let researcher = OwnerId([0xee; 20]);
    let clock = Arc::new(SystemClock);
    let json = String::from_utf8(support::house::plan(3, researcher).to_json().unwrap()).unwrap();
    let chain = ChainFacts {
        chain_id: 1,
        escrow: OwnerId([1; 20]),
        token: OwnerId([2; 20]),
        researcher,
        max_round: 4,
        enrol_by: clock.now() + 1_000_000,
        settle_by: clock.now() + 2_000_000,
    };
    let id = StudyId([3; 32]);
    let facts = Facts::new(id, json, chain, clock.now()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join("relay.sqlite").to_str().unwrap()).await.unwrap();
    store.create_study(&rounds::Study::new(facts, clock.now()), clock.now()).await.unwrap();
    let artifacts = Arc::new(LocalStore::open(directory.path().join("artifacts")).unwrap());
    let spool = Spool::open(directory.path().join("spool")).await.unwrap();
    let driver = Driver::new(store, clock, artifacts, spool);

    let mined = Receipt { tx_hash: [7; 32], gas_used: 1, block: 1 };
    let script = VecDeque::from([
        Err(down()),
        Err(reverted("StudyEscrow_EnrolmentStillOpen")),
        Ok(mined),
        Err(reverted("StudyEscrow_StudyFull")),
    ]);
    let relay = tokio::spawn(settlement::run(driver.clone(), Arc::new(Script(Mutex::new(script)))));
    let mut changed = driver.watch(id);
    for byte in [1, 2] {
        let enrol = Enrol {
            owner: OwnerId([byte; 20]),
            mls_key: [byte; 32],
            key_package: vec![1],
            identity: Digest([4; 32]),
            sequence: 0,
            signature: vec![5; 65],
        };
        driver.drive(id, Command::Enrol(enrol)).await.unwrap();
    }
    let told = async {
        while !driver
            .store
            .lines(id, 100)
            .await
            .unwrap()
            .iter()
            .any(|line| line.contains("StudyEscrow_StudyFull"))
        {
            changed.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), told).await.expect("the study is told");
    let study = driver.study(id).await.unwrap();
    assert_eq!(study.base.owners.keys().copied().collect::<Vec<_>>(), [OwnerId([1; 20])]);
    let done = study.base.roster.answer(&OwnerId([1; 20]), 0);
    assert_eq!(done, Some(&Ended::Done(Some(Digest([7; 32])))));
    driver.stop();
    relay.await.unwrap();
    assert!(
        driver.store.lease_errand(u64::MAX / 4, u64::MAX / 2).await.unwrap().is_none(),
        "nothing is left to do"
    );
}
