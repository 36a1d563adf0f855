//! More owners in one group than mask with each other: a sampled committee, a sparse mask graph, and dropouts.

mod support;

use support::play::{Play, WEIGHT, until};
use tributary_aggregation::ids::Digest;
use tributary_aggregation::transcript::{OfflineReason, RoundTranscript};

const OWNERS: u8 = 70;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seventy_owners_sum_exactly_although_some_drop_out_and_the_round_is_settled() {
    let mut play = Play::formed(OWNERS).await;
    let everyone: Vec<usize> = (0..OWNERS.into()).collect();
    assert_eq!(play.committee_of(&everyone).len(), 16);
    play.round(&everyone).await;

    let at = play.open(&everyone).await;
    assert_eq!(at, (1, 1));
    assert_eq!(until!(play, RostersFixed).rosters.len(), 1, "one group of all");
    play.draw(at, &everyone).await;
    let (gone, rest): (Vec<usize>, Vec<usize>) = everyone.into_iter().partition(|who| who % 7 == 6);
    let first = play.plain.len();
    for &who in &rest {
        play.report(at, who).await.unwrap();
    }
    // Those who are there are heard again before the others count as silent.
    play.house.clock.advance(4000);
    play.pass(1, &rest).await;
    play.house.clock.advance(1000);
    let cuts = play.release(at, &rest).await;
    assert_eq!((cuts[0].online.len(), cuts[0].offline.len()), (rest.len(), gone.len()));
    let opened = play.open_sums(at).await;
    let mut plain = vec![0u64; play.plain[first].len()];
    for integers in &play.plain[first..] {
        plain.iter_mut().zip(integers).for_each(|(sum, integer)| *sum += integer);
    }
    let weight = plain.pop();
    assert_eq!(opened, [(weight.unwrap(), plain)]);
    assert_eq!(weight, Some(rest.iter().map(|who| u64::from(WEIGHT) + *who as u64).sum()));

    for who in play.committee_of(&rest) {
        play.evaluate(at, who, 1).await.unwrap();
    }
    let settled = play.settle(at, &rest).await;
    let digest = Digest(settled.transcript.as_slice().try_into().unwrap());
    let transcript: RoundTranscript =
        serde_json::from_slice(&play.house.artifact(digest).await.unwrap()).unwrap();
    let named: Vec<_> = transcript.groups[0].offline.iter().map(|cut| (cut.owner, cut.reason)).collect();
    let due: Vec<_> = gone.iter().map(|who| (play.members[*who].id, OfflineReason::Silent)).collect();
    assert_eq!(named, due);
    play.house.shutdown().await;
}
