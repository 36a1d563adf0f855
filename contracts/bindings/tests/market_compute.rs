//! Jobs that staked providers run: drawn by a block hash, paid where they agree, slashed where they don't.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use serde_json::json;
use support::{Node, World, dev_wallet, refusal};
use tributary_contracts::{
    Address, Wallet, Word,
    market::{
        compute::{Compute, JobStatus, JobTerms, Release, Replica, ReplicaOutcome, Stake},
        parameters::Parameters,
    },
    scoring_rule,
};

on_both_chains!(
    three_drawn_providers_run_a_job_and_the_one_who_is_wrong_pays,
    a_silent_provider_is_slashed_and_the_requester_gets_its_pay_back,
    a_job_without_enough_offers_gives_its_pay_back,
    a_draw_that_was_missed_is_sealed_again,
);

const REWARD: u128 = 100;
const BOND: u128 = 200;
const STAKE: u128 = 500;
const WINDOW: u32 = 600;
const RIGHT: Word = [0xa1; 32];
const WRONG: Word = [0xb2; 32];

/// A requester and four providers with stakes.
struct Hall {
    world: World,
    compute: Compute,
    requester: Wallet,
    providers: Vec<Wallet>,
    anybody: Wallet,
}

impl Hall {
    async fn new(node: &Node) -> Self {
        let world = World::new(node).await;
        let compute = Compute::new(world.client.clone(), &world.deployment).unwrap();
        let requester = world.researcher.clone();
        world.token.approve(&requester, &compute.address(), 10 * REWARD).await.unwrap();
        let providers: Vec<Wallet> = (2..6).map(dev_wallet).collect();
        for provider in &providers {
            world.token.transfer(&requester, &provider.address(), STAKE).await.unwrap();
            world.token.approve(provider, &compute.address(), STAKE).await.unwrap();
            compute.stake(provider, STAKE).await.unwrap();
        }
        Self { world, compute, requester, providers, anybody: dev_wallet(7) }
    }

    async fn terms(&self) -> JobTerms {
        JobTerms {
            spec: [0x5b; 32],
            reward: REWARD,
            bond: BOND,
            replicas: 3,
            quorum: 2,
            slash_bps: 5_000,
            offer_by: self.world.client.block_timestamp().await.unwrap() + u64::from(WINDOW),
            commit_s: WINDOW,
            reveal_s: WINDOW,
            salt: [3; 32],
        }
    }

    async fn post(&self) -> Word {
        self.compute.post(&self.requester, &self.terms().await).await.unwrap().0
    }

    /// A posted job that the first `count` providers offer to run, after the time for offers.
    async fn offered(&self, count: usize) -> Word {
        let job = self.post().await;
        for provider in &self.providers[..count] {
            self.compute.offer(provider, &job).await.unwrap();
        }
        self.world.pass_time(u64::from(WINDOW) + 1).await;
        job
    }

    /// A drawn job, and who was drawn.
    async fn drawn(&self, count: usize) -> (Word, Vec<Wallet>) {
        let job = self.offered(count).await;
        self.compute.seal_offers(&self.anybody, &job).await.unwrap();
        // The hash of the sealed block is known in the one after it.
        self.mine(1).await;
        self.compute.draw(&self.anybody, &job).await.unwrap();
        let mut drawn = Vec::new();
        for provider in &self.providers {
            if self.compute.replica(&job, &provider.address()).await.unwrap() == Replica::Drawn {
                drawn.push(provider.clone());
            }
        }
        (job, drawn)
    }

    async fn commit(&self, job: &Word, provider: &Wallet, digest: &Word, salt: &Word) {
        let commitment = self.compute.commitment(job, &provider.address(), digest, salt);
        self.compute.commit(provider, job, &commitment).await.unwrap();
        let part = self.compute.replica(job, &provider.address()).await.unwrap();
        assert_eq!(part, Replica::Committed(commitment));
    }

    async fn release(&self, job: &Word, provider: &Wallet) -> Release {
        let at = provider.address();
        assert_eq!(self.compute.released(job, &at).await.unwrap(), None);
        self.compute.release(&self.anybody, job, &at).await.unwrap();
        assert_eq!(self.compute.replica(job, &at).await.unwrap(), Replica::Done);
        self.compute.released(job, &at).await.unwrap().unwrap()
    }

    async fn status(&self, job: &Word) -> JobStatus {
        self.compute.job(job).await.unwrap().unwrap().status
    }

    async fn mine(&self, blocks: usize) {
        for _ in 0..blocks {
            self.world.client.rpc("evm_mine", json!([])).await.unwrap();
        }
    }

    async fn balance(&self, account: &Address) -> u128 {
        self.world.token.balance(account).await.unwrap()
    }
}

fn free(amount: u128) -> Stake {
    Stake { free: amount, bonded: 0, leaving: 0, leaves_at: None }
}

async fn three_drawn_providers_run_a_job_and_the_one_who_is_wrong_pays(node: Node) {
    let hall = Hall::new(&node).await;
    let compute = &hall.compute;
    let limits = compute.limits().await.unwrap();
    assert_eq!((limits.max_replicas, limits.max_offers, limits.min_window_s), (16, 64, 300));
    let terms = hall.terms().await;
    let requester = hall.requester.address();
    let id = terms.job_id(hall.world.client.chain_id(), &compute.address(), &requester);
    assert_eq!(compute.job_id(&requester, &terms).await.unwrap(), id);
    assert_eq!(compute.job(&id).await.unwrap(), None);
    assert_eq!(compute.post(&hall.requester, &terms).await.unwrap().0, id);
    let posted = compute.job(&id).await.unwrap().unwrap();
    assert_eq!((posted.status, posted.requester, posted.spec), (JobStatus::Offering, requester, terms.spec));
    assert_eq!((posted.reward, posted.bond, posted.slash_bps), (REWARD, BOND, 5_000));
    assert_eq!((posted.offer_by, posted.draw_by), (terms.offer_by, terms.offer_by + 24 * 3_600));
    assert_eq!((posted.commit_by, posted.sealed_at, posted.result), (None, None, None));
    assert_eq!(posted.escrowed, 3 * REWARD);

    for provider in &hall.providers {
        compute.offer(provider, &id).await.unwrap();
    }
    let all: Vec<Address> = hall.providers.iter().map(Wallet::address).collect();
    assert_eq!(compute.providers(&id).await.unwrap(), all);
    let bonded = compute.stake_of(&all[0]).await.unwrap();
    assert_eq!((bonded.free, bonded.bonded), (STAKE - BOND, BOND));
    let (name, open) = refusal(compute.seal_offers(&hall.anybody, &id).await);
    assert_eq!(name, "ComputeMarket_OffersStillOpen");
    assert_eq!(open.value("offerBy"), Some(&*terms.offer_by.to_string()));

    hall.world.pass_time(u64::from(WINDOW) + 1).await;
    let sealed = compute.seal_offers(&hall.anybody, &id).await.unwrap();
    assert_eq!(compute.job(&id).await.unwrap().unwrap().sealed_at, Some(sealed.block));
    hall.mine(1).await;
    compute.draw(&hall.anybody, &id).await.unwrap();
    let running = compute.job(&id).await.unwrap().unwrap();
    let now = hall.world.client.block_timestamp().await.unwrap();
    assert_eq!((running.status, running.commit_by), (JobStatus::Running, Some(now + u64::from(WINDOW))));
    assert_eq!(running.reveal_by, Some(now + 2 * u64::from(WINDOW)));

    let (mut drawn, mut spared) = (Vec::new(), Vec::new());
    for provider in &hall.providers {
        match compute.replica(&id, &provider.address()).await.unwrap() {
            Replica::Drawn => drawn.push(provider),
            Replica::Offered => spared.push(provider),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((drawn.len(), spared.len()), (3, 1));
    let unpaid = Release { outcome: ReplicaOutcome::Unpaid, paid: 0, slashed: 0 };
    assert_eq!(hall.release(&id, spared[0]).await, unpaid);
    assert_eq!(compute.stake_of(&spared[0].address()).await.unwrap(), free(STAKE));

    let results = [(drawn[0], RIGHT, [1; 32]), (drawn[1], WRONG, [2; 32]), (drawn[2], RIGHT, [3; 32])];
    let (name, _) = refusal(compute.commit(spared[0], &id, &[1; 32]).await);
    assert_eq!(name, "ComputeMarket_ReplicaStatusInvalid");
    for (provider, digest, salt) in &results {
        hall.commit(&id, provider, digest, salt).await;
    }
    // Neither another salt nor another digest opens a commitment.
    for (digest, salt) in [(RIGHT, [9; 32]), (WRONG, [1; 32])] {
        let (name, mismatch) = refusal(compute.reveal(drawn[0], &id, &digest, &salt).await);
        assert_eq!(name, "ComputeMarket_CommitmentMismatch");
        let opened = compute.commitment(&id, &drawn[0].address(), &digest, &salt);
        let committed = compute.commitment(&id, &drawn[0].address(), &RIGHT, &[1; 32]);
        assert_eq!(mismatch.value("opened"), Some(&*format!("0x{}", hex::encode(opened))));
        assert_eq!(mismatch.value("commitment"), Some(&*format!("0x{}", hex::encode(committed))));
    }
    for (provider, digest, salt) in &results {
        compute.reveal(provider, &id, digest, salt).await.unwrap();
        assert_eq!(compute.replica(&id, &provider.address()).await.unwrap(), Replica::Revealed(*digest));
    }
    compute.conclude(&hall.anybody, &id).await.unwrap();
    let agreed = compute.job(&id).await.unwrap().unwrap();
    assert_eq!((agreed.status, agreed.result, agreed.agreed), (JobStatus::Agreed, Some(RIGHT), 2));
    assert_eq!(agreed.escrowed, 2 * REWARD);

    let paid = Release { outcome: ReplicaOutcome::Paid, paid: REWARD, slashed: 0 };
    let wrong = Release { outcome: ReplicaOutcome::Wrong, paid: 0, slashed: BOND / 2 };
    for (provider, release) in [(drawn[0], paid), (drawn[1], wrong), (drawn[2], paid)] {
        assert_eq!(hall.release(&id, provider).await, release);
        let at = provider.address();
        assert_eq!(compute.stake_of(&at).await.unwrap(), free(STAKE - release.slashed));
        assert_eq!(compute.owed(&at).await.unwrap(), release.paid);
    }
    compute.withdraw(&hall.anybody, &drawn[0].address()).await.unwrap();
    assert_eq!(hall.balance(&drawn[0].address()).await, REWARD);
    let (name, _) = refusal(compute.withdraw(&hall.anybody, &drawn[1].address()).await);
    assert_eq!(name, "ComputeMarket_NothingOwed");
    assert_eq!(compute.owed(&requester).await.unwrap(), 0);

    // The slash, and the pay of the one who was wrong.
    let parameters = Parameters::new(hall.world.client.clone(), &hall.world.deployment).unwrap();
    let treasury = parameters.treasury().await.unwrap();
    assert_eq!(treasury, hall.world.deployment.timelock);
    assert_eq!(
        (parameters.owner().await.unwrap(), parameters.pending_owner().await.unwrap()),
        (treasury, None)
    );
    assert_eq!(parameters.study_fee_bps().await.unwrap(), hall.world.escrow.study_fee_bps().await.unwrap());
    let sale_fee = parameters.sale_fee_bps().await.unwrap();
    assert!(sale_fee <= parameters.max_fee_bps().await.unwrap());
    assert!(parameters.is_scoring_rule(&scoring_rule("group-shapley-1")).await.unwrap());
    assert!(!parameters.is_scoring_rule(&scoring_rule("group-shapley-0")).await.unwrap());
    assert_eq!(compute.treasury_due().await.unwrap(), BOND / 2 + REWARD);
    compute.pay_treasury(&hall.anybody).await.unwrap();
    assert_eq!(hall.balance(&treasury).await, BOND / 2 + REWARD);

    // Stake leaves slowly.
    let (leaver, at) = (drawn[1], drawn[1].address());
    let (name, small) = refusal(compute.unstake(leaver, STAKE).await);
    assert_eq!((&*name, small.value("free")), ("ComputeMarket_StakeTooSmall", Some("400")));
    compute.unstake(leaver, STAKE - BOND / 2).await.unwrap();
    let (name, leaving) = refusal(compute.withdraw_stake(&hall.anybody, &at).await);
    let leaves_at = compute.stake_of(&at).await.unwrap().leaves_at.unwrap();
    assert_eq!(name, "ComputeMarket_StakeStillLeaving");
    assert_eq!(leaving.value("leavesAt"), Some(&*leaves_at.to_string()));
    hall.world.pass_time(u64::from(limits.unstake_delay_s) + 1).await;
    compute.withdraw_stake(&hall.anybody, &at).await.unwrap();
    assert_eq!((hall.balance(&at).await, compute.stake_of(&at).await.unwrap()), (STAKE - BOND / 2, free(0)));
    // What is left are three stakes, and one provider's pay.
    assert_eq!(hall.balance(&compute.address()).await, 3 * STAKE + REWARD);
}

async fn a_silent_provider_is_slashed_and_the_requester_gets_its_pay_back(node: Node) {
    let hall = Hall::new(&node).await;
    let (compute, requester) = (&hall.compute, hall.requester.address());
    let before = hall.balance(&requester).await;
    let (job, drawn) = hall.drawn(3).await;
    let [first, second, silent] = &drawn[..] else { panic!("{} drawn", drawn.len()) };
    hall.commit(&job, first, &RIGHT, &[1; 32]).await;
    hall.commit(&job, second, &RIGHT, &[2; 32]).await;
    let (name, _) = refusal(compute.reveal(first, &job, &RIGHT, &[1; 32]).await);
    assert_eq!(name, "ComputeMarket_CommitStillOpen");
    hall.world.pass_time(u64::from(WINDOW) + 1).await;
    let late = compute.commitment(&job, &silent.address(), &RIGHT, &[3; 32]);
    assert_eq!(refusal(compute.commit(silent, &job, &late).await).0, "ComputeMarket_CommitOver");
    compute.reveal(first, &job, &RIGHT, &[1; 32]).await.unwrap();
    compute.reveal(second, &job, &RIGHT, &[2; 32]).await.unwrap();
    compute.conclude(&hall.anybody, &job).await.unwrap();
    assert_eq!(hall.status(&job).await, JobStatus::Agreed);
    let release = hall.release(&job, silent).await;
    assert_eq!(release, Release { outcome: ReplicaOutcome::Silent, paid: 0, slashed: BOND / 2 });
    assert_eq!(hall.release(&job, first).await.outcome, ReplicaOutcome::Paid);
    assert_eq!(compute.owed(&requester).await.unwrap(), REWARD);
    compute.withdraw(&hall.anybody, &requester).await.unwrap();
    assert_eq!(hall.balance(&requester).await, before - 2 * REWARD);
}

async fn a_job_without_enough_offers_gives_its_pay_back(node: Node) {
    let hall = Hall::new(&node).await;
    let (compute, requester) = (&hall.compute, hall.requester.address());
    let before = hall.balance(&requester).await;
    let job = hall.offered(2).await;
    let (name, few) = refusal(compute.seal_offers(&hall.anybody, &job).await);
    assert_eq!(name, "ComputeMarket_TooFewOffers");
    assert_eq!((few.value("offers"), few.value("replicas")), (Some("2"), Some("3")));
    compute.expire(&hall.anybody, &job).await.unwrap();
    assert_eq!(hall.status(&job).await, JobStatus::Expired);
    assert_eq!(hall.release(&job, &hall.providers[0]).await.outcome, ReplicaOutcome::Unpaid);
    compute.withdraw(&hall.anybody, &requester).await.unwrap();
    assert_eq!(hall.balance(&requester).await, before);
}

async fn a_draw_that_was_missed_is_sealed_again(node: Node) {
    let hall = Hall::new(&node).await;
    let compute = &hall.compute;
    let job = hall.offered(3).await;
    compute.seal_offers(&hall.anybody, &job).await.unwrap();
    assert_eq!(refusal(compute.seal_offers(&hall.anybody, &job).await).0, "ComputeMarket_AlreadySealed");
    // A contract reads the hashes of the last 256 blocks.
    hall.mine(257).await;
    assert_eq!(refusal(compute.draw(&hall.anybody, &job).await).0, "ComputeMarket_BlockHashGone");
    let again = compute.seal_offers(&hall.anybody, &job).await.unwrap();
    hall.mine(255).await;
    let drawn = compute.draw(&hall.anybody, &job).await.unwrap();
    assert_eq!(drawn.block, again.block + 256);
    assert_eq!(hall.status(&job).await, JobStatus::Running);
}
