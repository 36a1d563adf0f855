//! Owners who give their datasets to a study, take them back and erase them, over gRPC and on real contracts.

mod support;

use support::play::{Play, until};
use tonic::Code;
use tributary_proto::v1::*;

fn code(status: tonic::Status) -> Code {
    status.code()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_that_is_taken_back_in_mid_round_counts_from_the_next_one_on() {
    let all = [0, 1, 2, 3, 4];
    let mut play = Play::consenting(5).await;
    play.round(&all).await;
    let at = play.open(&all).await;
    until!(play, RostersFixed);
    assert_eq!(play.revoke(4).await.unwrap().transaction.len(), 32);
    // On chain it is off the roster at once; the round under way is settled with it.
    let study = play.house.study.0;
    let standing = play.house.escrow.enrolment(&study, &play.members[4].id.0).await.unwrap();
    assert_eq!(standing.identity, None);
    for who in all {
        play.report(at, who).await.unwrap();
    }
    let cuts = play.release(at, &all).await;
    play.open_sums(at).await;
    for who in all {
        play.evaluate(at, who, cuts.len()).await.unwrap();
    }
    assert_eq!(play.settle(at, &all).await.round, 1);
    let (changing, announced) = play.next_change().await;
    assert_eq!((announced, changing.added.len()), (0, 0), "nothing begins under the old committee");
    assert_eq!(changing.removed, [play.members[4].id.0.to_vec()]);
    play.commit_for(&changing).await.unwrap();
    play.make_key(&[0, 1, 2, 3], 2).await;
    let (at, _) = play.round(&[0, 1, 2, 3]).await;
    assert_eq!(at, (2, 1));
    assert!(until!(play, StudyEnded).completed);
    // What it has earned stays its own.
    let claim = ClaimRequest { study: play.study() };
    let claimed = play.owner().claim(play.callers[4].of(claim)).await.unwrap().into_inner();
    assert!(claimed.transaction.len() == 32 && claimed.cumulative != "0");
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_takes_back_what_was_given_and_a_restart_forgets_nothing() {
    let mut play = Play::consenting(4).await;
    until!(play, RoundAnnounced);
    assert_eq!(play.erase(3).await.unwrap().transaction.len(), 32);
    play.restart().await;
    // It has taken the study up once it answers.
    play.beat(0, 0).await.unwrap();
    play.let_it_fail(&[0, 1, 2]).await;
    let (changing, announced) = play.next_change().await;
    assert_eq!((announced, &changing.removed[0][..]), (0, &play.members[3].id.0[..]));
    play.commit_for(&changing).await.unwrap();
    play.make_key(&[0, 1, 2], 2).await;
    for who in 0..3 {
        play.beat(who, 0).await.unwrap();
    }
    play.house.clock.advance(2000);
    let (at, _) = play.round(&[0, 1, 2]).await;
    assert_eq!(at.0, 0);
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_past_the_coordinator_is_found_when_the_roster_is_sealed() {
    let mut play = Play::consenting(5).await;
    until!(play, RoundAnnounced);
    // One takes its consent back directly, another through the coordinator: both are gone from the next epoch.
    play.revoke_directly(4).await;
    play.revoke(3).await.unwrap();
    play.let_it_fail(&[0, 1, 2]).await;
    let (changing, _) = play.next_change().await;
    assert_eq!(changing.removed.len(), 2);
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_are_the_signers_own_and_are_not_sent_twice() {
    let play = Play::asking(3).await;
    let refused = play.enrol(0).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("StudyEscrow_ConsentMissing"), "{}", refused.message());

    let request = play.listing(0).await;
    let mut service = play.dataset_service();
    let theft = service.list_dataset(play.callers[1].of(request.clone())).await;
    assert_eq!(theft.map_err(code).map(drop), Err(Code::PermissionDenied), "another's signature");
    let changed = ListDatasetRequest { price: "8".into(), ..request.clone() };
    let changed = service.list_dataset(play.callers[0].of(changed)).await;
    assert_eq!(changed.map_err(code).map(drop), Err(Code::PermissionDenied));
    let anonymous = service.list_dataset(request.clone()).await;
    assert_eq!(anonymous.map_err(code).map(drop), Err(Code::Unauthenticated));
    let listed = service.list_dataset(play.callers[0].of(request.clone())).await.unwrap().into_inner();
    let again = service.list_dataset(play.callers[0].of(request)).await.unwrap().into_inner();
    assert_eq!((listed.dataset, again.dataset), (1, 1));
    assert_eq!((listed.transaction.len(), again.transaction.len()), (32, 0), "nothing more is done");

    let request = play.consent(0, 1).await;
    let theft = service.grant_consent(play.callers[1].of(request.clone())).await;
    assert_eq!(theft.map_err(code).map(drop), Err(Code::PermissionDenied));
    let none = play.grant(0, 9).await;
    assert_eq!(none.map_err(code), Err(Code::FailedPrecondition), "no such dataset");
    let granted = service.grant_consent(play.callers[0].of(request.clone())).await.unwrap().into_inner();
    let again = service.grant_consent(play.callers[0].of(request)).await.unwrap().into_inner();
    assert_eq!((granted.transaction.len(), again.transaction.len()), (32, 0));
    play.enrol(0).await.unwrap();

    let request = play.revocation(0).await;
    let theft = service.revoke_consent(play.callers[1].of(request.clone())).await;
    assert_eq!(theft.map_err(code).map(drop), Err(Code::PermissionDenied));
    let revoked = service.revoke_consent(play.callers[0].of(request.clone())).await.unwrap().into_inner();
    let again = service.revoke_consent(play.callers[0].of(request)).await.unwrap().into_inner();
    assert_eq!((revoked.transaction.len(), again.transaction.len()), (32, 0));
    let study = play.house.driver.study(play.house.study).await.unwrap();
    assert!(study.base.owners.is_empty(), "who has not begun is out at once");

    let request = play.erasure(0).await;
    let theft = service.erase_dataset(play.callers[1].of(request.clone())).await;
    assert_eq!(theft.map_err(code).map(drop), Err(Code::PermissionDenied));
    let erased = service.erase_dataset(play.callers[0].of(request.clone())).await.unwrap().into_inner();
    let again = service.erase_dataset(play.callers[0].of(request)).await.unwrap().into_inner();
    assert_eq!((erased.transaction.len(), again.transaction.len()), (32, 0));
    play.house.shutdown().await;
}
