//! Rounds as they should be told, and as a lying coordinator would tell them.

use std::collections::BTreeSet;

use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use tributary_aggregation::committee::dkg::{Member, Output};
use tributary_aggregation::committee::{CommitteeKey, Dkg, KeyShare, Purpose};
use tributary_aggregation::groups::assign_groups;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::masking::MaskGraph;
use tributary_proto::decode::Group;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::{Announced, Opened, Rostered, RoundError, RoundFacts};
use crate::connection::Attempt;

const AT: Attempt = Attempt { round: 3, attempt: 2 };

fn owner(number: u8) -> OwnerId {
    OwnerId([number; 20])
}

fn owners() -> Vec<OwnerId> {
    (1..=4).map(owner).collect()
}

/// A committee of four, by a key generation in which everybody is honest.
pub(in crate::owner) fn committee() -> (CommitteeKey, Vec<KeyShare>) {
    let secrets: Vec<StaticSecret> = (1..=4u8).map(|i| StaticSecret::from([i; 32])).collect();
    let members: Vec<Member> = owners()
        .into_iter()
        .zip(&secrets)
        .map(|(owner, secret)| Member { owner, seal_key: PublicKey::from(secret).to_bytes() })
        .collect();
    let mut runs = Vec::new();
    let mut sent = Vec::new();
    for (index, secret) in secrets.iter().enumerate() {
        let mut rng = StdRng::seed_from_u64(index as u64);
        let seal = Zeroizing::new(secret.to_bytes());
        let (run, outputs) =
            Dkg::new(Digest([1; 32]), index as u64, members.clone(), seal, &mut rng).unwrap();
        runs.push(run);
        sent.extend(outputs.into_iter().map(|output| (index, output)));
    }
    let mut made = Vec::new();
    while let Some((from, output)) = (!sent.is_empty()).then(|| sent.remove(0)) {
        match output {
            Output::Broadcast(message) => {
                for (to, run) in runs.iter_mut().enumerate().filter(|(to, _)| *to != from) {
                    let outputs = run.receive(owners()[from], message.clone()).unwrap();
                    sent.extend(outputs.into_iter().map(|output| (to, output)));
                }
            }
            Output::Done(outcome) => made.push((outcome.committee_key, outcome.share)),
            Output::Restart(restart) => panic!("{restart:?}"),
        }
    }
    made.sort_by_key(|(_, share)| share.index());
    let key = made[0].0.clone();
    (key, made.into_iter().map(|(_, share)| share).collect())
}

fn facts() -> RoundFacts {
    RoundFacts {
        study: StudyId([5; 32]),
        epoch: 1,
        epoch_authenticator: vec![6; 32],
        model: Digest([7; 32]),
        plan: Digest([8; 32]),
        min_group: 2,
        max_groups: 2,
        corrupt: 0,
    }
}

fn announce(candidates: Vec<OwnerId>) -> Result<Announced, RoundError> {
    Announced::new(AT, 1, candidates, &owners().into_iter().collect::<BTreeSet<_>>(), facts())
}

fn beacon(announced: &Announced, key: &CommitteeKey, shares: &[KeyShare]) -> [u8; 96] {
    let message = announced.beacon_message();
    let signed = shares
        .iter()
        .take(3)
        .map(|share| (share.index(), share.sign(Purpose::Beacon, &message).unwrap()))
        .collect();
    key.combine(Purpose::Beacon, &message, &signed).unwrap().certificate.to_bytes()
}

fn groups(beacon: &[u8; 96], candidates: &[OwnerId]) -> Vec<Group> {
    (0u16..)
        .zip(assign_groups(beacon, candidates, 2, 2))
        .map(|(index, owners)| Group { index, owners })
        .collect()
}

fn opened() -> Opened {
    let (key, shares) = committee();
    let announced = announce(owners()).unwrap();
    let beacon = beacon(&announced, &key, &shares);
    announced.open(AT, &beacon, &groups(&beacon, &owners()), &key).unwrap()
}

#[test]
fn an_honest_round_goes_from_phase_to_phase() {
    let opened = opened();
    let (group, members) = opened.group_of(&owner(1)).unwrap();
    assert_eq!(members.len(), 2);
    assert_ne!(opened.context0(0), opened.context0(1));
    let context0 = opened.context0(group);
    let rosters: Vec<Group> = (0u16..2)
        .map(|index| {
            let of_this = |other: &OwnerId| opened.group_of(other).is_some_and(|(of, _)| of == index);
            Group { index, owners: owners().into_iter().filter(of_this).collect() }
        })
        .collect();
    let rostered = opened.fix(AT, rosters).unwrap();
    let (again, mine) = rostered.group_of(&owner(1)).unwrap();
    assert_eq!((again, mine.context0), (group, context0));
    assert_ne!(mine.context, mine.context0);
    assert!(rostered.check(AT).is_ok());
    assert!(rostered.check(Attempt { round: 3, attempt: 3 }).is_err());
}

#[test]
fn strangers_other_epochs_and_too_few_candidates_are_refused() {
    assert_eq!(announce(vec![owner(1), owner(9)]).err(), Some(RoundError::Stranger(owner(9))));
    assert_eq!(announce(vec![owner(1)]).err(), Some(RoundError::TooFew(1)));
    let enrolled = owners().into_iter().collect();
    let stale = Announced::new(AT, 2, owners(), &enrolled, facts());
    assert!(matches!(stale, Err(RoundError::Epoch { got: 2, .. })));
}

#[test]
fn groups_of_the_coordinators_own_choice_are_refused() {
    let (key, shares) = committee();
    let announced = announce(owners()).unwrap();
    let beacon = beacon(&announced, &key, &shares);
    let mut chosen = groups(&beacon, &owners());
    let (left, right) = chosen.split_at_mut(1);
    std::mem::swap(&mut left[0].owners, &mut right[0].owners);
    assert_eq!(announced.clone().open(AT, &beacon, &chosen, &key).err(), Some(RoundError::Groups));
    let fewer = groups(&beacon, &owners()[..2]);
    assert_eq!(announced.open(AT, &beacon, &fewer, &key).err(), Some(RoundError::Groups));
}

#[test]
fn groups_beyond_the_rotation_budget_are_refused() {
    let (key, shares) = committee();
    // What the plan says of a round that the budget does not reach.
    let spent = RoundFacts { max_groups: 1, ..facts() };
    let enrolled: BTreeSet<OwnerId> = owners().into_iter().collect();
    let announced = Announced::new(AT, 1, owners(), &enrolled, spent).unwrap();
    let beacon = beacon(&announced, &key, &shares);
    let rotated = groups(&beacon, &owners());
    assert_eq!(announced.clone().open(AT, &beacon, &rotated, &key).err(), Some(RoundError::Groups));
    let together = [Group { index: 0, owners: owners() }];
    assert!(announced.open(AT, &beacon, &together, &key).is_ok());
}

#[test]
fn a_beacon_of_other_candidates_or_of_nobody_is_refused() {
    let (key, shares) = committee();
    let three = announce(owners()[..3].to_vec()).unwrap();
    let other = beacon(&three, &key, &shares);
    for forged in [other, [0; 96]] {
        let announced = announce(owners()).unwrap();
        let refused = announced.open(AT, &forged, &groups(&forged, &owners()), &key);
        assert_eq!(refused.err(), Some(RoundError::Beacon));
    }
}

#[test]
fn a_roster_with_somebody_of_another_group_or_below_the_smallest_group_is_refused() {
    let opened = opened();
    let (first, second): (Vec<OwnerId>, Vec<OwnerId>) =
        owners().into_iter().partition(|owner| opened.group_of(owner).is_some_and(|(group, _)| group == 0));
    let rosters = |a: &[OwnerId], b: &[OwnerId]| {
        vec![Group { index: 0, owners: a.to_vec() }, Group { index: 1, owners: b.to_vec() }]
    };
    let mixed = [first[0], second[0]];
    let refused = opened.clone().fix(AT, rosters(&mixed, &second));
    assert_eq!(refused.err(), Some(RoundError::Roster(0)));
    let refused = opened.clone().fix(AT, rosters(&first, &second[..1]));
    assert_eq!(refused.err(), Some(RoundError::Roster(1)));
    let refused = opened.fix(Attempt { round: 3, attempt: 1 }, rosters(&first, &second));
    assert!(matches!(refused, Err(RoundError::OtherAttempt { .. })));
}

#[test]
fn every_model_epoch_attempt_and_roster_has_a_context_of_its_own() {
    let base = opened();
    let mut seen = BTreeSet::from([base.context0(0)]);
    let changes: [fn(&mut Opened); 4] = [
        |o| o.facts.model = Digest([9; 32]),
        |o| o.facts.epoch_authenticator = vec![9; 32],
        |o| o.facts.plan = Digest([9; 32]),
        |o| o.at.attempt += 1,
    ];
    for change in changes {
        let mut changed = base.clone();
        change(&mut changed);
        assert!(seen.insert(changed.context0(0)));
    }
}

/// Seventy owners in one group, its roster fixed: who masks with whom is to be drawn.
pub(in crate::owner) fn crowd() -> Rostered {
    let (key, shares) = committee();
    let crowd: Vec<OwnerId> = (1..=70).map(owner).collect();
    let facts = RoundFacts { max_groups: 1, corrupt: 3, ..facts() };
    let enrolled: BTreeSet<OwnerId> = crowd.iter().copied().collect();
    let announced = Announced::new(AT, 1, crowd.clone(), &enrolled, facts).unwrap();
    let beacon = beacon(&announced, &key, &shares);
    let group = Group { index: 0, owners: crowd };
    announced.open(AT, &beacon, std::slice::from_ref(&group), &key).unwrap().fix(AT, vec![group]).unwrap()
}

fn signed(message: &Digest, key: &CommitteeKey, shares: &[KeyShare]) -> [u8; 96] {
    let shares =
        shares.iter().take(3).map(|share| (share.index(), share.sign(Purpose::Beacon, message).unwrap()));
    key.combine(Purpose::Beacon, message, &shares.collect()).unwrap().certificate.to_bytes()
}

#[test]
fn who_masks_with_whom_is_drawn_for_large_groups_only() {
    let opened = opened();
    let all =
        |index| owners().into_iter().filter(move |o| opened.group_of(o).is_some_and(|(g, _)| g == index));
    let rosters: Vec<Group> =
        (0u16..2).map(|index| Group { index, owners: all.clone()(index).collect() }).collect();
    let small = self::opened().fix(AT, rosters).unwrap();
    assert!(!small.awaits_graphs());
    assert!(
        small.groups.iter().all(|group| group.graph.as_ref().is_some_and(|graph| graph.params().is_none()))
    );

    let (key, shares) = committee();
    let mut large = crowd();
    assert!(large.awaits_graphs());
    let beacon = signed(&large.graph_message(), &key, &shares);
    large.draw(AT, &beacon, &key).unwrap();
    assert!(!large.awaits_graphs());
    let group = &large.groups[0];
    let due = MaskGraph::new(&group.roster, 3, &group.context, Some(&beacon)).unwrap();
    assert_eq!(group.graph, Some(due));
    assert!(group.graph.as_ref().is_some_and(|graph| graph.params().is_some()));
    // Told again, nothing changes.
    let before = large.clone();
    large.draw(AT, &beacon, &key).unwrap();
    assert_eq!(large.groups, before.groups);
}

#[test]
fn a_mask_graph_that_the_committee_did_not_draw_for_these_rosters_is_refused() {
    let (key, shares) = committee();
    let mut rostered = crowd();
    let mut other = rostered.clone();
    other.groups[0].context = Digest([9; 32]);
    let elsewhere = signed(&other.graph_message(), &key, &shares);
    let mut later = rostered.clone();
    later.at.attempt += 1;
    let later = signed(&later.graph_message(), &key, &shares);
    // The beacon of the groups is the committee's signature too, but on something else.
    let groups = beacon(&announce(owners()).unwrap(), &key, &shares);
    for forged in [elsewhere, later, groups, [0; 96]] {
        assert_eq!(rostered.draw(AT, &forged, &key), Err(RoundError::GraphBeacon));
        assert!(rostered.awaits_graphs(), "a refused beacon draws nothing");
    }
    let beacon = signed(&rostered.graph_message(), &key, &shares);
    let refused = rostered.draw(Attempt { round: 3, attempt: 1 }, &beacon, &key);
    assert!(matches!(refused, Err(RoundError::OtherAttempt { .. })));
    rostered.draw(AT, &beacon, &key).unwrap();
}
