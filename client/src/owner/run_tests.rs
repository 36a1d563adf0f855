use rand07::SeedableRng;
use rand07::rngs::StdRng;
use tributary_aggregation::committee::dkg::Member;
use tributary_aggregation::ids::Digest;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::*;

const CONTEXT: Digest = Digest([3; 32]);

fn owner(number: u8) -> OwnerId {
    OwnerId([number; 20])
}

fn members(count: u8) -> Vec<Member> {
    let member = |number: u8| Member {
        owner: owner(number),
        seal_key: PublicKey::from(&StaticSecret::from([number + 1; 32])).to_bytes(),
    };
    (0..count).map(member).collect()
}

/// Member `me` of `count`, or who only follows, with what it says first.
fn join(count: u8, me: Option<u8>) -> (Run, Vec<DkgMessage>) {
    let board = Observer::new(CONTEXT, members(count)).unwrap();
    let Some(me) = me else { return (Run::new(board, None), Vec::new()) };
    let mut rng = StdRng::from_seed([me; 32]);
    let secret = Zeroizing::new([me + 1; 32]);
    let (dealer, outputs) = Dkg::new(CONTEXT, me.into(), members(count), secret, &mut rng).unwrap();
    let said = outputs.into_iter().map(|output| match output {
        Output::Broadcast(message) => message,
        other => panic!("{other:?}"),
    });
    (Run::new(board, Some(dealer)), said.collect())
}

/// What was said, and what each came to.
type Played = (Vec<(u8, DkgMessage)>, Vec<(u8, Step)>);

/// Everybody hears the log in its order.
fn play(parties: &mut [(u8, Run, Vec<DkgMessage>)]) -> Played {
    let (mut log, mut ends) = (Vec::new(), Vec::new());
    let mut waiting: std::collections::VecDeque<(u8, DkgMessage)> = parties
        .iter_mut()
        .flat_map(|(me, _, said)| std::mem::take(said).into_iter().map(|message| (*me, message)))
        .collect();
    while let Some((from, message)) = waiting.pop_front() {
        log.push((from, message.clone()));
        for (me, run, _) in parties.iter_mut() {
            for step in take(run, *me, from, message.clone()) {
                match step {
                    Step::Broadcast(message) => waiting.push_back((*me, message)),
                    end => ends.push((*me, end)),
                }
            }
        }
    }
    (log, ends)
}

fn take(run: &mut Run, me: u8, from: u8, message: DkgMessage) -> Vec<Step> {
    if me == from {
        return run.log(owner(me), message).unwrap().into_iter().collect();
    }
    run.receive(owner(from), message).unwrap()
}

#[test]
fn dealers_and_those_who_only_follow_come_to_one_key() {
    let mut parties: Vec<_> = [Some(0), Some(1), Some(2), None]
        .into_iter()
        .map(|me| {
            let (run, said) = join(3, me);
            (me.unwrap_or(9), run, said)
        })
        .collect();
    let (_, ends) = play(&mut parties);
    assert_eq!(ends.len(), 4);
    let mut keys = Vec::new();
    for (me, end) in ends {
        let Step::Made(made) = end else { panic!("{me} has made no key") };
        assert_eq!(made.share.is_some(), me != 9);
        assert_eq!(made.qualified.len(), 3);
        keys.push(made.key.to_bytes());
    }
    assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn an_owner_that_was_away_comes_to_the_same_end_as_the_others() {
    let mut parties: Vec<_> = (0..3)
        .map(|me| {
            let (run, said) = join(4, Some(me));
            (me, run, said)
        })
        .collect();
    let (log, ends) = play(&mut parties);
    assert!(ends.is_empty(), "they wait for the fourth");
    let dropped = |step: Option<Step>| match step {
        Some(Step::Restart(restart)) => restart.without(),
        _ => panic!("nobody is dropped"),
    };
    for (_, run, _) in &mut parties {
        assert_eq!(dropped(run.silence()), [owner(3)]);
    }
    // It reads the log when all is over. What it says itself is not in there, so it counts as silent for itself too.
    let (mut late, said) = join(4, Some(3));
    assert_eq!(said.len(), 1);
    for (from, message) in log {
        for step in take(&mut late, 3, from, message) {
            assert!(matches!(step, Step::Broadcast(_)));
        }
    }
    assert_eq!(dropped(late.silence()), [owner(3)]);
}
