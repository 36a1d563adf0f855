//! Owners who come and go, over gRPC.

use tonic::Status;
use tributary_contracts::typed_data::{leave_digest, remove_digest};
use tributary_proto::v1::delivery_service_client::DeliveryServiceClient;
use tributary_proto::v1::event::Event;
use tributary_proto::v1::researcher_service_client::ResearcherServiceClient;
use tributary_proto::v1::*;

use super::house::{Caller, House, plan};
use super::member::{EPOCH, members, next_committee};
use super::play::{Play, until};

impl Play {
    /// A study of three and up to `most` owners by name, who may come at any time; the first `now` of them are at work.
    pub async fn open_to(most: u8, now: usize) -> Self {
        let members = members(most);
        let allowed: Vec<_> = members.iter().map(|member| member.id).collect();
        let house = House::with_plan(|researcher| {
            let mut plan = plan(most.into(), researcher);
            (plan.cohort.min_owners, plan.cohort.late_enrolment, plan.cohort.allowed) = (3, true, allowed);
            plan
        });
        let mut play = Self::with_house(house.await, members);
        for who in 0..usize::from(most) {
            play.log_in(who).await;
        }
        for who in 0..now {
            play.enrol(who).await.unwrap();
        }
        let enrolment = u64::from(play.house.plan.deadlines.enrol_s) + 2;
        play.house.clock.advance(enrolment * 1000);
        until!(play, EnrolmentClosed);
        play.form().await;
        play.make_key(&(0..now).collect::<Vec<_>>(), EPOCH).await;
        play
    }

    /// These make a key and sign it; the chain registers it.
    pub async fn make_key(&mut self, who: &[usize], epoch: u64) {
        self.epoch = epoch;
        next_committee(&mut self.members, who, epoch);
        for who in who {
            // A quorum may have registered it by now.
            let signed = self.sign_committee(*who).await;
            assert!(signed.is_ok() || self.epoch_is_registered(epoch).await);
        }
        let registered = until!(self, CommitteeRegistered);
        assert_eq!((registered.epoch, registered.members.len()), (epoch, who.len()));
        assert_eq!(registered.committee_key, self.members[who[0]].key.to_bytes());
    }

    async fn epoch_is_registered(&self, epoch: u64) -> bool {
        self.house.driver.study(self.house.study).await.unwrap().base.registered_epoch() == epoch
    }

    /// Answers the change of the roster that is announced next, with a commit.
    pub async fn commit(&mut self) -> RosterChanging {
        let changing = until!(self, RosterChanging);
        self.commit_for(&changing).await.unwrap();
        self.not_mine += u64::from(!changing.added.is_empty());
        changing
    }

    pub async fn commit_for(&self, changing: &RosterChanging) -> Result<(), Status> {
        let committer = self.members.iter().position(|member| member.id.0[..] == changing.committer);
        let added: Vec<_> = changing.added.iter().map(|added| added.owner.clone()).collect();
        let request = SubmitCommitRequest {
            study: self.study(),
            epoch: changing.epoch,
            commit: b"commit".to_vec(),
            welcome: if added.is_empty() { vec![] } else { b"welcome to the next".to_vec() },
            added,
        };
        let caller = &self.callers[committer.unwrap()];
        DeliveryServiceClient::new(self.house.channel()).submit_commit(caller.of(request)).await.map(drop)
    }

    /// The attempt that was announced fails, since nobody answers it. All these are there again afterwards.
    pub async fn let_it_fail(&mut self, heard: &[usize]) {
        self.house.clock.advance(u64::from(self.house.plan.deadlines.join_s) * 1000 + 1000);
        until!(self, RoundAborted);
        for who in heard {
            self.beat(*who, 0).await.unwrap();
        }
    }

    pub async fn leave(&self, who: usize, sequence: u64) -> Result<LeaveResponse, Status> {
        let (domain, study) = (self.house.deployment.domain(), &self.house.study.0);
        let member = &self.members[who];
        let digest = leave_digest(&domain, study, &member.id.0, sequence);
        let signature = member.wallet.sign_digest(&digest).to_vec();
        let request = LeaveRequest { study: self.study(), sequence, signature };
        Ok(self.owner().leave(self.callers[who].of(request)).await?.into_inner())
    }

    pub async fn propose_removal(&self, caller: &Caller, who: usize, reason: &str) -> Result<(), Status> {
        let owner = self.members[who].id.0.to_vec();
        let request = ProposeRemovalRequest { study: self.study(), owner, reason: reason.into() };
        let mut researcher = ResearcherServiceClient::new(self.house.channel());
        researcher.propose_removal(caller.of(request)).await.map(drop)
    }

    pub async fn sign_removal(&self, signer: usize, proposed: &RemovalProposed) -> Result<(), Status> {
        let (domain, study) = (self.house.deployment.domain(), &self.house.study.0);
        let owner = proposed.owner.as_slice().try_into().unwrap();
        let digest = remove_digest(&domain, study, &owner, proposed.sequence);
        let signature = self.members[signer].wallet.sign_digest(&digest).to_vec();
        let (study, owner, sequence) = (self.study(), proposed.owner.clone(), proposed.sequence);
        let request = SignRemovalRequest { study, owner, sequence, signature };
        self.owner().sign_removal(self.callers[signer].of(request)).await.map(drop)
    }

    pub async fn speak(&self, who: usize, epoch: u64) -> Result<(), Status> {
        let request = SendMessageRequest { study: self.study(), message: b"sealed".to_vec(), epoch };
        let mut delivery = DeliveryServiceClient::new(self.house.channel());
        delivery.send_message(self.callers[who].of(request)).await.map(drop)
    }
}
