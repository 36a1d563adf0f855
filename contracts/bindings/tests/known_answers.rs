//! Digests, trees and encodings against answers that another program gave: `aggregation/tests/vectors/make.py`.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

use serde_json::Value;
use tributary_contracts::merkle::{self, ModelLeaf, PayoutTree, allow_list};
use tributary_contracts::typed_data::{self, Domain};
use tributary_contracts::{Address, Settlement, Wallet, Word, bls, keccak256};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../aggregation/tests/vectors/settlement.json")).unwrap()
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    let digits = value.as_str().unwrap().strip_prefix("0x").unwrap();
    hex::decode(digits).unwrap().try_into().unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn amount(value: &Value) -> u128 {
    value.as_str().unwrap().parse().unwrap()
}

fn proof(entry: &Value) -> Vec<Word> {
    entry["proof"].as_array().unwrap().iter().map(bytes).collect()
}

#[test]
fn typed_data_digests() {
    let v = vectors();
    let domain = Domain { chain_id: number(&v["chain_id"]), escrow: bytes(&v["escrow"]) };
    let (study, owner, plan, identity) =
        (bytes(&v["study"]), bytes(&v["owner"]), bytes(&v["plan_digest"]), bytes(&v["identity"]));
    let (sequence, epoch) = (number(&v["sequence"]), number(&v["epoch"]));
    let key: [u8; 128] = bytes(&v["public_key_eip2537"]);
    let settlement = Settlement {
        study,
        epoch,
        round: number(&v["round"]),
        context: bytes(&v["context"]),
        sums: bytes(&v["sums"]),
        scores: bytes(&v["scores"]),
        model: bytes(&v["model"]),
        transcript: bytes(&v["transcript"]),
        payouts_root: bytes(&v["payouts_root"]),
        cumulative_payout: amount(&v["cumulative_payout"]),
    };
    let session =
        typed_data::session_digest(&domain, &owner, &bytes(&v["challenge"]), number(&v["expires_at"]));
    for (name, digest) in [
        ("enrol", typed_data::enrol_digest(&domain, &study, &owner, &plan, &identity, sequence)),
        ("leave", typed_data::leave_digest(&domain, &study, &owner, sequence)),
        ("remove", typed_data::remove_digest(&domain, &study, &owner, sequence)),
        ("committee_key", typed_data::committee_key_digest(&domain, &study, epoch, &keccak256(&key))),
        ("settlement", typed_data::settlement_digest(&domain, &settlement)),
        ("mls_identity", typed_data::mls_identity_digest(&domain, &owner, &bytes::<32>(&v["mls_key"]))),
        ("session", session),
    ] {
        assert_eq!(digest, bytes(&v["digests"][name]), "{name}");
    }
}

#[test]
fn a_wallets_signature_is_the_one_of_another_wallet_with_that_key() {
    let v = &vectors()["signature"];
    let digest = bytes(&v["digest"]);
    let wallet = Wallet::from_bytes(&bytes(&v["secret"])).unwrap();
    assert_eq!(wallet.address(), bytes(&v["account"]));
    // Both draw their nonce as RFC 6979 says.
    assert_eq!(wallet.sign_digest(&digest), bytes(&v["bytes"]));
    assert_eq!(typed_data::recover(&digest, &bytes(&v["bytes"])), Ok(wallet.address()));
}

#[test]
fn payout_trees_and_allow_lists() {
    let v = vectors();
    let entries = v["payouts"].as_array().unwrap();
    let payouts: Vec<(Address, u128)> =
        entries.iter().map(|entry| (bytes(&entry["owner"]), amount(&entry["amount"]))).collect();
    let model =
        ModelLeaf { study: bytes(&v["study"]), model: bytes(&v["model"]), round: number(&v["round"]) };
    let tree = PayoutTree::new(&payouts, model).unwrap();
    let proven: Vec<Word> = v["model_proof"].as_array().unwrap().iter().map(bytes).collect();
    assert_eq!(tree.model_proof(), proven);
    assert!(merkle::verify_model(&tree.root(), &model, &proven));
    assert_eq!((tree.root(), tree.total()), (bytes(&v["payouts_root"]), amount(&v["cumulative_payout"])));
    for ((owner, due), entry) in payouts.iter().zip(entries) {
        assert_eq!(tree.proof(owner), Some(proof(entry)));
        assert!(merkle::verify(&tree.root(), owner, *due, &proof(entry)));
    }
    let allowed = v["allowed"].as_array().unwrap();
    let addresses: Vec<Address> = allowed.iter().map(|entry| bytes(&entry["owner"])).collect();
    let list = allow_list(&addresses).unwrap();
    assert_eq!(list.root(), bytes(&v["allowed_root"]));
    for (address, entry) in addresses.iter().zip(allowed) {
        assert_eq!(list.proof(address), Some(proof(entry)));
    }
}

#[test]
fn the_committees_key_as_the_precompiles_take_it() {
    let key: [u8; 128] = bytes(&vectors()["public_key_eip2537"]);
    let compressed = bls::key_from_eip2537(&key).unwrap();
    assert_eq!(bls::key_to_eip2537(&compressed), Ok(key));
}
