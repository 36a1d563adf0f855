//! The key generation: with every member in this process, and as one member of a larger committee sees it.

use std::collections::{BTreeMap, VecDeque};

use rand07::SeedableRng;
use rand07::rngs::StdRng;
use serde_json::{Value, json};
use tributary_aggregation::committee::dkg::{Body, Dkg, DkgMessage, DkgOutcome, Member, Output};
use tributary_aggregation::committee::sample::committee_size;
use tributary_aggregation::ids::{Digest, OwnerId};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::mask::owner;
use crate::measure::{cpu_time, round4};
use crate::round::{COMMITTEE, Outcome};

/// The largest cohort that a plan allows, a tenth of which may be corrupt: so many of them are sampled.
const COHORT: (usize, u16) = (256, 1000);

/// A member's time in the largest committee of everybody, and in a sampled one.
pub fn run() -> Outcome<Vec<Value>> {
    [COMMITTEE, committee_size(COHORT.0, COHORT.1)].into_iter().map(one_member).collect()
}

/// A run of the key generation, about to begin.
struct Run {
    members: Vec<Member>,
    runs: Vec<Dkg>,
    /// What each member says first.
    first: Vec<DkgMessage>,
}

impl Run {
    fn new(owners: &[OwnerId]) -> Outcome<Self> {
        let members: Vec<Member> = owners
            .iter()
            .enumerate()
            .map(|(index, owner)| Member {
                owner: *owner,
                seal_key: PublicKey::from(&seal_key(index)).to_bytes(),
            })
            .collect();
        let (mut runs, mut first) = (Vec::new(), Vec::new());
        for index in 0..members.len() {
            let (run, outputs) = start(&members, index)?;
            runs.push(run);
            first.extend(outputs);
        }
        Ok(Self { members, runs, first })
    }
}

fn seal_key(index: usize) -> StaticSecret {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&(index as u64).to_le_bytes());
    StaticSecret::from(secret)
}

fn start(members: &[Member], index: usize) -> Outcome<(Dkg, Vec<DkgMessage>)> {
    let secret = Zeroizing::new(seal_key(index).to_bytes());
    let mut rng = StdRng::seed_from_u64(index as u64);
    let (run, outputs) = Dkg::new(Digest([5; 32]), index as u64, members.to_vec(), secret, &mut rng)?;
    Ok((run, outputs.into_iter().filter_map(broadcast).collect()))
}

fn broadcast(output: Output) -> Option<DkgMessage> {
    match output {
        Output::Broadcast(message) => Some(message),
        Output::Done(_) | Output::Restart(_) => None,
    }
}

/// The distributed key generation, every member in this process.
pub fn make_committee(owners: &[OwnerId]) -> Outcome<Vec<DkgOutcome>> {
    let Run { members, mut runs, first } = Run::new(owners)?;
    let mut messages: VecDeque<(usize, DkgMessage)> = first.into_iter().enumerate().collect();
    let mut outcomes = BTreeMap::new();
    while let Some((from, message)) = messages.pop_front() {
        for to in (0..runs.len()).filter(|to| *to != from) {
            for output in runs[to].receive(members[from].owner, message.clone())? {
                match output {
                    Output::Broadcast(message) => messages.push_back((to, message)),
                    Output::Done(outcome) => drop(outcomes.insert(to, *outcome)),
                    Output::Restart(restart) => {
                        return Err(format!("the key generation failed: {restart:?}").into());
                    }
                }
            }
        }
    }
    Ok(outcomes.into_values().collect())
}

/// The seconds that member 0 of `size` needs from its start to its key, the reading of all messages included. The
/// others, who find nothing amiss, are only as real as they have to be for that.
fn one_member(size: usize) -> Outcome<Value> {
    let owners: Vec<OwnerId> = (0..size as u16).map(owner).collect();
    let Run { members, mut runs, first } = Run::new(&owners)?;
    // Who has heard what all others announced deals.
    let mut deals = Vec::new();
    for (index, run) in runs.iter_mut().enumerate().skip(1) {
        for (from, message) in first.iter().enumerate().filter(|(from, _)| *from != index) {
            deals
                .extend(run.receive(members[from].owner, message.clone())?.into_iter().filter_map(broadcast));
        }
    }
    let content = Body::Verdict { complaints: Vec::new() };
    let verdict = DkgMessage { context: Digest([5; 32]), body: content };
    let phases: [Vec<Vec<u8>>; 3] = [
        first.iter().skip(1).map(DkgMessage::to_bytes).collect(),
        deals.iter().map(DkgMessage::to_bytes).collect(),
        vec![verdict.to_bytes(); size - 1],
    ];
    let (start_seconds, started) = cpu_time(|| start(&members, 0));
    let (mut run, _) = started?;
    let mut seconds = Vec::new();
    let mut outputs = Vec::new();
    for messages in &phases {
        let (passed, heard) = cpu_time(|| -> Outcome<()> {
            for (member, bytes) in members.iter().skip(1).zip(messages) {
                outputs.extend(run.receive(member.owner, DkgMessage::from_bytes(bytes, run.params())?)?);
            }
            Ok(())
        });
        heard?;
        seconds.push(passed);
    }
    let done = outputs.into_iter().find_map(|output| match output {
        Output::Done(outcome) => Some(outcome),
        Output::Broadcast(_) | Output::Restart(_) => None,
    });
    let outcome = done.ok_or("the key generation did not end")?;
    Ok(json!({
        "bench": "key-generation", "members": size, "quorum": outcome.committee_key.params().quorum(),
        "seconds_per_member": round4(start_seconds + seconds.iter().sum::<f64>()),
        "start_seconds": round4(start_seconds), "deals_seconds": round4(seconds[1]),
        "finish_seconds": round4(seconds[2]), "deal_bytes": phases[1].first().map(Vec::len),
    }))
}
