//! What a study is launched on: its funder, the protocol's fee, the scoring rule, and the model that its last round proves.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use serde_json::json;
use support::{BUDGET, FEE, Node, Running, World, dev_wallet, refusal};
use tributary_contracts::{
    Chain, Claim, ConsentState, Event, Launch, Outcome, StudyStatus, Wallet, Word, keccak256,
    merkle::{ModelLeaf, verify_model},
    scoring_rule,
};

on_both_chains!(
    a_funder_pays_for_anothers_study,
    terms_that_the_protocol_does_not_allow_are_refused,
    several_owners_are_paid_at_once,
    nobody_is_struck_off_who_need_not_consent,
    the_model_registry_knows_the_leaf,
);

async fn a_funder_pays_for_anothers_study(node: Node) {
    let world = World::new(&node).await;
    let funder = dev_wallet(2);
    world.token.transfer(&world.researcher, &funder.address(), BUDGET + FEE).await.unwrap();
    assert_eq!(world.escrow.funding(BUDGET).await.unwrap(), BUDGET + FEE);
    assert_eq!(world.escrow.study_fee_bps().await.unwrap(), 200);
    world.token.approve(&funder, &world.deployment.escrow, BUDGET + FEE).await.unwrap();
    let terms = world.terms().await;
    let (id, _) = world.escrow.launch(&funder, &terms).await.unwrap();
    assert_eq!(id, world.deployment.study_id(&funder.address(), &terms.plan_digest, &terms.salt));

    let study = world.escrow.study(&id).await.unwrap().unwrap();
    assert_eq!((study.researcher, study.funder), (world.researcher.address(), funder.address()));
    assert_eq!((study.scoring, study.consent_required), (scoring_rule("group-shapley-1"), false));
    assert_eq!((study.consents, study.withdrawals), (ConsentState::Whole, 0));
    assert_eq!((study.fee(), study.fee_due(), study.held()), (FEE, 0, BUDGET + FEE));
    let launched = world.escrow.events(&id, world.deployment.block).await.unwrap().remove(0).event;
    let Event::StudyLaunched { researcher, funder: by, scoring, fee_bps, .. } = launched else {
        panic!("{launched:?}")
    };
    assert_eq!((researcher, by), (study.researcher, study.funder));
    assert_eq!((scoring, fee_bps), (study.scoring, 200));

    world.pass_time(3_000).await;
    world.escrow.refund(&dev_wallet(1), &id).await.unwrap();
    assert_eq!(world.token.balance(&funder.address()).await.unwrap(), BUDGET + FEE, "nothing was granted");
    let study = world.escrow.study(&id).await.unwrap().unwrap();
    assert_eq!((study.status, study.refunded, study.held()), (StudyStatus::Closed, BUDGET + FEE, 0));
}

async fn terms_that_the_protocol_does_not_allow_are_refused(node: Node) {
    let world = World::new(&node).await;
    let good = world.terms().await;
    let launch = async |terms: Launch| refusal(world.escrow.launch(&world.researcher, &terms).await);
    let (name, revert) = launch(Launch { max_fee_bps: 199, ..good }).await;
    assert_eq!((&*name, revert.value("fee")), ("StudyEscrow_FeeAboveMaximum", Some("200")));
    let (name, revert) = launch(Launch { scoring: scoring_rule("by-favour"), ..good }).await;
    let rule = format!("0x{}", hex::encode(keccak256(b"by-favour")));
    assert_eq!((&*name, revert.value("rule")), ("StudyEscrow_ScoringRuleUnknown", Some(&*rule)));
    assert_eq!(launch(Launch { researcher: [0; 20], ..good }).await.0, "StudyEscrow_ResearcherZero");
}

async fn several_owners_are_paid_at_once(node: Node) {
    let running = Running::new(&node).await;
    let World { escrow, token, researcher, .. } = &running.world;
    running.settle(1).await;
    escrow.claim_for(researcher, &running.claim(2, 1)).await.unwrap();
    let claims: Vec<Claim> = (0..4).map(|owner| running.claim(owner, 1)).collect();
    escrow.claim_many(researcher, &running.study, &claims).await.unwrap();
    for (owner, share) in running.owners.iter().zip(1..) {
        assert_eq!(token.balance(&owner.address()).await.unwrap(), share * 1_000);
    }
}

async fn nobody_is_struck_off_who_need_not_consent(node: Node) {
    let running = Running::new(&node).await;
    let World { escrow, relay, .. } = &running.world;
    let owner = running.owners[0].address();
    let (name, _) = refusal(relay.ensure_withdrawn(&running.study, &owner).await);
    assert_eq!(name, "StudyEscrow_ConsentNotRequired");
    assert!(escrow.enrolment(&running.study, &owner).await.unwrap().identity.is_some());
    // Whoever is not on the roster has gone already.
    let stranger = Wallet::random().address();
    assert_eq!(relay.ensure_withdrawn(&running.study, &stranger).await.unwrap(), Outcome::Already);
}

async fn the_model_registry_knows_the_leaf(node: Node) {
    let world = World::new(&node).await;
    let model = ModelLeaf { study: [1; 32], model: [2; 32], round: 3 };
    let round: Word = {
        let mut word = [0; 32];
        word[31] = 3;
        word
    };
    let data =
        [&keccak256(b"modelLeaf(bytes32,bytes32,uint64)")[..4], &model.study, &model.model, &round].concat();
    let text = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    let call = json!([{ "to": text(&world.deployment.models), "data": text(&data) }, "latest"]);
    let leaf = world.client.rpc("eth_call", call).await.unwrap();
    let leaf: Word =
        hex::decode(leaf.as_str().unwrap().trim_start_matches("0x")).unwrap().try_into().unwrap();
    // A tree of this leaf alone has it for a root.
    assert!(verify_model(&leaf, &model, &[]));
    assert!(!verify_model(&leaf, &ModelLeaf { round: 4, ..model }, &[]));
}
