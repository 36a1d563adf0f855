//! Token holders decide: a fee, a scoring rule, the treasury, and a study that the treasury funds.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{BUDGET, Node, World, dev_wallet, enrolment, refusal};
use tributary_contracts::governance::{Action, Governance, Proposal, ProposalState, Tally, Vote};
use tributary_contracts::{Launch, Wallet, keccak256};

on_both_chains!(
    a_proposal_that_wins_changes_fee_rules_and_treasury,
    a_proposal_launches_and_funds_a_study_that_owners_enrol_in,
    what_has_not_won_or_not_waited_is_not_done,
    a_proposal_changed_after_the_vote_is_another_one,
);

/// A world whose researcher holds the supply, lets it vote, and has given the treasury some.
struct House {
    world: World,
    governance: Governance,
}

impl House {
    async fn new(node: &Node) -> Self {
        let world = World::new(node).await;
        let governance = Governance::new(world.client.clone(), world.deployment.clone()).unwrap();
        governance.delegate(&world.researcher, &world.researcher.address()).await.unwrap();
        world.token.transfer(&world.researcher, &world.deployment.timelock, 3 * BUDGET).await.unwrap();
        world.pass_time(1).await;
        Self { world, governance }
    }

    async fn begin_voting(&self, proposal: &Proposal) {
        self.governance.propose(&self.world.researcher, proposal).await.unwrap();
        assert_eq!(self.governance.state(&proposal.id()).await.unwrap(), ProposalState::Pending);
        self.world.pass_time(self.world.deployment.terms.voting_delay_s + 1).await;
    }

    /// Takes a proposal to where it can be executed.
    async fn win(&self, proposal: &Proposal) {
        self.begin_voting(proposal).await;
        self.governance.vote(&self.world.researcher, &proposal.id(), Vote::For).await.unwrap();
        self.world.pass_time(u64::from(self.world.deployment.terms.voting_period_s) + 1).await;
        assert_eq!(self.governance.state(&proposal.id()).await.unwrap(), ProposalState::Succeeded);
        self.governance.queue(&self.world.researcher, proposal).await.unwrap();
        assert_eq!(self.governance.state(&proposal.id()).await.unwrap(), ProposalState::Queued);
        self.world.pass_time(self.world.deployment.terms.timelock_delay_s + 1).await;
    }
}

fn proposal(actions: impl Into<Vec<Action>>) -> Proposal {
    Proposal { actions: actions.into(), description: "for the good of all".into() }
}

async fn a_proposal_that_wins_changes_fee_rules_and_treasury(node: Node) {
    let house = House::new(&node).await;
    let (world, governance) = (&house.world, &house.governance);
    let friend = Wallet::random().address();
    let one = 10u128.pow(18);
    let proposal = proposal([
        governance.set_study_fee(50),
        governance.set_sale_fee(0),
        governance.allow_scoring_rule("leave-one-out-1"),
        governance.forbid_scoring_rule("group-shapley-1"),
        governance.spend(&friend, 7),
        governance.mint(&friend, 5),
        governance.spend(&friend, 2 * one + one / 4),
    ]);
    let words: Vec<String> = proposal.actions.iter().map(|action| governance.explain(action)).collect();
    assert_eq!(words[0], "set the fee on what studies grant to 0.50 %");
    assert_eq!(words[1], "set the fee on sales to 0.00 %");
    let rule = hex::encode(keccak256(b"leave-one-out-1"));
    assert_eq!(words[2], format!("allow the scoring rule 0x{rule}"));
    assert!(words[3].starts_with("forbid the scoring rule 0x"));
    let friend_hex = hex::encode(friend);
    assert_eq!(words[4], format!("send 0.000000000000000007 tokens of the treasury to 0x{friend_hex}"));
    assert_eq!(words[5], format!("create 0.000000000000000005 tokens for 0x{friend_hex}"));
    assert_eq!(words[6], format!("send 2.25 tokens of the treasury to 0x{friend_hex}"));
    let stranger = Action { target: friend, call: vec![1, 2, 3, 4, 5] };
    assert_eq!(governance.explain(&stranger), format!("an UNKNOWN call 0x01020304 of 0x{friend_hex}"));
    let mut padded = governance.set_study_fee(50);
    padded.call.push(0);
    assert!(governance.explain(&padded).starts_with("an UNKNOWN call"), "more than what is explained");

    let affordable = Proposal { actions: proposal.actions[..6].to_vec(), ..proposal };
    house.win(&affordable).await;
    governance.execute(&world.researcher, &affordable).await.unwrap();
    assert_eq!(governance.state(&affordable.id()).await.unwrap(), ProposalState::Executed);
    assert_eq!(world.escrow.study_fee_bps().await.unwrap(), 50);
    assert_eq!(world.token.balance(&friend).await.unwrap(), 7 + 5);
    let (name, _) = refusal(world.token.mint(&world.researcher, &friend, 5).await);
    assert_eq!(name, "OwnableUnauthorizedAccount", "who deployed creates no tokens");
    world.token.approve(&world.researcher, &world.deployment.escrow, 2 * BUDGET).await.unwrap();
    let (name, _) = refusal(world.escrow.launch(&world.researcher, &world.terms().await).await);
    assert_eq!(name, "StudyEscrow_ScoringRuleUnknown");
    let other = Launch { scoring: keccak256(b"leave-one-out-1"), ..world.terms().await };
    world.escrow.launch(&world.researcher, &other).await.unwrap();
}

async fn a_proposal_launches_and_funds_a_study_that_owners_enrol_in(node: Node) {
    let house = House::new(&node).await;
    let (world, governance) = (&house.world, &house.governance);
    let now = world.client.block_timestamp().await.unwrap();
    let opens = now + governance.shortest().await.unwrap() + 1_000;
    // Somebody without a token runs it.
    let scientist = Wallet::random().address();
    let launch = Launch {
        researcher: scientist,
        enrol_by: opens + 1_000,
        settle_by: opens + 2_000,
        ..world.terms().await
    };
    let funding = world.escrow.funding(launch.budget).await.unwrap();
    let proposal = proposal(governance.launch_study(&launch, funding));
    assert!(governance.explain(&proposal.actions[1]).contains(&hex::encode(scientist)));
    let before = world.token.balance(&world.deployment.timelock).await.unwrap();
    house.win(&proposal).await;
    governance.execute(&dev_wallet(5), &proposal).await.unwrap();

    let timelock = world.deployment.timelock;
    let study = world.deployment.study_id(&timelock, &launch.plan_digest, &launch.salt);
    let shown = world.escrow.study(&study).await.unwrap().unwrap();
    assert_eq!((shown.funder, shown.researcher, shown.budget), (timelock, scientist, BUDGET));
    assert_eq!(world.token.balance(&timelock).await.unwrap(), before - funding);
    assert_eq!(world.token.allowance(&timelock, &world.deployment.escrow).await.unwrap(), 0);
    let owner = Wallet::random();
    world.escrow.enrol(&dev_wallet(1), &enrolment(world, study, &owner, [1; 32])).await.unwrap();
}

async fn what_has_not_won_or_not_waited_is_not_done(node: Node) {
    let house = House::new(&node).await;
    let (world, governance) = (&house.world, &house.governance);
    let proposal = proposal([governance.set_study_fee(1_000)]);
    let id = proposal.id();
    let (name, _) = refusal(governance.propose(&dev_wallet(6), &proposal).await);
    assert_eq!(name, "GovernorInsufficientProposerVotes");
    house.begin_voting(&proposal).await;
    let (name, _) = refusal(governance.queue(&world.researcher, &proposal).await);
    assert_eq!(name, "GovernorUnexpectedProposalState");
    governance.vote(&world.researcher, &id, Vote::Against).await.unwrap();
    let (name, _) = refusal(governance.vote(&world.researcher, &id, Vote::For).await);
    assert_eq!(name, "GovernorAlreadyCastVote");
    let held = world.token.balance(&world.researcher.address()).await.unwrap();
    assert_eq!(governance.tally(&id).await.unwrap(), Tally { in_favour: 0, against: held, abstaining: 0 });
    world.pass_time(u64::from(world.deployment.terms.voting_period_s) + 1).await;
    assert_eq!(governance.state(&id).await.unwrap(), ProposalState::Defeated);
    let (name, _) = refusal(governance.execute(&world.researcher, &proposal).await);
    assert_eq!(name, "GovernorUnexpectedProposalState");

    let won = Proposal { description: "again".into(), ..proposal };
    house.begin_voting(&won).await;
    governance.vote(&world.researcher, &won.id(), Vote::For).await.unwrap();
    world.pass_time(u64::from(world.deployment.terms.voting_period_s) + 1).await;
    governance.queue(&world.researcher, &won).await.unwrap();
    let timeline = governance.timeline(&won.id()).await.unwrap();
    assert!(timeline.snapshot < timeline.deadline && Some(timeline.deadline) < timeline.ready);
    let (name, _) = refusal(governance.execute(&world.researcher, &won).await);
    assert_eq!(name, "TimelockUnexpectedOperationState");
    assert_ne!(world.escrow.study_fee_bps().await.unwrap(), 1_000);
}

async fn a_proposal_changed_after_the_vote_is_another_one(node: Node) {
    let house = House::new(&node).await;
    let (world, governance) = (&house.world, &house.governance);
    let proposal = proposal([governance.spend(&Wallet::random().address(), 1)]);
    house.win(&proposal).await;
    let thief = Proposal {
        actions: vec![governance.spend(&dev_wallet(7).address(), 3 * BUDGET)],
        description: proposal.description.clone(),
    };
    assert_ne!(thief.id(), proposal.id());
    let (name, _) = refusal(governance.execute(&dev_wallet(7), &thief).await);
    assert_eq!(name, "GovernorNonexistentProposal");
    governance.execute(&world.researcher, &proposal).await.unwrap();
}
