//! A whole round in one process: join, report, cut, release, sum, open; a tenth of the owners drop out after joining.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::num::NonZeroUsize;

use ed25519_dalek::{Signer, SigningKey};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use serde_json::{Value, json};
use tributary_aggregation::committee::dkg::{Dkg, DkgOutcome, Member, Output};
use tributary_aggregation::committee::release::{Ledger, Release, VerifiedCut, open_cut, release};
use tributary_aggregation::committee::{Kind, SealContext, SealedSeed};
use tributary_aggregation::context::{RoundContext, with_roster};
use tributary_aggregation::header::{CutContent, Header, JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::masking::{Fold, MaskGraph, MaskSeeds, PairSeeds, SelfSeed, mask, unmask};
use tributary_aggregation::plan::RoundPlan;
use tributary_aggregation::update::{Quantised, clip_l2};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::Size;
use crate::mask::owner;
use crate::measure::{cpu_time, peak_rss_mib, reset_peak_rss, round4, time};

/// The largest committee: with more owners it is a part of them.
pub const COMMITTEE: usize = 16;

/// As reports stream in.
const CHUNK: usize = 256 * 1024;

const EXPORTER: [u8; 32] = [7; 32];

/// What a step of a benchmark gives.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

struct Owner {
    id: OwnerId,
    mask_key: StaticSecret,
    signing_key: SigningKey,
}

impl Owner {
    fn sign<T: Header>(&self, header: T) -> Signed<T> {
        let signature = self.signing_key.sign(header.digest().as_ref()).to_bytes();
        Signed { header, signature }
    }
}

/// What an owner has from joining until it reports.
struct Joined {
    pairs: PairSeeds,
    header: Signed<JoinHeader>,
}

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
    let (committee_seconds, members) = time(|| make_committee(&ids));
    let members = members?;
    reset_peak_rss();
    let Round { bytes_per_owner, phases, offline, seconds_per_member } = round(&plan, &owners, &members)?;
    let seconds: f64 = phases.iter().map(|(_, seconds)| seconds).sum();
    let phases: BTreeMap<_, _> =
        phases.into_iter().map(|(phase, seconds)| (phase, round4(seconds))).collect();
    Ok(json!({
        "bench": "round", "len": size.len, "owners": size.owners, "offline": offline,
        "word_bits": plan.word_bits(), "committee": members.len(), "threads": threads().get(),
        "committee_seconds_per_member": round4(seconds_per_member),
        "seconds": round4(seconds), "phases": phases, "key_generation_seconds": round4(committee_seconds),
        "bytes_per_owner": bytes_per_owner, "packed_len": plan.packed_len(), "peak_rss_mib": peak_rss_mib(),
    }))
}

fn threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The distributed key generation, every member in this process.
pub fn make_committee(owners: &[OwnerId]) -> Outcome<Vec<DkgOutcome>> {
    let seal_key = |index: usize| StaticSecret::from([index as u8 + 1; 32]);
    let members: Vec<Member> = owners
        .iter()
        .enumerate()
        .map(|(index, owner)| Member {
            owner: *owner,
            seal_key: PublicKey::from(&seal_key(index)).to_bytes(),
        })
        .collect();
    let (mut runs, mut outputs) = (Vec::new(), VecDeque::new());
    for index in 0..members.len() {
        let secret = Zeroizing::new(seal_key(index).to_bytes());
        let mut rng = StdRng::seed_from_u64(index as u64);
        let (run, first) = Dkg::new(Digest([5; 32]), index as u64, members.clone(), secret, &mut rng)?;
        runs.push(run);
        outputs.extend(first.into_iter().map(|output| (index, output)));
    }
    let mut outcomes = BTreeMap::new();
    while let Some((from, output)) = outputs.pop_front() {
        match output {
            Output::Broadcast(message) => {
                for to in (0..runs.len()).filter(|to| *to != from) {
                    let next = runs[to].receive(members[from].owner, message.clone())?;
                    outputs.extend(next.into_iter().map(|output| (to, output)));
                }
            }
            Output::Done(outcome) => drop(outcomes.insert(from, *outcome)),
            Output::Restart(restart) => return Err(format!("the key generation failed: {restart:?}").into()),
        }
    }
    Ok(outcomes.into_values().collect())
}

struct Round {
    bytes_per_owner: usize,
    /// Seconds of each phase; making the updates and checking the outcome are none.
    phases: Vec<(&'static str, f64)>,
    offline: usize,
    /// Seconds of its one thread that a member needs to check the cut and to answer.
    seconds_per_member: f64,
}

fn round(plan: &RoundPlan, owners: &[Owner], members: &[DkgOutcome]) -> Outcome<Round> {
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

    // Join: every owner derives and seals its pair seeds.
    let (join_seconds, joined) = time(|| -> Outcome<Vec<Joined>> {
        owners
            .iter()
            .map(|me| {
                let others: Vec<_> = public.iter().copied().filter(|(other, _)| *other != me.id).collect();
                let pairs = PairSeeds::derive(&me.id, &me.mask_key, &others, &context0)?;
                let seal = SealContext { context: context0, owner: me.id, kind: Kind::Pair };
                let sealed_pair = SealedSeed::seal(committee, &pairs.encode(), &seal, &mut rng)?.to_bytes();
                let header = me.sign(JoinHeader { context0, owner: me.id, sealed_pair });
                Ok(Joined { pairs, header })
            })
            .collect()
    });
    let joined = joined?;

    // Report: every tenth owner is gone; the others' masked updates are folded one after the other.
    let mut fold = Fold::new(plan);
    let mut reports = Vec::new();
    let mut plain = vec![0u64; plan.words()];
    let (mut report_seconds, mut fold_seconds) = (0.0, 0.0);
    for (index, (me, joined)) in owners.iter().zip(&joined).enumerate() {
        if index % 10 == 9 {
            continue;
        }
        let mut update = update(plan, index);
        let weight = 1 + index as u32 % plan.max_weight();
        add_plain(plan, &update, weight, &mut plain)?;
        let (seconds, made) = time(|| -> Outcome<_> {
            clip_l2(&mut update, plan.norm().coordinate_bound())?;
            let quantised = Quantised::new(plan, &update, weight)?;
            let mut secret = [0; 32];
            rand07::RngCore::fill_bytes(&mut rng, &mut secret);
            let own = SelfSeed::from_bytes(secret);
            let seal = SealContext { context, owner: me.id, kind: Kind::SelfSeed };
            let sealed_self = SealedSeed::seal(committee, own.expose(), &seal, &mut rng)?.to_bytes();
            let seeds = MaskSeeds::new(me.id, &graph, own, &joined.pairs, &EXPORTER, &context)?;
            let masked = mask(plan, quantised, &seeds, threads())?;
            let header =
                me.sign(ReportHeader { context, owner: me.id, sealed_self, update: masked.digest() });
            Ok((masked, header))
        });
        let (masked, header) = made?;
        report_seconds += seconds;
        let (seconds, folded) = time(|| -> Outcome<()> {
            let mut report = fold.begin()?;
            for chunk in masked.as_bytes().chunks(CHUNK) {
                report.feed(chunk)?;
            }
            Ok(report.finish()?)
        });
        folded?;
        fold_seconds += seconds;
        reports.push(header);
    }

    // Cut and release: a quorum of members checks all signatures and seeds, and answers.
    let cut = ShownCut { context0, context, graph: &graph, owners, joined: &joined, reports: &reports };
    let quorum = committee.params().quorum();
    let answer = || -> Outcome<BTreeMap<u64, Release>> {
        members
            .iter()
            .take(quorum)
            .map(|member| {
                let cut = cut.verify()?;
                let mut ledger = Ledger::new();
                let approved = ledger.answer(&cut, usize::from(plan.min_group()))?;
                Ok((member.share.index(), release(&member.share, approved)?))
            })
            .collect()
    };
    let (release_seconds, (release_cpu, releases)) = time(|| cpu_time(answer));
    let releases = releases?;
    let release_len = releases.values().next().map_or(0, |release| release.to_bytes().len());

    // Unmask: the coordinator opens the seeds and removes what they stand for.
    let (unmask_seconds, sealed) = time(|| -> Outcome<_> {
        let cut = cut.verify()?;
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
        Ok(unmask(plan, fold, &context, &graph, &online, &offline, threads())?)
    });
    let sealed = sealed?;

    // Open: each member gets the mean update.
    let online: Vec<OwnerId> = reports.iter().map(|report| report.header.owner).collect();
    let (open_seconds, aggregate) = time(|| -> Outcome<_> {
        let aggregate = sealed.open(plan, &EXPORTER, &context, &online, threads())?;
        aggregate.mean_update(plan)?;
        Ok(aggregate)
    });
    let aggregate = aggregate?;
    if (Some(&aggregate.weight()), aggregate.sums()) != (plain.last(), &plain[..plan.vector_len()]) {
        return Err("the unmasked sum is not the plain sum".into());
    }
    let bytes_per_owner = joined
        .iter()
        .zip(&reports)
        .map(|(joined, report)| {
            join_len(&joined.header) + report_len(report) + plan.packed_len() + release_len
        })
        .max();
    Ok(Round {
        bytes_per_owner: bytes_per_owner.unwrap_or_default(),
        phases: vec![
            ("join", join_seconds),
            ("report", report_seconds),
            ("fold", fold_seconds),
            ("release", release_seconds),
            ("unmask", unmask_seconds),
            ("open", open_seconds),
        ],
        offline: owners.len() - reports.len(),
        seconds_per_member: release_cpu / releases.len() as f64,
    })
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

/// The headers as a member is shown them.
struct ShownCut<'a> {
    context0: Digest,
    context: Digest,
    graph: &'a MaskGraph,
    owners: &'a [Owner],
    joined: &'a [Joined],
    reports: &'a [Signed<ReportHeader>],
}

impl ShownCut<'_> {
    /// Checks every signature, as each member does for itself.
    fn verify(&self) -> Outcome<VerifiedCut> {
        let (mut online, mut offline) = (Vec::new(), Vec::new());
        let (mut online_digests, mut offline_digests) = (Vec::new(), Vec::new());
        for (owner, joined) in self.owners.iter().zip(self.joined) {
            let key = owner.signing_key.verifying_key().to_bytes();
            match self.reports.iter().find(|report| report.header.owner == owner.id) {
                Some(report) => {
                    let report = report.clone().verify(&key)?;
                    online.push((owner.id, SealedSeed::from_bytes(&report.header().sealed_self)?));
                    online_digests.push((owner.id, report.header().digest()));
                }
                None => {
                    let join = joined.header.clone().verify(&key)?;
                    offline.push((owner.id, SealedSeed::from_bytes(&join.header().sealed_pair)?));
                    offline_digests.push((owner.id, join.header().digest()));
                }
            }
        }
        let content = CutContent {
            epoch: 1,
            round: 1,
            attempt: 1,
            group: 0,
            context: self.context,
            online: &online_digests,
            offline: &offline_digests,
        };
        Ok(VerifiedCut {
            epoch: 1,
            round: 1,
            attempt: 1,
            group: 0,
            context0: self.context0,
            context: self.context,
            model: Digest([3; 32]),
            graph: self.graph.clone(),
            digest: content.digest(),
            online,
            offline,
        })
    }
}

/// Bytes of a join: context, owner, sealed seeds, signature.
fn join_len(join: &Signed<JoinHeader>) -> usize {
    Digest::LEN + OwnerId::LEN + join.header.sealed_pair.len() + join.signature.len()
}

/// Bytes of a report's header: context, owner, sealed seed, digest, signature.
fn report_len(report: &Signed<ReportHeader>) -> usize {
    2 * Digest::LEN + OwnerId::LEN + report.header.sealed_self.len() + report.signature.len()
}
