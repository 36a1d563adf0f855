//! Owners at play: what they say over gRPC, and the events they wait for.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::Bytes;
use tonic::{Status, Streaming};
use tributary_aggregation::committee::CommitteeParams;
use tributary_aggregation::header::{Signed, identity_commitment};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::SealedSum;
use tributary_aggregation::update::Quantised;
use tributary_contracts::typed_data::{committee_key_digest, enrol_digest};
use tributary_contracts::{Wallet, keccak256};
use tributary_coordinator::rounds::Phase;
use tributary_proto::v1::delivery_service_client::DeliveryServiceClient;
use tributary_proto::v1::event::Event;
use tributary_proto::v1::owner_service_client::OwnerServiceClient;
use tributary_proto::v1::report_request::Part;
use tributary_proto::v1::*;
use tributary_proto::{decode, encode};

use super::house::{Caller, House};
use super::member::{At, EPOCH, EXPORTER, Joined, Member, context0, members, model};

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

    // -------------------------------------------------------------------------------------------- a round

    /// Those of them who are of the committee.
    pub fn committee_of(&self, who: &[usize]) -> Vec<usize> {
        who.iter().copied().filter(|who| self.members[*who].is_in_committee()).collect()
    }

    /// These have it drawn who masks with whom.
    pub async fn draw(&mut self, at: At, who: &[usize]) {
        let study = self.house.driver.study(self.house.study).await.unwrap();
        let Phase::Reporting(reporting) = &study.phase else { panic!("{}", study.phase.name()) };
        let contexts: Vec<Digest> = reporting.groups().iter().map(|group| group.context).collect();
        for who in self.committee_of(who) {
            let share = self.members[who].graph_share(self.house.study, at, &contexts);
            let request = SendGraphShareRequest { study: self.study(), round: at.0, attempt: at.1, share };
            self.owner().send_graph_share(self.callers[who].of(request)).await.unwrap();
        }
        let drawn = until!(self, MaskGraphDrawn);
        assert_eq!((drawn.round, drawn.attempt), at);
        let beacon = decode::array("beacon", &drawn.beacon).unwrap();
        self.members.iter_mut().for_each(|member| member.graph_beacon = Some(beacon));
    }

    /// These sign the beacon and join; returns the attempt.
    pub async fn open(&mut self, who: &[usize]) -> At {
        let announced = until!(self, RoundAnnounced);
        let at = (announced.round, announced.attempt);
        let candidates = decode::ascending_owners("candidates", &announced.candidates).unwrap();
        for who in self.committee_of(who) {
            let share = self.members[who].beacon_share(self.house.study, at, &candidates);
            let request = SendBeaconShareRequest { study: self.study(), round: at.0, attempt: at.1, share };
            self.owner().send_beacon_share(self.callers[who].of(request)).await.unwrap();
        }
        let groups = decode::groups("groups", &until!(self, RoundOpened).groups).unwrap();
        for &who in who {
            let owner = self.members[who].id;
            let group = groups.iter().find(|group| group.owners.contains(&owner)).unwrap();
            let context0 = self.context0(at, group.index);
            let joined = self.members[who].join(context0, &group.owners);
            let join = Some(joined.header.clone().into());
            self.joined.insert(owner, joined);
            let request = JoinRequest { study: self.study(), round: at.0, attempt: at.1, join };
            self.owner().join(self.callers[who].of(request)).await.unwrap();
        }
        at
    }

    fn context0(&self, at: At, group: u16) -> Digest {
        context0(self.house.study, self.epoch, at, group, model(self.models), &self.round_plan(at))
    }

    pub fn round_plan(&self, at: At) -> tributary_aggregation::plan::RoundPlan {
        use tributary_aggregation::plan::RoundPlan;
        let plan = &self.house.plan;
        if at.0 == 0 { RoundPlan::statistics(plan).unwrap() } else { RoundPlan::training(plan).unwrap() }
    }

    /// The signed header and the packed update of an owner.
    pub async fn report_of(
        &mut self,
        at: At,
        who: usize,
    ) -> (Signed<tributary_aggregation::header::ReportHeader>, Vec<u8>) {
        let study = self.house.driver.study(self.house.study).await.unwrap();
        let Phase::Reporting(reporting) = &study.phase else { panic!("{}", study.phase.name()) };
        let owner = self.members[who].id;
        let roster =
            reporting.groups().iter().find(|group| group.roster.contains(&owner)).unwrap().roster.clone();
        let plan = self.round_plan(at);
        // Something that can be recognised, within the clip.
        let values: Vec<f32> =
            (0..plan.vector_len()).map(|i| 0.012_345 * (i + who % 16 + 1) as f32 / 2.0).collect();
        let weight = WEIGHT + who as u32;
        self.plain.push(Quantised::new(&plan, &values, weight).unwrap().to_integers());
        self.members[who].report(&plan, &self.joined[&owner], &roster, &values, weight)
    }

    pub async fn report(&mut self, at: At, who: usize) -> Result<(), Status> {
        let (header, update) = self.report_of(at, who).await;
        self.send_report(at, who, header, &update).await
    }

    pub async fn send_report(
        &self,
        at: At,
        who: usize,
        header: Signed<tributary_aggregation::header::ReportHeader>,
        update: &[u8],
    ) -> Result<(), Status> {
        let start =
            ReportStart { study: self.study(), round: at.0, attempt: at.1, report: Some(header.into()) };
        let mut parts = vec![ReportRequest { part: Some(Part::Start(start)) }];
        parts.extend(
            update
                .chunks(10)
                .map(|chunk| ReportRequest { part: Some(Part::Chunk(Bytes::copy_from_slice(chunk))) }),
        );
        self.owner().report(self.callers[who].of(futures::stream::iter(parts))).await.map(drop)
    }

    /// These answer the cuts that are shown next.
    pub async fn release(&mut self, at: At, who: &[usize]) -> Vec<decode::Cut> {
        let proposed = until!(self, CutsProposed);
        assert_eq!((proposed.round, proposed.attempt), at);
        let cuts: Vec<_> = proposed.cuts.into_iter().map(|cut| decode::Cut::try_from(cut).unwrap()).collect();
        for who in self.committee_of(who) {
            let mut groups = Vec::new();
            for cut in &cuts {
                let (context0, model) = (self.context0(at, cut.group), model(self.models));
                let (digest, release) = self.members[who].release(at, cut, context0, model, 2).unwrap();
                groups.push(GroupRelease { group: cut.group.into(), cut: digest.0.to_vec(), release });
            }
            let request = ReleaseRequest { study: self.study(), round: at.0, attempt: at.1, groups };
            self.owner().release(self.callers[who].of(request)).await.unwrap();
        }
        cuts
    }

    /// Opens the published sums as members do: per group the sum of weights, and the sums.
    pub async fn open_sums(&mut self, at: At) -> Vec<(u64, Vec<u64>)> {
        let published = until!(self, SumsPublished);
        let plan = self.round_plan(at);
        let mut opened = Vec::new();
        for sum in published.sums {
            let sum = decode::PublishedSum::try_from(sum).unwrap();
            let sealed = SealedSum::from_bytes(&plan, self.house.artifact(sum.sum).await.unwrap()).unwrap();
            assert_eq!(sealed.digest(), sum.sum);
            let aggregate =
                sealed.open(&plan, &EXPORTER, &sum.context, &sum.online, NonZeroUsize::MIN).unwrap();
            opened.push((aggregate.weight(), aggregate.sums()));
        }
        opened
    }

    pub async fn evaluate(&self, at: At, who: usize, groups: usize) -> Result<(), Status> {
        let utilities = if at.0 == 0 { vec![] } else { (0..1 << groups).map(|u| 1000 * u).collect() };
        let request = EvaluateRequest {
            study: self.study(),
            round: at.0,
            attempt: at.1,
            utilities,
            model_before: model(self.models).0.to_vec(),
            model_after: model(self.models + 1).0.to_vec(),
        };
        self.owner().evaluate(self.callers[who].of(request)).await.map(drop)
    }

    /// These sign the settlement that is proposed next.
    pub async fn settle(&mut self, at: At, who: &[usize]) -> RoundSettled {
        let proposed = until!(self, SettlementProposed);
        let transcript = tributary_aggregation::hash::sha256(&proposed.transcript);
        let study = self.house.driver.study(self.house.study).await.unwrap();
        let Phase::Settling(settling) = &study.phase else { panic!("{}", study.phase.name()) };
        let digest = settling.proposal().digest;
        for who in self.committee_of(who) {
            let request = SignSettlementRequest {
                study: self.study(),
                round: at.0,
                attempt: at.1,
                transcript: transcript.0.to_vec(),
                share: self.members[who].settlement_share(digest),
            };
            self.owner().sign_settlement(self.callers[who].of(request)).await.unwrap();
        }
        let settled = until!(self, RoundSettled);
        self.models += 1;
        settled
    }

    /// A round in which all these report; the statistics or a training round.
    pub async fn round(&mut self, who: &[usize]) -> (At, Option<RoundSettled>) {
        let at = self.open(who).await;
        until!(self, RostersFixed);
        if who.len() > 64 {
            self.draw(at, who).await;
        }
        for &who in who {
            self.report(at, who).await.unwrap();
        }
        let cuts = self.release(at, who).await;
        let opened = self.open_sums(at).await;
        let weight: u64 = opened.iter().map(|(weight, _)| weight).sum();
        assert_eq!(weight, who.iter().map(|who| u64::from(WEIGHT) + *who as u64).sum::<u64>());
        for who in self.committee_of(who) {
            self.evaluate(at, who, cuts.len()).await.unwrap();
        }
        if at.0 == 0 {
            until!(self, RoundSettled);
            self.models += 1;
            return (at, None);
        }
        (at, Some(self.settle(at, who).await))
    }
}
