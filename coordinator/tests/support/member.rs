//! An owner as a test plays it: real keys, a real key generation, real masks and seals; only the training is made up.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use ed25519_dalek::{Signer, SigningKey};
use rand07::{SeedableRng, rngs::StdRng};
use tributary_aggregation::committee::beacon::{
    beacon_message, candidates_digest, contexts_digest, mask_graph_message,
};
use tributary_aggregation::committee::dkg::Member as Seat;
use tributary_aggregation::committee::release::release;
use tributary_aggregation::committee::sample::{committee_size, corrupt_among};
use tributary_aggregation::committee::{
    CommitteeKey, Dkg, Kind, Ledger, Purpose, Release, SealContext, SealedSeed, VerifiedCut,
};
use tributary_aggregation::committee::{KeyShare, dkg::Output};
use tributary_aggregation::context::{RoundContext, with_roster};
use tributary_aggregation::hash::digest;
use tributary_aggregation::header::{
    CutContent, Header, JoinHeader, ReportHeader, Signed, identity_commitment,
};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::masking::{MaskGraph, MaskSeeds, PairSeeds, SelfSeed, mask};
use tributary_aggregation::plan::RoundPlan;
use tributary_aggregation::update::Quantised;
use tributary_contracts::Wallet;
use tributary_proto::decode;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// What members know and the coordinator does not.
pub const AUTHENTICATOR: [u8; 32] = [0xa7; 32];
pub const EXPORTER: [u8; 32] = [0xe9; 32];
/// The group's first epoch.
pub const EPOCH: u64 = 1;
/// The share of owners that may collude, in ten-thousandths: small, so that sixteen are enough for a committee of many.
pub const MAX_CORRUPT_BPS: u16 = 700;

/// A round and an attempt.
pub type At = (u64, u32);

pub struct Member {
    pub id: OwnerId,
    pub wallet: Wallet,
    pub mls: SigningKey,
    /// The epoch that it is in.
    pub epoch: u64,
    pub key: CommitteeKey,
    pub members: Vec<OwnerId>,
    /// How many owners may collude.
    corrupt: usize,
    /// What the mask graphs of the attempt are drawn by.
    pub graph_beacon: Option<[u8; 96]>,
    /// None in an owner that is not of the committee.
    share: Option<KeyShare>,
    mask: StaticSecret,
    masks: BTreeMap<OwnerId, [u8; 32]>,
    ledger: Ledger,
    rng: StdRng,
}

/// What an owner keeps between joining and reporting.
pub struct Joined {
    pub header: Signed<JoinHeader>,
    pub context0: Digest,
    pub at: At,
    pairs: PairSeeds,
}

/// Owners that have made a key together: all, or if they are many the first of them.
pub fn members(count: u8) -> Vec<Member> {
    let mut wallets: Vec<Wallet> = (1..=count).map(|i| Wallet::from_bytes(&[i; 32]).unwrap()).collect();
    wallets.sort_by_key(Wallet::address);
    let ids: Vec<OwnerId> = wallets.iter().map(|wallet| OwnerId(wallet.address())).collect();
    let committee = &ids[..committee_size(ids.len(), MAX_CORRUPT_BPS)];
    let (keys, shares): (Vec<_>, Vec<_>) = generate(&seats(committee)).into_iter().unzip();
    let shares = shares.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
    let masks: Vec<StaticSecret> = (0..count).map(|i| StaticSecret::from([0x80 + i; 32])).collect();
    let public: BTreeMap<OwnerId, [u8; 32]> =
        ids.iter().zip(&masks).map(|(id, mask)| (*id, PublicKey::from(mask).to_bytes())).collect();
    let member = |(((wallet, share), mask), seed): (((Wallet, _), StaticSecret), u8)| Member {
        id: OwnerId(wallet.address()),
        wallet,
        mls: SigningKey::from_bytes(&[0x20 + seed; 32]),
        epoch: EPOCH,
        key: keys[0].clone(),
        members: committee.to_vec(),
        corrupt: corrupt_among(ids.len(), MAX_CORRUPT_BPS),
        graph_beacon: None,
        share,
        mask,
        masks: public.clone(),
        ledger: Ledger::new(),
        rng: StdRng::seed_from_u64(seed.into()),
    };
    wallets.into_iter().zip(shares).zip(masks).zip(0u8..).map(member).collect()
}

/// Some of the members make a key together for another epoch.
pub fn next_committee(members: &mut [Member], who: &[usize], epoch: u64) {
    let ids: Vec<OwnerId> = who.iter().map(|who| members[*who].id).collect();
    assert!(ids.is_sorted());
    for (who, (key, share)) in who.iter().zip(generate(&seats(&ids))) {
        let member = &mut members[*who];
        (member.epoch, member.key, member.share) = (epoch, key, Some(share));
        member.members.clone_from(&ids);
    }
}

fn seal_secret(index: usize) -> [u8; 32] {
    [0x40 + index as u8; 32]
}

fn seats(owners: &[OwnerId]) -> Vec<Seat> {
    let public = |index| PublicKey::from(&StaticSecret::from(seal_secret(index))).to_bytes();
    owners.iter().enumerate().map(|(index, owner)| Seat { owner: *owner, seal_key: public(index) }).collect()
}

/// Keys and shares by number of members: as many members make the same ones.
type Made = BTreeMap<usize, Vec<(CommitteeKey, Zeroizing<Vec<u8>>)>>;

fn generate(seats: &[Seat]) -> Vec<(CommitteeKey, KeyShare)> {
    static MADE: Mutex<Made> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let shares = run(seats).into_iter();
        shares.map(|(key, share)| (key, share.to_bytes())).collect()
    };
    let made = made.entry(seats.len()).or_insert_with(make);
    made.iter().map(|(key, share)| (key.clone(), KeyShare::from_bytes(share, key).unwrap())).collect()
}

/// The key generation, all members in one process.
fn run(seats: &[Seat]) -> Vec<(CommitteeKey, KeyShare)> {
    let mut runs = Vec::new();
    let mut queue = VecDeque::new();
    let mut done: BTreeMap<usize, (CommitteeKey, KeyShare)> = BTreeMap::new();
    for me in 0..seats.len() {
        let mut rng = StdRng::seed_from_u64(me as u64);
        let secret = Zeroizing::new(seal_secret(me));
        let (run, outputs) = Dkg::new(Digest([5; 32]), me as u64, seats.to_vec(), secret, &mut rng).unwrap();
        runs.push(run);
        queue.extend(outputs.into_iter().map(|output| (me, output)));
    }
    while let Some((from, output)) = queue.pop_front() {
        match output {
            Output::Broadcast(message) => {
                for (me, run) in runs.iter_mut().enumerate() {
                    let outputs = run.receive(seats[from].owner, message.clone()).unwrap_or_default();
                    queue.extend(outputs.into_iter().map(|output| (me, output)));
                }
            }
            Output::Done(outcome) => {
                done.insert(from, (outcome.committee_key, outcome.share));
            }
            Output::Restart(restart) => panic!("{restart:?}"),
        }
    }
    assert_eq!(done.len(), seats.len());
    done.into_values().collect()
}

/// The context of a group that starts from the model of the last round.
pub fn context0(study: StudyId, epoch: u64, at: At, group: u16, model: Digest, plan: &RoundPlan) -> Digest {
    let (round, attempt) = at;
    let epoch_authenticator = AUTHENTICATOR.to_vec();
    let plan = plan.digest();
    RoundContext { study, epoch, epoch_authenticator, round, attempt, group, model, plan }.digest()
}

/// A made-up model, after so many settled rounds.
pub fn model(rounds: u64) -> Digest {
    digest("test-model", &[&rounds.to_le_bytes()])
}

impl Member {
    /// It has lost its machine: it comes back with other keys.
    pub fn lose_keys(&mut self) {
        self.mls = SigningKey::from_bytes(&self.mls.to_bytes().map(|byte| byte ^ 0x55));
        self.ledger = Ledger::new();
    }

    /// What the chain holds of its MLS key.
    pub fn identity(&self) -> Digest {
        identity_commitment(&self.mls.verifying_key().to_bytes())
    }

    pub fn is_in_committee(&self) -> bool {
        self.share.is_some()
    }

    fn share(&self) -> &KeyShare {
        self.share.as_ref().expect("an owner of the committee")
    }

    /// Of the beacon that says who masks with whom in groups with these contexts.
    pub fn graph_share(&self, study: StudyId, at: At, contexts: &[Digest]) -> Vec<u8> {
        let message = mask_graph_message(study, self.epoch, at.0, at.1, contexts_digest(contexts));
        self.share().sign(Purpose::Beacon, &message).unwrap().to_bytes().to_vec()
    }

    fn graph(&self, roster: &[OwnerId], context: &Digest) -> MaskGraph {
        MaskGraph::new(roster, self.corrupt, context, self.graph_beacon.as_ref()).unwrap()
    }

    pub fn beacon_share(&self, study: StudyId, at: At, candidates: &[OwnerId]) -> Vec<u8> {
        let message = beacon_message(study, self.epoch, at.0, at.1, candidates_digest(candidates));
        self.share().sign(Purpose::Beacon, &message).unwrap().to_bytes().to_vec()
    }

    pub fn join(&mut self, context0: Digest, group: &[OwnerId]) -> Joined {
        let others: Vec<_> = group
            .iter()
            .filter(|other| **other != self.id)
            .map(|other| (*other, self.masks[other]))
            .collect();
        let pairs = PairSeeds::derive(&self.id, &self.mask, &others, &context0).unwrap();
        let sealed_pair = self.seal(&pairs.encode(), context0, Kind::Pair);
        let header = JoinHeader { context0, owner: self.id, sealed_pair };
        Joined { header: self.signed(header), context0, at: (0, 0), pairs }
    }

    pub fn report(
        &mut self,
        plan: &RoundPlan,
        joined: &Joined,
        roster: &[OwnerId],
        values: &[f32],
        weight: u32,
    ) -> (Signed<ReportHeader>, Vec<u8>) {
        let context = with_roster(&joined.context0, roster);
        let graph = self.graph(roster, &context);
        let own = [self.id.0[0] ^ context.0[0]; 32];
        let seeds =
            MaskSeeds::new(self.id, &graph, SelfSeed::from_bytes(own), &joined.pairs, &EXPORTER, &context)
                .unwrap();
        let quantised = Quantised::new(plan, values, weight).unwrap();
        let masked = mask(plan, quantised, &seeds, NonZeroUsize::MIN).unwrap();
        let sealed_self = self.seal(&own, context, Kind::SelfSeed);
        let header = ReportHeader { context, owner: self.id, sealed_self, update: masked.digest() };
        (self.signed(header), masked.into_bytes())
    }

    /// Judges a cut as a member does, and answers it: the cut's digest and the release.
    pub fn release(
        &mut self,
        at: At,
        cut: &decode::Cut,
        context0: Digest,
        model: Digest,
        min_group: usize,
    ) -> Result<(Digest, Vec<u8>), String> {
        let online: Vec<_> = cut.online.iter().map(|s| (s.header.owner, s.header.digest())).collect();
        let offline: Vec<_> = cut.offline.iter().map(|s| (s.header.owner, s.header.digest())).collect();
        let mut roster: Vec<OwnerId> = online.iter().chain(&offline).map(|(owner, _)| *owner).collect();
        roster.sort_unstable();
        let context = with_roster(&context0, &roster);
        assert_eq!(context, cut.context, "the cut's context follows from its roster");
        let content = CutContent {
            epoch: self.epoch,
            round: at.0,
            attempt: at.1,
            group: cut.group,
            context,
            online: &online,
            offline: &offline,
        };
        let seed = |sealed: &[u8]| SealedSeed::from_bytes(sealed).unwrap();
        let verified = VerifiedCut {
            epoch: self.epoch,
            round: at.0,
            attempt: at.1,
            group: cut.group,
            context0,
            context,
            model,
            graph: self.graph(&roster, &context),
            online: cut.online.iter().map(|s| (s.header.owner, seed(&s.header.sealed_self))).collect(),
            offline: cut.offline.iter().map(|s| (s.header.owner, seed(&s.header.sealed_pair))).collect(),
            digest: content.digest(),
        };
        let approved = self.ledger.answer(&verified, min_group).map_err(|refusal| refusal.to_string())?;
        let release: Release = release(self.share(), approved).unwrap();
        Ok((verified.digest, release.to_bytes()))
    }

    pub fn settlement_share(&self, digest: Digest) -> Vec<u8> {
        self.share().sign(Purpose::Settlement, &digest).unwrap().to_bytes().to_vec()
    }

    pub fn signed<T: Header>(&self, header: T) -> Signed<T> {
        let signature = self.mls.sign(header.digest().as_ref()).to_bytes();
        Signed { header, signature }
    }

    pub fn seal(&mut self, payload: &[u8], context: Digest, kind: Kind) -> Vec<u8> {
        let context = SealContext { context, owner: self.id, kind };
        SealedSeed::seal(&self.key, payload, &context, &mut self.rng).unwrap().to_bytes()
    }
}
