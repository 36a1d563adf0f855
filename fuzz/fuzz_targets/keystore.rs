//! A wallet's key file, as other programs write it too.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tributary_contracts::Wallet;
use tributary_fuzz::{PASSWORD, scratch_file};

fuzz_target!(|data: &[u8]| {
    if is_costly(data) {
        return;
    }
    let path = scratch_file("wallet.json");
    fs::write(&path, data).expect("a file");
    let _ = Wallet::open(&path, PASSWORD);
});

/// Costs that the wallet accepts, but that would keep us from the next input.
fn is_costly(data: &[u8]) -> bool {
    let Ok(file) = serde_json::from_slice::<Value>(data) else { return false };
    let params = file.get("crypto").or_else(|| file.get("Crypto")).and_then(|crypto| crypto.get("kdfparams"));
    let cost = |name| params.and_then(|params| params.get(name)).and_then(Value::as_u64).unwrap_or(0);
    let (n, r, p) = (cost("n"), cost("r"), cost("p"));
    let is_accepted = n <= 1 << 20 && r <= 8 && p <= 16;
    is_accepted && n * r * p > 64
}
