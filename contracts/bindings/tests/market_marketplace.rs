//! A dataset's token is sold: at a fixed price with a key, by auction, by signature; and is not.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{Node, World, dev_wallet, refusal};
use tributary_contracts::market::marketplace::{
    self as signed, Arbiter, Asset, AssetKind, AuctionOffer, KeyTerms, LotStatus, Marketplace, Offer,
    Purchase, Shares,
};
use tributary_contracts::{Address, Datasets, Listing, Wallet, Word, keccak256, typed_data};

on_both_chains!(
    a_lot_with_a_key_is_paid_when_the_key_is_confirmed,
    a_bad_key_gets_its_buyer_the_money_back,
    the_highest_bid_wins_and_the_outbid_one_is_withdrawn,
    what_is_taken_back_is_not_sold,
    nobody_buys_with_anothers_signature,
);

const PRICE: u128 = 10_000;
/// 2.5 % of it.
const FEE: u128 = 250;
const BUYER_KEY: Word = [0x25; 32];
const SEALED_KEY: &[u8] = b"a content key, sealed to the buyer's";
const HOUR: u32 = 3_600;

/// A seller with a dataset, and some who have money.
struct Fair {
    world: World,
    market: Marketplace,
    seller: Wallet,
    buyer: Wallet,
    other: Wallet,
    arbiter: Wallet,
    asset: Asset,
}

impl Fair {
    async fn new(node: &Node) -> Self {
        let world = World::new(node).await;
        let market = Marketplace::new(world.client.clone(), &world.deployment).unwrap();
        let [seller, buyer, other, arbiter] = [2, 3, 4, 5].map(dev_wallet);
        for rich in [&buyer, &other] {
            world.token.transfer(&world.researcher, &rich.address(), PRICE).await.unwrap();
        }
        let number = dataset(&world, &seller).await;
        let asset = Asset::numbered(world.deployment.datasets, number);
        Self { world, market, seller, buyer, other, arbiter, asset }
    }

    async fn now(&self) -> u64 {
        self.world.client.block_timestamp().await.unwrap()
    }

    async fn offer(&self, key: Option<KeyTerms>) -> Offer {
        let until = self.now().await + 10_000;
        Offer { asset: self.asset, price: PRICE, until, max_fee_bps: 250, max_royalty_bps: 0, key }
    }

    fn key(&self) -> KeyTerms {
        let arbiter = Arbiter { account: self.arbiter.address(), review_within: HOUR };
        KeyTerms { deliver_within: HOUR, arbiter: Some(arbiter) }
    }

    /// Lists the dataset.
    async fn listed(&self, key: Option<KeyTerms>) -> u64 {
        self.market.approve(&self.seller, &self.asset).await.unwrap();
        self.market.list(&self.seller, &self.offer(key).await).await.unwrap().0
    }

    async fn auctioned(&self) -> u64 {
        self.market.approve_all(&self.seller, &self.asset.collection, true).await.unwrap();
        let offer = AuctionOffer {
            asset: self.asset,
            reserve: 1_000,
            duration: HOUR,
            min_increment_bps: 500,
            max_fee_bps: 250,
            max_royalty_bps: 0,
            key: None,
        };
        self.market.start_auction(&self.seller, &offer).await.unwrap().0
    }

    async fn approve(&self, buyer: &Wallet) {
        self.world.token.approve(buyer, &self.market.address(), PRICE).await.unwrap();
    }

    /// The buyer's signed purchase.
    async fn purchase(&self, lot: u64, buyer_key: Option<Word>) -> Purchase {
        let (buyer, valid_until) = (self.buyer.address(), self.now().await + 1_000);
        let domain = self.market.domain();
        let digest = signed::buy_digest(&domain, lot, &buyer, PRICE, buyer_key, valid_until);
        let shown = self.market.buy_digest(lot, &buyer, buyer_key, valid_until).await.unwrap();
        assert_eq!(digest, shown, "the contract's own");
        let signature = self.buyer.sign_digest(&digest).to_vec();
        Purchase { lot, buyer, buyer_key, valid_until, signature }
    }

    async fn status(&self, lot: u64) -> LotStatus {
        self.market.lot(lot).await.unwrap().unwrap().status
    }

    async fn owner(&self) -> Address {
        self.market.owner_of(&self.asset.collection, &self.asset.token_id).await.unwrap()
    }

    async fn credit(&self, account: &Address) -> u128 {
        self.market.till().credit(account).await.unwrap()
    }

    async fn balance(&self, account: &Address) -> u128 {
        self.world.token.balance(account).await.unwrap()
    }
}

async fn dataset(world: &World, owner: &Wallet) -> u64 {
    let datasets = Datasets::new(world.client.clone(), &world.deployment).unwrap();
    let (owner, wallet) = (owner.address(), owner);
    let (commitment, uri, price, nonce) = ([9; 32], "ipfs://sealed".to_owned(), 0, 0);
    let digest = typed_data::list_digest(&datasets.domain(), &owner, &commitment, &uri, price, nonce);
    let signature = wallet.sign_digest(&digest).to_vec();
    let listing = Listing { owner, commitment, uri, price, nonce, signature };
    datasets.list_for(&world.researcher, &listing).await.unwrap();
    datasets.listed_by(&owner).await.unwrap()[0].0
}

async fn a_lot_with_a_key_is_paid_when_the_key_is_confirmed(node: Node) {
    let fair = Fair::new(&node).await;
    let (world, market, domain) = (&fair.world, &fair.market, fair.market.domain());
    let (seller, buyer) = (fair.seller.address(), fair.buyer.address());
    assert_eq!(market.lot(1).await.unwrap(), None);
    market.approve(&fair.seller, &fair.asset).await.unwrap();
    let offer = fair.offer(Some(fair.key())).await;
    let (lot, _) = market.list(&fair.seller, &offer).await.unwrap();
    assert_eq!((lot, market.lot_count().await.unwrap()), (1, 1));
    let shown = market.lot(lot).await.unwrap().unwrap();
    assert_eq!((shown.seller, shown.status, shown.kind), (seller, LotStatus::Listed, AssetKind::Single));
    assert_eq!((shown.asset, shown.price, shown.until), (offer.asset, PRICE, offer.until));
    assert_eq!((shown.fee_bps, shown.royalty_bps, shown.key), (250, 0, offer.key));
    assert_eq!((shown.buyer, shown.buyer_key, shown.sealed_key_hash, shown.due_by), (None, None, None, 0));
    assert!(market.is_buyable(lot).await.unwrap());
    let parts = Shares { proceeds: PRICE - FEE, royalty: 0, royalty_receiver: None, fee: FEE };
    assert_eq!(market.shares(lot).await.unwrap(), parts);

    fair.approve(&fair.buyer).await;
    let (name, revert) = refusal(market.buy(&fair.buyer, lot, PRICE - 1, Some(BUYER_KEY)).await);
    assert_eq!(name, "Marketplace_PriceAboveMaximum");
    let values = ["lot", "price", "maximum"].map(|value| revert.value(value).unwrap());
    assert_eq!(values, ["1", "10000", "9999"]);
    let (name, _) = refusal(market.buy(&fair.buyer, lot, PRICE, None).await);
    assert_eq!(name, "Marketplace_BuyerKeyInvalid");
    market.buy(&fair.buyer, lot, PRICE, Some(BUYER_KEY)).await.unwrap();
    let shown = market.lot(lot).await.unwrap().unwrap();
    assert_eq!((shown.status, shown.buyer), (LotStatus::AwaitingKey, Some(buyer)));
    assert_eq!((shown.buyer_key, shown.due_by > 0), (Some(BUYER_KEY), true));
    // Asset and money are in the market's hands.
    assert_eq!((fair.owner().await, fair.balance(&buyer).await), (market.address(), 0));
    assert_eq!((fair.balance(&market.address()).await, fair.credit(&seller).await), (PRICE, 0));

    assert_eq!(market.sealed_key(lot).await.unwrap(), None);
    let hash = keccak256(SEALED_KEY);
    let digest = signed::deliver_digest(&domain, lot, &BUYER_KEY, &hash);
    assert_eq!(digest, market.deliver_digest(lot, &hash).await.unwrap(), "the contract's own");
    let forged = fair.buyer.sign_digest(&digest);
    let (name, _) = refusal(market.deliver_key(&fair.other, lot, SEALED_KEY, &forged).await);
    assert_eq!(name, "Marketplace_SignatureInvalid");
    let by_seller = fair.seller.sign_digest(&digest);
    market.deliver_key(&fair.other, lot, SEALED_KEY, &by_seller).await.unwrap();
    assert_eq!(market.sealed_key(lot).await.unwrap().unwrap(), SEALED_KEY);
    let shown = market.lot(lot).await.unwrap().unwrap();
    assert_eq!((shown.status, shown.sealed_key_hash), (LotStatus::Delivered, Some(hash)));
    let digest = signed::confirm_digest(&domain, lot, &hash);
    assert_eq!(digest, market.confirm_digest(lot).await.unwrap(), "the contract's own");
    market.confirm_key(&fair.other, lot, &fair.buyer.sign_digest(&digest)).await.unwrap();

    assert_eq!((fair.status(lot).await, fair.owner().await), (LotStatus::Sold, buyer));
    assert_eq!(market.uncollected(lot).await.unwrap(), None);
    let treasury = world.deployment.timelock;
    assert_eq!((fair.credit(&seller).await, fair.credit(&treasury).await), (PRICE - FEE, FEE));
    for account in [&seller, &treasury] {
        market.till().withdraw(&fair.other, account).await.unwrap();
    }
    assert_eq!((fair.balance(&seller).await, fair.balance(&treasury).await), (PRICE - FEE, FEE));
    assert_eq!(fair.balance(&market.address()).await, 0);
    let (name, _) = refusal(market.till().withdraw(&fair.other, &seller).await);
    assert_eq!(name, "Market_NothingToWithdraw");
}

async fn a_bad_key_gets_its_buyer_the_money_back(node: Node) {
    let fair = Fair::new(&node).await;
    let market = &fair.market;
    let buyer = fair.buyer.address();
    let lot = fair.listed(Some(fair.key())).await;
    let deadline = fair.now().await + 1_000;
    market.buy_with_permit(&fair.buyer, lot, PRICE, Some(BUYER_KEY), deadline).await.unwrap();
    let (name, _) = refusal(market.refund_sale(&fair.other, lot).await);
    assert_eq!(name, "Marketplace_DeadlineAhead");
    market.deliver_key(&fair.seller, lot, b"rubbish", &[]).await.unwrap();
    let (name, _) = refusal(market.finish_sale(&fair.other, lot).await);
    assert_eq!(name, "Marketplace_DeadlineAhead");
    let digest = signed::reject_digest(&market.domain(), lot, &keccak256(b"rubbish"));
    assert_eq!(digest, market.reject_digest(lot).await.unwrap(), "the contract's own");
    market.reject_key(&fair.other, lot, &fair.buyer.sign_digest(&digest)).await.unwrap();
    assert_eq!(fair.status(lot).await, LotStatus::Disputed);
    let (name, _) = refusal(market.rule(&fair.seller, lot, true).await);
    assert_eq!(name, "Marketplace_NotArbiter");
    market.rule(&fair.arbiter, lot, false).await.unwrap();
    assert_eq!((fair.status(lot).await, fair.owner().await), (LotStatus::Refunded, fair.seller.address()));
    assert_eq!((fair.credit(&buyer).await, fair.credit(&fair.seller.address()).await), (PRICE, 0));
    market.till().withdraw(&fair.buyer, &buyer).await.unwrap();
    assert_eq!(fair.balance(&buyer).await, PRICE);
}

async fn the_highest_bid_wins_and_the_outbid_one_is_withdrawn(node: Node) {
    let fair = Fair::new(&node).await;
    let (market, treasury) = (&fair.market, fair.world.deployment.timelock);
    let (first, second) = (fair.buyer.address(), fair.other.address());
    let lot = fair.auctioned().await;
    assert_eq!(fair.owner().await, market.address());
    let shown = market.lot(lot).await.unwrap().unwrap();
    assert_eq!((shown.status, shown.price, shown.buyer), (LotStatus::Auctioned, 1_000, None));
    assert_eq!((shown.min_increment_bps, shown.last_until), (500, shown.until + 6 * u64::from(HOUR)));
    assert_eq!(market.least_bid(lot).await.unwrap(), 1_000);
    fair.approve(&fair.buyer).await;
    market.bid(&fair.buyer, lot, 1_000, None).await.unwrap();
    assert_eq!(market.least_bid(lot).await.unwrap(), 1_050);
    let deadline = fair.now().await + 1_000;
    let (name, revert) = refusal(market.bid_with_permit(&fair.other, lot, 1_049, None, deadline).await);
    assert_eq!(name, "Marketplace_BidTooLow");
    let values = ["lot", "amount", "least"].map(|value| revert.value(value).unwrap());
    assert_eq!(values, ["1", "1049", "1050"]);
    market.bid_with_permit(&fair.other, lot, 1_050, None, deadline).await.unwrap();
    let (name, _) = refusal(market.cancel_auction(&fair.seller, lot).await);
    assert_eq!(name, "Marketplace_BidsPlaced");

    // Whoever is outbid need not wait for the end.
    assert_eq!((fair.balance(&first).await, fair.credit(&first).await), (PRICE - 1_000, 1_000));
    market.till().withdraw(&fair.buyer, &first).await.unwrap();
    assert_eq!((fair.balance(&first).await, fair.credit(&first).await), (PRICE, 0));
    assert_eq!(fair.balance(&market.address()).await, 1_050);

    let (name, _) = refusal(market.settle_auction(&fair.arbiter, lot).await);
    assert_eq!(name, "Marketplace_AuctionStillOpen");
    fair.world.pass_time(u64::from(HOUR) + 1).await;
    market.settle_auction(&fair.arbiter, lot).await.unwrap();
    let sold = market.lot(lot).await.unwrap().unwrap();
    assert_eq!((sold.status, sold.buyer, sold.price), (LotStatus::Sold, Some(second), 1_050));
    assert_eq!((fair.owner().await, fair.balance(&second).await), (second, PRICE - 1_050));
    // 2.5 % of 1,050, rounded down.
    let credits = (fair.credit(&fair.seller.address()).await, fair.credit(&treasury).await);
    assert_eq!(credits, (1_024, 26));
}

async fn what_is_taken_back_is_not_sold(node: Node) {
    let fair = Fair::new(&node).await;
    let market = &fair.market;
    let (name, _) = refusal(market.list(&fair.seller, &fair.offer(None).await).await);
    assert_eq!(name, "Marketplace_NotApproved");
    let first = fair.listed(None).await;
    fair.approve(&fair.buyer).await;
    let (name, _) = refusal(market.unlist(&fair.buyer, first).await);
    assert_eq!(name, "Marketplace_ListingStands");
    market.unlist(&fair.seller, first).await.unwrap();
    let (name, revert) = refusal(market.buy(&fair.buyer, first, PRICE, None).await);
    assert_eq!((&*name, revert.value("lot")), ("Marketplace_LotNotIn", Some("1")));
    let auction = fair.auctioned().await;
    market.cancel_auction(&fair.seller, auction).await.unwrap();
    assert_eq!(fair.owner().await, fair.seller.address());
    for lot in [first, auction] {
        assert_eq!(fair.status(lot).await, LotStatus::Withdrawn);
        assert!(!market.is_buyable(lot).await.unwrap());
    }
    // A newer listing takes the place of the one before.
    let (before, after) = (fair.listed(None).await, fair.listed(None).await);
    let (name, revert) = refusal(market.buy(&fair.buyer, before, PRICE, None).await);
    assert_eq!((&*name, revert.value("by")), ("Marketplace_ListingReplaced", Some(&*after.to_string())));
    market.buy(&fair.buyer, after, PRICE, None).await.unwrap();
    assert_eq!((fair.status(after).await, fair.owner().await), (LotStatus::Sold, fair.buyer.address()));
    let (name, _) = refusal(market.collect(&fair.buyer, after, &fair.buyer.address()).await);
    assert_eq!(name, "Marketplace_NothingToCollect");
}

async fn nobody_buys_with_anothers_signature(node: Node) {
    let fair = Fair::new(&node).await;
    let market = &fair.market;
    let buyer = fair.buyer.address();
    let lot = fair.listed(Some(fair.key())).await;
    fair.approve(&fair.buyer).await;
    fair.approve(&fair.other).await;
    let purchase = fair.purchase(lot, Some(BUYER_KEY)).await;
    let invalid = "Marketplace_SignatureInvalid";
    let for_another = Purchase { buyer: fair.other.address(), ..purchase.clone() };
    assert_eq!(refusal(market.buy_for(&fair.other, &for_another).await).0, invalid);
    let to_another_key = Purchase { buyer_key: Some([7; 32]), ..purchase.clone() };
    assert_eq!(refusal(market.buy_for(&fair.other, &to_another_key).await).0, invalid);
    let longer = Purchase { valid_until: purchase.valid_until + 1, ..purchase.clone() };
    assert_eq!(refusal(market.buy_for(&fair.other, &longer).await).0, invalid);
    market.buy_for(&fair.arbiter, &purchase).await.unwrap();
    assert_eq!((fair.balance(&buyer).await, fair.balance(&fair.other.address()).await), (0, PRICE));
    let (name, _) = refusal(market.buy_for(&fair.arbiter, &purchase).await);
    assert_eq!(name, "Marketplace_LotNotIn", "it is good once");
    // The key never comes.
    fair.world.pass_time(u64::from(HOUR) + 1).await;
    market.refund_sale(&fair.other, lot).await.unwrap();
    assert_eq!(fair.credit(&buyer).await, PRICE);

    let again = fair.listed(None).await;
    let late = fair.purchase(again, None).await;
    fair.world.pass_time(1_001).await;
    let (name, revert) = refusal(market.buy_for(&fair.arbiter, &late).await);
    assert_eq!(name, "Marketplace_OfferOver");
    assert_eq!(revert.value("validUntil"), Some(&*late.valid_until.to_string()));
}
