use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1::event::Event;

use super::world::World;
use crate::rounds::command::{Commit, Enrol};
use crate::rounds::roster::Refusal;
use crate::rounds::{Command, Errand, Rejection};

fn enrol(owner: OwnerId, mls_key: [u8; 32]) -> Command {
    let (key_package, identity, signature) = (vec![1], Digest(mls_key), vec![3; 65]);
    Command::Enrol(Enrol { owner, mls_key, key_package, identity, sequence: 0, signature })
}

#[test]
fn enrolment_closes_at_once_when_all_are_there() {
    let mut world = World::new(4, 2);
    for who in 0..3 {
        world.enrol(who).unwrap();
        assert_eq!(world.phase(), "enrolling");
    }
    world.enrol(3).unwrap();
    assert_eq!(world.phase(), "forming");
    assert_eq!(world.errands.len(), 5);
    assert_eq!(world.errands.last(), Some(&Errand::SealRoster));
    let Event::EnrolmentClosed(closed) = &world.events[0] else { panic!() };
    assert_eq!(closed.owners.len(), 4);
}

#[test]
fn enrolment_is_idempotent_and_one_change_is_under_way_at_a_time() {
    let mut world = World::new(4, 2);
    let owner = OwnerId([1; 20]);
    world.say(enrol(owner, [5; 32])).unwrap();
    world.say(enrol(owner, [5; 32])).unwrap();
    assert_eq!(world.errands.len(), 1, "the chain is asked once");
    let conflict = Rejection::Conflict { what: "change of the enrolment", owner };
    assert_eq!(world.say(enrol(owner, [6; 32])), Err(conflict));
    let enrolled = Command::Enrolled { owner, sequence: 0, transaction: None };
    world.say(enrolled.clone()).unwrap();
    world.say(enrolled).unwrap();
    world.say(enrol(owner, [5; 32])).unwrap();
    assert_eq!((world.study.base.owners.len(), world.errands.len()), (1, 1));
}

#[test]
fn more_than_the_plan_takes_are_refused_and_a_refusal_of_the_chain_makes_room() {
    let mut world = World::new(3, 2);
    for byte in 1..=3 {
        world.say(enrol(OwnerId([byte; 20]), [byte; 32])).unwrap();
    }
    let late = OwnerId([9; 20]);
    assert_eq!(world.say(enrol(late, [9; 32])), Err(Rejection::Full { max: 3 }));
    let refusal = Refusal::Never("no".into());
    world.say(Command::ChangeRefused { owner: OwnerId([1; 20]), sequence: 0, refusal }).unwrap();
    assert!(world.said("the chain does not enrol"));
    world.say(enrol(late, [9; 32])).unwrap();
}

#[test]
fn too_few_owners_by_the_deadline_end_the_study() {
    let mut world = World::new(4, 2);
    world.enrol(0).unwrap();
    world.tick(98_000);
    assert_eq!(world.phase(), "enrolling");
    world.tick(2_000);
    assert_eq!(world.phase(), "aborted");
    assert!(world.said("only 1 of at least 4 owners"));
    assert!(matches!(world.events.last(), Some(Event::StudyEnded(ended)) if !ended.completed));
    assert!(matches!(world.enrol(1), Err(Rejection::Ended { .. })));
}

#[test]
fn the_researcher_forms_the_group_with_everybody_and_the_first_commit_wins() {
    let mut world = World::new(4, 2);
    (0..4).for_each(|who| world.enrol(who).unwrap());
    let researcher = world.study.base.facts.chain.researcher;
    let added: Vec<_> = world.members.iter().map(|member| member.id).collect();
    let commit = |sender, epoch, commit: &[u8], welcome: &[u8], added: &[OwnerId]| {
        let (commit, welcome, added) = (commit.to_vec(), welcome.to_vec(), added.to_vec());
        Command::Commit(Commit { sender, epoch, commit, welcome, added })
    };
    let message = Command::Message { sender: added[0], epoch: 1, message: vec![1] };
    assert!(matches!(world.say(message.clone()), Err(Rejection::NotNow { .. })), "there is no group yet");
    for wrong in [
        commit(added[0], 0, b"", b"w", &added),
        commit(researcher, 0, b"", b"w", &added[1..]),
        commit(researcher, 0, b"", b"", &added),
        commit(researcher, 1, b"", b"w", &added),
    ] {
        assert!(matches!(world.say(wrong), Err(Rejection::Invalid { .. })));
    }
    let stranger = OwnerId([0x77; 20]);
    assert_eq!(world.say(commit(stranger, 0, b"", b"w", &added)), Err(Rejection::NotEnrolled(stranger)));
    let creation = commit(researcher, 0, b"", b"w", &added);
    world.say(creation.clone()).unwrap();
    let events = world.events.len();
    world.say(creation).unwrap();
    let early = Command::Message { sender: added[0], epoch: 2, message: vec![1] };
    assert!(matches!(world.say(early), Err(Rejection::Invalid { what: "epoch", .. })));
    let late = Command::Message { sender: added[0], epoch: 0, message: vec![1] };
    assert_eq!(world.say(late), Err(Rejection::EpochOver { epoch: 0 }));
    assert_eq!(world.events.len(), events, "the same commit again is no second one");
    assert_eq!(world.say(commit(added[1], 0, b"c", b"", &[])), Err(Rejection::EpochTaken { epoch: 0 }));
    world.say(message).unwrap();
    assert_eq!(
        world.say(Command::Message { sender: stranger, epoch: 1, message: vec![] }),
        Err(Rejection::NotEnrolled(stranger))
    );
}

#[test]
fn a_quorum_on_one_key_registers_the_committee() {
    let mut world = World::new(4, 2);
    (0..4).for_each(|who| world.enrol(who).unwrap());
    assert!(world.sign_committee(0).is_err(), "there is no group yet");
    world.form().unwrap();
    let relayed = |world: &World| {
        world.errands.iter().filter(|errand| matches!(errand, Errand::RegisterCommittee { .. })).count()
    };
    world.sign_committee(3).unwrap();
    world.sign_committee(3).unwrap();
    world.sign_committee(1).unwrap();
    assert_eq!(relayed(&world), 0);
    world.sign_committee(0).unwrap();
    world.sign_committee(2).unwrap();
    assert_eq!(relayed(&world), 1);
    let Some(Errand::RegisterCommittee { signers, key, .. }) = world.errands.last() else { panic!() };
    assert!(signers.is_sorted() && signers.len() == 3 && key.0.len() == 128);
    world.say(Command::CommitteeRegistered { epoch: 1, transaction: None }).unwrap();
    assert_eq!(world.phase(), "opening", "all are there: the first round is announced at once");
    world.say(Command::CommitteeRegistered { epoch: 1, transaction: None }).unwrap_err();
}

#[test]
fn a_key_of_another_degree_or_epoch_is_refused() {
    let mut world = World::new(4, 2);
    (0..4).for_each(|who| world.enrol(who).unwrap());
    world.form().unwrap();
    let member = &world.members[0];
    let signed = crate::rounds::command::CommitteeSigned {
        owner: member.id,
        epoch: 1,
        key: member.key.to_bytes(),
        members: member.members.clone(),
        signature: vec![4; 65],
    };
    let mut short = signed.clone();
    short.key.truncate(48);
    let mut twice = signed.clone();
    twice.members[1] = twice.members[0];
    let mut epoch = signed.clone();
    epoch.epoch = 2;
    for wrong in [short, twice, epoch] {
        assert!(matches!(world.say(Command::CommitteeSigned(wrong)), Err(Rejection::Invalid { .. })));
    }
    let mut stranger = signed;
    stranger.members[0] = OwnerId([0x77; 20]);
    assert!(matches!(world.say(Command::CommitteeSigned(stranger)), Err(Rejection::NotEnrolled(_))));
}

#[test]
fn a_committee_that_is_not_signed_in_time_ends_the_study_and_names_who_did_not() {
    let mut world = World::new(4, 2);
    (0..4).for_each(|who| world.enrol(who).unwrap());
    world.form().unwrap();
    world.sign_committee(0).unwrap();
    world.sign_committee(1).unwrap();
    world.tick(60_000);
    assert_eq!(world.phase(), "aborted");
    let (silent, signed) = (world.id(2).to_string(), world.id(0).to_string());
    assert!(
        world.said(&silent)
            && world.lines.iter().all(|line| !line.contains("not signed") || !line.contains(&signed))
    );
}

#[test]
fn an_owner_that_the_plan_does_not_allow_is_refused() {
    let mut world = World::new(4, 2);
    let mut allowed: Vec<OwnerId> = (1..4).map(|who| world.id(who)).collect();
    allowed.push(OwnerId([0x77; 20]));
    allowed.sort_unstable();
    let facts = &mut world.study.base.facts;
    facts.plan.cohort.allowed = allowed;
    facts.plan_json = String::from_utf8(facts.plan.to_json().unwrap()).unwrap();
    assert_eq!(world.enrol(0), Err(Rejection::NotAllowed(world.id(0))));
    assert_eq!(world.enrol(1), Ok(()));
}
