//! A study's model is minted, and what it earns is divided.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{
    Node, ROUNDS, Running, dev_wallet,
    model::{OWNERS_BPS, ROYALTY_BPS, closed, minted, new_model},
    refusal,
};
use tributary_contracts::{
    ChainError, Word,
    market::{
        models::{Limits, Model, Models, NewModel},
        royalties::{Released, Share, Split, Splitter},
    },
};

on_both_chains!(
    owners_and_creator_share_what_a_model_earns,
    another_token_is_shared_as_well,
    a_model_that_the_committee_did_not_certify_is_not_minted,
    a_model_is_minted_once_and_its_owner_describes_it,
    a_splitter_that_is_none_is_not_called,
);

const EARNED: u128 = 1_000_003;

fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

async fn owners_and_creator_share_what_a_model_earns(node: Node) {
    let running = Running::new(&node).await;
    let sold = minted(&running).await;
    let (world, models) = (&running.world, &sold.models);
    let (token, asset, anybody) = (&world.token, &world.deployment.token, dev_wallet(5));
    let creator = world.researcher.address();

    // Paid before it is there; anybody deploys it, and a second time does nothing.
    token.transfer(&world.researcher, &sold.splitter, EARNED).await.unwrap();
    models.deploy_splitter(&anybody, &sold.model).await.unwrap();
    models.deploy_splitter(&anybody, &sold.model).await.unwrap();
    let splitter = Splitter::at(world.client.clone(), &world.deployment, sold.splitter).await.unwrap();
    assert_eq!(splitter.address(), sold.splitter);
    assert_eq!(splitter.token().await.unwrap(), *asset);
    let tree = running.payouts(ROUNDS);
    let split = Split { root: tree.root(), total: tree.total(), payees_bps: OWNERS_BPS, creator };
    assert_eq!(splitter.split().await.unwrap(), split);
    assert_eq!(splitter.received(asset).await.unwrap(), EARNED);
    let part = splitter.payees_part(asset).await.unwrap();
    assert_eq!(part, 700_002, "seven tenths, rounded down");

    // Owner i earned i + 1 tenths of the study's payouts.
    for i in 0..4 {
        let share = Share::from(running.claim(i, ROUNDS));
        let due = part * (i as u128 + 1) / 10;
        assert_eq!(splitter.releasable(asset, &share).await.unwrap(), due);
        splitter.release(&anybody, &share).await.unwrap();
        assert_eq!(token.balance(&share.payee).await.unwrap(), due);
        assert_eq!(splitter.released_to(asset, &share.payee).await.unwrap(), due);
        let (name, revert) = refusal(splitter.release(&anybody, &share).await);
        assert_eq!(name, "RoyaltySplitter_NothingToRelease");
        assert_eq!(revert.value("part"), Some(&*due.to_string()));
        assert_eq!(revert.value("released"), Some(&*due.to_string()));
    }
    let before = token.balance(&creator).await.unwrap();
    assert_eq!(splitter.releasable_creator(asset).await.unwrap(), 300_001);
    splitter.release_creator(&anybody).await.unwrap();
    assert_eq!(token.balance(&creator).await.unwrap(), before + 300_001);
    assert_eq!(splitter.releasable_creator(asset).await.unwrap(), 0);
    let released = Released { in_all: 1_000_001, to_payees: 700_000 };
    assert_eq!(splitter.released(asset).await.unwrap(), released);
    assert_eq!(token.balance(&sold.splitter).await.unwrap(), EARNED - released.in_all);

    // What comes in for the payees alone goes to them alone, with what was left over before.
    token.approve(&world.researcher, &sold.splitter, 998).await.unwrap();
    splitter.fund_payees(&world.researcher, 998).await.unwrap();
    assert_eq!(splitter.reserved().await.unwrap(), 998);
    assert_eq!(splitter.payees_part(asset).await.unwrap(), 701_000);
    assert_eq!(splitter.releasable_creator(asset).await.unwrap(), 0);
    for i in 0..4 {
        splitter.release(&anybody, &running.claim(i, ROUNDS).into()).await.unwrap();
        let owner = running.owners[i].address();
        assert_eq!(token.balance(&owner).await.unwrap(), 70_100 * (i as u128 + 1));
    }
    assert_eq!(token.balance(&sold.splitter).await.unwrap(), 0);
    assert_eq!(splitter.received(asset).await.unwrap(), EARNED + 998);

    // Nobody is paid by another's place, nor by one that it had earlier.
    let owner = running.owners[0].address();
    let stolen = Share { payee: owner, ..running.claim(3, ROUNDS).into() };
    for share in [stolen, running.claim(0, 1).into()] {
        let (name, revert) = refusal(splitter.release(&anybody, &share).await);
        assert_eq!(name, "RoyaltySplitter_ProofInvalid");
        assert_eq!(revert.value("payee"), Some(&*hex_of(&owner)));
        assert_eq!(revert.value("cumulative"), Some(&*share.cumulative.to_string()));
    }
}

async fn another_token_is_shared_as_well(node: Node) {
    let running = Running::new(&node).await;
    let sold = minted(&running).await;
    let (world, anybody) = (&running.world, dev_wallet(5));
    let splitter = sold.deployed(&running).await;
    // Another deployment's token is to this one's splitter as any other.
    let other = support::World::new(&node).await;
    let asset = &other.deployment.token;
    assert_ne!(*asset, world.deployment.token);
    other.token.transfer(&other.researcher, &sold.splitter, 1_000).await.unwrap();
    let share = Share::from(running.claim(3, ROUNDS));
    splitter.release_of(&anybody, asset, &share).await.unwrap();
    assert_eq!(other.token.balance(&share.payee).await.unwrap(), 280);
    let before = other.token.balance(&other.researcher.address()).await.unwrap();
    splitter.release_creator_of(&anybody, asset).await.unwrap();
    assert_eq!(other.token.balance(&world.researcher.address()).await.unwrap(), before + 300);
    assert_eq!(splitter.released(asset).await.unwrap(), Released { in_all: 580, to_payees: 280 });
    assert_eq!(splitter.received(&world.deployment.token).await.unwrap(), 0);
    let (name, _) = refusal(splitter.release(&anybody, &share).await);
    assert_eq!(name, "RoyaltySplitter_NothingToRelease");
}

async fn a_model_that_the_committee_did_not_certify_is_not_minted(node: Node) {
    let running = Running::new(&node).await;
    let researcher = &running.world.researcher;
    let honest = new_model(&running);
    let models = Models::new(running.world.client.clone(), &running.world.deployment).unwrap();
    running.settle(1).await;
    let early = refusal(models.mint(researcher, &honest).await);
    assert_eq!(early.0, "ModelRegistry_StudyNotClosed");
    let models = closed(&running).await;

    let forged: Word = [0xbd; 32];
    let payout = running.claim(0, ROUNDS).proof;
    for new in [
        NewModel { digest: forged, ..honest.clone() },
        NewModel { proof: payout, ..honest.clone() },
        NewModel { proof: vec![], ..honest.clone() },
        NewModel { proof: running.payouts(1).model_proof(), ..honest.clone() },
    ] {
        let (name, revert) = refusal(models.mint(researcher, &new).await);
        assert_eq!(name, "ModelRegistry_CertificateInvalid");
        assert_eq!(revert.value("study"), Some(&*hex_of(&running.study)));
        assert_eq!(revert.value("digest"), Some(&*hex_of(&new.digest)));
        assert_eq!(revert.value("round"), Some(&*ROUNDS.to_string()));
    }
    let thief = dev_wallet(7);
    let (name, revert) = refusal(models.mint(&thief, &honest).await);
    assert_eq!(name, "ModelRegistry_NotResearcher");
    assert_eq!(revert.value("caller"), Some(&*hex_of(&thief.address())));
    assert_eq!(models.model(&running.study).await.unwrap(), None);
    assert_eq!(refusal(models.splitter_of(&running.study).await).0, "ERC721NonexistentToken");
    models.mint(researcher, &honest).await.unwrap();
    assert_eq!(models.digest_of(&running.study).await.unwrap(), honest.digest);
}

async fn a_model_is_minted_once_and_its_owner_describes_it(node: Node) {
    let running = Running::new(&node).await;
    let models = closed(&running).await;
    let (researcher, model) = (&running.world.researcher, running.study);
    let limits = models.limits().await.unwrap();
    assert_eq!(limits, Limits { min_owners_bps: 5_000, max_royalty_bps: 2_500 });
    let new = new_model(&running);
    let stingy = NewModel { owners_bps: limits.min_owners_bps - 1, ..new.clone() };
    let (name, revert) = refusal(models.mint(researcher, &stingy).await);
    assert_eq!(name, "ModelRegistry_OwnersPartInvalid");
    assert_eq!((revert.value("ownersBps"), revert.value("least")), (Some("4999"), Some("5000")));
    let greedy = NewModel { royalty_bps: limits.max_royalty_bps + 1, ..new.clone() };
    assert_eq!(refusal(models.mint(researcher, &greedy).await).0, "ModelRegistry_RoyaltyAboveLimit");

    models.mint(researcher, &new).await.unwrap();
    let (name, revert) = refusal(models.mint(researcher, &new).await);
    assert_eq!(name, "ModelRegistry_AlreadyMinted");
    assert_eq!(revert.value("study"), Some(&*hex_of(&model)));

    let splitter = models.splitter_of(&model).await.unwrap();
    let shown = Model {
        study: model,
        creator: researcher.address(),
        digest: new.digest,
        weights: new.weights,
        provenance: new.provenance,
        metadata: new.metadata,
        splitter,
        owners_bps: OWNERS_BPS,
        royalty_bps: ROYALTY_BPS,
    };
    assert_eq!(models.model(&model).await.unwrap(), Some(shown));
    assert_eq!(models.owner_of(&model).await.unwrap(), researcher.address());
    assert_eq!(models.owners_bps_of(&model).await.unwrap(), OWNERS_BPS);
    assert_eq!(models.royalty(&model, 12_345).await.unwrap(), (splitter, 1_234));

    let uri = models.metadata_uri(&model).await.unwrap();
    assert!(uri.starts_with("ipfs://"), "{uri}");
    let stranger = dev_wallet(7);
    let (name, revert) = refusal(models.set_metadata(&stranger, &model, [0x4d; 32]).await);
    assert_eq!(name, "ModelRegistry_NotOwner");
    assert_eq!(revert.value("owner"), Some(&*hex_of(&researcher.address())));
    models.set_metadata(researcher, &model, [0x4d; 32]).await.unwrap();
    assert_ne!(models.metadata_uri(&model).await.unwrap(), uri);
    let changed = Model { metadata: [0x4d; 32], ..shown };
    assert_eq!(models.model(&model).await.unwrap(), Some(changed));
}

async fn a_splitter_that_is_none_is_not_called(node: Node) {
    let running = Running::new(&node).await;
    let sold = minted(&running).await;
    let (client, deployment) = (&running.world.client, &running.world.deployment);
    for (address, reason) in
        [(sold.splitter, "no code"), (deployment.token, "no clone"), (deployment.splitter, "no clone")]
    {
        let error = Splitter::at(client.clone(), deployment, address).await.unwrap_err();
        assert!(matches!(error, ChainError::NoContract { contract: "RoyaltySplitter", .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    // A clone of another deployment's splitter moves another token.
    let other = support::World::new(&node).await;
    sold.deployed(&running).await;
    let error = Splitter::at(client.clone(), &other.deployment, sold.splitter).await.unwrap_err();
    assert!(error.to_string().contains("no clone"), "{error}");
}
