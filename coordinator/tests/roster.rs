//! Owners who come, go, are removed and come back, over gRPC and on a real contract.

mod support;

use support::play::{Play, until};
use tonic::Code;
use tributary_contracts::{Departure, typed_data};
use tributary_proto::v1::event::Event;
use tributary_proto::v1::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_come_leave_and_are_removed_and_the_study_goes_on() {
    let mut play = Play::open_to(6, 5).await;
    let code = |status: tonic::Status| status.code();
    play.round(&[0, 1, 2, 3, 4]).await;
    // One more comes while a round is under way, and may read the log from then on.
    let at = play.open(&[0, 1, 2, 3, 4]).await;
    let subscribe = || SubscribeRequest { study: play.study(), after_seq: 0 };
    let denied = play.owner().subscribe(play.callers[5].of(subscribe())).await;
    assert_eq!(denied.map(drop).map_err(code), Err(Code::PermissionDenied));
    assert_eq!(play.enrol(5).await.unwrap().transaction.len(), 32);
    let mut newcomer = play.owner().subscribe(play.callers[5].of(subscribe())).await.unwrap().into_inner();
    assert_eq!(play.beat(5, 3).await.unwrap(), 3);
    until!(play, RostersFixed);
    for who in 0..5 {
        play.report(at, who).await.unwrap();
    }
    let cuts = play.release(at, &[0, 1, 2, 3, 4]).await;
    play.open_sums(at).await;
    for who in 0..5 {
        play.evaluate(at, who, cuts.len()).await.unwrap();
    }
    assert_eq!(play.settle(at, &[0, 1, 2, 3, 4]).await.round, 1);
    let changing = play.commit().await;
    assert_eq!(changing.added.len(), 1);
    assert_eq!((&changing.added[0].owner[..], changing.removed.len()), (&play.members[5].id.0[..], 0));
    play.make_key(&[0, 1, 2, 3, 4, 5], 2).await;
    let welcome = loop {
        if let Event::MlsWelcome(welcome) = newcomer.message().await.unwrap().unwrap().event.unwrap() {
            break welcome;
        }
    };
    assert_eq!((welcome.epoch, &welcome.welcome[..]), (2, &b"welcome to the next"[..]), "its own alone");

    // One leaves.
    assert_eq!(play.leave(1, 7).await.map_err(code), Err(Code::FailedPrecondition), "another number is due");
    let left = play.leave(1, 1).await.unwrap();
    assert_eq!(left.transaction.len(), 32);
    assert_eq!(play.leave(1, 1).await.unwrap(), left, "asked again, nothing more is done");
    // One is removed.
    let researcher = play.house.login(&play.house.researcher).await.unwrap();
    let by_an_owner = play.propose_removal(&play.callers[0], 4, "I don't like it").await;
    assert_eq!(by_an_owner.map_err(code), Err(Code::PermissionDenied));
    assert_eq!(play.propose_removal(&researcher, 4, "").await.map_err(code), Err(Code::InvalidArgument));
    let gone = play.propose_removal(&researcher, 1, "gone already").await;
    assert_eq!(gone.map_err(code), Err(Code::FailedPrecondition));
    play.propose_removal(&researcher, 4, "silent for a week").await.unwrap();
    let proposed = until!(play, RemovalProposed);
    assert_eq!((proposed.sequence, &proposed.reason[..]), (1, "silent for a week"));
    // By somebody who has left, and over another sequence.
    assert_eq!(play.sign_removal(1, &proposed).await.map_err(code), Err(Code::PermissionDenied));
    let other = RemovalProposed { sequence: 2, ..proposed.clone() };
    assert_eq!(play.sign_removal(0, &other).await.map_err(code), Err(Code::InvalidArgument));
    for signer in [0, 2, 3, 5] {
        play.sign_removal(signer, &proposed).await.unwrap();
    }
    play.let_it_fail(&[0, 2, 3, 5]).await;
    let changing = play.commit().await;
    assert_eq!((changing.added.len(), changing.removed.len()), (0, 2));
    play.make_key(&[0, 2, 3, 5], 3).await;
    assert_eq!(play.speak(0, 2).await.map_err(code), Err(Code::Aborted), "that epoch is over");
    play.speak(0, 3).await.unwrap();
    assert_eq!(play.speak(4, 3).await.map_err(code), Err(Code::PermissionDenied));
    // An attempt that failed is not repeated at once.
    play.house.clock.advance(2000);
    let (at, _) = play.round(&[0, 2, 3, 5]).await;
    assert_eq!(at, (2, 2));
    assert!(until!(play, StudyEnded).completed);
    let roster = play.house.escrow.roster(&play.house.study.0).await.unwrap();
    assert_eq!(roster.len(), 4);
    // Who has gone is paid what it earned.
    for who in [1, 4] {
        let claim = ClaimRequest { study: play.study() };
        let claimed = play.owner().claim(play.callers[who].of(claim)).await.unwrap().into_inner();
        assert!(claimed.transaction.len() == 32 && claimed.cumulative != "0");
    }
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coordinator_that_is_killed_in_mid_change_goes_on() {
    let mut play = Play::open_to(5, 4).await;
    assert_eq!(play.beat(3, 40).await.unwrap(), 40);
    assert_eq!(play.beat(3, 12).await.unwrap(), 40, "an old vault is told");
    // It loses its machine, and comes back with other keys; one more comes.
    play.members[3].lose_keys();
    assert_eq!(play.enrol_again(3, 1).await.unwrap().transaction.len(), 32);
    assert_eq!(play.beat(3, 1).await.unwrap(), 1, "a new vault counts anew");
    play.enrol(4).await.unwrap();
    play.restart().await;
    until!(play, RoundAnnounced);
    play.let_it_fail(&[0, 1, 2, 3, 4]).await;
    let changing = until!(play, RosterChanging);
    assert_eq!((changing.added.len(), changing.removed.len()), (2, 1));
    play.restart().await;
    play.not_mine += 1;
    play.commit_for(&changing).await.unwrap();
    play.restart().await;
    // The answer was lost: asked again.
    play.commit_for(&changing).await.unwrap();
    let all = [0, 1, 2, 3, 4];
    play.epoch = 2;
    support::member::next_committee(&mut play.members, &all, 2);
    play.sign_committee(0).await.unwrap();
    play.restart().await;
    for who in [1, 2] {
        play.sign_committee(who).await.unwrap();
    }
    play.restart().await;
    assert_eq!(until!(play, CommitteeRegistered).epoch, 2);
    for who in all {
        play.beat(who, 0).await.unwrap();
    }
    play.house.clock.advance(2000);
    let (at, _) = play.round(&all).await;
    assert_eq!(at.0, 0);
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_finds_the_roster_sealed_waits_for_the_next_committee() {
    let mut play = Play::open_to(6, 5).await;
    // One leaves past the coordinator, and has the roster sealed.
    let (house, member) = (&play.house, &play.members[4]);
    let digest = typed_data::leave_digest(&house.deployment.domain(), &house.study.0, &member.id.0, 1);
    let signature = member.wallet.sign_digest(&digest).to_vec();
    let departure = Departure { study: house.study.0, owner: member.id.0, sequence: 1, signature };
    house.escrow.leave(&house.researcher, &departure).await.unwrap();
    house.escrow.seal_roster(&house.researcher, &house.study.0).await.unwrap();
    let (mut owner, enrolment) = (play.owner(), play.enrolment(5, 0));
    let waiting = tokio::spawn(async move { owner.enrol(enrolment).await });
    until!(play, RoundAnnounced);
    let mut changed = play.house.driver.watch(play.house.study);
    while play.house.driver.study(play.house.study).await.unwrap().base.roster.gate()
        != tributary_coordinator::rounds::roster::Gate::Sealed
    {
        changed.changed().await.unwrap();
    }
    play.let_it_fail(&[0, 1, 2, 3]).await;
    let changing = play.commit().await;
    assert_eq!((changing.added.len(), &changing.removed[0][..]), (0, &play.members[4].id.0[..]));
    play.make_key(&[0, 1, 2, 3], 2).await;
    assert_eq!(waiting.await.unwrap().unwrap().into_inner().transaction.len(), 32);
    // Now it is on the chain, and the group follows once more.
    let changing = loop {
        match play.next().await {
            Event::RosterChanging(changing) => break changing,
            Event::RoundAnnounced(_) => play.let_it_fail(&[0, 1, 2, 3]).await,
            _ => {}
        }
    };
    play.not_mine += 1;
    play.commit_for(&changing).await.unwrap();
    play.make_key(&[0, 1, 2, 3, 5], 3).await;
    play.house.shutdown().await;
}
