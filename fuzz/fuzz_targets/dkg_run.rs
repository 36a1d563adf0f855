//! A whole run of the key generation as one of three members sees it: messages and deadlines in any order. The input is
//! a list of steps: a member's index (3 or more is a deadline), a length (u16, little-endian), a message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use tributary_aggregation::committee::dkg::{Dkg, Member, Output};
use tributary_aggregation::committee::{CommitteeParams, DkgMessage};
use tributary_aggregation::ids::Digest;
use tributary_fuzz::owner;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

fuzz_target!(|data: &[u8]| {
    let params = CommitteeParams::new(3).expect("three are a committee");
    let mut steps = Vec::new();
    let mut rest = data;
    while let Some(([from, low, high], tail)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let Some((bytes, tail)) = tail.split_at_checked(length) else { return };
        rest = tail;
        match from {
            0..3 => {
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
    let members = (1..=3)
        .map(|index| Member { owner: owner(index), seal_key: PublicKey::from(&secret(index)).to_bytes() })
        .collect();
    let seal = Zeroizing::new(secret(1).to_bytes());
    let mut rng = StdRng::seed_from_u64(1);
    let (mut run, _) = Dkg::new(Digest([3; 32]), 0, members, seal, &mut rng).expect("a run");
    for step in steps {
        let outputs = match step {
            Some((from, message)) => run.receive(from, message).unwrap_or_default(),
            None => {
                drop(run.silence());
                Vec::new()
            }
        };
        for output in outputs {
            if let Output::Done(outcome) = output {
                assert_eq!(outcome.committee_key.params(), params);
                assert_eq!(outcome.qualified.len(), 3);
            }
        }
    }
});
