//! Contracts come to their places once, whatever happens on the way; what is there is checked.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use ethers::{
    signers::{LocalWallet, Signer as _},
    types::{Eip1559TransactionRequest, U256, transaction::eip2718::TypedTransaction},
    utils::Anvil,
};
use serde_json::{Value, json};
use support::{
    Node, dev_wallet,
    proxy::{Verdict, between},
    refusal,
};
use tributary_contracts::{
    Address, ChainClient, ChainError, Deployment, Escrow, Step, Terms, Token, Wallet, Word, keccak256,
};
use tributary_devchain::{DEV_ACCOUNT_KEYS, Devchain};

on_both_chains!(
    deploying_twice_does_nothing_the_second_time,
    what_was_cut_off_anywhere_is_finished,
    somebody_else_can_finish_all_but_the_roles,
    two_at_once_end_with_the_same,
    the_governor_alone_rules_the_timelock,
    who_else_had_a_role_is_noticed,
    other_code_at_an_address_is_noticed,
    what_a_constructor_refuses_is_named,
);

const SEND: &str = "eth_sendRawTransaction";

async fn connect(node: &Node) -> ChainClient {
    ChainClient::connect(&node.url()).await.unwrap()
}

/// Terms of wallet 0, told apart by a number.
fn terms(salt: u8) -> Terms {
    Terms { salt: [salt; 32], ..Terms::new(dev_wallet(0).address()) }
}

async fn deploy(
    client: &ChainClient,
    wallet: &Wallet,
    terms: &Terms,
) -> (Result<Deployment, ChainError>, Vec<Step>) {
    let mut steps = Vec::new();
    let deployed = Deployment::deploy(client, wallet, terms, &mut |step| steps.push(step.clone())).await;
    (deployed, steps)
}

/// Transactions that a whole deployment takes where the proxy is there.
fn transactions() -> usize {
    Deployment::planned(1, &terms(0)).contracts().count() + 3
}

/// The lowest block that the steps mined anything in.
fn lowest(steps: &[Step]) -> u64 {
    let blocks = steps.iter().filter_map(|step| match step {
        Step::Created { receipt, .. } => Some(receipt.block),
        _ => None,
    });
    blocks.min().unwrap()
}

async fn deploying_twice_does_nothing_the_second_time(node: Node) {
    let (client, sent) = between(&node, |_, _, _| Verdict::Pass).await;
    let (first, steps) = deploy(&client, &dev_wallet(0), &terms(0)).await;
    let first = first.unwrap();
    assert_eq!(first, Deployment { block: first.block, ..Deployment::planned(31_337, &terms(0)) });
    assert_eq!(first.block, lowest(&steps));
    assert_eq!((sent.load(Ordering::SeqCst), steps.len()), (transactions(), transactions()));
    assert!(matches!(steps.last(), Some(Step::Renounced(_))), "{steps:?}");

    let (second, steps) = deploy(&client, &dev_wallet(0), &terms(0)).await;
    assert_eq!(second.unwrap(), first);
    assert_eq!(sent.load(Ordering::SeqCst), transactions());
    let stand: Vec<_> = steps
        .iter()
        .map(|step| match step {
            Step::Stands { contract, address } => (*contract, *address),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(first.contracts().eq(stand));
    // The contracts can be used.
    let token = Token::new(client.clone(), &first).unwrap();
    assert_eq!(token.balance(&dev_wallet(0).address()).await.unwrap(), first.terms.supply);
    assert_eq!(Escrow::new(client, first).unwrap().max_owners().await.unwrap(), 1024);
}

async fn what_was_cut_off_anywhere_is_finished(node: Node) {
    let direct = connect(&node).await;
    for (kind, lose) in [(0, (|| Verdict::LoseRequest) as fn() -> Verdict), (100, || Verdict::LoseAnswer)] {
        for at in 1..=transactions() {
            let terms = terms(kind + u8::try_from(at).unwrap());
            // From its `at`-th transaction on, the connection is gone.
            let cut = Arc::new(AtomicBool::new(false));
            let judge = move |method: &str, _: &Value, sent: usize| {
                if method == SEND && sent == at {
                    cut.store(true, Ordering::SeqCst);
                    return lose();
                }
                if cut.load(Ordering::SeqCst) { Verdict::Refuse("gone") } else { Verdict::Pass }
            };
            let (broken, _) = between(&node, judge).await;
            let before = direct.block_number().await.unwrap();
            let (outcome, _) = deploy(&broken, &dev_wallet(0), &terms).await;
            assert!(outcome.is_err(), "cut off at {at}");

            let (sending, sent) = between(&node, |_, _, _| Verdict::Pass).await;
            let (outcome, _) = deploy(&sending, &dev_wallet(0), &terms).await;
            let deployment = outcome.unwrap();
            let done = if kind == 0 { at - 1 } else { at };
            assert_eq!(sent.load(Ordering::SeqCst), transactions() - done, "nothing twice, cut off at {at}");
            assert_eq!(deployment.block, before + 1, "the timelock's, which is first");
            deployment.check(&direct).await.unwrap();
        }
    }
}

async fn somebody_else_can_finish_all_but_the_roles(node: Node) {
    let direct = connect(&node).await;
    let judge = |method: &str, _: &Value, sent: usize| {
        if method == SEND && sent > 2 { Verdict::LoseRequest } else { Verdict::Pass }
    };
    let (broken, _) = between(&node, judge).await;
    deploy(&broken, &dev_wallet(0), &terms(0)).await.0.unwrap_err();
    let (outcome, steps) = deploy(&direct, &dev_wallet(1), &terms(0)).await;
    let (deployer, wallet) = (dev_wallet(0).address(), dev_wallet(1).address());
    let error = outcome.unwrap_err();
    assert!(
        matches!(error, ChainError::NotDeployer { deployer: d, wallet: w } if (d, w) == (deployer, wallet)),
        "{error}"
    );
    assert_eq!(steps.len(), transactions() - 3, "the contracts are there");
    deploy(&direct, &dev_wallet(0), &terms(0)).await.0.unwrap();
    // Nothing is left to do: now anybody's wallet will do.
    deploy(&direct, &dev_wallet(1), &terms(0)).await.0.unwrap();
}

async fn two_at_once_end_with_the_same(node: Node) {
    let client = connect(&node).await;
    let (one, two) = (dev_wallet(0), dev_wallet(0));
    let terms = terms(0);
    let (a, b) = tokio::join!(deploy(&client, &one, &terms), deploy(&client, &two, &terms));
    // One of them may find its own step done by the other and stop; a third run has nothing to add.
    assert!(a.0.is_ok() || b.0.is_ok(), "{:?} {:?}", a.0, b.0);
    let third = deploy(&client, &one, &terms).await;
    assert!(third.1.iter().all(|step| matches!(step, Step::Stands { .. })), "{:?}", third.1);
    for (outcome, _) in [a, b] {
        if let Ok(deployment) = outcome {
            assert_eq!(&deployment, third.0.as_ref().unwrap());
        }
    }
}

fn role(name: &str) -> Word {
    if name == "DEFAULT_ADMIN_ROLE" { [0; 32] } else { keccak256(name.as_bytes()) }
}

/// `hasRole(bytes32,address)`.
async fn has_role(client: &ChainClient, timelock: &Address, name: &str, account: &Address) -> bool {
    let data = [&keccak256(b"hasRole(bytes32,address)")[..4], &role(name), &[0; 12], account].concat();
    let call = json!([{ "to": hex(timelock), "data": hex(&data) }, "latest"]);
    client.rpc("eth_call", call).await.unwrap() == hex(&[&[0; 31][..], &[1]].concat())
}

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

async fn the_governor_alone_rules_the_timelock(node: Node) {
    let client = connect(&node).await;
    let deployment = deploy(&client, &dev_wallet(0), &terms(0)).await.0.unwrap();
    let deployer = dev_wallet(0).address();
    let Deployment { timelock, governor, .. } = deployment;
    let nobody = [0; 20];
    for (name, account, expected) in [
        ("PROPOSER_ROLE", governor, true),
        ("CANCELLER_ROLE", governor, true),
        ("DEFAULT_ADMIN_ROLE", governor, false),
        ("DEFAULT_ADMIN_ROLE", timelock, true),
        ("EXECUTOR_ROLE", nobody, true),
        ("PROPOSER_ROLE", nobody, false),
        ("PROPOSER_ROLE", deployer, false),
        ("CANCELLER_ROLE", deployer, false),
        ("DEFAULT_ADMIN_ROLE", deployer, false),
    ] {
        assert_eq!(has_role(&client, &timelock, name, &account).await, expected, "{name}");
    }
}

/// Sends `name(bytes32 role, address)` to the timelock, as dev account 0.
async fn as_admin(client: &ChainClient, timelock: &Address, name: &str, role: Word, account: &Address) {
    let key: LocalWallet = DEV_ACCOUNT_KEYS[0].parse().unwrap();
    let key = key.with_chain_id(client.chain_id());
    let selector = keccak256(format!("{name}(bytes32,address)").as_bytes());
    let data = [&selector[..4], &role, &[0; 12], account].concat();
    let block = json!([hex(key.address().as_bytes()), "pending"]);
    let nonce = client.rpc("eth_getTransactionCount", block).await.unwrap();
    let tx: TypedTransaction = Eip1559TransactionRequest::new()
        .to(ethers::types::Address::from(*timelock))
        .data(data)
        .nonce(nonce.as_str().unwrap().parse::<U256>().unwrap())
        .chain_id(client.chain_id())
        .gas(200_000u64)
        .max_fee_per_gas(10_000_000_000u64)
        .max_priority_fee_per_gas(1_000_000_000u64)
        .into();
    let signature = key.sign_transaction_sync(&tx).unwrap();
    let hash = client.rpc(SEND, json!([hex(&tx.rlp_signed(&signature))])).await.unwrap();
    let hash: Word = hex::decode(&hash.as_str().unwrap()[2..]).unwrap().try_into().unwrap();
    while client.receipt(&hash).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
}

async fn who_else_had_a_role_is_noticed(node: Node) {
    let (direct, stranger) =
        (connect(&node).await, [0xbad0_u16.to_be_bytes(); 10].concat().try_into().unwrap());
    let cases = [("PROPOSER_ROLE", false), ("CANCELLER_ROLE", true), ("DEFAULT_ADMIN_ROLE", true)];
    for (salt, (name, gives_up)) in (0..).zip(cases) {
        // All but the last step, by which the deployer loses its power.
        let judge = |method: &str, _: &Value, sent: usize| {
            if method == SEND && sent == transactions() { Verdict::LoseRequest } else { Verdict::Pass }
        };
        let (broken, _) = between(&node, judge).await;
        deploy(&broken, &dev_wallet(0), &terms(salt)).await.0.unwrap_err();
        let timelock = Deployment::planned(31_337, &terms(salt)).timelock;
        as_admin(&direct, &timelock, "grantRole", role(name), &stranger).await;
        assert!(has_role(&direct, &timelock, name, &stranger).await);
        // It may have used the role before it was taken from it.
        if gives_up {
            as_admin(&direct, &timelock, "revokeRole", role(name), &stranger).await;
        }
        assert_eq!(has_role(&direct, &timelock, name, &stranger).await, !gives_up);
        let error = deploy(&direct, &dev_wallet(0), &terms(salt)).await.0.unwrap_err();
        let says = format!("gave {name} to {}", hex(&stranger));
        assert!(matches!(&error, ChainError::NoContract { contract: "TributaryTimelock", .. }), "{error}");
        assert!(error.to_string().contains(&says), "{error}");
    }
    // A node that keeps the timelock's first logs to itself hides who got a role then.
    let silent = |method: &str, params: &Value, _: usize| {
        let timelock = Deployment::planned(31_337, &terms(9)).timelock;
        if method == "eth_getLogs" && params[0]["address"] == hex(&timelock) {
            return Verdict::Result(json!([]));
        }
        Verdict::Pass
    };
    let (silent, _) = between(&node, silent).await;
    let error = deploy(&silent, &dev_wallet(0), &terms(9)).await.0.unwrap_err();
    assert!(error.to_string().contains("nothing of its creation"), "{error}");
    // One that shows a few blocks at a time is asked more often.
    let strict = |method: &str, params: &Value, _: usize| {
        let number = |name: &str| {
            let text = params[0][name].as_str().and_then(|text| text.strip_prefix("0x"));
            text.map_or(u64::MAX, |digits| u64::from_str_radix(digits, 16).unwrap())
        };
        let timelock = Deployment::planned(31_337, &terms(9)).timelock;
        let ours = method == "eth_getLogs" && params[0]["address"] == hex(&timelock);
        if ours && number("toBlock") - number("fromBlock") > 150 {
            return Verdict::Refuse("range too large");
        }
        Verdict::Pass
    };
    for _ in 0..200 {
        direct.rpc("evm_mine", json!([])).await.unwrap();
    }
    let (strict, _) = between(&node, strict).await;
    deploy(&strict, &dev_wallet(0), &terms(9)).await.0.unwrap();
}

async fn other_code_at_an_address_is_noticed(node: Node) {
    let client = connect(&node).await;
    let deployment = deploy(&client, &dev_wallet(0), &terms(0)).await.0.unwrap();
    for (name, address) in deployment.contracts() {
        let code = client.rpc("eth_getCode", json!([hex(&address), "latest"])).await.unwrap();
        let code = code.as_str().unwrap().to_owned();
        let changed = if code.ends_with('0') { "1" } else { "0" };
        let changed = format!("{}{changed}", &code[..code.len() - 1]);
        for (shown, says) in [
            (changed.as_str(), "its code is not that of version 1"),
            ("0x", "there is no code"),
            ("0x00", "its code"),
        ] {
            let shown = json!(shown);
            let lies = move |method: &str, params: &Value, _| {
                if method == "eth_getCode" && params[0] == hex(&address) {
                    return Verdict::Result(shown.clone());
                }
                Verdict::Pass
            };
            let (lying, _) = between(&node, lies).await;
            let error = deployment.check(&lying).await.unwrap_err();
            assert!(
                matches!(&error, ChainError::NoContract { contract, .. } if *contract == name),
                "{name}: {error}"
            );
            assert!(error.to_string().contains(says), "{name}: {error}");
        }
    }
}

async fn what_a_constructor_refuses_is_named(node: Node) {
    let client = connect(&node).await;
    let wallet = dev_wallet(0);
    let supply = Terms { supply: 0, ..terms(0) };
    assert_eq!(refusal(deploy(&client, &wallet, &supply).await.0).0, "TributaryToken_SupplyZero");
    let quorum = Terms { quorum_percent: 0, ..terms(0) };
    assert_eq!(refusal(deploy(&client, &wallet, &quorum).await.0).0, "TributaryGovernor_QuorumZero");
    let delay = Terms { voting_delay_s: 0, ..terms(0) };
    assert_eq!(refusal(deploy(&client, &wallet, &delay).await.0).0, "TributaryGovernor_VotingDelayZero");
}

async fn brings_the_proxy(node: Node) {
    let client = connect(&node).await;
    let (deployment, steps) = deploy(&client, &dev_wallet(0), &terms(0)).await;
    assert!(matches!(steps[0], Step::ProxyCreated(_)), "{steps:?}");
    assert_eq!(steps.len(), transactions() + 1);
    assert!(deployment.unwrap().contracts().eq(Deployment::planned(1, &terms(0)).contracts()));
}

async fn without_proxy() -> Node {
    Node::Embedded(Devchain::builder().create2_proxy(false).spawn().await.unwrap())
}

#[tokio::test]
async fn a_chain_without_the_proxy_gets_it() {
    brings_the_proxy(without_proxy().await).await;
    let Some(path) = std::env::var_os("TRIBUTARY_ANVIL") else { return };
    let anvil = Anvil::at(std::path::PathBuf::from(path)).arg("--disable-default-create2-deployer");
    brings_the_proxy(Node::Anvil(anvil.spawn())).await;
}

#[tokio::test]
async fn a_node_that_refuses_unprotected_transactions_is_named() {
    let node = without_proxy().await;
    // In geth's words.
    let judge = |method: &str, params: &Value, _: usize| {
        let unprotected = params[0].as_str().is_some_and(|raw| raw.starts_with("0xf8a58085174876e800"));
        if method == SEND && unprotected {
            return Verdict::Refuse("only replay-protected (EIP-155) transactions allowed over RPC");
        }
        Verdict::Pass
    };
    let (strict, _) = between(&node, judge).await;
    let error = deploy(&strict, &dev_wallet(0), &terms(0)).await.0.unwrap_err();
    assert!(matches!(error, ChainError::NoProxy { .. }), "{error}");
    assert!(error.to_string().contains("--rpc.allow-unprotected-txs"), "{error}");
    // The creator has its ether by now, and does not get it twice.
    let (direct, sent) = between(&node, |_, _, _| Verdict::Pass).await;
    deploy(&direct, &dev_wallet(0), &terms(0)).await.0.unwrap();
    assert_eq!(sent.load(Ordering::SeqCst), transactions() + 1);
}

#[tokio::test]
async fn other_code_in_the_proxys_place_is_noticed() {
    let node = Node::embedded().await;
    let judge = |method: &str, params: &Value, _: usize| {
        if method == "eth_getCode" && params[0] == "0x4e59b44847b379578588920ca78fbf26c0b4956c" {
            return Verdict::Result(json!("0x6001"));
        }
        Verdict::Pass
    };
    let (lying, sent) = between(&node, judge).await;
    let error = deploy(&lying, &dev_wallet(0), &terms(0)).await.0.unwrap_err();
    assert!(error.to_string().contains("deterministic deployment proxy"), "{error}");
    assert_eq!(sent.load(Ordering::SeqCst), 0);
}
