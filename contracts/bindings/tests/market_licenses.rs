//! Licences to a study's model are sold, used and paid for.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{
    Node, Running, dev_wallet,
    model::{Minted, minted},
    refusal,
};
use tributary_contracts::{
    Wallet, Word, decimal_word, keccak256,
    market::licenses::{Licence, LicenceKind, LicenceStatus, Licenses, Offer, OfferTerms, spend_digest},
};

on_both_chains!(
    calls_are_bought_counted_and_paid_for,
    a_receipt_is_no_other_and_counts_once,
    an_offer_raised_closed_or_of_another_is_not_bought,
    a_key_that_does_not_come_is_refunded,
    a_licence_by_time_is_renewed_handed_on_and_ends,
);

const PRICE: u128 = 100_003;
/// 2.5 %, 70 % of the rest, and what is left.
const FEE: u128 = 2_500;
const TO_OWNERS: u128 = 68_252;
const TO_SELLER: u128 = 29_251;
const CREDITS: u64 = 10;
/// The buyer's X25519 public key: RFC 7748, section 6.1, Alice's.
const KEY: &str = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

fn key() -> Word {
    hex::decode(KEY).unwrap().try_into().unwrap()
}

fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// A model's owner, who sells, and somebody with money who wants to buy.
struct Shop {
    running: Running,
    sold: Minted,
    licenses: Licenses,
    buyer: Wallet,
}

impl Shop {
    async fn new(node: &Node) -> Self {
        let running = Running::new(node).await;
        let sold = minted(&running).await;
        let world = &running.world;
        let licenses = Licenses::new(world.client.clone(), &world.deployment).unwrap();
        let buyer = dev_wallet(3);
        world.token.transfer(&world.researcher, &buyer.address(), 3 * PRICE).await.unwrap();
        world.token.approve(&buyer, &licenses.address(), 3 * PRICE).await.unwrap();
        Self { running, sold, licenses, buyer }
    }

    fn seller(&self) -> &Wallet {
        &self.running.world.researcher
    }

    /// Calls, in force at once.
    fn calls(&self) -> OfferTerms {
        OfferTerms {
            model: self.sold.model,
            kind: LicenceKind::Credits { credits: CREDITS, duration: 0 },
            price: PRICE,
            deliver_within: 0,
            serving_key: None,
        }
    }

    async fn offer(&self, terms: &OfferTerms) -> u64 {
        self.licenses.make_offer(self.seller(), terms).await.unwrap().0
    }

    async fn buy(&self, terms: &OfferTerms) -> u64 {
        let offer = self.offer(terms).await;
        self.licenses.buy(&self.buyer, offer, &key(), PRICE).await.unwrap().0
    }

    async fn balance(&self, account: &[u8; 20]) -> u128 {
        self.running.world.token.balance(account).await.unwrap()
    }

    fn receipt(&self, signer: &Wallet, licence: u64, cumulative: u64) -> [u8; 65] {
        let chain = self.running.world.client.chain_id();
        signer.sign_digest(&spend_digest(chain, &self.licenses.address(), licence, cumulative))
    }
}

async fn calls_are_bought_counted_and_paid_for(node: Node) {
    let shop = Shop::new(&node).await;
    let (licenses, buyer, anybody) = (&shop.licenses, &shop.buyer, dev_wallet(5));
    let (contract, treasury) = (licenses.address(), shop.running.world.deployment.timelock);
    let seller = shop.seller().address();
    let server = dev_wallet(6);
    let terms = OfferTerms { deliver_within: 600, serving_key: Some(server.address()), ..shop.calls() };
    assert_eq!(licenses.offer(1).await.unwrap(), None);
    let first = shop.offer(&shop.calls()).await;
    let offer = shop.offer(&terms).await;
    assert_eq!((first, offer), (1, 2));
    assert_eq!(licenses.offers(&shop.sold.model).await.unwrap(), [1, 2]);
    assert_eq!(licenses.offer(offer).await.unwrap(), Some(Offer { terms, seller: Some(seller) }));

    let (licence, _) = licenses.buy(buyer, offer, &key(), PRICE).await.unwrap();
    let bought_at = shop.running.world.client.block_timestamp().await.unwrap();
    let awaiting = Licence {
        offer,
        status: LicenceStatus::AwaitingKey,
        expires: None,
        deliver_by: Some(bought_at + 600),
        fee_bps: 250,
        price: PRICE,
        buyer: buyer.address(),
        seller,
    };
    assert_eq!(licenses.licence(licence).await.unwrap(), Some(awaiting));
    assert_eq!(licenses.licence_by_key(&buyer.address(), &key()).await.unwrap(), Some(licence));
    assert_eq!(licenses.key_of(licence, &buyer.address()).await.unwrap(), Some(key()));
    assert_eq!(licenses.key_of(licence, &seller).await.unwrap(), None);
    // A purchase whose answer was lost is not paid for twice.
    let (name, revert) = refusal(licenses.buy(buyer, offer, &key(), PRICE).await);
    assert_eq!(name, "License_KeyUsed");
    assert_eq!(revert.value("key"), Some(&*hex_of(&key())));
    assert_eq!(revert.value("licence"), Some(&*licence.to_string()));
    assert_eq!(shop.balance(&contract).await, PRICE, "held until the key is delivered");
    assert_eq!((licenses.owed(&seller).await.unwrap(), shop.balance(&buyer.address()).await), (0, 2 * PRICE));

    let before = shop.balance(&treasury).await;
    licenses.deliver(&server, licence, &[0xcc; 32]).await.unwrap();
    let live = Licence { status: LicenceStatus::Live, ..awaiting };
    assert_eq!(licenses.licence(licence).await.unwrap(), Some(live));
    assert!(licenses.is_live(licence, &buyer.address()).await.unwrap());
    assert!(licenses.is_licensed(&shop.sold.model, &buyer.address()).await.unwrap());
    assert!(!licenses.is_licensed(&shop.sold.model, &seller).await.unwrap());
    assert_eq!(shop.balance(&treasury).await, before + FEE);

    let receipt = shop.receipt(buyer, licence, 3);
    licenses.spend(&anybody, licence, 3, &receipt).await.unwrap();
    assert_eq!(licenses.spent(licence).await.unwrap(), 3);
    licenses.serve(&server, licence, 4).await.unwrap();
    assert_eq!(licenses.units(licence, &buyer.address()).await.unwrap(), CREDITS - 4);

    assert_eq!(licenses.owed(&seller).await.unwrap(), TO_SELLER);
    assert_eq!(licenses.owners_due(&shop.sold.model).await.unwrap(), TO_OWNERS);
    assert_eq!(shop.balance(&contract).await, TO_OWNERS + TO_SELLER);
    licenses.pay_owners(&anybody, &shop.sold.model).await.unwrap();
    assert_eq!(shop.balance(&shop.sold.splitter).await, TO_OWNERS);
    let splitter = shop.sold.deployed(&shop.running).await;
    assert_eq!(splitter.reserved().await.unwrap(), TO_OWNERS, "for the owners alone");
    let before = shop.balance(&seller).await;
    licenses.withdraw(&anybody, &seller).await.unwrap();
    assert_eq!(shop.balance(&seller).await, before + TO_SELLER);
    assert_eq!(shop.balance(&contract).await, 0);
    assert_eq!(refusal(licenses.withdraw(&anybody, &seller).await).0, "License_NothingOwed");
    let (name, revert) = refusal(licenses.pay_owners(&anybody, &shop.sold.model).await);
    assert_eq!(name, "License_NothingDue");
    assert_eq!(decimal_word(revert.value("model").unwrap()), Some(shop.sold.model));
}

async fn a_receipt_is_no_other_and_counts_once(node: Node) {
    let shop = Shop::new(&node).await;
    let (licenses, buyer, anybody) = (&shop.licenses, &shop.buyer, dev_wallet(5));
    let licence = shop.buy(&shop.calls()).await;
    let chain = shop.running.world.client.chain_id();
    let digest = licenses.spend_digest(licence, 5).await.unwrap();
    assert_eq!(spend_digest(chain, &licenses.address(), licence, 5), digest);

    for signature in [shop.receipt(&anybody, licence, 5), shop.receipt(buyer, licence, 4)] {
        let (name, revert) = refusal(licenses.spend(&anybody, licence, 5, &signature).await);
        assert_eq!(name, "License_SignatureInvalid");
        assert_eq!(revert.value("signer"), Some(&*hex_of(&buyer.address())));
        assert_eq!(revert.value("digest"), Some(&*hex_of(&digest)));
    }
    licenses.spend(&anybody, licence, 5, &shop.receipt(buyer, licence, 5)).await.unwrap();
    for cumulative in [5, 4] {
        let signature = shop.receipt(buyer, licence, cumulative);
        let (name, revert) = refusal(licenses.spend(&anybody, licence, cumulative, &signature).await);
        assert_eq!(name, "License_CreditsBelowSpent");
        assert_eq!(revert.value("cumulative"), Some(&*cumulative.to_string()));
        assert_eq!(revert.value("spent"), Some("5"));
    }
    let signature = shop.receipt(buyer, licence, CREDITS + 1);
    let (name, revert) = refusal(licenses.spend(&anybody, licence, CREDITS + 1, &signature).await);
    assert_eq!(name, "License_CreditsExceeded");
    assert_eq!((revert.value("cumulative"), revert.value("credits")), (Some("11"), Some("10")));
    // The offer had no serving key, and never gets one.
    assert_eq!(refusal(licenses.serve(&anybody, licence, 6).await).0, "License_NotServingKey");
    let fixed = licenses.set_serving_key(shop.seller(), 1, &anybody.address()).await;
    assert_eq!(refusal(fixed).0, "License_ServingKeyFixed");
    licenses.spend(&anybody, licence, CREDITS, &shop.receipt(buyer, licence, CREDITS)).await.unwrap();
    assert_eq!(licenses.units(licence, &buyer.address()).await.unwrap(), 0);
    assert!(!licenses.is_live(licence, &buyer.address()).await.unwrap());
}

async fn an_offer_raised_closed_or_of_another_is_not_bought(node: Node) {
    let shop = Shop::new(&node).await;
    let (licenses, buyer) = (&shop.licenses, &shop.buyer);
    let (name, revert) = refusal(licenses.make_offer(buyer, &shop.calls()).await);
    assert_eq!(name, "License_NotModelOwner");
    assert_eq!(decimal_word(revert.value("model").unwrap()), Some(shop.sold.model));
    assert_eq!(revert.value("caller"), Some(&*hex_of(&buyer.address())));
    assert_eq!(revert.value("owner"), Some(&*hex_of(&shop.seller().address())));

    let offer = shop.offer(&shop.calls()).await;
    licenses.set_price(shop.seller(), offer, PRICE + 1).await.unwrap();
    let (name, revert) = refusal(licenses.buy(buyer, offer, &key(), PRICE).await);
    assert_eq!(name, "License_PriceAboveMaximum");
    assert_eq!(revert.value("offer"), Some(&*offer.to_string()));
    assert_eq!(revert.value("price"), Some(&*(PRICE + 1).to_string()));
    assert_eq!(revert.value("maximum"), Some(&*PRICE.to_string()));
    assert_eq!(refusal(licenses.buy(buyer, offer, &[0; 32], 2 * PRICE).await).0, "License_KeyZero");

    licenses.close_offer(shop.seller(), offer).await.unwrap();
    assert_eq!(licenses.offer(offer).await.unwrap().unwrap().seller, None);
    assert_eq!(refusal(licenses.buy(buyer, offer, &key(), PRICE).await).0, "License_OfferClosed");
    assert_eq!(refusal(licenses.buy(buyer, offer + 1, &key(), PRICE).await).0, "License_OfferUnknown");
    licenses.set_price(shop.seller(), offer, PRICE).await.unwrap();
    licenses.buy(buyer, offer, &key(), PRICE).await.unwrap();
    assert_eq!(shop.balance(&buyer.address()).await, 2 * PRICE);
}

async fn a_key_that_does_not_come_is_refunded(node: Node) {
    let shop = Shop::new(&node).await;
    let (licenses, buyer, anybody) = (&shop.licenses, &shop.buyer, dev_wallet(5));
    let licence = shop.buy(&OfferTerms { deliver_within: 600, ..shop.calls() }).await;
    let deliver_by = licenses.licence(licence).await.unwrap().unwrap().deliver_by.unwrap();
    let (name, revert) = refusal(licenses.refund(&anybody, licence).await);
    assert_eq!(name, "License_DeliveryStillOpen");
    assert_eq!(revert.value("deliverBy"), Some(&*deliver_by.to_string()));
    assert_eq!(refusal(licenses.confirm(&anybody, licence).await).0, "License_NotBuyer");
    shop.running.world.pass_time(700).await;
    let late = licenses.deliver(shop.seller(), licence, &[0xcc; 32]).await;
    assert_eq!(refusal(late).0, "License_DeliveryOver");
    licenses.refund(&anybody, licence).await.unwrap();
    assert_eq!(shop.balance(&buyer.address()).await, 3 * PRICE);
    assert_eq!(shop.balance(&licenses.address()).await, 0);
    let refunded = licenses.licence(licence).await.unwrap().unwrap();
    assert_eq!(refunded.status, LicenceStatus::Refunded);
    assert_eq!(refusal(licenses.refund(&anybody, licence).await).0, "License_StatusInvalid");

    // The buyer's own word is enough, also late.
    let another = keccak256(b"another key");
    let (licence, _) = licenses.buy(buyer, 1, &another, PRICE).await.unwrap();
    shop.running.world.pass_time(700).await;
    licenses.confirm(buyer, licence).await.unwrap();
    assert_eq!(licenses.licence(licence).await.unwrap().unwrap().status, LicenceStatus::Live);
    assert_eq!(licenses.owed(&shop.seller().address()).await.unwrap(), TO_SELLER);
}

async fn a_licence_by_time_is_renewed_handed_on_and_ends(node: Node) {
    let shop = Shop::new(&node).await;
    let (licenses, buyer, heir) = (&shop.licenses, &shop.buyer, dev_wallet(7));
    let licence = shop.buy(&OfferTerms { kind: LicenceKind::Time { duration: 1_000 }, ..shop.calls() }).await;
    let ends = licenses.licence(licence).await.unwrap().unwrap().expires.unwrap();
    licenses.renew(buyer, licence, PRICE).await.unwrap();
    assert_eq!(licenses.licence(licence).await.unwrap().unwrap().expires, Some(ends + 1_000));
    assert_eq!(licenses.owed(&shop.seller().address()).await.unwrap(), 2 * TO_SELLER);
    assert_eq!(licenses.owners_due(&shop.sold.model).await.unwrap(), 2 * TO_OWNERS);

    licenses.transfer(buyer, licence, &heir.address()).await.unwrap();
    assert!(!licenses.is_live(licence, &buyer.address()).await.unwrap());
    assert_eq!(licenses.licence_of(&shop.sold.model, &heir.address()).await.unwrap(), Some(licence));
    assert_eq!(refusal(licenses.set_key(buyer, licence, &[1; 32]).await).0, "License_NotHolder");
    licenses.set_key(&heir, licence, &[1; 32]).await.unwrap();
    assert_eq!(licenses.key_of(licence, &heir.address()).await.unwrap(), Some([1; 32]));
    assert!(licenses.is_licensed(&shop.sold.model, &heir.address()).await.unwrap());

    shop.running.world.pass_time(2_100).await;
    assert!(!licenses.is_licensed(&shop.sold.model, &heir.address()).await.unwrap());
    let (name, revert) = refusal(licenses.transfer(&heir, licence, &buyer.address()).await);
    assert_eq!(name, "License_Expired");
    assert_eq!(revert.value("expires"), Some(&*(ends + 1_000).to_string()));
}
