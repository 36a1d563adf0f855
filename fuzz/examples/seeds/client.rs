//! What the client keeps and reads: rows, identities, vaults, MLS messages.

use std::collections::BTreeMap;
use std::fs;

use tributary_aggregation::header::identity_commitment;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::{Schema, StudyPlan};
use tributary_contracts::Wallet;
use tributary_contracts::typed_data::{Domain, mls_identity_digest};
use tributary_fuzz::study::PLAN;
use tributary_fuzz::{PASSWORD, scratch_file};
use tributary_fuzz_client::{dataset, session, vault};
use tributary_proto::v1;

use super::{CONTEXT, choose, secret, write};

pub(super) fn seeds() {
    let numbers = "age,num\n50,1\n60.5,0\n";
    let hospitals = "age,chol,sex,num\r\n63,233,Male,0\n67,,\"Female\",2\n41,0,Male,1\n";
    write("dataset", "numbers", choose(0, numbers));
    write("dataset", "hospitals", choose(1, hospitals));
    let header = r#"{"x":{"dtype":"U8","shape":[2,1,2,2],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}}"#;
    let length = (header.len() as u64).to_le_bytes();
    let images = [&length[..], header.as_bytes(), &[0, 85, 170, 255, 1, 2, 3, 4, 1, 0]].concat();
    write("dataset", "images", choose(2, images));
    write("dataset", "missing-column", choose(1, "age,sex\n1,Male\n"));
    let table = dataset::Table::from_bytes(numbers.as_bytes(), &schema()).expect("rows");
    write("standardiser", "numbers", dataset::Standardiser::from_table(&table).to_bytes());

    let wallet = Wallet::from_bytes(&[1; 32]).expect("a key");
    let who = OwnerId(wallet.address());
    let mls_secret = [2; 32];
    let domain = Domain { chain_id: 31_337, escrow: [0xe5; 20] };
    let mls_key = session::mls_public_key(&mls_secret);
    let signature = wallet.sign_digest(&mls_identity_digest(&domain, &who.0, &mls_key));
    let keys = session::MaskKeys { mask: secret(3), seal: secret(4) };
    let identity = session::Identity::new(who, &mls_secret, keys, signature);
    let package = identity.key_package(&session::Provider::default()).expect("a key package");
    write("key_package", "honest", &package);
    write("mls_message", "key-package", &package);
    group(&package, who, &identity, domain);

    let secret = |byte: u8| vault::Secret::new(vec![byte; 32]);
    let keys = vault::KeysRecord {
        owner: who,
        mls: secret(2),
        mask: secret(3),
        seal: secret(4),
        wallet_signature: signature.to_vec(),
    };
    let mut record = vault::Record::new(StudyId([9; 32]), keys);
    write("vault_record", "new", record.to_bytes().expect("a record"));
    record.mls.push((secret(5), secret(6)));
    record.finished = Some(3);
    record.settlements = BTreeMap::from([(1, Digest([7; 32]))]);
    record.genesis =
        Some(vault::Genesis { model_seed: secret(7), holdout_salt: secret(8), holdout: secret(9) });
    record.report = Some(vault::ReportRecord {
        context: CONTEXT,
        sealed_self: vec![1; 40],
        update: Digest([3; 32]),
        signature: vec![5; 64],
    });
    let bytes = record.to_bytes().expect("a record");
    write("vault_record", "in-a-round", &bytes);
    write("vault_file", "honest", vault_file(&bytes));
    record.generation = 2;
    let saved_twice = vault_file(&record.to_bytes().expect("a record"));
    write("vault_file", "saved-twice", &saved_twice);
    write("vault_witness", "honest", witness(&saved_twice));
}

/// The owner whose key package it is is added to a group, in which somebody speaks.
fn group(package: &[u8], who: OwnerId, identity: &session::Identity, domain: Domain) {
    let enrolled = BTreeMap::from([(who, identity_commitment(&identity.mls_key()))]);
    let (package, _) = session::check_key_package(package, who, &domain, &enrolled)
        .expect("an enrolled owner's key package");
    let researcher = Wallet::from_bytes(&[6; 32]).expect("a key");
    let mls_secret = [7; 32];
    let digest = mls_identity_digest(&domain, &researcher.address(), &session::mls_public_key(&mls_secret));
    let keys = session::MaskKeys { mask: secret(8), seal: secret(9) };
    let researcher = session::Identity::new(
        OwnerId(researcher.address()),
        &mls_secret,
        keys,
        researcher.sign_digest(&digest),
    );
    let provider = session::Provider::default();
    let (mut group, welcome) =
        session::Group::create(&provider, &researcher, StudyId([9; 32]), domain, &[package])
            .expect("a group");
    write("mls_message", "welcome", welcome);
    let said = v1::MemberMessage { message: None };
    let message = group.seal(&provider, &researcher, &said).expect("a message");
    write("mls_message", "application", message);
    write("group_state", "of-two", postcard::to_stdvec(&provider.entries()).expect("postcard"));
}

/// What opening a vault for the first time leaves beside it.
fn witness(vault: &[u8]) -> Vec<u8> {
    let [own, seen] = ["seed-vault", "seed-seen"].map(scratch_file);
    [&own, &seen].into_iter().for_each(|folder| fs::create_dir_all(folder).expect("a folder"));
    let path = own.join("vault.bin");
    fs::write(&path, vault).expect("a file");
    let witnesses = vault::Witnesses { directory: seen.clone(), vault_is_newest: true };
    drop(vault::Vault::open(&path, PASSWORD, &witnesses).expect("an honest vault"));
    let file = fs::read_dir(&seen).expect("a folder").next().expect("a witness").expect("a file").path();
    let bytes = fs::read(file).expect("a file");
    [&own, &seen].into_iter().for_each(|folder| fs::remove_dir_all(folder).expect("a folder"));
    bytes
}

fn schema() -> Schema {
    StudyPlan::from_json(PLAN).expect("a plan").schema
}

/// As the client writes it, but at a cost that lets thousands of them be opened in a second.
fn vault_file(content: &[u8]) -> Vec<u8> {
    use aes_gcm::aead::{Aead, KeyInit, Payload};

    let (memory, passes, lanes) = (8u32, 1u32, 1u32);
    let salt = [1; 16];
    let params = argon2::Params::new(memory, passes, lanes, Some(32)).expect("a cost");
    let mut key = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(PASSWORD.as_bytes(), &salt, &mut key)
        .expect("a key");
    let costs = [memory, passes, lanes].map(u32::to_le_bytes).concat();
    let header = [b"TRBV\x01".as_slice(), &costs, &salt].concat();
    let nonce = [2; 12];
    let sealed = aes_gcm::Aes256Gcm::new(&key.into())
        .encrypt(&nonce.into(), Payload { msg: content, aad: &header })
        .expect("sealed");
    [header, nonce.to_vec(), sealed].concat()
}
