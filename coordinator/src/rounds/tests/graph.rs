//! Groups of more than 64 owners: the committee draws who masks with whom.

use std::collections::BTreeSet;

use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::masking::MaskGraph;
use tributary_aggregation::transcript::{AbortReason, OfflineReason};
use tributary_proto::v1::event::Event;

use super::world::World;
use crate::rounds::{Command, Phase, Rejection};

const OWNERS: u8 = 70;

/// Seventy owners, of whom sixteen are the committee, have joined the round of statistics.
fn crowd() -> World {
    let mut world = World::formed(OWNERS, 2);
    world.reach_reporting(&world.everyone());
    assert_eq!((world.phase(), world.committee().len()), ("training", 16), "{:?}", world.lines);
    world
}

fn is_drawn(world: &World) -> bool {
    world.events.iter().any(|event| matches!(event, Event::MaskGraphDrawn(_)))
}

/// A quorum of the committee has it drawn who masks with whom.
fn drawn() -> (World, MaskGraph) {
    let mut world = crowd();
    for who in world.committee().into_iter().take(11) {
        assert!(!is_drawn(&world));
        world.say(world.graph_share(who)).unwrap();
    }
    assert!(is_drawn(&world));
    let Phase::Reporting(reporting) = &world.study.phase else { panic!("{}", world.phase()) };
    let group = &reporting.groups()[0];
    let beacon = world.members[0].graph_beacon.unwrap();
    // Seven in a hundred of seventy.
    let graph = MaskGraph::new(&group.roster, 4, &group.context, Some(&beacon)).unwrap();
    assert!(graph.params().is_some());
    (world, graph)
}

/// Time passes until those who have said nothing more count as silent, and these of the committee do not.
fn fall_silent(world: &mut World, heard: &[usize]) {
    world.tick(5000);
    let committee = world.committee();
    heard.iter().filter(|who| committee.contains(who)).for_each(|who| world.beat(*who));
    world.tick(1000);
}

/// Those with an id among these.
fn who(world: &World, owners: &BTreeSet<OwnerId>) -> Vec<usize> {
    world.everyone().into_iter().filter(|who| owners.contains(&world.id(*who))).collect()
}

#[test]
fn no_report_is_taken_before_it_is_drawn_whom_to_mask_with() {
    let mut world = crowd();
    world.members[0].graph_beacon = Some([1; 96]);
    let early = world.report_header(0);
    assert!(matches!(world.say(early), Err(Rejection::NotNow { .. })));
    // Shares come from the committee, once, and for these rosters.
    let outsider = (0..usize::from(OWNERS)).find(|who| !world.committee().contains(who)).unwrap();
    let Command::GraphShare { at, share, .. } = world.graph_share(0) else { panic!() };
    let foreign = Command::GraphShare { owner: world.id(outsider), at, share: share.clone() };
    assert!(matches!(world.say(foreign), Err(Rejection::NotInCommittee(_))));
    let short = Command::GraphShare { owner: world.id(0), at, share: vec![1; 95] };
    assert!(matches!(world.say(short), Err(Rejection::Invalid { .. })));
    let members = world.committee();
    // One gives another's share: it is found out when a quorum is there, and named.
    let copied = Command::GraphShare { owner: world.id(members[1]), at, share };
    world.say(copied).unwrap();
    assert!(matches!(world.say(world.graph_share(members[1])), Err(Rejection::Conflict { .. })));
    world.say(world.graph_share(members[0])).unwrap();
    for member in &members[2..11] {
        world.say(world.graph_share(*member)).unwrap();
    }
    assert!(!is_drawn(&world));
    let liar = world.id(members[1]);
    assert!(world.said(&format!("wrong shares of the mask graphs' beacon from {liar}")), "{:?}", world.lines);
    world.say(world.graph_share(members[11])).unwrap();
    assert!(is_drawn(&world));
    world.say(world.graph_share(members[12])).expect("too late does no harm");
    world.report(0).unwrap();
}

#[test]
fn without_a_quorum_for_the_mask_graph_the_attempt_is_aborted() {
    let mut world = crowd();
    let members = world.committee();
    for member in &members[..10] {
        world.say(world.graph_share(*member)).unwrap();
    }
    world.tick(8000);
    assert_eq!(world.aborts().len(), 1);
    assert!(world.aborts()[0].reason.contains("10 of a quorum of 11 signed the mask graphs' beacon"));
    assert_eq!(world.absent(), members[10..].iter().map(|who| world.id(*who)).collect());
    assert_eq!((world.at().round, world.at().attempt), (0, 2));
}

#[test]
fn dropouts_here_and_there_are_cut_and_members_take_the_cut() {
    let (mut world, graph) = drawn();
    let committee = world.committee();
    let gone: Vec<usize> = world.everyone().into_iter().filter(|who| who % 7 == 6).collect();
    assert_eq!(gone.len(), 10);
    let rest: Vec<usize> = world.everyone().into_iter().filter(|who| who % 7 != 6).collect();
    rest.iter().for_each(|who| world.report(*who).unwrap());
    assert_eq!(world.phase(), "training");
    fall_silent(&mut world, &rest);
    assert_eq!(world.phase(), "unmasking", "{:?}", world.lines);
    let Phase::Unmasking(unmasking) = &world.study.phase else { panic!() };
    let cut = &unmasking.cuts()[0];
    assert_eq!((cut.online.len(), cut.offline.len()), (60, 10));
    assert!(cut.offline.values().all(|cut| cut.reason == OfflineReason::Silent));
    assert_eq!(cut.graph().unwrap(), graph);
    for who in committee.into_iter().filter(|who| who % 7 != 6).take(11) {
        world.release(who).unwrap();
    }
    assert_eq!(world.unmask, 1, "every seed opens: {:?}", world.lines);
}

#[test]
fn a_cut_that_would_strip_an_owner_of_its_neighbours_is_never_shown() {
    let (mut world, graph) = drawn();
    // All of an owner's neighbours are gone, those of the committee too; a quorum is still there.
    let all: BTreeSet<OwnerId> = graph.owners().iter().copied().collect();
    let committee: BTreeSet<OwnerId> = world.committee().into_iter().map(|who| world.id(who)).collect();
    let around = |owner: &OwnerId| graph.neighbours(owner).into_iter().collect::<BTreeSet<_>>();
    let spared = |owner: &&OwnerId| committee.difference(&around(owner)).count() >= 11;
    let victim = graph.owners().iter().find(spared).expect("an owner with few of the committee around it");
    let online: BTreeSet<OwnerId> = all.difference(&around(victim)).copied().collect();
    assert!(graph.stripped(&online).contains(victim));
    let rest = who(&world, &online);
    rest.iter().for_each(|who| world.report(*who).unwrap());
    fall_silent(&mut world, &rest);
    assert_eq!(world.aborts().len(), 1, "{:?}", world.lines);
    let Some(aborted) = world.study.base.aborted.last() else { panic!("on record") };
    assert_eq!(aborted.reason, AbortReason::MaskGraphTooThin);
    assert_eq!(world.absent(), around(victim));
    assert!(!world.events.iter().any(|event| matches!(event, Event::CutsProposed(_))));
    assert_eq!((world.at().round, world.at().attempt), (0, 2));
}
