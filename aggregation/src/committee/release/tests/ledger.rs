//! What a member answered before, and what that forbids.

use super::*;

#[test]
fn a_second_cut_of_a_round_is_refused_whatever_the_attempt() {
    let study = Study::new();
    let mut ledger = Ledger::new();
    ledger.answer(&study.cut(FIRST, &[0, 1, 2, 3], &[]), MIN_GROUP).expect("approved");
    let other = ReleaseRefusal::OtherCut { epoch: 1, round: 1, group: 0 };
    // The attack that two conflicting cuts are: owner 0 online in one, offline in the other.
    assert_eq!(refusal(&mut ledger, &study.cut(FIRST, &[1, 2, 3], &[0])), other);
    let retry = Place { attempt: 2, model: 9, ..FIRST };
    assert_eq!(refusal(&mut ledger, &study.cut(retry, &[0, 1, 2, 3], &[])), other);
    // Another group and another round are other questions.
    let elsewhere = Place { group: 1, ..FIRST };
    ledger.answer(&study.cut(elsewhere, &[4, 5], &[]), MIN_GROUP).expect("another group");
    let later = Place { round: 2, model: 2, ..FIRST };
    ledger.answer(&study.cut(later, &[0, 1, 2], &[3]), MIN_GROUP).expect("another round");
}

#[test]
fn of_two_conflicting_cuts_at_most_one_reaches_a_quorum() {
    let study = Study::new();
    let [a, b] = [study.cut(FIRST, &[0, 1, 2, 3], &[]), study.cut(FIRST, &[1, 2, 3], &[0])];
    let sign = |key: &KeyShare, cut: &VerifiedCut, ledger: &mut Ledger| {
        let approved = ledger.answer(cut, MIN_GROUP).ok()?;
        Some((key.index(), release(key, approved).expect("released")))
    };
    // One member of four is corrupt and answers both; the coordinator asks the honest three in any order.
    for order in 0..8u32 {
        let (mut to_a, mut to_b) = (BTreeMap::new(), BTreeMap::new());
        for key in &study.keys[..3] {
            let mut ledger = Ledger::new();
            let a_first = order >> key.index() & 1 == 0;
            for first in [true, false] {
                if first == a_first {
                    to_a.extend(sign(key, &a, &mut ledger));
                } else {
                    to_b.extend(sign(key, &b, &mut ledger));
                }
            }
        }
        to_a.extend(sign(&study.keys[3], &a, &mut Ledger::new()));
        to_b.extend(sign(&study.keys[3], &b, &mut Ledger::new()));
        let opened = [(&a, &to_a), (&b, &to_b)].map(|(cut, to)| open_cut(cut, &study.key, to).is_ok());
        assert_ne!(opened, [true, true], "order {order:03b}");
    }
}

#[test]
fn the_same_cut_asked_again_gets_the_same_answer() {
    let study = Study::new();
    let cut = study.cut(FIRST, &[0, 1], &[2]);
    let mut ledger = Ledger::new();
    let first = release(&study.keys[0], ledger.answer(&cut, MIN_GROUP).expect("approved")).expect("released");
    let before = ledger.clone();
    let again = release(&study.keys[0], ledger.answer(&cut, MIN_GROUP).expect("approved")).expect("released");
    assert_eq!(again, first);
    assert_eq!(ledger, before);
    // The same digest over other seeds is not the same cut.
    let mut disguised = study.cut(FIRST, &[0, 1, 3], &[]);
    disguised.digest = cut.digest;
    let other = ReleaseRefusal::OtherCut { epoch: 1, round: 1, group: 0 };
    assert_eq!(refusal(&mut ledger, &disguised), other);
}

#[test]
fn two_sums_over_one_model_differ_in_min_group_owners_or_in_none() {
    let study = Study::new();
    let place = |round, model| Place { round, model, ..FIRST };
    let mut ledger = Ledger::new();
    ledger.answer(&study.cut(place(1, 1), &[0, 1, 2, 3], &[]), MIN_GROUP).expect("approved");
    // Their difference would be owner 3's update.
    let close = ReleaseRefusal::TooClose { model: Digest([1; 32]), difference: 1, min_group: 2 };
    assert_eq!(refusal(&mut ledger, &study.cut(place(2, 1), &[0, 1, 2], &[3])), close);
    ledger.answer(&study.cut(place(2, 2), &[0, 1, 2], &[3]), MIN_GROUP).expect("another model");
    ledger.answer(&study.cut(place(3, 1), &[0, 1, 2, 3], &[]), MIN_GROUP).expect("the same owners");
    ledger.answer(&study.cut(place(4, 1), &[0, 1], &[2, 3]), MIN_GROUP).expect("two owners differ");
    // Close to one that was answered earlier, though not to the last.
    assert_eq!(refusal(&mut ledger, &study.cut(place(5, 1), &[0, 1, 3], &[2])), close);
}

#[test]
fn only_one_candidate_list_gets_a_beacon_share() {
    let mut ledger = Ledger::new();
    let [a, b] = [Digest([1; 32]), Digest([2; 32])];
    ledger.answer_beacon(1, 1, 1, a).expect("the first list");
    ledger.answer_beacon(1, 1, 1, a).expect("the same list again");
    let other = ReleaseRefusal::OtherCandidates { epoch: 1, round: 1, attempt: 1 };
    assert_eq!(ledger.answer_beacon(1, 1, 1, b), Err(other));
    ledger.answer_beacon(1, 1, 2, b).expect("the next attempt");
}

#[test]
fn only_one_roster_gets_a_mask_graph() {
    let mut ledger = Ledger::new();
    let [a, b] = [Digest([1; 32]), Digest([2; 32])];
    ledger.answer_beacon(1, 1, 1, b).expect("candidates are another question");
    ledger.answer_mask_graph(1, 1, 1, a).expect("the first rosters");
    ledger.answer_mask_graph(1, 1, 1, a).expect("the same rosters again");
    let other = ReleaseRefusal::OtherRosters { epoch: 1, round: 1, attempt: 1 };
    assert_eq!(ledger.answer_mask_graph(1, 1, 1, b), Err(other.clone()));
    let stored = serde_json::to_string(&ledger).expect("stored");
    let mut restarted: Ledger = serde_json::from_str(&stored).expect("read");
    assert_eq!(restarted.answer_mask_graph(1, 1, 1, b), Err(other));
    for (epoch, round, attempt) in [(2, 1, 1), (1, 2, 1), (1, 1, 2)] {
        restarted.answer_mask_graph(epoch, round, attempt, b).expect("another attempt, round or epoch");
    }
}

#[test]
fn a_ledger_from_before_there_were_mask_graphs_is_read() {
    let mut stored = serde_json::to_value(Ledger::new()).expect("stored");
    stored.as_object_mut().expect("a record").remove("graphs");
    assert_eq!(serde_json::from_value::<Ledger>(stored).expect("read"), Ledger::new());
}

#[test]
fn a_restarted_member_remembers() {
    let study = Study::new();
    let mut ledger = Ledger::new();
    let cut = study.cut(FIRST, &[0, 1, 2, 3], &[]);
    ledger.answer(&cut, MIN_GROUP).expect("approved");
    ledger.answer_beacon(1, 1, 1, Digest([1; 32])).expect("the first list");
    let stored = serde_json::to_string(&ledger).expect("stored");
    let mut restarted: Ledger = serde_json::from_str(&stored).expect("read");
    assert_eq!(restarted, ledger);
    let other = ReleaseRefusal::OtherCut { epoch: 1, round: 1, group: 0 };
    assert_eq!(refusal(&mut restarted, &study.cut(FIRST, &[1, 2, 3], &[0])), other);
    let close = ReleaseRefusal::TooClose { model: Digest([1; 32]), difference: 1, min_group: 2 };
    let next = Place { round: 2, ..FIRST };
    assert_eq!(refusal(&mut restarted, &study.cut(next, &[0, 1, 2], &[3])), close);
    let mut copy = study.cut(Place { model: 2, ..next }, &[0, 1, 2], &[3]);
    copy.offline[0].1 = cut.online[0].1.clone();
    assert_eq!(refusal(&mut restarted, &copy), ReleaseRefusal::SeenSeed { owner: owner(3) });
    let candidates = ReleaseRefusal::OtherCandidates { epoch: 1, round: 1, attempt: 1 };
    assert_eq!(restarted.answer_beacon(1, 1, 1, Digest([2; 32])), Err(candidates));
    restarted.answer(&cut, MIN_GROUP).expect("the same cut asked again");
}

#[test]
fn a_damaged_ledger_is_refused() {
    let study = Study::new();
    let mut ledger = Ledger::new();
    ledger.answer(&study.cut(FIRST, &[0, 1], &[]), MIN_GROUP).expect("approved");
    ledger.answer_mask_graph(1, 1, 1, Digest([1; 32])).expect("the first rosters");
    let stored = serde_json::to_value(&ledger).expect("stored");
    type Damage = fn(&mut serde_json::Value);
    let damages: [(&str, Damage); 7] = [
        ("version 2", |value| value["version"] = 2.into()),
        ("cut twice", |value| double(value, "cuts")),
        ("online set", |value| double(value, "online")),
        ("mask graph", |value| double(value, "graphs")),
        ("element twice", |value| double(value, "elements")),
        ("is not an element", |value| value["elements"][0] = "0x00".into()),
        ("unknown field", |value| value["more"] = 1.into()),
    ];
    for (what, damage) in damages {
        let mut damaged = stored.clone();
        damage(&mut damaged);
        let error = serde_json::from_value::<Ledger>(damaged).expect_err(what);
        let words = what.split(' ').all(|word| error.to_string().contains(word));
        assert!(words, "{what}: {error}");
    }
}

fn double(value: &mut serde_json::Value, list: &str) {
    let first = value[list][0].clone();
    value[list].as_array_mut().expect("a list").push(first);
}
