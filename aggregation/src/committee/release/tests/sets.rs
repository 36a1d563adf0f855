//! Who is online and who is offline.

use super::*;

#[test]
fn of_one_owner_never_both_seeds() {
    let study = Study::new();
    let both = study.cut(FIRST, &[0, 1, 2], &[2]);
    assert_eq!(refusal(&mut Ledger::new(), &both), ReleaseRefusal::Twice { owner: owner(2), round: 1 });
}

#[test]
fn online_and_offline_must_be_the_roster() {
    let study = Study::new();
    let mut cut = study.cut(FIRST, &[0, 1], &[2]);
    cut.graph = complete((0..4).map(owner));
    assert_eq!(refusal(&mut Ledger::new(), &cut), ReleaseRefusal::Unaccounted { owner: owner(3), round: 1 });
    cut.graph = complete((0..2).map(owner));
    assert_eq!(refusal(&mut Ledger::new(), &cut), ReleaseRefusal::Stranger { owner: owner(2), round: 1 });
}

#[test]
fn a_sum_over_too_few_owners_is_refused() {
    let study = Study::new();
    let cut = study.cut(FIRST, &[0], &[1, 2]);
    assert_eq!(refusal(&mut Ledger::new(), &cut), ReleaseRefusal::TooFewOnline { online: 1, min_group: 2 });
    for min_group in [0, 1] {
        let error = Ledger::new().answer(&cut, min_group).expect_err("a sum of one owner is its update");
        assert_eq!(error, ReleaseRefusal::MinGroup { min_group });
    }
}

#[test]
fn a_cut_that_strips_an_owner_of_its_neighbours_is_refused() {
    let study = Study::new();
    let place = FIRST;
    let roster: Vec<OwnerId> = (0..70).map(owner).collect();
    let graph = MaskGraph::new(&roster, 3, &place.context("with the roster"), Some(&[1; 96])).expect("drawn");
    let params = graph.params().expect("a sparse graph");
    // Everybody that follows the victim is declared offline. Seeds are judged last: any will do.
    let victim = owner(5);
    let all: BTreeSet<OwnerId> = roster.iter().copied().collect();
    let around: BTreeSet<OwnerId> = graph.neighbours(&victim).into_iter().collect();
    let online: BTreeSet<OwnerId> = all.difference(&around).copied().collect();
    let index = |owner: &OwnerId| u64::from(owner.0[0]) - 1;
    let indices = |owners: &BTreeSet<OwnerId>| owners.iter().map(index).collect::<Vec<_>>();
    let cut_of = |online: &BTreeSet<OwnerId>| {
        let offline: BTreeSet<OwnerId> = all.difference(online).copied().collect();
        VerifiedCut { graph: graph.clone(), ..study.cut(place, &indices(online), &indices(&offline)) }
    };
    let cut = cut_of(&online);
    let stripped = graph.stripped(&online);
    assert!(stripped.contains(&victim));
    let due = ReleaseRefusal::Stripped { owner: stripped[0], min_online: params.min_online() };
    assert_eq!(refusal(&mut Ledger::new(), &cut), due);
    // In a complete graph the same sets would be taken, and with nobody stripped they are.
    let complete = VerifiedCut { graph: complete(roster.iter().copied()), ..cut.clone() };
    Ledger::new().answer(&complete, MIN_GROUP).expect("everybody masks with everybody");
    let few = all.iter().filter(|owner| index(owner) % 5 != 4).copied().collect();
    assert!(graph.stripped(&few).is_empty());
    Ledger::new().answer(&cut_of(&few), MIN_GROUP).expect("enough neighbours for everybody");
    // Who masks with whom is part of the cut: under another graph it is another cut.
    let mut ledger = Ledger::new();
    ledger.answer(&complete, MIN_GROUP).expect("approved");
    let other = ReleaseRefusal::OtherCut { epoch: 1, round: 1, group: 0 };
    assert_eq!(refusal(&mut ledger, &cut), other);
}
