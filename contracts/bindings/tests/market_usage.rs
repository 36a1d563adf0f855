//! Usage receipts: batches that are anchored without gaps, and proofs that hold for one receipt.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

#[macro_use]
mod support;

use support::{Node, World, dev_wallet, refusal};
use tributary_contracts::{
    Wallet, Word, keccak256,
    market::usage::{MAX_BATCH, ReceiptTree, Usage, UsageBatch, UsageReceipt, anchor_digest, verify_receipt},
};

on_both_chains!(
    receipts_are_anchored_in_batches_and_each_is_proved,
    a_log_has_no_gap_and_nothing_is_replaced,
);

const STREAM: Word = [0x57; 32];

fn receipt(publisher: &Wallet, sequence: u64) -> UsageReceipt {
    let digest = keccak256(&sequence.to_be_bytes());
    UsageReceipt { publisher: publisher.address(), stream: STREAM, sequence, digest }
}

/// The tree over a publisher's receipts `from` to `to - 1`.
fn tree(publisher: &Wallet, from: u64, to: u64) -> ReceiptTree {
    let digests: Vec<Word> = (from..to).map(|sequence| receipt(publisher, sequence).digest).collect();
    ReceiptTree::new(&publisher.address(), &STREAM, from, &digests).unwrap()
}

async fn receipts_are_anchored_in_batches_and_each_is_proved(node: Node) {
    let world = World::new(&node).await;
    let usage = Usage::new(world.client.clone(), &world.deployment).unwrap();
    assert_eq!(usage.max_batch().await.unwrap(), MAX_BATCH as u64);
    let publisher = dev_wallet(2);
    let at = publisher.address();
    let (first, second) = (tree(&publisher, 0, 5), tree(&publisher, 5, 8));
    usage.anchor(&publisher, &first.batch()).await.unwrap();
    assert_eq!((usage.next(&at, &STREAM).await.unwrap(), usage.batches(&at, &STREAM).await.unwrap()), (5, 1));

    // Somebody else sends the second one.
    let digest = anchor_digest(&usage.domain(), &at, &second.batch());
    assert_eq!(usage.anchor_digest(&at, &second.batch()).await.unwrap(), digest);
    let (signature, relay) = (publisher.sign_digest(&digest), dev_wallet(3));
    let other_root = UsageBatch { root: [1; 32], ..second.batch() };
    let (name, _) = refusal(usage.anchor_for(&relay, &at, &other_root, &signature).await);
    assert_eq!(name, "UsageAnchor_SignatureInvalid");
    usage.anchor_for(&relay, &at, &second.batch(), &signature).await.unwrap();
    assert_eq!((usage.next(&at, &STREAM).await.unwrap(), usage.batches(&at, &STREAM).await.unwrap()), (8, 2));
    let (shown, anchored_at) = usage.batch(&at, &STREAM, 1).await.unwrap();
    assert_eq!((shown, anchored_at), (second.batch(), world.client.block_timestamp().await.unwrap()));

    for sequence in 0..8 {
        let (batch, tree) = if sequence < 5 { (0, &first) } else { (1, &second) };
        let (receipt, proof) = (receipt(&publisher, sequence), tree.proof(sequence).unwrap());
        assert_eq!(usage.leaf(&receipt).await.unwrap(), receipt.leaf());
        assert_eq!(usage.batch_of(&at, &STREAM, sequence).await.unwrap(), batch);
        assert!(usage.verify(&receipt, &proof).await.unwrap(), "receipt {sequence}");
        assert!(verify_receipt(&tree.batch().root, &receipt, &proof));
        let forged = UsageReceipt { digest: [9; 32], ..receipt };
        assert!(!usage.verify(&forged, &proof).await.unwrap(), "receipt {sequence}");
    }
    // A receipt's proof is none of another number of the same batch, or of another batch.
    let proof = second.proof(6).unwrap();
    for sequence in [4, 5, 7] {
        let moved = UsageReceipt { sequence, ..receipt(&publisher, 6) };
        assert!(!usage.verify(&moved, &proof).await.unwrap(), "as {sequence}");
    }
}

async fn a_log_has_no_gap_and_nothing_is_replaced(node: Node) {
    let world = World::new(&node).await;
    let usage = Usage::new(world.client.clone(), &world.deployment).unwrap();
    let publisher = dev_wallet(2);
    usage.anchor(&publisher, &tree(&publisher, 0, 5).batch()).await.unwrap();
    for from in [6, 4, 0] {
        let batch = tree(&publisher, from, 8).batch();
        let (name, gap) = refusal(usage.anchor(&publisher, &batch).await);
        assert_eq!(name, "UsageAnchor_NotContiguous");
        assert_eq!((gap.value("fromSeq"), gap.value("expected")), (Some(&*from.to_string()), Some("5")));
    }
    let batch = tree(&publisher, 5, 6).batch();
    let (name, _) = refusal(usage.anchor(&publisher, &UsageBatch { root: [0; 32], ..batch }).await);
    assert_eq!(name, "UsageAnchor_RootZero");
    let (name, count) = refusal(usage.anchor(&publisher, &UsageBatch { count: 0, ..batch }).await);
    assert_eq!((&*name, count.value("max")), ("UsageAnchor_CountInvalid", Some("1048576")));

    let (name, ahead) = refusal(usage.verify(&receipt(&publisher, 5), &[]).await);
    assert_eq!((&*name, ahead.value("next")), ("UsageAnchor_NotAnchored", Some("5")));
    let at = publisher.address();
    assert_eq!(refusal(usage.batch_of(&at, &STREAM, 5).await).0, "UsageAnchor_NotAnchored");
    assert_eq!(refusal(usage.batch(&at, &STREAM, 1).await).0, "UsageAnchor_BatchUnknown");
    // Another publisher's stream of the same name is another one.
    assert_eq!(usage.next(&dev_wallet(3).address(), &STREAM).await.unwrap(), 0);
}
