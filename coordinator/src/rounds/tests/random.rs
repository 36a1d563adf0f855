//! Whatever befalls a study, in whatever order: nothing panics, nothing is cut below `min_group`, nobody is shown two
//! cuts of one (epoch, round, group), and attempts only grow.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1::event::Event;

use super::world::World;
use crate::rounds::roster::Gate;
use crate::rounds::{Command, Phase};
use crate::testing::member::next_committee;

/// Those who may ever take part.
const OWNERS: usize = 6;

/// Something that may befall, by whom, and how much time goes by before it.
#[derive(Debug, Clone, Copy)]
enum Act {
    Right(usize),
    Wrong(usize, u8),
    Beat(usize),
    Wait(u64),
    Chain(bool),
    Resume,
    Roster(usize, u8),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        40 => (0usize..OWNERS).prop_map(Act::Right),
        4 => (0usize..OWNERS, any::<u8>()).prop_map(|(who, what)| Act::Wrong(who, what)),
        6 => (0usize..OWNERS).prop_map(Act::Beat),
        3 => (0usize..OWNERS, any::<u8>()).prop_map(|(who, what)| Act::Roster(who, what)),
        3 => prop_oneof![8 => 0u64..3_000, 2 => 0u64..15_000].prop_map(Act::Wait),
        8 => prop::bool::weighted(0.97).prop_map(Act::Chain),
        1 => Just(Act::Resume),
    ];
    prop::collection::vec(act, 1..200)
}

/// What an honest owner would say now.
fn right(world: &mut World, who: usize) {
    if let Phase::Forming(_) = &world.study.phase {
        return form(world, who);
    }
    let committee = world.study.base.committee.as_ref();
    if committee.is_none_or(|committee| committee.index(&world.id(who)).is_none()) {
        return;
    }
    // Refusals are part of the game: an owner may say its part twice, or after its turn.
    let _ = match &world.study.phase {
        Phase::Opening(_) => world.beacon(who),
        Phase::Joining(_) => {
            let candidate = world.is_candidate(who);
            if candidate { world.join(who) } else { Ok(()) }
        }
        Phase::Reporting(_) => {
            let rostered = world.is_rostered(who);
            if rostered { world.report(who) } else { Ok(()) }
        }
        Phase::Unmasking(_) => world.release(who),
        Phase::Evaluating(_) => world.evaluate(who, world.evaluation(0)),
        Phase::Settling(settling) if !settling.is_relayed() => world.sign(who),
        _ => Ok(()),
    };
}

/// Brings the group to the new roster if that is due, or signs the key that its owners have made.
fn form(world: &mut World, who: usize) {
    let owners: Vec<usize> = world.study.base.owners.keys().map(|owner| world.index_of(*owner)).collect();
    if world.epoch() == world.study.base.registered_epoch() {
        let due = world.announced_changes().pop().filter(|announced| announced.epoch == world.epoch());
        if due.is_some() {
            let _ = world.commit(who);
        }
    } else if owners.contains(&who) {
        if world.members[who].epoch != world.epoch() {
            next_committee(&mut world.members, &owners, world.study.base.mls_epoch.unwrap_or(0));
        }
        let _ = world.speak(who);
        let _ = world.sign_committee(who);
    }
}

/// Somebody asks for a change of the roster.
fn change(world: &mut World, who: usize, what: u8) {
    let _ = match what % 8 {
        0 | 1 => world.come(who),
        2 => world.leave(who),
        3 => {
            world.members[who].lose_keys();
            world.come(who)
        }
        4 => world.propose_removal(who),
        _ => world.sign_removal(usize::from(what) % OWNERS, who),
    };
}

fn wrong(world: &mut World, who: usize, what: u8) {
    let owner = world.id(who);
    let Some(at) = world.study.phase.attempt() else { return };
    let _ = match what % 5 {
        0 => world.say(Command::BeaconShare { owner, at, share: vec![what; 96] }),
        1 => world.say(Command::Release { owner, at, groups: vec![] }),
        2 => world.say(Command::Summed { at, sums: vec![] }),
        3 => world.say(Command::SettleRefused { round: at.round + 1, reason: "no".into() }),
        _ => world.say(world.enrolment(who, what.into())),
    };
}

fn chain(world: &mut World, well: bool) {
    match &world.study.phase {
        Phase::Unmasking(unmasking) if unmasking.is_open() && well => world.publish().unwrap(),
        Phase::Unmasking(unmasking) if unmasking.is_open() => {
            let at = world.at();
            world.say(Command::NotSummed { at, reason: "gone".into(), fault: None }).unwrap();
        }
        Phase::Settling(settling) if settling.is_relayed() => world.settled().unwrap(),
        _ if world.relayed < world.errands.len() => world.relay_one(),
        _ => {}
    }
}

/// Who takes part, and with which keys.
fn owners(world: &World) -> BTreeMap<OwnerId, Digest> {
    world.study.base.owners.iter().map(|(owner, known)| (*owner, known.identity)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 100, ..ProptestConfig::default() })]
    #[test]
    fn whatever_befalls_the_rules_hold(acts in acts()) {
        let mut world = World::at_work(OWNERS as u8, &[0, 1, 2, 3]);
        let mut places = vec![(0, 0)];
        for act in acts {
            let (before, forms) = (owners(&world), matches!(world.study.phase, Phase::Forming(_)));
            match act {
                Act::Right(who) => right(&mut world, who),
                Act::Wrong(who, what) => wrong(&mut world, who, what),
                Act::Beat(who) => {
                    let owner = world.id(who);
                    let beat = Command::Heartbeat { owner, round: 0, done_permille: 0, vault_generation: 0 };
                    let _ = world.say(beat);
                }
                Act::Roster(who, what) => change(&mut world, who, what),
                Act::Wait(time) => world.tick(time),
                Act::Chain(well) => chain(&mut world, well),
                Act::Resume => world.say(Command::Resumed).unwrap(),
            }
            world.models = world.models_after_statistics();
            prop_assert!(forms || owners(&world) == before, "owners change between attempts only");
            if let Some(at) = world.study.phase.attempt() {
                places.push((at.round, at.attempt));
            }
        }
        prop_assert!(places.is_sorted(), "attempts only grow");
        let epochs: Vec<u64> = world.events.iter().filter_map(|event| match event {
            Event::CommitteeRegistered(registered) => Some(registered.epoch),
            _ => None,
        }).collect();
        prop_assert!(epochs.windows(2).all(|pair| pair[0] < pair[1]), "every committee is of a later epoch");
        if world.study.base.roster.gate() == Gate::Sealed && world.relayed == world.errands.len() {
            prop_assert!(world.chain.sealed || world.study.phase.has_ended());
        }
        let mut shown: BTreeMap<(u64, u32), Vec<u8>> = BTreeMap::new();
        for event in &world.events {
            let Event::CutsProposed(proposed) = event else { continue };
            for cut in &proposed.cuts {
                prop_assert!(cut.online.len() >= 2, "no cut below min_group");
                let known = shown.insert((proposed.round, cut.group), cut.context.clone());
                prop_assert!(known.is_none(), "one cut for each (epoch, round, group)");
            }
        }
        let settled = world.events.iter().filter(|event| matches!(event, Event::RoundSettled(s) if s.round > 0)).count();
        prop_assert_eq!(settled as u64, world.study.base.history.rounds);
    }
}
