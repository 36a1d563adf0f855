//! What an owner keeps of a dataset: its secrets, its sealed description, and the receipt of its erasure. The first byte
//! says which.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use tributary_fuzz::{choice, scratch_file};
use tributary_fuzz_client::catalog::{Receipt, content_key, open, secrets};

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = choice(data) else { return };
    match kind % 3 {
        // Postcard reads some numbers in more than one form.
        0 => {
            if let Some(written) = secrets(bytes) {
                assert!(secrets(&written).as_ref() == Some(&written));
            }
        }
        1 => drop(open(bytes, &content_key([1; 32]).expect("a key"))),
        _ => {
            let path = scratch_file("receipt.json");
            fs::write(&path, bytes).expect("a file");
            if let Ok(receipt) = Receipt::read(&path) {
                fs::write(&path, serde_json::to_vec(&receipt).expect("JSON")).expect("a file");
                let again = Receipt::read(&path).expect("what was written");
                assert_eq!((&again, again.commitment()), (&receipt, receipt.commitment()));
            }
        }
    }
});
