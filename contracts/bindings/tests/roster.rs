//! Rosters that change: who comes late, comes back, leaves and is made to, and what is sealed when.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use serde_json::json;
use support::{
    Node, Running, World, departure, dev_wallet, enrolment, enrolment_again, refusal, registration, removal,
    signed_by,
};
use tributary_contracts::{
    Chain, ChainError, CommitteeRegistration, Enrolled, Enrolment, Event, Launch, Outcome, RosterStatus,
    Settlement, Standing, Wallet, bls, keccak256, merkle, typed_data,
};

on_both_chains!(
    rosters_and_standings_are_read,
    an_old_enrolment_signature_replayed,
    a_replayed_leave,
    sybils_that_enrol_late_register_a_committee_of_their_own,
    a_removal_signed_by_a_minority,
    the_roster_changed_while_sealed,
    a_stranger_outside_the_allow_list,
    leaving_does_not_lose_money,
    the_last_seal_is_the_one_that_counts,
    changes_are_relayed_once,
    a_whole_cohort_is_read_at_once,
);

fn ascending(mut roster: [Enrolled; 4]) -> [Enrolled; 4] {
    roster.sort_by_key(|enrolled| enrolled.owner);
    roster
}

async fn rosters_and_standings_are_read(node: Node) {
    let running = Running::open(&node).await;
    let (World { escrow, researcher, .. }, study) = (&running.world, running.study);
    let entry = |i: usize, identity: u8, sequence, since| Enrolled {
        owner: running.owners[i].address(),
        identity: [identity; 32],
        sequence,
        since,
    };
    let all = [entry(0, 1, 1, 0), entry(1, 2, 1, 0), entry(2, 3, 1, 0), entry(3, 4, 1, 0)];
    assert_eq!(escrow.roster(&study).await.unwrap(), ascending(all));
    let shown = escrow.study(&study).await.unwrap().unwrap();
    assert_eq!((shown.owner_count, shown.voter_count, shown.roster), (4, 4, RosterStatus::Settled));
    assert!(shown.late_enrolment);
    assert_eq!(shown.allowed, [0; 32]);

    // One leaves, one has a new machine, one comes late.
    escrow.leave(researcher, &departure(&running.world, study, &running.owners[0], 1)).await.unwrap();
    let moved = enrolment_again(&running.world, study, &running.owners[1], [9; 32], 1);
    escrow.enrol(researcher, &moved).await.unwrap();
    let late = Wallet::random();
    escrow.enrol(researcher, &enrolment(&running.world, study, &late, [8; 32])).await.unwrap();
    let newcomer = Enrolled { owner: late.address(), identity: [8; 32], sequence: 1, since: 1 };
    let roster = escrow.roster(&study).await.unwrap();
    assert_eq!(roster, ascending([entry(1, 9, 2, 0), entry(2, 3, 1, 0), entry(3, 4, 1, 0), newcomer]));
    for enrolled in &roster {
        let Enrolled { owner, identity, sequence, since } = *enrolled;
        let standing = escrow.enrolment(&study, &owner).await.unwrap();
        assert_eq!(standing, Standing { owner, identity: Some(identity), sequence, since });
        assert_eq!(escrow.is_voter(&study, &owner).await.unwrap(), enrolled.votes(1), "{enrolled:?}");
    }
    assert!(!newcomer.votes(1) && newcomer.votes(2) && entry(1, 9, 2, 0).votes(1) && newcomer.votes(0));
    let gone = running.owners[0].address();
    let standing = escrow.enrolment(&study, &gone).await.unwrap();
    assert_eq!(standing, Standing { owner: gone, identity: None, sequence: 2, since: 0 });
    let never = escrow.enrolment(&study, &[7; 20]).await.unwrap();
    assert_eq!(never, Standing { owner: [7; 20], identity: None, sequence: 0, since: 0 });
    let shown = escrow.study(&study).await.unwrap().unwrap();
    assert_eq!((shown.owner_count, shown.voter_count, shown.roster), (4, 3, RosterStatus::Changed));
    assert_eq!(escrow.quorum(&study).await.unwrap(), 2);
    assert!(escrow.roster(&[9; 32]).await.unwrap().is_empty());

    let changes: Vec<Event> = escrow
        .events(&study, 0)
        .await
        .unwrap()
        .into_iter()
        .map(|logged| logged.event)
        .skip_while(|event| !matches!(event, Event::CommitteeRegistered { .. }))
        .skip(1)
        .collect();
    assert_eq!(
        changes,
        [
            Event::OwnerLeft { owner: gone, sequence: 1 },
            Event::OwnerEnrolled { owner: running.owners[1].address(), identity: [9; 32], sequence: 1 },
            Event::OwnerEnrolled { owner: late.address(), identity: [8; 32], sequence: 0 },
        ]
    );
}

async fn an_old_enrolment_signature_replayed(node: Node) {
    let running = Running::new(&node).await;
    let (World { escrow, researcher, .. }, study) = (&running.world, running.study);
    let owner = &running.owners[0];
    let first = enrolment(&running.world, study, owner, [1; 32]);
    escrow.enrol(researcher, &enrolment_again(&running.world, study, owner, [9; 32], 1)).await.unwrap();
    let (name, revert) = refusal(escrow.enrol(researcher, &first).await);
    assert_eq!((&*name, revert.value("expected")), ("StudyEscrow_SequenceInvalid", Some("2")));
    let renumbered = Enrolment { sequence: 2, ..first };
    assert_eq!(refusal(escrow.enrol(researcher, &renumbered).await).0, "StudyEscrow_SignatureInvalid");
    let standing = escrow.enrolment(&study, &owner.address()).await.unwrap();
    assert_eq!(standing.identity, Some([9; 32]));
}

async fn a_replayed_leave(node: Node) {
    let running = Running::open(&node).await;
    let (World { escrow, researcher, .. }, study) = (&running.world, running.study);
    let owner = &running.owners[0];
    let leave = departure(&running.world, study, owner, 1);
    escrow.leave(researcher, &leave).await.unwrap();
    assert_eq!(refusal(escrow.leave(researcher, &leave).await).0, "StudyEscrow_NotEnrolled");
    escrow.enrol(researcher, &enrolment_again(&running.world, study, owner, [1; 32], 2)).await.unwrap();
    assert_eq!(refusal(escrow.leave(researcher, &leave).await).0, "StudyEscrow_SignatureInvalid");
}

/// Twelve wallets of one attacker enrol late in a study of four, and sign a key of their own.
async fn sybils_that_enrol_late_register_a_committee_of_their_own(node: Node) {
    let running = Running::open(&node).await;
    let (World { escrow, researcher, .. }, study) = (&running.world, running.study);
    let sybils: Vec<Wallet> = (0..12).map(|_| Wallet::random()).collect();
    for sybil in &sybils {
        escrow.enrol(researcher, &enrolment(&running.world, study, sybil, [6; 32])).await.unwrap();
    }
    running.seal().await;
    let own = threshold_crypto::SecretKeySet::random(2, &mut rand07::rngs::OsRng);
    let key = bls::key_to_eip2537(&own.public_keys().public_key().to_bytes()).unwrap();
    let digest =
        typed_data::committee_key_digest(&running.world.deployment.domain(), &study, 2, &keccak256(&key));
    let signatures = signed_by(&sybils, &digest);
    let coup = CommitteeRegistration { study, epoch: 2, key, signatures };
    assert_eq!(refusal(escrow.register_committee(researcher, &coup).await).0, "StudyEscrow_NotVoter");
    assert_eq!(escrow.committee(&study).await.unwrap().unwrap().epoch, 1);
    // The four alone say what comes next.
    escrow.register_committee(researcher, &registration(&running, 2, running.key, 3)).await.unwrap();
    assert_eq!(escrow.study(&study).await.unwrap().unwrap().voter_count, 16);
}

async fn a_removal_signed_by_a_minority(node: Node) {
    let running = Running::new(&node).await;
    let (World { escrow, researcher, .. }, study) = (&running.world, running.study);
    let target = &running.owners[3];
    let minority = removal(&running.world, study, target, 1, &running.owners[..2]);
    let (name, revert) = refusal(escrow.remove(researcher, &minority).await);
    assert_eq!((&*name, revert.value("quorum")), ("StudyEscrow_QuorumMissed", Some("3")));
    let mut padded = minority.clone();
    padded.signatures.push((target.address(), padded.signatures[0].1.clone()));
    assert_eq!(refusal(escrow.remove(researcher, &padded).await).0, "StudyEscrow_SignatureInvalid");

    let quorum = removal(&running.world, study, target, 1, &running.owners[..3]);
    escrow.remove(researcher, &quorum).await.unwrap();
    assert_eq!(escrow.enrolment(&study, &target.address()).await.unwrap().identity, None);
    let last = escrow.events(&study, 0).await.unwrap().pop().unwrap();
    let Event::OwnerRemoved { owner, sequence: 1, signers } = last.event else { panic!("{last:?}") };
    let mut expected: Vec<_> = running.owners[..3].iter().map(Wallet::address).collect();
    expected.sort_unstable();
    assert_eq!((owner, signers), (target.address(), expected));
}

async fn the_roster_changed_while_sealed(node: Node) {
    let running = Running::open(&node).await;
    let (world, study) = (&running.world, running.study);
    let World { escrow, researcher, .. } = world;
    let idle = escrow.seal_roster(researcher, &study).await;
    assert_eq!(refusal(idle).0, "StudyEscrow_NothingToSeal");
    escrow.leave(researcher, &departure(world, study, &running.owners[3], 1)).await.unwrap();
    running.seal().await;
    let before = escrow.roster(&study).await.unwrap();
    let sealed = "StudyEscrow_RosterIsSealed";
    let late = enrolment(world, study, &Wallet::random(), [8; 32]);
    assert_eq!(refusal(escrow.enrol(researcher, &late).await).0, sealed);
    let moved = enrolment_again(world, study, &running.owners[0], [9; 32], 1);
    assert_eq!(refusal(escrow.enrol(researcher, &moved).await).0, sealed);
    let gone = departure(world, study, &running.owners[0], 1);
    assert_eq!(refusal(escrow.leave(researcher, &gone).await).0, sealed);
    let out = removal(world, study, &running.owners[2], 1, &running.owners[..2]);
    assert_eq!(refusal(escrow.remove(researcher, &out).await).0, sealed);
    assert_eq!(refusal(escrow.seal_roster(researcher, &study).await).0, sealed);
    assert_eq!(escrow.roster(&study).await.unwrap(), before);

    escrow.register_committee(researcher, &registration(&running, 2, running.key, 2)).await.unwrap();
    escrow.enrol(researcher, &late).await.unwrap();
    escrow.leave(researcher, &gone).await.unwrap();
}

async fn a_stranger_outside_the_allow_list(node: Node) {
    let world = World::new(&node).await;
    let World { escrow, researcher, .. } = &world;
    let owners: Vec<Wallet> = (0..5).map(|_| Wallet::random()).collect();
    let addresses: Vec<_> = owners.iter().map(Wallet::address).collect();
    let list = merkle::allow_list(&addresses).unwrap();
    world.token.approve(researcher, &world.deployment.escrow, support::BUDGET + support::FEE).await.unwrap();
    let terms = Launch { allowed: list.root(), max_owners: 5, ..world.terms().await };
    let (study, _) = escrow.launch(researcher, &terms).await.unwrap();
    assert_eq!(escrow.study(&study).await.unwrap().unwrap().allowed, list.root());

    let stranger = Wallet::random();
    let own = merkle::allow_list(&[stranger.address(), addresses[0]]).unwrap();
    for proof in [Vec::new(), list.proof(&addresses[0]).unwrap(), own.proof(&stranger.address()).unwrap()] {
        let signed = Enrolment { proof, ..enrolment(&world, study, &stranger, [6; 32]) };
        let (name, revert) = refusal(escrow.enrol(researcher, &signed).await);
        assert_eq!(name, "StudyEscrow_NotAllowed");
        assert_eq!(revert.value("owner"), Some(&*format!("0x{}", hex::encode(stranger.address()))));
    }
    for owner in &owners {
        let proof = list.proof(&owner.address()).unwrap();
        escrow
            .enrol(researcher, &Enrolment { proof, ..enrolment(&world, study, owner, [1; 32]) })
            .await
            .unwrap();
    }
    assert_eq!(escrow.roster(&study).await.unwrap().len(), 5);
}

async fn leaving_does_not_lose_money(node: Node) {
    let running = Running::new(&node).await;
    let (world, study) = (&running.world, running.study);
    let World { escrow, researcher, token, .. } = world;
    running.settle(1).await;
    escrow.claim_for(researcher, &running.claim(3, 1)).await.unwrap();
    escrow.leave(researcher, &departure(world, study, &running.owners[3], 1)).await.unwrap();
    let out = removal(world, study, &running.owners[2], 1, &running.owners[..2]);
    escrow.remove(researcher, &out).await.unwrap();
    let again = refusal(escrow.claim_for(researcher, &running.claim(3, 1)).await).0;
    assert_eq!(again, "StudyEscrow_NothingToClaim", "what was paid is remembered");
    escrow.claim_for(researcher, &running.claim(2, 1)).await.unwrap();

    // A committee of those who stayed settles what the others had earned.
    running.seal().await;
    escrow.register_committee(researcher, &registration(&running, 2, running.key, 2)).await.unwrap();
    let settlement = Settlement { epoch: 2, ..running.settlement(2) };
    let signature = running.sign(&settlement, &[0, 1, 2]);
    escrow.settle_round(researcher, &settlement, &signature, &running.key).await.unwrap();
    for owner in [2, 3] {
        escrow.claim_for(researcher, &running.claim(owner, 2)).await.unwrap();
        let expected = 2 * (owner as u128 + 1) * 1_000;
        assert_eq!(token.balance(&running.owners[owner].address()).await.unwrap(), expected);
    }
}

async fn the_last_seal_is_the_one_that_counts(node: Node) {
    let world = World::new(&node).await;
    world
        .token
        .approve(&world.researcher, &world.deployment.escrow, support::BUDGET + support::FEE)
        .await
        .unwrap();
    let (study, _) = world.escrow.launch(&world.researcher, &world.terms().await).await.unwrap();
    assert_eq!(world.escrow.seal(&study).await.unwrap(), None);
    let early = world.escrow.seal_roster(&world.researcher, &study).await;
    assert_eq!(refusal(early).0, "StudyEscrow_EnrolmentStillOpen");

    let running = Running::new(&node).await;
    let (World { escrow, researcher, client, .. }, study) = (&running.world, running.study);
    let first = escrow.seal(&study).await.unwrap().unwrap();
    assert_eq!(first.owner_count, 4);
    escrow.leave(researcher, &departure(&running.world, study, &running.owners[1], 1)).await.unwrap();
    let receipt = running.seal().await;
    let second = escrow.seal(&study).await.unwrap().unwrap();
    assert_eq!((second.owner_count, second.block), (3, receipt.block));
    assert_eq!(second.tx_hash, receipt.tx_hash);
    assert_ne!(first.block_hash, second.block_hash);
    let block =
        client.rpc("eth_getBlockByNumber", json!([format!("{:#x}", receipt.block), false])).await.unwrap();
    assert_eq!(block["hash"], json!(format!("0x{}", hex::encode(second.block_hash))));
    // It stays what it is when the committee is there.
    escrow.register_committee(researcher, &registration(&running, 2, running.key, 1)).await.unwrap_err();
    let signers = [running.owners[0].clone(), running.owners[2].clone()];
    let digest = typed_data::committee_key_digest(
        &running.world.deployment.domain(),
        &study,
        2,
        &keccak256(&running.key),
    );
    let signatures = signed_by(&signers, &digest);
    let next = CommitteeRegistration { study, epoch: 2, key: running.key, signatures };
    escrow.register_committee(researcher, &next).await.unwrap();
    assert_eq!(escrow.seal(&study).await.unwrap(), Some(second));
}

async fn changes_are_relayed_once(node: Node) {
    let running = Running::open(&node).await;
    let (world, study) = (&running.world, running.study);
    let relay = &world.relay;
    let sent = |outcome: Result<Outcome, ChainError>| {
        let outcome = outcome.unwrap();
        assert!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
    };
    let conflict = |outcome: Result<Outcome, ChainError>| match outcome {
        Err(ChainError::Conflict { what, reason }) => (what, reason),
        other => panic!("{other:?}"),
    };

    // An owner enrols with a new identity, leaves and comes back: each change is still found, whatever came after.
    let owner = &running.owners[0];
    let moved = enrolment_again(world, study, owner, [9; 32], 1);
    let left = departure(world, study, owner, 2);
    let back = enrolment_again(world, study, owner, [9; 32], 3);
    sent(relay.ensure_enrolled(&moved).await);
    sent(relay.ensure_left(&left).await);
    sent(relay.ensure_enrolled(&back).await);
    for _ in 0..2 {
        assert_eq!(relay.ensure_enrolled(&moved).await.unwrap(), Outcome::Already);
        assert_eq!(relay.ensure_left(&left).await.unwrap(), Outcome::Already);
        assert_eq!(relay.ensure_enrolled(&back).await.unwrap(), Outcome::Already);
    }
    // Another change under a number that is used up.
    let (what, reason) = conflict(relay.ensure_left(&departure(world, study, owner, 1)).await);
    assert_eq!(what, "departure");
    assert!(reason.ends_with(&format!("an enrolment with identity 0x{}", "09".repeat(32))), "{reason}");
    let (what, reason) =
        conflict(relay.ensure_enrolled(&enrolment_again(world, study, owner, [5; 32], 2)).await);
    assert_eq!(what, "enrolment");
    assert!(reason.ends_with("its leaving"), "{reason}");
    // One under a number that is not due yet is refused by the contract.
    let early = relay.ensure_enrolled(&enrolment_again(world, study, owner, [5; 32], 7)).await;
    assert_eq!(refusal(early).0, "StudyEscrow_SequenceInvalid");

    let out = removal(world, study, &running.owners[3], 1, &running.owners[1..4]);
    sent(relay.ensure_removed(&out).await);
    assert_eq!(relay.ensure_removed(&out).await.unwrap(), Outcome::Already);
    let (what, reason) = conflict(relay.ensure_left(&departure(world, study, &running.owners[3], 1)).await);
    assert_eq!(what, "departure");
    assert!(reason.ends_with("its removal"), "{reason}");
    let (what, _) =
        conflict(relay.ensure_removed(&removal(world, study, owner, 2, &running.owners[1..3])).await);
    assert_eq!(what, "removal");

    // Two relays at once: one seals, the other finds it sealed.
    let second = tributary_contracts::Relay::new(relay.escrow().clone(), dev_wallet(5));
    let (a, b) = tokio::join!(relay.ensure_sealed(&study), second.ensure_sealed(&study));
    let sealed = [a, b].into_iter().filter(|outcome| matches!(outcome, Ok(Outcome::Sent(_)))).count();
    assert_eq!(sealed, 1);
    assert_eq!(relay.ensure_sealed(&study).await.unwrap(), Outcome::Already);
    let digest =
        typed_data::committee_key_digest(&world.deployment.domain(), &study, 2, &keccak256(&running.key));
    let signatures = signed_by(&running.owners[1..3], &digest);
    let next = CommitteeRegistration { study, epoch: 2, key: running.key, signatures };
    sent(relay.ensure_registered(&next).await);
    assert_eq!(refusal(relay.ensure_sealed(&study).await).0, "StudyEscrow_NothingToSeal");
}

/// The most owners that a plan may have.
async fn a_whole_cohort_is_read_at_once(node: Node) {
    const OWNERS: usize = 256;
    let world = World::new(&node).await;
    let World { escrow, researcher, .. } = &world;
    world.token.approve(researcher, &world.deployment.escrow, support::BUDGET + support::FEE).await.unwrap();
    let terms = Launch { max_owners: 256, ..world.terms().await };
    let (study, _) = escrow.launch(researcher, &terms).await.unwrap();
    let mut owners = Vec::new();
    for _ in 0..OWNERS {
        let owner = Wallet::random();
        escrow.enrol(researcher, &enrolment(&world, study, &owner, [1; 32])).await.unwrap();
        owners.push(owner.address());
    }
    owners.sort_unstable();
    let roster = escrow.roster(&study).await.unwrap();
    assert_eq!(roster.iter().map(|enrolled| enrolled.owner).collect::<Vec<_>>(), owners);
    assert_eq!(escrow.quorum(&study).await.unwrap(), 171);
}
