//! A committee member's work at a cut, from the bytes of the sealed seeds to those of its answer, and what the
//! coordinator makes of a quorum of answers; in seconds of the one thread that each of them needs.

use std::collections::BTreeMap;

use rand07::SeedableRng;
use rand07::rngs::StdRng;
use serde_json::{Value, json};
use tributary_aggregation::committee::release::{Ledger, Release, VerifiedCut, open_cut, release};
use tributary_aggregation::committee::{Kind, SealContext, SealedSeed};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::MaskGraph;

use crate::dkg::make_committee;
use crate::mask::owner;
use crate::measure::{cpu_time, median, round4};
use crate::round::{COMMITTEE, Outcome};

/// Members that are timed; the numbers are medians over them.
const TIMED: usize = 5;

/// Times a cut of `seeds` online owners.
pub fn run(seeds: u16) -> Outcome<Value> {
    let owners: Vec<OwnerId> = (0..seeds).map(owner).collect();
    let members = make_committee(&owners[..owners.len().min(COMMITTEE)])?;
    let committee = &members.first().ok_or("no committee")?.committee_key;
    let context = Digest([4; 32]);
    let mut rng = StdRng::seed_from_u64(9);
    let sealed: Vec<(OwnerId, Vec<u8>)> = owners
        .iter()
        .map(|owner| {
            let seal = SealContext { context, owner: *owner, kind: Kind::SelfSeed };
            Ok((*owner, SealedSeed::seal(committee, &[1; 32], &seal, &mut rng)?.to_bytes()))
        })
        .collect::<Outcome<_>>()?;

    let (mut reads, mut judgements, mut answers, mut whole) = (vec![], vec![], vec![], vec![]);
    let mut releases = BTreeMap::new();
    for member in members.iter().take(committee.params().quorum()) {
        let (read, cut) = cpu_time(|| cut(context, &owners, &sealed));
        let cut = cut?;
        let mut ledger = Ledger::new();
        let (judge, approved) = cpu_time(|| ledger.answer(&cut, 2));
        let approved = approved?;
        let (answer, released) =
            cpu_time(|| release(&member.share, approved).map(|release| release.to_bytes()));
        releases.insert(member.share.index(), released?);
        if whole.len() < TIMED {
            reads.push(read);
            judgements.push(judge);
            answers.push(answer);
            whole.push(read + judge + answer);
        }
    }
    let (read_releases, releases) = cpu_time(|| -> Outcome<BTreeMap<u64, Release>> {
        let read = |(index, bytes): (&u64, &Vec<u8>)| Ok((*index, Release::from_bytes(bytes, sealed.len())?));
        releases.iter().map(read).collect()
    });
    let (releases, cut) = (releases?, cut(context, &owners, &sealed)?);
    let (open, opened) = cpu_time(|| open_cut(&cut, committee, &releases));
    if opened?.seeds.iter().any(|(_, seed)| seed.as_slice() != [1; 32]) {
        return Err("an opened seed is not what was sealed".into());
    }
    Ok(json!({
        "bench": "committee", "seeds": seeds, "committee": members.len(), "quorum": committee.params().quorum(),
        "committee_seconds_per_member": round4(median(whole)),
        "read_seeds_seconds": round4(median(reads)), "judge_seconds": round4(median(judgements)),
        "answer_seconds": round4(median(answers)), "coordinator_read_seconds": round4(read_releases),
        "coordinator_open_seconds": round4(open),
    }))
}

fn cut(context: Digest, owners: &[OwnerId], sealed: &[(OwnerId, Vec<u8>)]) -> Outcome<VerifiedCut> {
    let online = sealed.iter().map(|(owner, bytes)| Ok((*owner, SealedSeed::from_bytes(bytes)?)));
    Ok(VerifiedCut {
        epoch: 1,
        round: 1,
        attempt: 1,
        group: 0,
        context0: Digest([3; 32]),
        context,
        model: Digest([5; 32]),
        graph: MaskGraph::complete(owners)?,
        online: online.collect::<Outcome<_>>()?,
        offline: Vec::new(),
        digest: Digest([6; 32]),
    })
}
