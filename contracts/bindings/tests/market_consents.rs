//! Requests for consent: answered and paid, not answered and refunded, and taken back too soon.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{Node, World, dev_wallet, refusal};
use tributary_contracts::market::consents::{ConsentMarket, ConsentRequest, ConsentTerms, RequestStatus};
use tributary_contracts::{Address, Consent, Datasets, Listing, Revocation, Wallet, Word, typed_data};

on_both_chains!(
    an_owner_is_paid_when_its_grant_has_stood,
    a_request_without_an_answer_is_refunded_after_its_deadline,
    a_grant_that_is_revoked_too_soon_earns_nothing,
    a_grant_is_paid_at_once_where_nothing_else_is_asked,
);

const PRICE: u128 = 1_000;
/// 2.5 % of it.
const FEE: u128 = 25;
const STUDY: Word = [3; 32];

/// A hospital that only signs, somebody who asks it, and somebody who relays.
struct Ask {
    world: World,
    market: ConsentMarket,
    datasets: Datasets,
    hospital: Wallet,
    dataset: u64,
    requester: Wallet,
    relay: Wallet,
}

impl Ask {
    async fn new(node: &Node) -> Self {
        let world = World::new(node).await;
        let market = ConsentMarket::new(world.client.clone(), &world.deployment).unwrap();
        let datasets = Datasets::new(world.client.clone(), &world.deployment).unwrap();
        let (hospital, requester, relay) = (Wallet::random(), dev_wallet(2), dev_wallet(3));
        let (owner, commitment, uri, nonce) = (hospital.address(), [9; 32], "ipfs://sealed".to_owned(), 0);
        let digest = typed_data::list_digest(&datasets.domain(), &owner, &commitment, &uri, PRICE, nonce);
        let signature = hospital.sign_digest(&digest).to_vec();
        let listing = Listing { owner, commitment, uri, price: PRICE, nonce, signature };
        datasets.list_for(&relay, &listing).await.unwrap();
        let dataset = datasets.listed_by(&owner).await.unwrap()[0].0;
        world.token.transfer(&world.researcher, &requester.address(), PRICE).await.unwrap();
        world.token.approve(&requester, &market.address(), PRICE).await.unwrap();
        Self { world, market, datasets, hospital, dataset, requester, relay }
    }

    async fn terms(&self, hold_for: u32) -> ConsentTerms {
        let answer_by = self.world.client.block_timestamp().await.unwrap() + 1_000;
        ConsentTerms {
            dataset: self.dataset,
            purpose: self.datasets.purpose(STUDY),
            min_until: answer_by + 10_000,
            answer_by,
            hold_for,
            max_price: PRICE,
        }
    }

    /// The hospital's signed grant of what is asked for.
    async fn consent(&self, terms: &ConsentTerms) -> Consent {
        let owner = self.hospital.address();
        let ConsentTerms { dataset, purpose, min_until: until, .. } = *terms;
        let nonce = self.datasets.consent(&purpose.study, &owner).await.unwrap().nonce;
        let of = (&purpose.escrow, &purpose.study);
        let digest = typed_data::consent_digest(&self.datasets.domain(), &owner, dataset, of, until, nonce);
        let signature = self.hospital.sign_digest(&digest).to_vec();
        Consent { owner, dataset, purpose, until, nonce, signature }
    }

    async fn request(&self, request: u64) -> ConsentRequest {
        self.market.request(request).await.unwrap().unwrap()
    }

    async fn balances(&self) -> [u128; 3] {
        let market = self.market.address();
        let mut balances = [0; 3];
        let accounts = [self.requester.address(), self.hospital.address(), market];
        for (balance, account) in balances.iter_mut().zip(accounts) {
            *balance = self.world.token.balance(&account).await.unwrap();
        }
        balances
    }

    async fn credit(&self, account: &Address) -> u128 {
        self.market.till().credit(account).await.unwrap()
    }
}

async fn an_owner_is_paid_when_its_grant_has_stood(node: Node) {
    let ask = Ask::new(&node).await;
    let (market, relay) = (&ask.market, &ask.relay);
    let (owner, requester) = (ask.hospital.address(), ask.requester.address());
    assert_eq!(market.request(1).await.unwrap(), None);
    let terms = ask.terms(5_000).await;
    let mean = ConsentTerms { max_price: PRICE - 1, ..terms };
    let (name, revert) = refusal(market.request_consent(&ask.requester, &mean).await);
    assert_eq!(name, "ConsentMarket_AskingAboveMaximum");
    let values = ["dataset", "price", "maximum"].map(|value| revert.value(value).unwrap());
    assert_eq!(values, ["1", "1000", "999"]);
    let (request, _) = market.request_consent(&ask.requester, &terms).await.unwrap();
    assert_eq!((request, market.request_count().await.unwrap()), (1, 1));
    let asked = ConsentRequest {
        requester,
        status: RequestStatus::Asked,
        dataset: ask.dataset,
        owner,
        purpose: terms.purpose,
        price: PRICE,
        fee_bps: 250,
        min_until: terms.min_until,
        answer_by: terms.answer_by,
        hold_for: 5_000,
        payable_from: None,
    };
    assert_eq!(ask.request(request).await, asked);
    let open = market.open_request(&requester, ask.dataset, &terms.purpose).await.unwrap();
    assert_eq!((open, ask.balances().await), (Some(request), [0, 0, PRICE]));
    let (name, _) = refusal(market.request_consent(&ask.requester, &terms).await);
    assert_eq!(name, "ConsentMarket_RequestOpen");

    // An answer takes a grant: none, and one that is too short, are none.
    let (name, revert) = refusal(market.answer(relay, request).await);
    assert_eq!((&*name, revert.value("request")), ("ConsentMarket_ConsentMissing", Some("1")));
    let short = ask.consent(&ConsentTerms { min_until: terms.min_until - 1, ..terms }).await;
    let (name, _) = refusal(market.answer_with_grant(relay, request, &short).await);
    assert_eq!(name, "ConsentMarket_ConsentMissing");
    assert_eq!(ask.datasets.granted_until(&STUDY, &owner).await.unwrap(), None, "both or neither");
    market.answer_with_grant(relay, request, &ask.consent(&terms).await).await.unwrap();
    assert_eq!(ask.datasets.granted_until(&STUDY, &owner).await.unwrap(), Some(terms.min_until));
    let answered = ask.request(request).await;
    let payable_from = ask.world.client.block_timestamp().await.unwrap() + 5_000;
    assert_eq!((answered.status, answered.payable_from), (RequestStatus::Answered, Some(payable_from)));
    let (name, revert) = refusal(market.pay(relay, request).await);
    assert_eq!(name, "ConsentMarket_NotPayableYet");
    assert_eq!(revert.value("payableFrom"), Some(&*payable_from.to_string()));
    assert_eq!(refusal(market.refund(relay, request).await).0, "ConsentMarket_ConsentStands");

    ask.world.pass_time(5_000).await;
    market.pay(relay, request).await.unwrap();
    assert_eq!(ask.request(request).await.status, RequestStatus::Paid);
    let open = market.open_request(&requester, ask.dataset, &terms.purpose).await.unwrap();
    let treasury = ask.world.deployment.timelock;
    assert_eq!((open, ask.credit(&owner).await, ask.credit(&treasury).await), (None, PRICE - FEE, FEE));
    // The hospital has no ether: anybody pays it out.
    market.till().withdraw(relay, &owner).await.unwrap();
    assert_eq!(ask.balances().await, [0, PRICE - FEE, FEE]);
}

async fn a_request_without_an_answer_is_refunded_after_its_deadline(node: Node) {
    let ask = Ask::new(&node).await;
    let (market, requester) = (&ask.market, ask.requester.address());
    let terms = ask.terms(0).await;
    let (request, _) = market.request_consent(&ask.requester, &terms).await.unwrap();
    let (name, revert) = refusal(market.refund(&ask.relay, request).await);
    assert_eq!(name, "ConsentMarket_AnswerStillOpen");
    assert_eq!(revert.value("answerBy"), Some(&*terms.answer_by.to_string()));
    ask.world.pass_time(1_001).await;
    let late = ask.consent(&terms).await;
    let (name, _) = refusal(market.answer_with_grant(&ask.relay, request, &late).await);
    assert_eq!(name, "ConsentMarket_AnswerLate");
    market.refund(&ask.relay, request).await.unwrap();
    assert_eq!(ask.request(request).await.status, RequestStatus::Refunded);
    assert_eq!(ask.credit(&requester).await, PRICE);
    market.till().withdraw(&ask.requester, &requester).await.unwrap();
    assert_eq!(ask.balances().await, [PRICE, 0, 0]);
    assert_eq!(refusal(market.refund(&ask.relay, request).await).0, "ConsentMarket_RequestNotIn");
}

async fn a_grant_that_is_revoked_too_soon_earns_nothing(node: Node) {
    let ask = Ask::new(&node).await;
    let (market, datasets, owner) = (&ask.market, &ask.datasets, ask.hospital.address());
    let terms = ask.terms(5_000).await;
    let (request, _) = market.request_consent(&ask.requester, &terms).await.unwrap();
    // The grant comes by the registry, and is noted then.
    datasets.grant(&ask.relay, &ask.consent(&terms).await).await.unwrap();
    market.answer(&ask.relay, request).await.unwrap();
    let (dataset, purpose) = (ask.dataset, terms.purpose);
    let nonce = datasets.consent(&STUDY, &owner).await.unwrap().nonce;
    let of = (&purpose.escrow, &purpose.study);
    let digest = typed_data::revoke_digest(&datasets.domain(), &owner, dataset, of, nonce);
    let signature = ask.hospital.sign_digest(&digest).to_vec();
    let revocation = Revocation { owner, dataset, purpose, nonce, signature };
    datasets.revoke_for(&ask.relay, &revocation).await.unwrap();
    ask.world.pass_time(5_001).await;
    assert_eq!(refusal(market.pay(&ask.relay, request).await).0, "ConsentMarket_ConsentMissing");
    market.refund(&ask.relay, request).await.unwrap();
    market.till().withdraw(&ask.relay, &ask.requester.address()).await.unwrap();
    assert_eq!(ask.balances().await, [PRICE, 0, 0]);
}

async fn a_grant_is_paid_at_once_where_nothing_else_is_asked(node: Node) {
    let ask = Ask::new(&node).await;
    let market = &ask.market;
    // The permit does it, not an approval.
    ask.world.token.approve(&ask.requester, &market.address(), 0).await.unwrap();
    let terms = ask.terms(0).await;
    let (request, _) = market.request_with_permit(&ask.requester, &terms, terms.answer_by).await.unwrap();
    market.answer_with_grant(&ask.relay, request, &ask.consent(&terms).await).await.unwrap();
    assert_eq!(ask.request(request).await.status, RequestStatus::Paid);
    assert_eq!(ask.credit(&ask.hospital.address()).await, PRICE - FEE);
}
