//! Datasets on chain, consents that are given and taken back, and what follows in a study.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{BUDGET, Node, World, enrolment, refusal};
use tributary_contracts::{
    Chain, ChainError, Consent, Consents, DatasetEvent, DatasetRelay, Datasets, Erasure, Event, GrantStatus,
    Launch, Listing, Outcome, Purpose, Revocation, Wallet, Word, typed_data,
};

on_both_chains!(
    a_dataset_is_listed_given_taken_back_and_erased,
    what_was_done_is_not_sent_again_and_something_else_is_a_conflict,
    nobody_speaks_for_an_owner,
    an_owner_without_consent_is_not_enrolled_and_one_who_withdraws_is_struck_off,
    a_withdrawal_from_a_sealed_roster_waits_for_the_next_committee,
);

const URI: &str = "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

struct Hospital {
    wallet: Wallet,
    datasets: Datasets,
    relay: DatasetRelay,
}

impl Hospital {
    fn new(world: &World) -> Self {
        let datasets = Datasets::new(world.client.clone(), &world.deployment).unwrap();
        let relay = DatasetRelay::new(datasets.clone(), world.researcher.clone());
        Self { wallet: Wallet::random(), datasets, relay }
    }

    async fn listing(&self, commitment: Word) -> Listing {
        let owner = self.wallet.address();
        let nonce = self.datasets.nonce(&owner).await.unwrap();
        let digest = typed_data::list_digest(&self.datasets.domain(), &owner, &commitment, URI, 7, nonce);
        let signature = self.wallet.sign_digest(&digest).to_vec();
        Listing { owner, commitment, uri: URI.into(), price: 7, nonce, signature }
    }

    async fn list(&self) -> u64 {
        let mut commitment = [0; 32];
        commitment[..20].copy_from_slice(&self.wallet.address());
        let listing = self.listing(commitment).await;
        self.relay.ensure_listed(&listing).await.unwrap().0
    }

    async fn consent(&self, dataset: u64, purpose: Purpose, until: u64) -> Consent {
        let owner = self.wallet.address();
        let nonce = self.datasets.consent(&purpose.study, &owner).await.unwrap().nonce;
        let of = (&purpose.escrow, &purpose.study);
        let digest = typed_data::consent_digest(&self.datasets.domain(), &owner, dataset, of, until, nonce);
        let signature = self.wallet.sign_digest(&digest).to_vec();
        Consent { owner, dataset, purpose, until, nonce, signature }
    }

    async fn revocation(&self, dataset: u64, purpose: Purpose) -> Revocation {
        let owner = self.wallet.address();
        let nonce = self.datasets.consent(&purpose.study, &owner).await.unwrap().nonce;
        let of = (&purpose.escrow, &purpose.study);
        let digest = typed_data::revoke_digest(&self.datasets.domain(), &owner, dataset, of, nonce);
        Revocation { owner, dataset, purpose, nonce, signature: self.wallet.sign_digest(&digest).to_vec() }
    }

    async fn erasure(&self, dataset: u64, receipt: Word) -> Erasure {
        let owner = self.wallet.address();
        let nonce = self.datasets.nonce(&owner).await.unwrap();
        let open = self.datasets.open_purposes(dataset).await.unwrap();
        let digest = typed_data::erase_digest(&self.datasets.domain(), &owner, dataset, &receipt, nonce);
        let signature = self.wallet.sign_digest(&digest).to_vec();
        Erasure { owner, dataset, receipt, open, nonce, signature }
    }
}

async fn a_dataset_is_listed_given_taken_back_and_erased(node: Node) {
    let world = World::new(&node).await;
    let hospital = Hospital::new(&world);
    let (owner, datasets) = (hospital.wallet.address(), &hospital.datasets);
    assert_eq!(datasets.listing(1).await.unwrap(), None);
    let listing = hospital.listing([9; 32]).await;
    let (dataset, outcome) = hospital.relay.ensure_listed(&listing).await.unwrap();
    assert!(dataset == 1 && matches!(outcome, Outcome::Sent(_)));
    let listed = datasets.listing(dataset).await.unwrap().unwrap();
    assert_eq!((listed.owner, listed.commitment, &*listed.uri, listed.price), (owner, [9; 32], URI, 7));
    assert_eq!((listed.open_grants, datasets.nonce(&owner).await.unwrap()), (0, 1));

    let study = [3; 32];
    let none = datasets.consent(&study, &owner).await.unwrap();
    assert_eq!((none.status, none.nonce), (GrantStatus::None, 0));
    let purpose = datasets.purpose(study);
    let until = world.client.block_timestamp().await.unwrap() + 1_000;
    let consent = hospital.consent(dataset, purpose, until).await;
    hospital.relay.grant(&consent).await.unwrap();
    let there = datasets.consent(&study, &owner).await.unwrap();
    assert_eq!((there.dataset, there.until, there.status), (dataset, until, GrantStatus::Granted));
    assert_eq!(datasets.granted_until(&study, &owner).await.unwrap(), Some(until));
    assert_eq!(datasets.granted_until(&[4; 32], &owner).await.unwrap(), None);
    assert_eq!(datasets.open_purposes(dataset).await.unwrap(), [purpose]);

    hospital.relay.revoke_for(&hospital.revocation(dataset, purpose).await).await.unwrap();
    assert_eq!(datasets.granted_until(&study, &owner).await.unwrap(), None);
    assert_eq!(datasets.consent(&study, &owner).await.unwrap().status, GrantStatus::Revoked);
    // The old signature brings nothing back; a new one does.
    assert_eq!(refusal(hospital.relay.grant(&consent).await).0, "DatasetRegistry_NonceInvalid");
    hospital.relay.grant(&hospital.consent(dataset, purpose, until).await).await.unwrap();

    // An erasure takes back what is open, and must name it.
    let erasure = hospital.erasure(dataset, [8; 32]).await;
    let incomplete = Erasure { open: vec![], ..erasure.clone() };
    assert_eq!(refusal(hospital.relay.erase_for(&incomplete).await).0, "DatasetRegistry_GrantsOpen");
    hospital.relay.erase_for(&erasure).await.unwrap();
    assert_eq!(datasets.listing(dataset).await.unwrap(), None);
    assert_eq!(datasets.granted_until(&study, &owner).await.unwrap(), None);
    let story = |events: Vec<tributary_contracts::DatasetLogged>| {
        events.into_iter().map(|logged| logged.event).collect::<Vec<_>>()
    };
    let granted = DatasetEvent::ConsentGranted { dataset, owner, purpose, until };
    let revoked = DatasetEvent::ConsentRevoked { dataset, owner, purpose };
    let consents = [granted.clone(), revoked.clone(), granted, revoked];
    assert_eq!(story(datasets.study_events(&study).await.unwrap()), consents);
    let listed = DatasetEvent::Listed { dataset, owner, commitment: [9; 32], uri: URI.into(), price: 7 };
    let erased = DatasetEvent::Erased { dataset, owner, receipt: [8; 32] };
    let whole = [&[listed][..], &consents, &[erased]].concat();
    assert_eq!(story(datasets.dataset_events(dataset).await.unwrap()), whole);
    assert_eq!(datasets.listed_by(&owner).await.unwrap(), [(dataset, [9; 32])]);
    assert!(datasets.open_purposes(dataset).await.unwrap().is_empty());
}

async fn what_was_done_is_not_sent_again_and_something_else_is_a_conflict(node: Node) {
    let world = World::new(&node).await;
    let hospital = Hospital::new(&world);
    let relay = &hospital.relay;
    let listing = hospital.listing([9; 32]).await;
    let (dataset, _) = relay.ensure_listed(&listing).await.unwrap();
    assert_eq!(relay.ensure_listed(&listing).await.unwrap(), (dataset, Outcome::Already));
    let other = Listing { commitment: [10; 32], ..listing };
    assert_eq!(refusal(relay.ensure_listed(&other).await).0, "DatasetRegistry_NonceInvalid");

    let purpose = hospital.datasets.purpose([3; 32]);
    let until = world.client.block_timestamp().await.unwrap() + 1_000;
    let consent = hospital.consent(dataset, purpose, until).await;
    assert!(matches!(relay.ensure_consented(&consent).await, Ok(Outcome::Sent(_))));
    assert_eq!(relay.ensure_consented(&consent).await.unwrap(), Outcome::Already);
    let longer = hospital.consent(dataset, purpose, until + 1).await;
    assert!(matches!(relay.ensure_consented(&longer).await, Ok(Outcome::Sent(_))));
    assert_eq!(relay.ensure_consented(&consent).await.unwrap(), Outcome::Already, "it reaches farther");

    let revocation = hospital.revocation(dataset, purpose).await;
    assert!(matches!(relay.ensure_revoked(&revocation).await, Ok(Outcome::Sent(_))));
    assert_eq!(relay.ensure_revoked(&revocation).await.unwrap(), Outcome::Already);
    assert!(relay.ensure_consented(&consent).await.is_err(), "it was taken back since");
    relay.ensure_consented(&hospital.consent(dataset, purpose, until).await).await.unwrap();
    assert!(relay.ensure_revoked(&revocation).await.is_err(), "it was given again since");

    let erasure = hospital.erasure(dataset, [8; 32]).await;
    assert!(matches!(relay.ensure_erased(&erasure).await, Ok(Outcome::Sent(_))));
    assert_eq!(relay.ensure_erased(&erasure).await.unwrap(), Outcome::Already);
    let other = Erasure { receipt: [7; 32], ..erasure };
    assert_eq!(refusal(relay.ensure_erased(&other).await).0, "DatasetRegistry_Unknown");
}

async fn nobody_speaks_for_an_owner(node: Node) {
    let world = World::new(&node).await;
    let (hospital, thief) = (Hospital::new(&world), Hospital::new(&world));
    let dataset = hospital.list().await;
    let purpose = hospital.datasets.purpose([3; 32]);
    let until = world.client.block_timestamp().await.unwrap() + 1_000;
    let invalid = "DatasetRegistry_SignatureInvalid";
    let mut listing = hospital.listing([5; 32]).await;
    listing.owner = thief.wallet.address();
    listing.nonce = 0;
    assert_eq!(refusal(thief.relay.list_for(&listing).await).0, invalid);
    let consent = thief.consent(dataset, purpose, until).await;
    assert_eq!(refusal(thief.relay.grant(&consent).await).0, invalid);
    let consent = hospital.consent(dataset, purpose, until).await;
    let elsewhere = Consent { purpose: Purpose { study: [4; 32], ..purpose }, ..consent.clone() };
    assert_eq!(refusal(thief.relay.grant(&elsewhere).await).0, invalid);
    let longer = Consent { until: until + 1, ..consent.clone() };
    assert_eq!(refusal(thief.relay.grant(&longer).await).0, invalid);
    // Anybody may relay it as it is.
    thief.relay.grant(&consent).await.unwrap();
    let revocation = thief.revocation(dataset, purpose).await;
    assert!(thief.relay.revoke_for(&revocation).await.is_err());
    let erasure = thief.erasure(dataset, [8; 32]).await;
    assert!(thief.relay.erase_for(&erasure).await.is_err());
    assert!(hospital.datasets.granted_until(&[3; 32], &hospital.wallet.address()).await.unwrap().is_some());
}

/// A study that asks for consent, and three hospitals that have given it.
async fn asking(node: &Node) -> (World, Word, Vec<(Hospital, u64)>) {
    let world = World::new(node).await;
    world.token.approve(&world.researcher, &world.deployment.escrow, 2 * BUDGET).await.unwrap();
    let terms = Launch { min_owners: 3, max_owners: 4, consent_required: true, ..world.terms().await };
    let (study, _) = world.escrow.launch(&world.researcher, &terms).await.unwrap();
    let mut hospitals = Vec::new();
    for _ in 0..3 {
        let hospital = Hospital::new(&world);
        let dataset = hospital.list().await;
        let purpose = hospital.datasets.purpose(study);
        hospital.relay.grant(&hospital.consent(dataset, purpose, terms.settle_by).await).await.unwrap();
        hospitals.push((hospital, dataset));
    }
    (world, study, hospitals)
}

async fn an_owner_without_consent_is_not_enrolled_and_one_who_withdraws_is_struck_off(node: Node) {
    let (world, study, hospitals) = asking(&node).await;
    assert!(world.escrow.study(&study).await.unwrap().unwrap().consent_required);
    let stranger = Wallet::random();
    let refused = world.relay.enrol(&enrolment(&world, study, &stranger, [1; 32])).await;
    assert_eq!(refusal(refused).0, "StudyEscrow_ConsentMissing");
    for (hospital, _) in &hospitals {
        world.relay.enrol(&enrolment(&world, study, &hospital.wallet, [1; 32])).await.unwrap();
    }
    let (hospital, dataset) = &hospitals[0];
    let owner = hospital.wallet.address();
    assert_eq!(refusal(world.relay.withdraw_consent(&study, &owner).await).0, "StudyEscrow_ConsentLive");
    let revocation = hospital.revocation(*dataset, hospital.datasets.purpose(study)).await;
    world.relay.consents().ensure_revoked(&revocation).await.unwrap();
    // The registry has told the escrow.
    let standing = world.relay.enrolment(&study, &owner).await.unwrap();
    assert_eq!((standing.identity, standing.sequence), (None, 2));
    assert_eq!(world.relay.ensure_withdrawn(&study, &owner).await.unwrap(), Outcome::Already);
    let events = world.relay.events(&study, 0).await.unwrap();
    assert_eq!(events.last().unwrap().event, Event::ConsentWithdrawn { owner, sequence: 1 });
    assert_eq!(world.relay.roster(&study).await.unwrap().len(), 2);
    // What it signed before brings it back no more.
    let first = enrolment(&world, study, &hospital.wallet, [1; 32]);
    assert!(matches!(
        world.relay.ensure_enrolled(&first).await,
        Ok(Outcome::Already) | Err(ChainError::Reverted(_))
    ));
    assert_eq!(world.relay.roster(&study).await.unwrap().len(), 2);
}

async fn a_withdrawal_from_a_sealed_roster_waits_for_the_next_committee(node: Node) {
    let (world, study, hospitals) = asking(&node).await;
    for (hospital, _) in &hospitals {
        world.relay.enrol(&enrolment(&world, study, &hospital.wallet, [1; 32])).await.unwrap();
    }
    world.pass_time(1_001).await;
    world.relay.seal_roster(&study).await.unwrap();
    let (hospital, dataset) = &hospitals[2];
    let owner = hospital.wallet.address();
    let revocation = hospital.revocation(*dataset, hospital.datasets.purpose(study)).await;
    hospital.relay.revoke_for(&revocation).await.unwrap();
    assert!(world.relay.enrolment(&study, &owner).await.unwrap().identity.is_some());
    let events = world.relay.events(&study, 0).await.unwrap();
    assert_eq!(events.last().unwrap().event, Event::ConsentPending { owner });
    let refused = world.relay.withdraw_consent(&study, &owner).await;
    assert_eq!(refusal(refused).0, "StudyEscrow_RosterIsSealed");
    assert_eq!(world.escrow.study(&study).await.unwrap().unwrap().withdrawals, 1);
}
