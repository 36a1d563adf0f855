//! What owners say in a round.

use std::num::NonZeroUsize;

use bytes::Bytes;
use tonic::Status;
use tributary_aggregation::header::Signed;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::masking::SealedSum;
use tributary_aggregation::update::Quantised;
use tributary_coordinator::rounds::Phase;
use tributary_proto::decode;
use tributary_proto::v1::report_request::Part;
use tributary_proto::v1::*;

use super::{Play, WEIGHT, until};
use crate::support::member::{At, EXPORTER, context0, model};

impl Play {
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
