//! A study's course, on the embedded chain always and on anvil where `TRIBUTARY_ANVIL` names its binary.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{
    BUDGET, FEE, Node, ROUNDS, Running, World, dev_wallet, enrolment, enrolment_again, refusal, registration,
};
use tributary_contracts::{
    Claim, CommitteeRegistration, Enrolment, Event, Settlement, StudyStatus, Wallet, bls, keccak256,
    typed_data,
};

on_both_chains!(
    digests_are_the_contracts_own,
    a_study_runs_to_its_end,
    forged_settlements_are_refused,
    enrolments_need_the_owners_signature,
    committees_need_a_quorum,
    claims_pay_once_and_only_what_was_settled,
    a_study_out_of_time_is_refunded,
);

async fn digests_are_the_contracts_own(node: Node) {
    let running = Running::new(&node).await;
    let (world, study) = (&running.world, running.study);
    let domain = world.deployment.domain();
    let owner = running.owners[2].address();
    assert_eq!(
        world.escrow.enrol_digest(&study, &owner, &[3; 32], 5).await.unwrap(),
        typed_data::enrol_digest(&domain, &study, &owner, &[0x70; 32], &[3; 32], 5)
    );
    assert_eq!(
        world.escrow.leave_digest(&study, &owner, 5).await.unwrap(),
        typed_data::leave_digest(&domain, &study, &owner, 5)
    );
    assert_eq!(
        world.escrow.remove_digest(&study, &owner, 5).await.unwrap(),
        typed_data::remove_digest(&domain, &study, &owner, 5)
    );
    assert_eq!(
        world.escrow.committee_key_digest(&study, 7, &[4; 32]).await.unwrap(),
        typed_data::committee_key_digest(&domain, &study, 7, &[4; 32])
    );
    let settlement = running.settlement(2);
    assert_eq!(
        world.escrow.settlement_digest(&settlement).await.unwrap(),
        typed_data::settlement_digest(&domain, &settlement)
    );
    assert_eq!(world.escrow.quorum(&study).await.unwrap(), 3);
    assert_eq!(world.escrow.max_owners().await.unwrap(), 1024);
    let committee = world.escrow.committee(&study).await.unwrap().unwrap();
    assert_eq!((committee.epoch, committee.key_hash), (1, keccak256(&running.key)));
    assert_eq!(world.escrow.study(&[9; 32]).await.unwrap(), None);
    assert_eq!(world.escrow.committee(&[9; 32]).await.unwrap(), None);
}

async fn a_study_runs_to_its_end(node: Node) {
    let running = Running::new(&node).await;
    let World { escrow, token, researcher, .. } = &running.world;
    let before = token.balance(&researcher.address()).await.unwrap();
    let mut gas = Vec::new();
    for round in 1..=ROUNDS {
        gas.push(running.settle(round).await.gas_used);
        escrow.claim_for(researcher, &running.claim(0, round)).await.unwrap();
    }
    assert!(gas.iter().all(|gas| (150_000..300_000).contains(gas)), "{gas:?}");
    // Owner 1 claims the sum of three rounds at once; owners 2 and 3 only after the study has closed.
    escrow.claim_for(researcher, &running.claim(1, ROUNDS)).await.unwrap();
    escrow.close(researcher, &running.study).await.unwrap();
    for owner in [2, 3] {
        escrow.claim_for(researcher, &running.claim(owner, ROUNDS)).await.unwrap();
    }

    let total: u128 = 3 * (1 + 2 + 3 + 4) * 1_000;
    for (owner, share) in running.owners.iter().zip(1..) {
        assert_eq!(token.balance(&owner.address()).await.unwrap(), 3 * share * 1_000);
        assert_eq!(escrow.claimed(&running.study, &owner.address()).await.unwrap(), 3 * share * 1_000);
    }
    // The fee on what was granted is the treasury's, the rest of it comes back.
    let (earned, back) = (total / 50, BUDGET - total + FEE - total / 50);
    assert_eq!(token.balance(&researcher.address()).await.unwrap() - before, back);
    assert_eq!(token.balance(&running.world.deployment.escrow).await.unwrap(), earned);
    assert_eq!(escrow.study(&running.study).await.unwrap().unwrap().held(), earned);
    escrow.collect_fee(&dev_wallet(4), &running.study).await.unwrap();
    assert_eq!(token.balance(&running.world.deployment.timelock).await.unwrap(), earned);
    assert_eq!(
        refusal(escrow.collect_fee(researcher, &running.study).await).0,
        "StudyEscrow_NothingToCollect"
    );
    let study = escrow.study(&running.study).await.unwrap().unwrap();
    assert_eq!(study.status, StudyStatus::Closed);
    assert_eq!((study.paid, study.refunded, study.last_round), (total, back, ROUNDS));
    assert_eq!((study.fee_bps, study.fee(), study.fee_paid, study.held()), (200, FEE, earned, 0));
    assert_eq!((study.researcher, study.funder), (researcher.address(), researcher.address()));
    assert_eq!(study.payouts_root, running.payouts(ROUNDS).root());

    let events = escrow.events(&running.study, 0).await.unwrap();
    let kinds: Vec<String> = events
        .iter()
        .map(|logged| format!("{:?}", logged.event).split([' ', '(']).next().unwrap().to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            &["StudyLaunched"][..],
            &["OwnerEnrolled"; 4],
            &["RosterSealed", "CommitteeRegistered"],
            &["RoundSettled", "PayoutClaimed"].repeat(3),
            &["PayoutClaimed", "StudyClosed", "PayoutClaimed", "PayoutClaimed", "FeeCollected"],
        ]
        .concat()
    );
    assert!(events.iter().all(|logged| logged.study == running.study));
    assert!(events.is_sorted_by_key(|logged| (logged.block, logged.log_index)));
    let settled: Vec<Settlement> = events
        .iter()
        .filter_map(|logged| match &logged.event {
            Event::RoundSettled(settlement) => Some(*settlement),
            _ => None,
        })
        .collect();
    assert_eq!(settled, [1, 2, 3].map(|round| running.settlement(round)));
    let Event::CommitteeRegistered { key, signers, .. } = &events[6].event else { panic!("{:?}", events[6]) };
    assert_eq!(bls::key_from_eip2537(key).unwrap(), running.keys.public_keys().public_key().to_bytes());
    assert_eq!(signers.len(), 3);
    let last = events[events.len() - 1].block;
    assert_eq!(escrow.events(&running.study, last).await.unwrap().len(), 1);
    assert!(escrow.events(&running.study, last + 1).await.unwrap().is_empty());
    assert!(escrow.events(&[9; 32], 0).await.unwrap().is_empty());
}

async fn forged_settlements_are_refused(node: Node) {
    let running = Running::new(&node).await;
    let World { escrow, researcher, .. } = &running.world;
    let honest = running.settlement(1);
    let signature = running.sign(&honest, &[0, 1, 2]);
    let submit = async |settlement: &Settlement, signature: &[u8; 256], key: &[u8; 128]| {
        refusal(escrow.settle_round(researcher, settlement, signature, key).await)
    };

    // The committee signed something else.
    for changed in [
        Settlement { scores: [0; 32], ..honest },
        Settlement { payouts_root: [0; 32], ..honest },
        Settlement { cumulative_payout: honest.cumulative_payout + 1, ..honest },
        Settlement { round: 2, ..honest },
        Settlement { context: [0; 32], ..honest },
        Settlement { model: [0; 32], ..honest },
        Settlement { transcript: [0; 32], ..honest },
        Settlement { sums: [0; 32], ..honest },
    ] {
        let (name, revert) = submit(&changed, &signature, &running.key).await;
        assert_eq!(name, "StudyEscrow_CommitteeSignatureInvalid", "{changed:?}");
        assert_eq!(revert.value("round"), Some(&*changed.round.to_string()));
        let digest = typed_data::settlement_digest(&running.world.deployment.domain(), &changed);
        assert_eq!(revert.value("digest"), Some(&*format!("0x{}", hex::encode(digest))));
    }
    let (name, revert) = submit(&Settlement { study: [9; 32], ..honest }, &signature, &running.key).await;
    assert_eq!(name, "StudyEscrow_StudyNotOpen");
    assert_eq!(revert.value("status"), Some("None"));
    assert_eq!(
        submit(&Settlement { epoch: 2, ..honest }, &signature, &running.key).await.0,
        "StudyEscrow_EpochNotCurrent"
    );

    // A minority signed: one member alone, with its own share for a signature.
    let alone = running.keys.secret_key_share(0u64);
    let share = alone.sign(typed_data::settlement_digest(&running.world.deployment.domain(), &honest));
    let minority = bls::signature_to_eip2537(&share.to_bytes()).unwrap();
    assert_eq!(submit(&honest, &minority, &running.key).await.0, "StudyEscrow_CommitteeSignatureInvalid");

    // Somebody else's key, and a signature that is no point.
    let other = threshold_crypto::SecretKeySet::random(2, &mut rand07::rngs::OsRng);
    let other_key = bls::key_to_eip2537(&other.public_keys().public_key().to_bytes()).unwrap();
    assert_eq!(submit(&honest, &signature, &other_key).await.0, "StudyEscrow_KeyMismatch");
    let (name, _) = submit(&honest, &[0xff; 256], &running.key).await;
    assert!(name.starts_with("BLS12381_"), "{name}");
    let above = Settlement { cumulative_payout: BUDGET + 1, ..honest };
    let (name, revert) = submit(&above, &running.sign(&above, &[0, 1, 2]), &running.key).await;
    assert_eq!(name, "StudyEscrow_PayoutAboveBudget");
    assert_eq!(revert.value("budget"), Some(&*BUDGET.to_string()));

    assert_eq!(escrow.study(&running.study).await.unwrap().unwrap().last_round, 0, "nothing of it settled");
    escrow.settle_round(researcher, &honest, &signature, &running.key).await.unwrap();
    let (name, revert) = submit(&honest, &signature, &running.key).await;
    assert_eq!(name, "StudyEscrow_RoundInvalid", "a replay");
    assert_eq!(revert.value("lastRound"), Some("1"));
    // Any three members make the same signature: the others' makes no second settlement.
    assert_eq!(running.sign(&honest, &[1, 2, 3]), signature);
}

async fn enrolments_need_the_owners_signature(node: Node) {
    let world = World::new(&node).await;
    let terms = world.terms().await;
    // A permit instead of an approval.
    let (study, _) =
        world.escrow.launch_with_permit(&world.researcher, &terms, terms.settle_by).await.unwrap();
    assert_eq!(world.escrow.study(&study).await.unwrap().unwrap().budget, BUDGET);
    assert_eq!(
        world.token.allowance(&world.researcher.address(), &world.deployment.escrow).await.unwrap(),
        0
    );
    let (owner, thief) = (Wallet::random(), Wallet::random());
    let enrol = async |enrolment: &Enrolment| world.escrow.enrol(&world.researcher, enrolment).await;

    let honest = enrolment(&world, study, &owner, [1; 32]);
    let forged =
        Enrolment { signature: enrolment(&world, study, &thief, [1; 32]).signature, ..honest.clone() };
    let swapped = Enrolment { identity: [2; 32], ..honest.clone() };
    let cut = Enrolment { signature: honest.signature[..63].to_vec(), ..honest.clone() };
    for bad in [forged, swapped, cut] {
        let (name, revert) = refusal(enrol(&bad).await);
        assert_eq!(name, "StudyEscrow_SignatureInvalid");
        assert_eq!(revert.value("signer"), Some(&*format!("0x{}", hex::encode(owner.address()))));
    }
    enrol(&honest).await.unwrap();
    assert_eq!(refusal(enrol(&honest).await).0, "StudyEscrow_AlreadyEnrolled");
    let (name, revert) = refusal(enrol(&enrolment(&world, study, &owner, [2; 32])).await);
    assert_eq!((&*name, revert.value("expected")), ("StudyEscrow_SequenceInvalid", Some("1")));
    assert_eq!(
        refusal(enrol(&enrolment(&world, [9; 32], &thief, [1; 32])).await).0,
        "StudyEscrow_StudyNotOpen"
    );
    world.pass_time(1_001).await;
    assert_eq!(
        refusal(enrol(&enrolment(&world, study, &thief, [1; 32])).await).0,
        "StudyEscrow_EnrolmentOver"
    );
}

async fn committees_need_a_quorum(node: Node) {
    let running = Running::new(&node).await;
    let World { escrow, researcher, .. } = &running.world;
    let unsealed = escrow.register_committee(researcher, &registration(&running, 2, running.key, 4)).await;
    assert_eq!(refusal(unsealed).0, "StudyEscrow_RosterNotSealed");
    let moved = enrolment_again(&running.world, running.study, &running.owners[0], [9; 32], 1);
    escrow.enrol(researcher, &moved).await.unwrap();
    running.seal().await;
    let register = async |registration: &CommitteeRegistration| {
        refusal(escrow.register_committee(researcher, registration).await)
    };
    let (name, revert) = register(&registration(&running, 2, running.key, 2)).await;
    assert_eq!((&*name, revert.value("quorum")), ("StudyEscrow_QuorumMissed", Some("3")));
    assert_eq!(register(&registration(&running, 1, running.key, 4)).await.0, "StudyEscrow_EpochNotNewer");
    let mut forged = registration(&running, 2, running.key, 4);
    forged.signatures[3].1 = forged.signatures[2].1.clone();
    assert_eq!(register(&forged).await.0, "StudyEscrow_SignatureInvalid");
    let mut twice = registration(&running, 2, running.key, 3);
    twice.signatures[2] = twice.signatures[1].clone();
    assert_eq!(register(&twice).await.0, "StudyEscrow_SignersNotAscending");
    // A new epoch takes over: the old one settles no more.
    let next = registration(&running, 2, running.key, 4);
    escrow.register_committee(researcher, &next).await.unwrap();
    let settlement = running.settlement(1);
    let signature = running.sign(&settlement, &[0, 1, 2]);
    let late = escrow.settle_round(researcher, &settlement, &signature, &running.key).await;
    assert_eq!(refusal(late).0, "StudyEscrow_EpochNotCurrent");
}

async fn claims_pay_once_and_only_what_was_settled(node: Node) {
    let running = Running::new(&node).await;
    let World { escrow, researcher, token, .. } = &running.world;
    let claim = async |claim: &Claim| refusal(escrow.claim_for(researcher, claim).await).0;
    let honest = running.claim(3, 1);
    assert_eq!(claim(&honest).await, "StudyEscrow_ProofInvalid", "nothing is settled yet");
    running.settle(1).await;
    assert_eq!(claim(&Claim { cumulative: 4_001, ..honest.clone() }).await, "StudyEscrow_ProofInvalid");
    assert_eq!(claim(&Claim { proof: Vec::new(), ..honest.clone() }).await, "StudyEscrow_ProofInvalid");
    assert_eq!(claim(&running.claim(3, 2)).await, "StudyEscrow_ProofInvalid", "a later round's");
    let stranger = Wallet::random().address();
    assert_eq!(claim(&Claim { owner: stranger, ..honest.clone() }).await, "StudyEscrow_NotEnrolled");
    escrow.claim_for(researcher, &honest).await.unwrap();
    assert_eq!(claim(&honest).await, "StudyEscrow_NothingToClaim");
    assert_eq!(token.balance(&running.owners[3].address()).await.unwrap(), 4_000);
}

async fn a_study_out_of_time_is_refunded(node: Node) {
    let running = Running::new(&node).await;
    let World { escrow, token, researcher, .. } = &running.world;
    running.settle(1).await;
    let (name, _) = refusal(escrow.refund(researcher, &running.study).await);
    assert_eq!(name, "StudyEscrow_SettlementStillOpen");
    assert_eq!(refusal(escrow.close(researcher, &running.study).await).0, "StudyEscrow_RoundsOutstanding");
    assert_eq!(
        refusal(escrow.close(&dev_wallet(1), &running.study).await).0,
        "StudyEscrow_NotResearcherNorFunder"
    );

    running.world.pass_time(3_000).await;
    let settlement = running.settlement(2);
    let signature = running.sign(&settlement, &[0, 1, 2]);
    let late = escrow.settle_round(researcher, &settlement, &signature, &running.key).await;
    assert_eq!(refusal(late).0, "StudyEscrow_SettlementOver");
    let before = token.balance(&researcher.address()).await.unwrap();
    // Anyone may ask for it; the funder gets it.
    escrow.refund(&dev_wallet(1), &running.study).await.unwrap();
    assert_eq!(token.balance(&researcher.address()).await.unwrap() - before, BUDGET - 10_000 + FEE - 200);
    let (name, revert) = refusal(escrow.refund(researcher, &running.study).await);
    assert_eq!((&*name, revert.value("status")), ("StudyEscrow_StudyNotOpen", Some("Closed")));
    // What was granted before is still paid.
    escrow.claim_for(researcher, &running.claim(0, 1)).await.unwrap();
    assert_eq!(token.balance(&running.owners[0].address()).await.unwrap(), 1_000);
    let events = escrow.events(&running.study, 0).await.unwrap();
    let refund = Event::StudyRefunded { last_round: 1, refunded: BUDGET - 10_000 + FEE - 200 };
    assert!(events.iter().any(|logged| logged.event == refund), "{events:?}");
}
