//! Sending: once, from one wallet in many hands, and what is said where it can't be done.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{BUDGET, FEE, Node, Running, World, dev_wallet, enrolment, refusal, registration};
use tributary_contracts::{
    Chain, ChainClient, ChainError, Deployment, Escrow, Outcome, Settlement, Terms, Token, Wallet,
};

on_both_chains!(
    what_is_there_already_is_not_sent_again,
    tasks_share_a_wallet,
    a_lack_of_tokens_is_named,
    wrong_chains_and_contracts_are_named,
);

async fn what_is_there_already_is_not_sent_again(node: Node) {
    let running = Running::new(&node).await;
    let relay = &running.world.relay;
    let owner = &running.owners[0];
    let enrolled = enrolment(&running.world, running.study, owner, [1; 32]);
    assert_eq!(relay.ensure_enrolled(&enrolled).await.unwrap(), Outcome::Already);
    let other = enrolment(&running.world, running.study, owner, [2; 32]);
    assert!(matches!(relay.ensure_enrolled(&other).await, Err(ChainError::Conflict { .. })));
    let late = enrolment(&running.world, running.study, &Wallet::random(), [2; 32]);
    assert_eq!(refusal(relay.ensure_enrolled(&late).await).0, "StudyEscrow_LateEnrolmentExcluded");

    let registered = registration(&running, 1, running.key, 3);
    assert_eq!(relay.ensure_registered(&registered).await.unwrap(), Outcome::Already);
    let other = registration(&running, 1, [0; 128], 3);
    assert!(matches!(relay.ensure_registered(&other).await, Err(ChainError::Conflict { .. })));

    let settlement = running.settlement(2);
    let signature = running.sign(&settlement, &[1, 2, 3]);
    let first = relay.ensure_settled(&settlement, &signature, &running.key).await.unwrap();
    assert!(matches!(first, Outcome::Sent(_)), "{first:?}");
    let again = relay.ensure_settled(&settlement, &signature, &running.key).await.unwrap();
    assert_eq!(again, Outcome::Already);
    let other = Settlement { scores: [0; 32], ..settlement };
    assert!(matches!(
        relay.ensure_settled(&other, &signature, &running.key).await,
        Err(ChainError::Conflict { .. })
    ));
    let passed = running.settlement(1);
    assert!(matches!(
        relay.ensure_settled(&passed, &signature, &running.key).await,
        Err(ChainError::Conflict { .. })
    ));

    // Two relays at once, with different accounts: one sends, the other finds it done.
    let claim = running.claim(1, 2);
    let second = tributary_contracts::Relay::new(relay.escrow().clone(), dev_wallet(5));
    let (a, b) = tokio::join!(relay.ensure_claimed(&claim), second.ensure_claimed(&claim));
    let sent = [a, b].into_iter().filter(|outcome| matches!(outcome, Ok(Outcome::Sent(_)))).count();
    assert_eq!(sent, 1);
    assert_eq!(relay.ensure_claimed(&claim).await.unwrap(), Outcome::Already);
    assert_eq!(running.world.token.balance(&running.owners[1].address()).await.unwrap(), 4_000);
}

async fn tasks_share_a_wallet(node: Node) {
    let world = World::new(&node).await;
    let to = Wallet::random().address();
    let tasks: Vec<_> = (1..=12u128)
        .map(|amount| {
            let (token, wallet) = (world.token.clone(), world.researcher.clone());
            tokio::spawn(async move { token.transfer(&wallet, &to, amount).await.unwrap() })
        })
        .collect();
    let mut blocks = std::collections::BTreeSet::new();
    for task in tasks {
        blocks.insert(task.await.unwrap().tx_hash);
    }
    assert_eq!(blocks.len(), 12);
    assert_eq!(world.token.balance(&to).await.unwrap(), 78);
    // Two wallets on one key know nothing of each other, as two processes would not.
    let (one, two) = (dev_wallet(0), dev_wallet(0));
    let (a, b) = tokio::join!(world.token.transfer(&one, &to, 1), world.token.transfer(&two, &to, 1));
    assert_ne!(a.unwrap().tx_hash, b.unwrap().tx_hash);
    assert_eq!(world.token.balance(&to).await.unwrap(), 80);
}

async fn a_lack_of_tokens_is_named(node: Node) {
    let world = World::new(&node).await;
    let (name, revert) = refusal(world.escrow.launch(&world.researcher, &world.terms().await).await);
    assert_eq!(name, "ERC20InsufficientAllowance");
    assert_eq!(revert.value("needed"), Some(&*(BUDGET + FEE).to_string()));
    let poor = dev_wallet(3);
    let (name, revert) = refusal(world.token.transfer(&poor, &[1; 20], 5).await);
    assert_eq!((&*name, revert.value("balance")), ("ERC20InsufficientBalance", Some("0")));
    assert_eq!(refusal(world.token.mint(&poor, &[1; 20], 5).await).0, "OwnableUnauthorizedAccount");
    // No ether to pay gas with is the node's refusal, in its words.
    let broke = world.token.approve(&Wallet::random(), &[1; 20], 5).await.unwrap_err();
    assert!(broke.to_string().to_lowercase().contains("insufficient funds"), "{broke}");
    // Ether helps.
    let new = Wallet::random();
    world.client.send_ether(&world.researcher, &new.address(), 1_000_000_000_000_000_000).await.unwrap();
    world.token.approve(&new, &[1; 20], 5).await.unwrap();
    assert_eq!(world.token.allowance(&new.address(), &[1; 20]).await.unwrap(), 5);
    assert!(world.client.ether(&new.address()).await.unwrap() < 1_000_000_000_000_000_000);
    assert_eq!(world.token.total_supply().await.unwrap(), 10 * BUDGET);
}

async fn wrong_chains_and_contracts_are_named(node: Node) {
    let world = World::new(&node).await;
    let elsewhere = Deployment { chain_id: 1, ..world.deployment.clone() };
    let error = Escrow::new(world.client.clone(), elsewhere.clone()).unwrap_err();
    assert!(
        error.to_string().starts_with("this node serves chain 31337, the deployment is for chain 1;"),
        "{error}"
    );
    assert!(Token::new(world.client.clone(), &elsewhere).is_err());
    assert!(matches!(
        elsewhere.check(&world.client).await,
        Err(ChainError::WrongChain { node: 31_337, expected: 1 })
    ));

    let nowhere = Deployment { escrow: [7; 20], ..world.deployment.clone() };
    let error = nowhere.check(&world.client).await.unwrap_err();
    assert!(matches!(error, ChainError::NoContract { contract: "StudyEscrow", .. }), "{error}");
    let swapped = Deployment { token: [7; 20], ..world.deployment.clone() };
    assert!(matches!(swapped.check(&world.client).await, Err(ChainError::NoContract { .. })));
    let terms = Terms { salt: [1; 32], ..world.deployment.terms.clone() };
    let other = Deployment::deploy(&world.client, &world.researcher, &terms, &mut |_| {}).await.unwrap();
    let mixed = Deployment { escrow: other.escrow, ..world.deployment.clone() };
    assert!(matches!(mixed.check(&world.client).await, Err(ChainError::NoContract { .. })));
    let claimed = Deployment { terms, ..world.deployment.clone() };
    let error = claimed.check(&world.client).await.unwrap_err();
    assert!(error.to_string().contains("with this version and these terms it would be at 0x"), "{error}");

    // Nobody there: a port that is taken, and on which nobody listens.
    let silent = tokio::net::TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = silent.local_addr().unwrap().port();
    let error = ChainClient::connect(&format!("http://127.0.0.1:{port}")).await.unwrap_err();
    assert!(matches!(error, ChainError::Unreachable { attempts: 5, .. }), "{error}");
}
