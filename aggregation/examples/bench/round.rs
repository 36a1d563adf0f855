//! A whole round in one process: join, report, cut, release, sum, open; a tenth of the owners drop out after joining.
//!
//! What is counted is the processor time of every party: of all owners that are there, of all committee members that
//! are there, and of the coordinator. Each works on one thread. Training, evaluation, the network and the disk are no part
//! of it. What is needed until the sum is known has a number of its own: the answers of a quorum only, and one owner that
//! opens the sum.

mod cut;

use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZeroUsize;

use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use serde_json::{Value, json};
use tributary_aggregation::committee::dkg::DkgOutcome;
use tributary_aggregation::committee::release::{Ledger, Release, open_cut, release};
use tributary_aggregation::committee::{CommitteeKey, Kind, Purpose, SealContext, SealedSeed};
use tributary_aggregation::context::{RoundContext, with_roster};
use tributary_aggregation::hash::sha256;
use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::masking::{
    Fold, MaskGraph, MaskSeeds, MaskedUpdate, PairSeeds, SelfSeed, mask, unmask,
};
use tributary_aggregation::plan::RoundPlan;
use tributary_aggregation::update::{Quantised, clip_l2};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::Size;
use crate::dkg::make_committee;
use crate::mask::owner;
use crate::measure::{cpu_time, peak_rss_mib, reset_peak_rss, round4};
use cut::{Joined, Owner, ShownCut, join_len, report_len};

/// The largest committee of everybody: with more owners it is a part of them.
pub const COMMITTEE: usize = 16;

/// As reports stream in.
const CHUNK: usize = 256 * 1024;

const EXPORTER: [u8; 32] = [7; 32];

const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// What a step of a benchmark gives.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Times one round; the committee's key is made beforehand, once in an epoch.
pub fn run(size: &Size) -> Outcome<Value> {
    let plan = size.plan()?;
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let owners: Vec<Owner> = (0..size.owners)
        .map(|index| {
            let mut secret = [0; 32];
            rng.fill_bytes(&mut secret);
            let mask_key = StaticSecret::random_from_rng(&mut rng);
            Owner { id: owner(index), mask_key, signing_key: SigningKey::from_bytes(&secret) }
        })
        .collect();
    let ids: Vec<OwnerId> = owners.iter().take(COMMITTEE).map(|owner| owner.id).collect();
    let members = make_committee(&ids)?;
    reset_peak_rss();
    let mut clock = Clock::default();
    let Counts { bytes_per_owner, online, answers } = round(&plan, &owners, &members, &mut clock)?;
    let phases: BTreeMap<_, _> =
        clock.phases.iter().map(|(phase, seconds)| (*phase, round4(*seconds))).collect();
    let seconds: f64 = clock.phases.values().sum();
    let phase = |name| clock.phases.get(name).copied().unwrap_or_default();
    let quorum = members.first().map_or(0, |member| member.committee_key.params().quorum());
    // What the sum itself needs: a quorum's answers, and one owner that opens it.
    let redundant = phase("release") / answers as f64 * answers.saturating_sub(quorum) as f64
        + phase("open") / online as f64 * (online - 1) as f64;
    let packed = plan.words() as f64 * f64::from(plan.word_bits()) / 8.0;
    Ok(json!({
        "bench": "round", "len": size.len, "owners": size.owners, "offline": owners.len() - online,
        "word_bits": plan.word_bits(), "committee": members.len(), "answers": answers,
        "cpu_seconds": round4(seconds), "cpu_seconds_for_the_sum": round4(seconds - redundant), "phases": phases,
        "committee_seconds_per_member": round4(phase("release") / answers as f64),
        "bytes_per_owner": bytes_per_owner, "bytes_ratio": round4(bytes_per_owner as f64 / packed),
        "bytes_goal": (1.01 * packed + 8192.0).floor(), "peak_rss_mib": peak_rss_mib(),
    }))
}

/// Adds up what each phase takes.
#[derive(Default)]
struct Clock {
    phases: BTreeMap<&'static str, f64>,
}

impl Clock {
    fn time<T>(&mut self, phase: &'static str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let (seconds, outcome) = cpu_time(work);
        *self.phases.entry(phase).or_default() += seconds;
        outcome
    }
}

struct Counts {
    bytes_per_owner: usize,
    online: usize,
    answers: usize,
}

/// One round; making the updates and checking the outcome are not timed.
fn round(plan: &RoundPlan, owners: &[Owner], members: &[DkgOutcome], clock: &mut Clock) -> Outcome<Counts> {
    let committee = &members.first().ok_or("no committee")?.committee_key;
    let context0 = RoundContext {
        study: StudyId([1; 32]),
        epoch: 1,
        epoch_authenticator: vec![2; 32],
        round: 1,
        attempt: 1,
        group: 0,
        model: Digest([3; 32]),
        plan: plan.digest(),
    }
    .digest();
    let public: Vec<_> =
        owners.iter().map(|owner| (owner.id, PublicKey::from(&owner.mask_key).to_bytes())).collect();
    let roster: Vec<OwnerId> = owners.iter().map(|owner| owner.id).collect();
    let context = with_roster(&context0, &roster);
    let graph = MaskGraph::complete(&roster)?;
    let mut rng = StdRng::seed_from_u64(9);

    // Join: every owner derives and seals its pair seeds; the coordinator checks what it gets.
    let mut joined = Vec::new();
    for me in owners {
        let join = clock.time("join", || -> Outcome<_> {
            let others: Vec<_> = public.iter().copied().filter(|(other, _)| *other != me.id).collect();
            let pairs = PairSeeds::derive(&me.id, &me.mask_key, &others, &context0)?;
            let seal = SealContext { context: context0, owner: me.id, kind: Kind::Pair };
            let sealed_pair = SealedSeed::seal(committee, &pairs.encode(), &seal, &mut rng)?.to_bytes();
            let header = me.sign(JoinHeader { context0, owner: me.id, sealed_pair });
            Ok(Joined { pairs, header })
        })?;
        clock.time("check_joins", || {
            let header = join.header.clone().verify(&me.verifying_key())?;
            check_seal(&header.header().sealed_pair, context0, me.id, Kind::Pair)
        })?;
        joined.push(join);
    }

    // Report: every tenth owner is gone; the others' masked updates are checked and folded one after the other.
    let mut fold = Fold::new(plan);
    let mut reports = Vec::new();
    let mut plain = vec![0u64; plan.words()];
    for (index, (me, joined)) in owners.iter().zip(&joined).enumerate().filter(|(index, _)| is_there(*index))
    {
        let mut update = update(plan, index);
        let weight = 1 + index as u32 % plan.max_weight();
        add_plain(plan, &update, weight, &mut plain)?;
        let (masked, header) = clock.time("report", || -> Outcome<_> {
            clip_l2(&mut update, plan.norm().coordinate_bound())?;
            let quantised = Quantised::new(plan, &update, weight)?;
            let mut secret = [0; 32];
            rand07::RngCore::fill_bytes(&mut rng, &mut secret);
            let own = SelfSeed::from_bytes(secret);
            let seal = SealContext { context, owner: me.id, kind: Kind::SelfSeed };
            let sealed_self = SealedSeed::seal(committee, own.expose(), &seal, &mut rng)?.to_bytes();
            let seeds = MaskSeeds::new(me.id, &graph, own, &joined.pairs, &EXPORTER, &context)?;
            let masked = mask(plan, quantised, &seeds, ONE)?;
            let update = masked.digest();
            Ok((masked, me.sign(ReportHeader { context, owner: me.id, sealed_self, update })))
        })?;
        clock.time("check_reports", || check_report(&header, &masked, me))?;
        clock.time("fold", || {
            let mut report = fold.begin()?;
            for chunk in masked.as_bytes().chunks(CHUNK) {
                report.feed(chunk)?;
            }
            Ok(report.finish()?)
        })?;
        reports.push(header);
    }

    // Cut and release: the members that are there check all signatures and seeds, and answer.
    let cut = ShownCut { context0, context, graph: &graph, owners, joined: &joined, reports: &reports };
    let mut answers = BTreeMap::new();
    for (_, member) in members.iter().enumerate().filter(|(index, _)| is_there(*index)) {
        let answer = clock.time("release", || {
            let cut = cut.verify()?;
            let mut ledger = Ledger::new();
            let approved = ledger.answer(&cut, usize::from(plan.min_group()))?;
            Ok(release(&member.share, approved)?.to_bytes())
        })?;
        answers.insert(member.share.index(), answer);
    }

    // Unmask: the coordinator opens the seeds with a quorum of answers, and removes what they stand for.
    let sealed = clock.time("unmask", || {
        let cut = cut.verify()?;
        let seeds = cut.online.len() + cut.offline.len();
        let read = |(index, bytes): (&u64, &Vec<u8>)| Ok((*index, Release::from_bytes(bytes, seeds)?));
        let releases: BTreeMap<u64, Release> =
            answers.iter().take(committee.params().quorum()).map(read).collect::<Outcome<_>>()?;
        let opened = open_cut(&cut, committee, &releases)?;
        let (own, pairs) = opened.seeds.split_at(cut.online.len());
        let online = own
            .iter()
            .map(|(owner, seed)| Ok((*owner, SelfSeed::from_bytes(seed.as_slice().try_into()?))))
            .collect::<Outcome<Vec<_>>>()?;
        let offline = pairs
            .iter()
            .map(|(owner, seeds)| Ok((*owner, PairSeeds::decode(seeds)?)))
            .collect::<Outcome<Vec<_>>>()?;
        let sum = unmask(plan, fold, &context, &graph, &online, &offline, ONE)?;
        Ok((cut.digest, opened.certificate, sum))
    })?;
    let (digest, certificate, sum) = sealed;

    // Open: each owner that is there checks the certificate and gets the mean update.
    let online: Vec<OwnerId> = reports.iter().map(|report| report.header.owner).collect();
    for _ in &online {
        let aggregate = clock.time("open", || {
            let key: &CommitteeKey = committee;
            if !key.verify(Purpose::Cut, &digest, &certificate) {
                return Err("the certificate does not verify".into());
            }
            let aggregate = sum.open(plan, &EXPORTER, &context, &online, ONE)?;
            aggregate.mean_update(plan)?;
            Ok(aggregate)
        })?;
        if (Some(&aggregate.weight()), &aggregate.sums()[..]) != (plain.last(), &plain[..plan.vector_len()]) {
            return Err("the unmasked sum is not the plain sum".into());
        }
    }
    let answer_len = answers.values().map(Vec::len).max().unwrap_or_default();
    let bytes_per_owner = joined
        .iter()
        .zip(&reports)
        .map(|(joined, report)| {
            join_len(&joined.header) + report_len(report) + plan.packed_len() + answer_len
        })
        .max();
    Ok(Counts {
        bytes_per_owner: bytes_per_owner.unwrap_or_default(),
        online: online.len(),
        answers: answers.len(),
    })
}

/// Every tenth owner drops out.
fn is_there(index: usize) -> bool {
    index % 10 != 9
}

/// What the coordinator checks of a report before it counts.
fn check_report(report: &Signed<ReportHeader>, masked: &MaskedUpdate, owner: &Owner) -> Outcome<()> {
    let report = report.clone().verify(&owner.verifying_key())?;
    let header = report.header();
    check_seal(&header.sealed_self, header.context, owner.id, Kind::SelfSeed)?;
    if sha256(masked.as_bytes()) != header.update {
        return Err("the update is another than was signed".into());
    }
    Ok(())
}

fn check_seal(sealed: &[u8], context: Digest, owner: OwnerId, kind: Kind) -> Outcome<()> {
    match SealedSeed::from_bytes(sealed)?.verify(&SealContext { context, owner, kind }) {
        true => Ok(()),
        false => Err("a sealed seed is not valid".into()),
    }
}

/// Some update: different for every owner, within a factor of two of the clip.
fn update(plan: &RoundPlan, index: usize) -> Vec<f32> {
    let mut rng = ChaCha20Rng::seed_from_u64(index as u64);
    let scale = 2.0 / (plan.vector_len() as f32).sqrt();
    (0..plan.vector_len()).map(|_| (rng.next_u32() as f32 / u32::MAX as f32 - 0.5) * 2.0 * scale).collect()
}

/// Adds an update to the plain sum that the round's outcome is checked against.
fn add_plain(plan: &RoundPlan, update: &[f32], weight: u32, sum: &mut [u64]) -> Outcome<()> {
    let mut update = update.to_vec();
    clip_l2(&mut update, plan.norm().coordinate_bound())?;
    let integers = Quantised::new(plan, &update, weight)?.to_integers();
    sum.iter_mut().zip(integers).for_each(|(sum, integer)| *sum += integer);
    Ok(())
}
