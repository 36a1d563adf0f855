//! What members of the committee seal, answer and say.

use std::collections::VecDeque;

use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use tributary_aggregation::committee::dkg::{Body, Dkg, Member, Output};
use tributary_aggregation::committee::release::{VerifiedCut, release};
use tributary_aggregation::committee::{
    DkgMessage, DkgOutcome, Kind, Ledger, Purpose, SealContext, SealedSeed,
};
use tributary_aggregation::ids::Digest;
use tributary_aggregation::masking::MaskGraph;
use tributary_fuzz::{COMMITTEE, owner};
use x25519_dalek::PublicKey;
use zeroize::Zeroizing;

use super::{CONTEXT, CONTEXT0, choose, secret, write};

fn sealed(context: Digest, who: u8, kind: Kind, payload: &[u8]) -> SealedSeed {
    let context = SealContext { context, owner: owner(who), kind };
    let mut rng = StdRng::seed_from_u64(who.into());
    SealedSeed::seal(&COMMITTEE.key, payload, &context, &mut rng).expect("a sealed seed")
}

pub(super) fn cut() {
    let own = sealed(CONTEXT0, 1, Kind::SelfSeed, &[5; 32]);
    write("sealed_seed", "own", choose(1, own.to_bytes()));
    write("sealed_seed", "pairs", choose(1, sealed(CONTEXT0, 1, Kind::Pair, &[6; 106]).to_bytes()));
    write("sealed_seed", "empty", choose(0, sealed(CONTEXT0, 1, Kind::Pair, &[]).to_bytes()));

    let cut = VerifiedCut {
        epoch: 1,
        round: 1,
        attempt: 1,
        group: 0,
        context0: CONTEXT0,
        context: CONTEXT,
        model: Digest([4; 32]),
        graph: MaskGraph::complete(&[owner(1), owner(2), owner(3)]).expect("three owners"),
        online: (1..=2).map(|who| (owner(who), sealed(CONTEXT, who, Kind::SelfSeed, &[5; 32]))).collect(),
        offline: vec![(owner(3), sealed(CONTEXT0, 3, Kind::Pair, &[6; 106]))],
        digest: Digest([5; 32]),
    };
    let mut ledger = Ledger::new();
    let approved = ledger.answer(&cut, 2).expect("an honest cut");
    let answer = release(&COMMITTEE.shares[0], approved).expect("an answer");
    write("release", "three-seeds", choose(3, answer.to_bytes()));
    ledger.answer_beacon(1, 1, 1, Digest([7; 32])).expect("a first list");
    let json = serde_json::to_vec(&ledger).expect("JSON");
    write("release_ledger", "json", choose(0, &json));
    write("release_ledger", "postcard", choose(1, postcard::to_stdvec(&ledger).expect("postcard")));

    let public = COMMITTEE.key.public_key();
    let certificate = COMMITTEE.certify(Purpose::Cut, &Digest([8; 32]));
    write("committee_key", "of-two", choose(2, COMMITTEE.key.to_bytes()));
    write("key_share", "first", COMMITTEE.shares[0].to_bytes());
    write("key_share", "second", COMMITTEE.shares[1].to_bytes());
    write("points", "key", choose(0, public.to_bytes()));
    write("points", "signature", choose(1, certificate.to_bytes()));
    write("points", "key-eip2537", choose(2, public.to_eip2537().expect("a key")));
    write("points", "signature-eip2537", choose(3, certificate.to_eip2537().expect("a signature")));
}

/// A run of three; what each said, in order.
pub(super) fn run() -> (Vec<(u8, DkgMessage)>, Vec<DkgOutcome>) {
    let members: Vec<Member> = (1..=3)
        .map(|index| Member { owner: owner(index), seal_key: PublicKey::from(&secret(index)).to_bytes() })
        .collect();
    let (mut runs, mut waiting, mut said, mut outcomes) = (vec![], VecDeque::new(), vec![], vec![]);
    for index in 0..3u8 {
        let mut rng = StdRng::seed_from_u64(u64::from(index) + 1);
        let seal = Zeroizing::new(secret(index + 1).to_bytes());
        let (run, first) =
            Dkg::new(Digest([3; 32]), index.into(), members.clone(), seal, &mut rng).expect("a run");
        runs.push(run);
        waiting.extend(first.into_iter().map(|output| (index, output)));
    }
    while let Some((from, output)) = waiting.pop_front() {
        match output {
            Output::Broadcast(message) => {
                said.push((from, message.clone()));
                for to in (0..3u8).filter(|to| *to != from) {
                    let next = runs[usize::from(to)].receive(owner(from + 1), message.clone());
                    waiting.extend(next.expect("an honest message").into_iter().map(|output| (to, output)));
                }
            }
            Output::Done(outcome) => outcomes.push(*outcome),
            Output::Restart(restart) => panic!("{restart:?}"),
        }
    }
    (said, outcomes)
}

pub(super) fn key_generation() {
    let (said, outcomes) = run();
    for (from, message) in &said {
        let name = format!("{}-{from}", message.body.phase());
        write("dkg_message", &name, choose(3, message.to_bytes()));
    }
    let mut scalar = [0; 32];
    scalar[31] = 9;
    let justify = Body::Justify { shares: vec![(0, scalar), (2, scalar)] };
    let accuse = Body::Verdict { complaints: vec![0, 2] };
    for (name, body) in [("justify", justify), ("accuse", accuse)] {
        let message = DkgMessage { context: Digest([3; 32]), body };
        write("dkg_message", name, choose(3, message.to_bytes()));
    }
    let step = |from: u8, bytes: &[u8]| [&[from][..], &(bytes.len() as u16).to_le_bytes(), bytes].concat();
    let others = said.iter().filter(|(from, _)| *from != 0);
    let steps: Vec<Vec<u8>> = others.map(|(from, message)| step(*from, &message.to_bytes())).collect();
    write("dkg_run", "honest", steps.concat());
    write("dkg_run", "silence", [steps[..3].concat(), step(3, &[])].concat());
    let accused = DkgMessage { context: Digest([3; 32]), body: Body::Verdict { complaints: vec![0] } };
    let verdict = steps.len() - 2;
    write("dkg_run", "accused", [steps[..verdict].concat(), step(1, &accused.to_bytes())].concat());
    let key = &outcomes[0].committee_key;
    write("committee_key", "of-three", choose(3, key.to_bytes()));
}
