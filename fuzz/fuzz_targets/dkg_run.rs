//! A whole run of the key generation as the first of three members sees it, and as an observer does: messages of the other
//! two and deadlines, in any order. The input is a list of steps: the sender's index (another is a deadline), a length
//! (u16, little-endian), a message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use tributary_aggregation::committee::dkg::{
    Dkg, DkgOutcome, Member, Observed, ObservedKey, Observer, Output,
};
use tributary_aggregation::committee::{CommitteeParams, DkgMessage};
use tributary_aggregation::ids::Digest;
use tributary_fuzz::owner;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

const CONTEXT: Digest = Digest([3; 32]);

fuzz_target!(|data: &[u8]| {
    let params = CommitteeParams::new(3).expect("three are a committee");
    let mut steps = Vec::new();
    let mut rest = data;
    while let Some(([from, low, high], tail)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let Some((bytes, tail)) = tail.split_at_checked(length) else { return };
        rest = tail;
        match from {
            1 | 2 => {
                let Ok(message) = DkgMessage::from_bytes(bytes, params) else { return };
                steps.push(Some((owner(*from + 1), message)));
            }
            _ => steps.push(None),
        }
    }
    if steps.is_empty() {
        return;
    }
    let secret = |index: u8| StaticSecret::from([index; 32]);
    let members: Vec<Member> = (1..=3)
        .map(|index| Member { owner: owner(index), seal_key: PublicKey::from(&secret(index)).to_bytes() })
        .collect();
    let seal = Zeroizing::new(secret(1).to_bytes());
    let mut rng = StdRng::seed_from_u64(1);
    let mut observer = Observer::new(CONTEXT, members.clone()).expect("a run");
    let (mut run, mut outputs) = Dkg::new(CONTEXT, 0, members, seal, &mut rng).expect("a run");
    let (mut end, mut observed) = (None, None);
    for step in std::iter::once(None).chain(steps.into_iter().map(Some)) {
        match step {
            // The member's own first message.
            None => {}
            Some(Some((from, message))) => {
                if let Ok(Some(seen)) = observer.receive(from, message.clone()) {
                    observed = Some(seen);
                }
                outputs = run.receive(from, message).unwrap_or_default();
            }
            Some(None) => {
                observed = observer.silence().map(Observed::Restart).or(observed);
                end = run.silence().map(Observed::Restart).or(end);
            }
        }
        for output in std::mem::take(&mut outputs) {
            match output {
                Output::Broadcast(message) => {
                    if let Ok(Some(seen)) = observer.receive(owner(1), message) {
                        observed = Some(seen);
                    }
                }
                Output::Done(outcome) => {
                    let DkgOutcome { committee_key, qualified, .. } = *outcome;
                    end = Some(Observed::Done(ObservedKey { committee_key, qualified }));
                }
                Output::Restart(restart) => end = Some(Observed::Restart(restart)),
            }
        }
    }
    // Whoever hears the same comes to the same end, and no run is without one that others think is over.
    assert_eq!(end, observed);
});
