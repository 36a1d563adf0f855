//! What a vault and the MLS storage hold is gone from memory when they are: also from what was freed. The library's own
//! types see to that; this program has no allocator that would do it for them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;

use argon2::{Algorithm, Argon2, Params, Version};
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::OpenMlsProvider as _;
use openmls_traits::storage::{CURRENT_VERSION, Key, StorageProvider as _, traits};
use openmls_traits::types::SignatureScheme;
use serde::Serialize;
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_client::session::Provider;
use tributary_client::vault::{Genesis, KeysRecord, Record, Secret, Vault, Witnesses};
use zeroize::Zeroizing;

#[path = "../../aggregation/tests/support/memory.rs"]
mod memory;

use memory::{Planted, left_behind};

fn fresh() -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).unwrap();
    bytes
}

/// A secret for a record, of which note is taken.
fn plant(planted: &mut Vec<Planted>, what: &'static str) -> Secret {
    let bytes = fresh();
    planted.push(Planted::new(what, &*bytes));
    Secret::new(bytes.to_vec())
}

#[test]
fn a_vault_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("study/vault.bin");
    fs::create_dir(dir.path().join("study")).unwrap();
    let witnesses = Witnesses { directory: dir.path().join("state"), vault_is_newest: false };
    let found = left_behind(|| {
        let mut planted = Vec::new();
        let password = Zeroizing::new(format!("{:?}", *fresh()));
        planted.push(Planted::new("password", password.as_bytes()));
        let keys = KeysRecord {
            owner: OwnerId([1; 20]),
            mls: plant(&mut planted, "MLS key"),
            mask: plant(&mut planted, "mask key"),
            seal: plant(&mut planted, "seal key"),
            wallet_signature: vec![6; 65],
        };
        let mut record = Record::new(StudyId([7; 32]), keys);
        // Longer than what a decoder reserves at once.
        let holdout: Zeroizing<Vec<u8>> = Zeroizing::new([*fresh(), *fresh()].concat().repeat(40_000));
        planted.push(Planted::new("holdout", &holdout[..64]));
        record.genesis = Some(Genesis {
            model_seed: plant(&mut planted, "model seed"),
            holdout_salt: plant(&mut planted, "holdout's salt"),
            holdout: Secret::new(holdout.to_vec()),
        });
        record.mls =
            (0..100u8).map(|key| (Secret::new(vec![key]), plant(&mut planted, "MLS entry"))).collect();
        let mut vault = Vault::create(&path, &password, record, &witnesses).unwrap();
        vault.record.mls[3].1 = plant(&mut planted, "MLS entry");
        vault.record.mls.truncate(90);
        vault.save().unwrap();
        drop(vault);

        let vault = Vault::open(&path, &password, &witnesses).unwrap();
        assert_eq!(vault.record.mls.len(), 90);
        drop(vault);
        let file = fs::read(&path).unwrap();
        let (mut key, mut memory) = (Zeroizing::new([0; 32]), Zeroizing::new(Vec::new()));
        let params = Params::new(64 * 1024, 3, 4, Some(32)).unwrap();
        memory.resize(params.block_count(), argon2::Block::default());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                password.as_bytes(),
                &file[17..33],
                &mut *key,
                memory.as_mut_slice(),
            )
            .unwrap();
        planted.push(Planted::new("vault key", &*key));
        planted
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[derive(Serialize)]
struct PublicKey(u8);
impl Key<CURRENT_VERSION> for PublicKey {}
impl traits::SignaturePublicKey<CURRENT_VERSION> for PublicKey {}

#[test]
fn what_the_mls_storage_replaces_or_deletes_is_gone_while_it_lives() {
    let mut storage_lives = None;
    let found = left_behind(|| {
        let mut planted = Vec::new();
        let provider = Provider::default();
        let storage = provider.storage();
        let write = |key: u8, secret: Zeroizing<[u8; 32]>| {
            let pair = SignatureKeyPair::from_raw(SignatureScheme::ED25519, secret.to_vec(), vec![key; 32]);
            storage.write_signature_key_pair(&PublicKey(key), &pair).unwrap();
        };
        for key in 0..30 {
            let (replaced, deleted) = (fresh(), fresh());
            planted.push(Planted::new("replaced", &*replaced));
            planted.push(Planted::new("deleted", &*deleted));
            write(key, replaced);
            write(key, deleted);
            let read: Option<SignatureKeyPair> = storage.signature_key_pair(&PublicKey(key)).unwrap();
            assert!(read.is_some());
        }
        let again = Provider::with_entries(&provider.entries());
        for key in 0..30 {
            storage.delete_signature_key_pair(&PublicKey(key)).unwrap();
            again.storage().delete_signature_key_pair(&PublicKey(key)).unwrap();
        }
        write(99, fresh());
        storage_lives = Some((provider, again));
        planted
    });
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(storage_lives.unwrap().0.entries().len(), 1);
}
