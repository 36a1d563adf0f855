//! Owners with datasets, over gRPC.

use tonic::Status;
use tributary_contracts::typed_data::{consent_digest, erase_digest, list_digest, revoke_digest};
use tributary_contracts::{Consents as _, DatasetRelay, Datasets};
use tributary_proto::v1::dataset_service_client::DatasetServiceClient;
use tributary_proto::v1::event::Event;
use tributary_proto::v1::*;

use super::house::{House, plan};
use super::member::{EPOCH, members};
use super::play::{Play, until};

impl Play {
    /// A study of three and up to so many owners by name that asks for consent; nobody has enrolled.
    pub async fn asking(owners: u8) -> Self {
        let members = members(owners);
        let allowed: Vec<_> = members.iter().map(|member| member.id).collect();
        let house = House::with_plan(|researcher| {
            let mut plan = plan(owners.into(), researcher);
            (plan.cohort.min_owners, plan.cohort.allowed, plan.cohort.consent) = (3, allowed, true);
            plan.purpose = vec!["DUO:0000037".parse().unwrap()];
            plan
        });
        let mut play = Self::with_house(house.await, members);
        for who in 0..usize::from(owners) {
            play.log_in(who).await;
        }
        play
    }

    /// All list a dataset, give it, enrol, and are at work.
    pub async fn consenting(owners: u8) -> Self {
        let mut play = Self::asking(owners).await;
        for who in 0..usize::from(owners) {
            let dataset = play.list(who).await.unwrap().dataset;
            play.grant(who, dataset).await.unwrap();
            play.enrol(who).await.unwrap();
        }
        until!(play, EnrolmentClosed);
        play.form().await;
        play.make_key(&(0..usize::from(owners)).collect::<Vec<_>>(), EPOCH).await;
        play
    }

    pub fn datasets(&self) -> Datasets {
        Datasets::of(&self.house.escrow)
    }

    pub fn dataset_service(&self) -> DatasetServiceClient<tonic::transport::Channel> {
        DatasetServiceClient::new(self.house.channel())
    }

    pub async fn listing(&self, who: usize) -> ListDatasetRequest {
        let (datasets, member) = (self.datasets(), &self.members[who]);
        let (commitment, uri) = ([who as u8 + 1; 32], "ipfs://bafkrei");
        let nonce = datasets.nonce(&member.id.0).await.unwrap();
        let digest = list_digest(&datasets.domain(), &member.id.0, &commitment, uri, 7, nonce);
        let signature = member.wallet.sign_digest(&digest).to_vec();
        let (commitment, uri) = (commitment.to_vec(), uri.to_owned());
        ListDatasetRequest { commitment, uri, price: "7".into(), nonce, signature }
    }

    pub async fn list(&self, who: usize) -> Result<ListDatasetResponse, Status> {
        let request = self.listing(who).await;
        let answer = self.dataset_service().list_dataset(self.callers[who].of(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn consent(&self, who: usize, dataset: u64) -> GrantConsentRequest {
        let (datasets, member, study) = (self.datasets(), &self.members[who], self.house.study.0);
        let until = self.house.escrow.study(&study).await.unwrap().unwrap().settle_by;
        let nonce = datasets.consent(&study, &member.id.0).await.unwrap().nonce;
        let purpose = datasets.purpose(study);
        let of = (&purpose.escrow, &purpose.study);
        let digest = consent_digest(&datasets.domain(), &member.id.0, dataset, of, until, nonce);
        let signature = member.wallet.sign_digest(&digest).to_vec();
        GrantConsentRequest { dataset, study: study.to_vec(), until, nonce, signature }
    }

    pub async fn grant(&self, who: usize, dataset: u64) -> Result<GrantConsentResponse, Status> {
        let request = self.consent(who, dataset).await;
        let answer = self.dataset_service().grant_consent(self.callers[who].of(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn revocation(&self, who: usize) -> RevokeConsentRequest {
        let (datasets, member, study) = (self.datasets(), &self.members[who], self.house.study.0);
        let there = datasets.consent(&study, &member.id.0).await.unwrap();
        let purpose = datasets.purpose(study);
        let of = (&purpose.escrow, &purpose.study);
        let (dataset, nonce) = (there.dataset, there.nonce);
        let digest = revoke_digest(&datasets.domain(), &member.id.0, dataset, of, nonce);
        let signature = member.wallet.sign_digest(&digest).to_vec();
        RevokeConsentRequest { dataset, study: study.to_vec(), nonce, signature }
    }

    pub async fn revoke(&self, who: usize) -> Result<RevokeConsentResponse, Status> {
        let request = self.revocation(who).await;
        let answer = self.dataset_service().revoke_consent(self.callers[who].of(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn erasure(&self, who: usize) -> EraseDatasetRequest {
        let (datasets, member) = (self.datasets(), &self.members[who]);
        let (dataset, _) = datasets.listed_by(&member.id.0).await.unwrap().pop().unwrap();
        let nonce = datasets.nonce(&member.id.0).await.unwrap();
        let receipt = [0x4e; 32];
        let open = datasets
            .open_purposes(dataset)
            .await
            .unwrap()
            .into_iter()
            .map(|purpose| Purpose { escrow: purpose.escrow.to_vec(), study: purpose.study.to_vec() });
        let digest = erase_digest(&datasets.domain(), &member.id.0, dataset, &receipt, nonce);
        let signature = member.wallet.sign_digest(&digest).to_vec();
        EraseDatasetRequest { dataset, receipt: receipt.to_vec(), open: open.collect(), nonce, signature }
    }

    pub async fn erase(&self, who: usize) -> Result<EraseDatasetResponse, Status> {
        let request = self.erasure(who).await;
        let answer = self.dataset_service().erase_dataset(self.callers[who].of(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    /// The owner's own wallet takes its consent back, past the coordinator.
    pub async fn revoke_directly(&self, who: usize) {
        let request = self.revocation(who).await;
        let relay = DatasetRelay::new(self.datasets(), self.house.researcher.clone());
        let revocation = tributary_contracts::Revocation {
            owner: self.members[who].id.0,
            dataset: request.dataset,
            purpose: self.datasets().purpose(self.house.study.0),
            nonce: request.nonce,
            signature: request.signature,
        };
        relay.revoke_for(&revocation).await.unwrap();
    }

    /// The next change of the roster, and how many rounds were announced before it.
    pub async fn next_change(&mut self) -> (RosterChanging, usize) {
        let mut announced = 0;
        loop {
            match self.next().await {
                Event::RosterChanging(changing) => return (changing, announced),
                Event::RoundAnnounced(_) => announced += 1,
                _ => {}
            }
        }
    }
}
