//! Payment channels: deposits, vouchers by payers and session keys, batches, notice and refunds.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{Node, World, dev_wallet, refusal};
use tributary_contracts::{
    Wallet, Word,
    market::channels::{
        ChannelDomain, ChannelStatus, ChannelTerms, Channels, Voucher, authorization_digest,
        revoke_session_key_digest, start_close_digest, voucher_digest,
    },
};

on_both_chains!(
    a_channel_pays_by_vouchers_and_gives_the_rest_back,
    a_batch_pays_what_it_can_and_says_what_it_can_not,
    a_payer_leaves_after_the_notice,
    a_revoked_session_key_signs_until_the_notice_is_over,
);

const DEPOSIT: u128 = 1_000;
const HOUR: u32 = 3_600;

/// A payer with tokens, two payees, and somebody who relays.
struct Tab {
    world: World,
    channels: Channels,
    domain: ChannelDomain,
    payer: Wallet,
    payee: Wallet,
    other: Wallet,
    relay: Wallet,
}

impl Tab {
    async fn new(node: &Node) -> Self {
        let world = World::new(node).await;
        let channels = Channels::new(world.client.clone(), &world.deployment).unwrap();
        let (domain, payer) = (channels.domain(), world.researcher.clone());
        world.token.approve(&payer, &channels.address(), 2 * DEPOSIT).await.unwrap();
        let [payee, other, relay] = [2, 3, 4].map(dev_wallet);
        Self { world, channels, domain, payer, payee, other, relay }
    }

    fn terms(&self, session_key: Option<&Wallet>) -> ChannelTerms {
        ChannelTerms {
            payee: self.payee.address(),
            session_key: session_key.map(Wallet::address),
            deposit: DEPOSIT,
            lock_s: HOUR,
            salt: [5; 32],
        }
    }

    async fn open(&self, session_key: Option<&Wallet>) -> Word {
        self.channels.open(&self.payer, &self.terms(session_key)).await.unwrap().0
    }

    fn voucher(&self, signer: &Wallet, channel: &Word, cumulative: u128) -> Voucher {
        Voucher::sign(&self.domain, signer, channel, cumulative)
    }

    async fn balance(&self, wallet: &Wallet) -> u128 {
        self.world.token.balance(&wallet.address()).await.unwrap()
    }

    async fn held(&self) -> u128 {
        self.world.token.balance(&self.channels.address()).await.unwrap()
    }
}

async fn a_channel_pays_by_vouchers_and_gives_the_rest_back(node: Node) {
    let tab = Tab::new(&node).await;
    let (channels, session) = (&tab.channels, Wallet::random());
    let limits = channels.limits().await.unwrap();
    assert_eq!((limits.min_lock_s, limits.max_lock_s, limits.max_batch), (HOUR, 30 * 24 * HOUR, 64));
    let (terms, payer) = (tab.terms(Some(&session)), tab.payer.address());
    let id = tab.domain.channel_id(&payer, &terms);
    assert_eq!(channels.channel_id(&payer, &terms).await.unwrap(), id);
    assert_eq!(channels.channel(&id).await.unwrap(), None);
    let before = tab.balance(&tab.payer).await;
    assert_eq!(channels.open(&tab.payer, &terms).await.unwrap().0, id);
    let open = channels.channel(&id).await.unwrap().unwrap();
    assert_eq!((open.payer, open.payee, open.session_key), (payer, terms.payee, terms.session_key));
    assert_eq!((open.status, open.deposit, open.settled), (ChannelStatus::Open, DEPOSIT, 0));
    assert_eq!((open.lock_s, open.closes_at, open.session_key_until), (HOUR, None, None));

    let digest = channels.voucher_digest(&id, 100).await.unwrap();
    assert_eq!(voucher_digest(&tab.domain, &id, 100), digest);
    channels.settle(&tab.relay, &tab.voucher(&tab.payer, &id, 100)).await.unwrap();
    let by_session_key = tab.voucher(&session, &id, 300);
    channels.settle(&tab.relay, &by_session_key).await.unwrap();
    assert_eq!(tab.balance(&tab.payee).await, 300);

    let (name, spent) = refusal(channels.settle(&tab.relay, &by_session_key).await);
    assert_eq!(name, "InferenceChannels_VoucherSpent");
    assert_eq!((spent.value("cumulative"), spent.value("settled")), (Some("300"), Some("300")));
    let beyond = tab.voucher(&tab.payer, &id, DEPOSIT + 1);
    let (name, above) = refusal(channels.settle(&tab.relay, &beyond).await);
    assert_eq!(name, "InferenceChannels_VoucherAboveDeposit");
    assert_eq!((above.value("cumulative"), above.value("deposit")), (Some("1001"), Some("1000")));
    assert_eq!(above.value("channel"), Some(&*format!("0x{}", hex::encode(id))));
    // The payee can't pay itself, nor raise what was signed.
    let own = tab.voucher(&tab.payee, &id, 500);
    let raised = Voucher { cumulative: 500, ..tab.voucher(&tab.payer, &id, 400) };
    for forged in [own, raised] {
        let (name, _) = refusal(channels.settle(&tab.payee, &forged).await);
        assert_eq!(name, "InferenceChannels_VoucherSignatureInvalid");
    }

    // With a top-up the voucher above the deposit becomes good.
    channels.top_up(&tab.payer, &id, 200).await.unwrap();
    let last = tab.voucher(&tab.payer, &id, DEPOSIT + 1);
    let (name, _) = refusal(channels.close(&tab.relay, &id, Some(&last)).await);
    assert_eq!(name, "InferenceChannels_NotPayee");
    channels.close(&tab.payee, &id, Some(&last)).await.unwrap();
    assert_eq!(channels.channel(&id).await.unwrap().unwrap().status, ChannelStatus::Closed);
    assert_eq!((tab.balance(&tab.payee).await, tab.held().await), (DEPOSIT + 1, 199));
    channels.refund(&tab.relay, &id).await.unwrap();
    let done = channels.channel(&id).await.unwrap().unwrap();
    assert_eq!((done.status, done.settled, done.refunded), (ChannelStatus::Done, DEPOSIT + 1, 199));
    assert_eq!((tab.balance(&tab.payer).await, tab.held().await), (before - DEPOSIT - 1, 0));
    let (name, _) = refusal(channels.open(&tab.payer, &terms).await);
    assert_eq!(name, "InferenceChannels_ChannelExists");
}

async fn a_batch_pays_what_it_can_and_says_what_it_can_not(node: Node) {
    let tab = Tab::new(&node).await;
    let channels = &tab.channels;
    let approved = tab.open(None).await;

    // A permit takes an approval's place.
    let now = tab.world.client.block_timestamp().await.unwrap();
    tab.world.token.approve(&tab.payer, &channels.address(), 0).await.unwrap();
    let to_other = ChannelTerms { payee: tab.other.address(), ..tab.terms(None) };
    let (permitted, _) = channels.open_with_permit(&tab.payer, &to_other, now + 1_000).await.unwrap();
    assert_eq!(permitted, tab.domain.channel_id(&tab.payer.address(), &to_other));

    // A payer without ether has somebody relay.
    let poor = Wallet::random();
    tab.world.token.transfer(&tab.payer, &poor.address(), DEPOSIT).await.unwrap();
    let (terms, window) = (tab.terms(None), (0, now + 1_000));
    let token = tab.world.deployment.token;
    let digest = authorization_digest(&tab.domain, &token, &poor.address(), &terms, window);
    let signature = poor.sign_digest(&digest);
    let relayed = async |terms: &ChannelTerms| {
        channels.open_with_authorization(&tab.relay, &poor.address(), terms, window, &signature).await
    };
    let smaller = ChannelTerms { deposit: DEPOSIT - 1, ..terms.clone() };
    assert_eq!(refusal(relayed(&smaller).await).0, "ERC3009InvalidSignature");
    let (authorized, _) = relayed(&terms).await.unwrap();
    assert_eq!((tab.balance(&poor).await, tab.held().await), (0, 3 * DEPOSIT));

    channels.settle(&tab.relay, &tab.voucher(&tab.payer, &approved, 50)).await.unwrap();
    let batch = [
        tab.voucher(&tab.payer, &approved, 50),
        tab.voucher(&poor, &authorized, 70),
        tab.voucher(&tab.payer, &approved, 60),
        tab.voucher(&tab.payer, &permitted, 80),
    ];
    let receipt = channels.batch_settle(&tab.relay, &batch).await.unwrap();
    assert_eq!((tab.balance(&tab.payee).await, tab.balance(&tab.other).await), (60 + 70, 80));
    let refused = channels.refused_vouchers(&approved, receipt.block).await.unwrap();
    let [refused] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!((refused.tx_hash, refused.cumulative), (receipt.tx_hash, 50));
    assert_eq!(refused.reason.name, "InferenceChannels_VoucherSpent");
    assert_eq!(refused.reason.value("settled"), Some("50"));
    assert_eq!(channels.refused_vouchers(&authorized, 0).await.unwrap(), []);

    let (name, again) = refusal(channels.batch_settle(&tab.relay, &batch).await);
    assert_eq!((&*name, again.value("refused")), ("InferenceChannels_NothingSettled", Some("4")));
}

async fn a_payer_leaves_after_the_notice(node: Node) {
    let tab = Tab::new(&node).await;
    let channels = &tab.channels;
    let before = tab.balance(&tab.payer).await;
    let id = tab.open(None).await;
    let digest = start_close_digest(&tab.domain, &id);
    assert_eq!(channels.start_close_digest(&id).await.unwrap(), digest);
    let strangers = tab.other.sign_digest(&digest);
    let (name, _) = refusal(channels.start_close_for(&tab.relay, &id, &strangers).await);
    assert_eq!(name, "InferenceChannels_SignatureInvalid");
    let signature = tab.payer.sign_digest(&digest);
    channels.start_close_for(&tab.relay, &id, &signature).await.unwrap();
    let closing = channels.channel(&id).await.unwrap().unwrap();
    let closes_at = closing.closes_at.unwrap();
    assert_eq!(closing.status, ChannelStatus::Closing);
    assert!(closes_at <= tab.world.client.block_timestamp().await.unwrap() + u64::from(HOUR));
    let (name, early) = refusal(channels.finish(&tab.relay, &id).await);
    assert_eq!(name, "InferenceChannels_NoticeStillRuns");
    assert_eq!(early.value("closesAt"), Some(&*closes_at.to_string()));

    tab.world.pass_time(u64::from(HOUR) + 1).await;
    channels.settle(&tab.relay, &tab.voucher(&tab.payer, &id, 10)).await.unwrap();
    channels.finish(&tab.relay, &id).await.unwrap();
    assert_eq!((tab.balance(&tab.payer).await, tab.held().await), (before - 10, 0));
    let (name, _) = refusal(channels.settle(&tab.relay, &tab.voucher(&tab.payer, &id, 20)).await);
    assert_eq!(name, "InferenceChannels_ChannelIsClosed");
}

async fn a_revoked_session_key_signs_until_the_notice_is_over(node: Node) {
    let tab = Tab::new(&node).await;
    let (channels, session) = (&tab.channels, Wallet::random());
    let id = tab.open(Some(&session)).await;
    let (name, _) = refusal(channels.revoke_session_key(&tab.payee, &id).await);
    assert_eq!(name, "InferenceChannels_NotPayer");
    let digest = revoke_session_key_digest(&tab.domain, &id);
    assert_eq!(channels.revoke_session_key_digest(&id).await.unwrap(), digest);
    channels.revoke_session_key_for(&tab.relay, &id, &tab.payer.sign_digest(&digest)).await.unwrap();
    let until = channels.channel(&id).await.unwrap().unwrap().session_key_until.unwrap();
    channels.settle(&tab.relay, &tab.voucher(&session, &id, 10)).await.unwrap();

    tab.world.pass_time(u64::from(HOUR) + 1).await;
    let (name, revoked) = refusal(channels.settle(&tab.relay, &tab.voucher(&session, &id, 20)).await);
    assert_eq!(name, "InferenceChannels_SessionKeyIsRevoked");
    assert_eq!(revoked.value("until"), Some(&*until.to_string()));
    channels.settle(&tab.relay, &tab.voucher(&tab.payer, &id, 20)).await.unwrap();
    channels.start_close(&tab.payer, &id).await.unwrap();
    channels.close(&tab.payee, &id, None).await.unwrap();
    channels.refund(&tab.relay, &id).await.unwrap();
    assert_eq!((tab.balance(&tab.payee).await, tab.held().await), (20, 0));
}
