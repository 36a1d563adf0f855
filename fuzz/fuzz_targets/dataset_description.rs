//! The description of a dataset (Croissant with an ODRL offer: JSON-LD), and the columns of a CSV file that one begins with.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::study::{Duo, PurposeTerm};
use tributary_fuzz::{choice, owner};
use tributary_fuzz_client::catalog::{Document, Record, UseTerms, columns};

static PURPOSE: LazyLock<Vec<PurposeTerm>> =
    LazyLock::new(|| ["DUO:0000037", "MONDO:0005267"].map(|word| word.parse().expect("a term")).to_vec());

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = choice(data) else { return };
    match kind % 3 {
        0 => match Document::from_json(bytes) {
            Err(problem) => drop(problem.to_string()),
            Ok(document) => {
                there_and_back(&document);
                if let Err(mismatch) = document.terms.permit(&PURPOSE) {
                    drop(mismatch.to_string());
                }
            }
        },
        label => match columns(bytes, (label == 2).then_some("num")) {
            Err(problem) => drop(problem.to_string()),
            Ok((columns, rows)) => there_and_back(&described(Record { columns, rows: Some(rows) })),
        },
    }
});

fn there_and_back(document: &Document) {
    let json = document.to_json().expect("a description");
    assert_eq!(Document::from_json(&json).as_ref(), Ok(document));
}

fn described(record: Record) -> Document {
    Document {
        name: "Hearts".into(),
        description: "Angiography and what was found.".into(),
        url: "urn:hearts".into(),
        creator: "A hospital".into(),
        date: "2024-02-29".into(),
        version: "1.0.0".into(),
        owner: owner(1),
        price: 0,
        terms: UseTerms {
            permission: Duo::GENERAL_USE,
            diseases: Vec::new(),
            research: Vec::new(),
            conditions: Vec::new(),
        },
        record,
    }
}
