//! Whole studies over gRPC, with a chain in process and owners that are played.

mod support;

use support::play::{Play, until};
use tonic::Code;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::transcript::{OfflineReason, RoundTranscript};
use tributary_contracts::Token;
use tributary_proto::v1::event::Event;
use tributary_proto::v1::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_study_runs_settles_and_pays() {
    let mut play = Play::formed(4).await;
    let everyone = [0, 1, 2, 3];
    play.round(&everyone).await;
    for round in 1..=2 {
        let (at, settled) = play.round(&everyone).await;
        assert_eq!(at, (round, 1));
        let settled = settled.unwrap();
        assert!(settled.gas_used > 100_000 && settled.transaction.len() == 32);
        // The transcript is published: its digest is on chain.
        let digest = Digest(settled.transcript.as_slice().try_into().unwrap());
        let bytes = play.house.artifact(digest).await.unwrap();
        let transcript: RoundTranscript = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((transcript.round, transcript.groups.len()), (round, 2));
    }
    assert!(until!(play, StudyEnded).completed);
    let token = Token::new(play.house.client.clone(), &play.house.deployment).unwrap();
    let mut paid = 0;
    for who in everyone {
        let claim = ClaimRequest { study: play.study() };
        let claimed = play.owner().claim(play.callers[who].of(claim.clone())).await.unwrap().into_inner();
        assert_eq!(claimed.transaction.len(), 32);
        let balance = token.balance(&play.members[who].id.0).await.unwrap();
        assert_eq!(claimed.cumulative, balance.to_string());
        paid += balance;
        // Asked again, nothing more is sent.
        let again = play.owner().claim(play.callers[who].of(claim)).await.unwrap().into_inner();
        assert_eq!((again.transaction.len(), again.cumulative), (0, claimed.cumulative));
    }
    assert_eq!(paid, play.house.plan.budget());
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_falls_silent_is_cut_and_its_masks_are_removed() {
    let mut play = Play::formed(5).await;
    let everyone = [0, 1, 2, 3, 4];
    play.round(&everyone).await;
    let at = play.open(&everyone).await;
    let rosters = until!(play, RostersFixed).rosters;
    // Somebody of the group of three goes away before it reports.
    let large = rosters.iter().find(|group| group.owners.len() == 3).unwrap();
    let gone = play.members.iter().position(|member| large.owners.contains(&member.id.0.to_vec())).unwrap();
    let rest: Vec<usize> = everyone.into_iter().filter(|who| *who != gone).collect();
    for &who in &rest {
        play.report(at, who).await.unwrap();
    }
    let reported = play.plain.split_off(play.plain.len() - 4);
    play.pass(7, &rest).await;
    let cuts = play.release(at, &rest).await;
    assert_eq!(cuts.iter().map(|cut| cut.offline.len()).sum::<usize>(), 1);
    // What members open is the plain sum of those who reported, to the last unit.
    let opened = play.open_sums(at).await;
    let mut total = vec![0; play.round_plan(at).words()];
    for (weight, sums) in &opened {
        let words = sums.iter().chain([weight]);
        total.iter_mut().zip(words).for_each(|(total, word)| *total += word);
    }
    let mut plain = vec![0; total.len()];
    reported.iter().for_each(|owner| plain.iter_mut().zip(owner).for_each(|(sum, word)| *sum += word));
    assert_eq!(total, plain);
    for &who in &rest {
        play.evaluate(at, who, cuts.len()).await.unwrap();
    }
    let settled = play.settle(at, &rest).await;
    let bytes = play.house.artifact(Digest(settled.transcript.as_slice().try_into().unwrap())).await.unwrap();
    let transcript: RoundTranscript = serde_json::from_slice(&bytes).unwrap();
    let offline: Vec<_> = transcript.groups.iter().flat_map(|group| &group.offline).collect();
    assert_eq!(
        (offline.len(), offline[0].owner, offline[0].reason),
        (1, play.members[gone].id, OfflineReason::Silent)
    );
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_dropouts_abort_the_round_loudly_and_it_is_opened_again() {
    let mut play = Play::formed(4).await;
    play.round(&[0, 1, 2, 3]).await;
    let at = play.open(&[0, 1, 2, 3]).await;
    until!(play, RostersFixed);
    play.report(at, 0).await.unwrap();
    play.pass(7, &[0, 1, 2]).await;
    let aborted = until!(play, RoundAborted);
    assert!(aborted.absent.contains(&play.members[3].id.0.to_vec()));
    assert!(aborted.reason.contains("min_group"), "{}", aborted.reason);
    // It waits for the missing one, then goes on without it; the record says so.
    play.pass(11, &[0, 1, 2]).await;
    let (at, settled) = play.round(&[0, 1, 2]).await;
    assert_eq!(at, (1, 2));
    let digest = Digest(settled.unwrap().transcript.as_slice().try_into().unwrap());
    let transcript: RoundTranscript =
        serde_json::from_slice(&play.house.artifact(digest).await.unwrap()).unwrap();
    assert_eq!(transcript.aborted.len(), 1);
    assert!(transcript.aborted[0].absent.contains(&play.members[3].id));
    assert_eq!(transcript.candidates.len(), 3);
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coordinator_that_is_killed_goes_on_where_it_was() {
    let mut play = Play::enrolled(4).await;
    play.restart().await;
    until!(play, EnrolmentClosed);
    play.form().await;
    for who in 0..4 {
        play.sign_committee(who).await.unwrap();
    }
    play.restart().await;
    until!(play, CommitteeRegistered);
    play.round(&[0, 1, 2, 3]).await;
    let at = play.open(&[0, 1, 2, 3]).await;
    play.restart().await;
    until!(play, RostersFixed);
    play.report(at, 0).await.unwrap();
    play.report(at, 1).await.unwrap();
    // Sums in memory are gone, reports on disk are not.
    play.restart().await;
    play.report(at, 2).await.unwrap();
    play.report(at, 3).await.unwrap();
    play.restart().await;
    let cuts = play.release(at, &[0, 1, 2, 3]).await;
    play.restart().await;
    assert_eq!(play.open_sums(at).await.len(), 2);
    for who in 0..4 {
        play.evaluate(at, who, cuts.len()).await.unwrap();
    }
    play.restart().await;
    let settled = play.settle(at, &[0, 1, 2, 3]).await;
    assert_eq!(settled.round, 1);
    // Every event from the beginning, once and in order.
    play.seq = 0;
    play.restart().await;
    assert!(matches!(play.next().await, Event::EnrolmentClosed(_)));
    until!(play, RoundSettled);
    until!(play, RoundSettled);
    play.house.shutdown().await;
}

/// The words, packed as they would be without a mask.
fn packed(words: &[u64], bits: u32) -> Vec<u8> {
    let mut bytes = vec![0u8; (words.len() * bits as usize).div_ceil(8)];
    for (index, word) in words.iter().enumerate() {
        for bit in 0..bits as usize {
            let at = index * bits as usize + bit;
            bytes[at / 8] |= ((word >> bit & 1) as u8) << (at % 8);
        }
    }
    bytes
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_coordinator_holds_no_update_weight_or_aggregate() {
    let mut play = Play::formed(4).await;
    let everyone = [0, 1, 2, 3];
    play.round(&everyone).await;
    let at = play.open(&everyone).await;
    until!(play, RostersFixed);
    for who in everyone {
        play.report(at, who).await.unwrap();
    }
    // Before the cut the spool is full; afterwards the artifacts are there too.
    let mut files: Vec<Vec<u8>> =
        play.house.files().iter().map(|path| std::fs::read(path).unwrap()).collect();
    let spooled = play
        .house
        .files()
        .iter()
        .filter(|path| path.components().any(|part| part.as_os_str() == "spool"))
        .count();
    assert_eq!(spooled, 4);
    play.release(at, &everyone).await;
    let opened = play.open_sums(at).await;
    files.extend(play.house.files().iter().map(|path| std::fs::read(path).unwrap()));
    files.push(support::logs::log().clone());

    let bits = play.round_plan(at).word_bits();
    let mut planted: Vec<Vec<u8>> =
        play.plain.iter().rev().take(4).map(|words| packed(words, bits)).collect();
    planted.extend(opened.iter().map(|(weight, sums)| {
        let words: Vec<u64> = sums.iter().chain([weight]).copied().collect();
        packed(&words, bits)
    }));
    let hex: Vec<Vec<u8>> = planted.iter().map(|bytes| hex::encode(bytes).into_bytes()).collect();
    planted.extend(hex);
    planted.extend(opened.iter().map(|(weight, _)| weight.to_string().into_bytes()));
    planted.extend((0..4).map(|who| (support::play::WEIGHT + who).to_string().into_bytes()));
    planted.push(b"0.012345".to_vec());
    for needle in &planted {
        assert!(needle.len() >= 7);
        assert!(
            !files.iter().any(|file| contains(file, needle)),
            "{} was found",
            String::from_utf8_lossy(needle)
        );
    }
    // The search finds what is there: a report's digest stands in the database, as text.
    let study = play.house.driver.study(play.house.study).await.unwrap();
    let name = study.base.facts.study.to_string();
    assert!(files.iter().any(|file| contains(file, name.as_bytes())));
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_speaks_for_somebody_else() {
    let mut play = Play::formed(4).await;
    let code = |status: tonic::Status| status.code();
    let beat = HeartbeatRequest { study: play.study(), round: 0, done_permille: 0, vault_generation: 0 };
    assert_eq!(play.owner().heartbeat(beat.clone()).await.map_err(code).err(), Some(Code::Unauthenticated));
    // A stranger may log in, and that is all.
    let stranger = tributary_contracts::Wallet::from_bytes(&[0x77; 32]).unwrap();
    let caller = play.house.login(&stranger).await.unwrap();
    assert_eq!(
        play.owner().heartbeat(caller.of(beat)).await.map_err(code).err(),
        Some(Code::PermissionDenied)
    );
    let subscribe = SubscribeRequest { study: play.study(), after_seq: 0 };
    assert_eq!(
        play.owner().subscribe(caller.of(subscribe)).await.map_err(code).err(),
        Some(Code::PermissionDenied)
    );
    let unknown = GetStudyRequest { study: vec![1; 32] };
    assert_eq!(play.owner().get_study(unknown).await.map_err(code).err(), Some(Code::NotFound));
    let short = GetStudyRequest { study: vec![1; 31] };
    assert_eq!(play.owner().get_study(short).await.map_err(code).err(), Some(Code::InvalidArgument));
    // Another owner's join and report, sent by the wrong one.
    let at = play.open(&[0, 1, 2, 3]).await;
    until!(play, RostersFixed);
    let (header, update) = play.report_of(at, 0).await;
    let stolen = play.send_report(at, 1, header.clone(), &update).await;
    assert_eq!(stolen.map_err(code).err(), Some(Code::PermissionDenied));
    // An update that is not the signed one, too short, too long.
    let mut changed = update.clone();
    changed[0] ^= 1;
    for wrong in [&changed, &update[1..].to_vec(), &[update.as_slice(), &[0]].concat()] {
        let refused = play.send_report(at, 0, header.clone(), wrong).await;
        assert_eq!(refused.map_err(code).err(), Some(Code::InvalidArgument));
    }
    play.send_report(at, 0, header.clone(), &update).await.unwrap();
    play.send_report(at, 0, header, &update).await.unwrap();
    let (second, update) = play.report_of(at, 0).await;
    let conflict = play.send_report(at, 0, second, &update).await;
    assert_eq!(conflict.map_err(code).err(), Some(Code::AlreadyExists));
    play.house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrolment_and_sessions_need_the_right_wallet() {
    let mut play = Play::enrolled(4).await;
    until!(play, EnrolmentClosed);
    let code = |status: tonic::Status| status.code();
    // Enrolled is enrolled, whoever asks again.
    let again = play.enrol(0).await.unwrap();
    assert_eq!(again.transaction.len(), 32);
    let study = play.house.driver.study(play.house.study).await.unwrap();
    assert_eq!(study.phase.name(), "forming");
    // The chain agrees.
    let owners = play.house.escrow.roster(&play.house.study.0).await.unwrap();
    assert_eq!(owners.len(), 4);
    // A signature by another wallet opens no session.
    let mut sessions = session_service_client::SessionServiceClient::new(play.house.channel());
    let account = play.members[0].id.0.to_vec();
    let challenge = sessions.get_challenge(GetChallengeRequest { account: account.clone() }).await.unwrap();
    let challenge = challenge.into_inner().challenge;
    let now = study.base.watched_from / 1000;
    let expires_at = now + 100;
    let word = challenge.as_slice().try_into().unwrap();
    let domain = play.house.deployment.domain();
    let digest =
        tributary_contracts::typed_data::session_digest(&domain, &play.members[0].id.0, &word, expires_at);
    let open = |signature: [u8; 65], expires_at| OpenSessionRequest {
        account: account.clone(),
        challenge: challenge.clone(),
        expires_at,
        signature: signature.to_vec(),
    };
    let forged = play.members[1].wallet.sign_digest(&digest);
    assert_eq!(
        sessions.open_session(open(forged, expires_at)).await.map_err(code).err(),
        Some(Code::PermissionDenied)
    );
    let right = play.members[0].wallet.sign_digest(&digest);
    assert!(sessions.open_session(open(right, expires_at)).await.is_ok());
    let replayed = sessions.open_session(open(right, expires_at)).await;
    assert_eq!(replayed.map_err(code).err(), Some(Code::PermissionDenied), "a challenge is good once");
    let progress = auditor_service_client::AuditorServiceClient::new(play.house.channel())
        .get_progress(GetProgressRequest { study: play.study() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!((progress.phase.as_str(), progress.owners.len()), ("forming", 4));
    assert!(progress.log.iter().any(|line| line.contains("enrolment is closed")));
    assert_eq!(OwnerId::try_from(progress.owners[0].owner.as_slice()), Ok(play.members[0].id));
    play.house.shutdown().await;
}
