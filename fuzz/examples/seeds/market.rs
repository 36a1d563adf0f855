//! What owners say of their datasets, and keep of them.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use serde_json::json;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::study::Duo;
use tributary_fuzz::owner;
use tributary_fuzz_client::catalog::{Column, ColumnKind, Document, Record, UseTerms, some_secrets};

use super::{choose, write};

pub(super) fn seeds() {
    let column = |name: &str, kind, is_label| Column { name: name.into(), kind, is_label };
    let document = Document {
        name: "Hearts".into(),
        description: "Angiography and what was found.".into(),
        url: "https://hospital.example/hearts".into(),
        creator: "A hospital".into(),
        date: "2024-02-29".into(),
        version: "1.0.0".into(),
        owner: owner(1),
        price: 10u128.pow(19),
        terms: UseTerms {
            permission: Duo::DISEASE_USE,
            diseases: vec![
                "MONDO:0005010".parse().expect("a code"),
                "MONDO:0005267".parse().expect("a code"),
            ],
            research: vec![Duo::GENETIC],
            conditions: ["RS", "GS=Germany", "NCU"].map(|it| it.parse().expect("a condition")).to_vec(),
        },
        record: Record {
            columns: vec![
                column("age", ColumnKind::Integer, false),
                column("chol", ColumnKind::Float, false),
                column("num", ColumnKind::Integer, true),
            ],
            rows: Some(303),
        },
    };
    let described = document.to_json().expect("a description");
    write("dataset_description", "hearts.json", choose(0, &described));
    let general = UseTerms {
        permission: Duo::GENERAL_USE,
        diseases: Vec::new(),
        research: Vec::new(),
        conditions: Vec::new(),
    };
    let free = Document { price: 0, terms: general, ..document };
    write("dataset_description", "free.json", choose(0, free.to_json().expect("a description")));
    let csv = "age,chol,sex,num\n63,233.5,Male,0\n67,,Female,2\n";
    write("dataset_description", "columns.csv", choose(1, csv));
    write("dataset_description", "labelled.csv", choose(2, csv));

    write("dataset_keep", "secrets", choose(0, some_secrets()));
    let head = b"TRBD\x01";
    let nonce = [2; 12];
    let sealed = aes_gcm::Aes256Gcm::new(&[1; 32].into())
        .encrypt(&nonce.into(), Payload { msg: &described, aad: head })
        .expect("sealed");
    write("dataset_keep", "sealed", choose(1, [&head[..], &nonce, &sealed].concat()));
    let receipt = json!({
        "version": 1, "chain_id": 31_337, "registry": OwnerId([5; 20]), "dataset": 17, "owner": owner(1),
        "description": Digest([3; 32]), "uri": "ipfs://x", "erased_at": 1_800_000_000,
        "destroyed": ["the key"], "salt": Digest([4; 32])
    });
    write("dataset_keep", "receipt.json", choose(2, receipt.to_string()));
}
