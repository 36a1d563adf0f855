//! Owners at play: what they say over gRPC, and the events they wait for.

mod round;

use std::collections::BTreeMap;
use std::time::Duration;

use tonic::{Status, Streaming};
use tributary_aggregation::committee::CommitteeParams;
use tributary_aggregation::header::identity_commitment;
use tributary_aggregation::ids::OwnerId;
use tributary_contracts::typed_data::{committee_key_digest, enrol_digest};
use tributary_contracts::{Wallet, keccak256};
use tributary_proto::encode;
use tributary_proto::v1::delivery_service_client::DeliveryServiceClient;
use tributary_proto::v1::event::Event;
use tributary_proto::v1::owner_service_client::OwnerServiceClient;
use tributary_proto::v1::*;

use super::house::{Caller, House};
use super::member::{EPOCH, Joined, Member, members};

/// How long an event may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);
pub const WEIGHT: u32 = 7_654_321;

pub struct Play {
    pub house: House,
    pub members: Vec<Member>,
    pub callers: Vec<Caller>,
    pub models: u64,
    /// The group's.
    pub epoch: u64,
    joined: BTreeMap<OwnerId, Joined>,
    events: Option<Streaming<tributary_proto::v1::Event>>,
    pub seq: u64,
    /// Events to come that the first owner may not see: the welcomes of others.
    pub not_mine: u64,
    /// What owners reported in the clear: the coordinator must never see it.
    pub plain: Vec<Vec<u64>>,
}

/// Waits for the next event of a kind.
macro_rules! until {
    ($play:expr, $kind:ident) => {
        loop {
            if let tributary_proto::v1::event::Event::$kind(event) = $play.next().await {
                break event;
            }
        }
    };
}
pub(crate) use until;

impl Play {
    /// Owners that are enrolled, grouped, and have a registered committee.
    pub async fn formed(owners: u8) -> Self {
        let mut play = Self::enrolled(owners).await;
        until!(play, EnrolmentClosed);
        play.form().await;
        // Whoever signs after a quorum of all owners may find the key registered already.
        let quorum = CommitteeParams::new(play.members.len()).unwrap().quorum();
        for who in 0..quorum {
            play.sign_committee(who).await.unwrap();
        }
        until!(play, CommitteeRegistered);
        play
    }

    pub async fn enrolled(owners: u8) -> Self {
        let mut play = Self::with_house(House::with_study(owners.into()).await, members(owners));
        for who in 0..play.members.len() {
            play.log_in(who).await;
            play.enrol(who).await.unwrap();
        }
        play
    }

    pub fn with_house(house: House, members: Vec<Member>) -> Self {
        Self {
            house,
            members,
            callers: Vec::new(),
            models: 0,
            epoch: EPOCH,
            joined: BTreeMap::new(),
            events: None,
            seq: 0,
            not_mine: 0,
            plain: Vec::new(),
        }
    }

    /// Owners log in in their order.
    pub async fn log_in(&mut self, who: usize) {
        assert_eq!(self.callers.len(), who);
        self.callers.push(self.house.login(&self.members[who].wallet).await.unwrap());
    }

    pub fn study(&self) -> Vec<u8> {
        self.house.study.0.to_vec()
    }

    pub fn owner(&self) -> OwnerServiceClient<tonic::transport::Channel> {
        OwnerServiceClient::new(self.house.channel())
    }

    /// The next event, for the first owner; subscribes anew where it has to.
    pub async fn next(&mut self) -> Event {
        let found = async {
            loop {
                let Some(stream) = &mut self.events else {
                    let request =
                        SubscribeRequest { study: self.house.study.0.to_vec(), after_seq: self.seq };
                    let stream = OwnerServiceClient::new(self.house.channel())
                        .subscribe(self.callers[0].of(request))
                        .await
                        .unwrap();
                    self.events = Some(stream.into_inner());
                    continue;
                };
                match stream.message().await {
                    Ok(Some(event)) => {
                        let gap = event.seq.checked_sub(self.seq + 1).expect("nothing twice");
                        self.not_mine = self.not_mine.checked_sub(gap).expect("no gaps");
                        self.seq = event.seq;
                        return event.event.unwrap();
                    }
                    _ => self.events = None,
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect("an event")
    }

    pub async fn restart(&mut self) {
        self.events = None;
        self.house.restart().await;
    }

    // ------------------------------------------------------------------------------------------- forming

    pub async fn enrol(&self, who: usize) -> Result<EnrolResponse, Status> {
        self.enrol_again(who, 0).await
    }

    /// Enrols with the keys that the owner has now.
    pub async fn enrol_again(&self, who: usize, sequence: u64) -> Result<EnrolResponse, Status> {
        Ok(self.owner().enrol(self.enrolment(who, sequence)).await?.into_inner())
    }

    pub fn enrolment(&self, who: usize, sequence: u64) -> tonic::Request<EnrolRequest> {
        let mls_key = self.members[who].mls.verifying_key().to_bytes();
        let identity = identity_commitment(&mls_key);
        let plan = tributary_aggregation::study::StudyPlan::digest_of(&self.house.plan_json);
        let owner = self.members[who].id;
        let domain = self.house.deployment.domain();
        let digest = enrol_digest(&domain, &self.house.study.0, &owner.0, &plan.0, &identity.0, sequence);
        let request = EnrolRequest {
            study: self.study(),
            key_package: vec![1; 100],
            mls_key: mls_key.to_vec(),
            signature: self.members[who].wallet.sign_digest(&digest).to_vec(),
            sequence,
        };
        self.callers[who].of(request)
    }

    pub async fn form(&mut self) {
        let caller = self.house.login(&self.house.researcher).await.unwrap();
        let study = self.house.driver.study(self.house.study).await.unwrap();
        let added: Vec<_> = study.base.owners.keys().copied().collect();
        let request = SubmitCommitRequest {
            study: self.study(),
            epoch: 0,
            commit: vec![],
            welcome: b"welcome".to_vec(),
            added: encode::owners(&added),
        };
        DeliveryServiceClient::new(self.house.channel()).submit_commit(caller.of(request)).await.unwrap();
        assert_eq!(until!(self, MlsWelcome).welcome, b"welcome");
    }

    pub async fn sign_committee(&self, who: usize) -> Result<(), Status> {
        let member = &self.members[who];
        let hash = keccak256(&member.key.public_key().to_eip2537().unwrap());
        let (domain, study) = (self.house.deployment.domain(), &self.house.study.0);
        let digest = committee_key_digest(&domain, study, self.epoch, &hash);
        let request = SignCommitteeRequest {
            study: self.study(),
            epoch: self.epoch,
            committee_key: member.key.to_bytes(),
            members: encode::owners(&member.members),
            signature: member.wallet.sign_digest(&digest).to_vec(),
        };
        self.owner().sign_committee(self.callers[who].of(request)).await.map(drop)
    }

    /// Time passes, and these say that they are here.
    pub async fn pass(&self, seconds: u64, heard: &[usize]) {
        for _ in 0..seconds {
            self.house.clock.advance(1000);
            for who in heard {
                self.beat(*who, 0).await.unwrap();
            }
        }
    }

    /// Says that it is here; what it is told of its vault.
    pub async fn beat(&self, who: usize, vault_generation: u64) -> Result<u64, Status> {
        let (study, round, done_permille) = (self.study(), 0, 500);
        let request = HeartbeatRequest { study, round, done_permille, vault_generation };
        let answer = self.owner().heartbeat(self.callers[who].of(request)).await?;
        Ok(answer.into_inner().vault_generation)
    }
}
