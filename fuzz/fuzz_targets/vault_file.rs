//! A vault's file: header, cost, ciphertext.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use tributary_fuzz::{PASSWORD, scratch_file};
use tributary_fuzz_client::vault;

fuzz_target!(|data: &[u8]| {
    if is_costly(data) {
        return;
    }
    let path = scratch_file("vault.bin");
    fs::write(&path, data).expect("a file");
    let _ = vault::VaultFile::open(&path, PASSWORD);
});

/// Costs that the vault accepts, but that would keep us from the next input: over 64 KiB, one pass, four lanes.
fn is_costly(data: &[u8]) -> bool {
    let word =
        |at: usize| data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let (Some(memory), Some(passes), Some(lanes)) = (word(5), word(9), word(13)) else { return false };
    let is_accepted = memory <= 1024 * 1024 && passes <= 64 && lanes <= 64;
    is_accepted && (memory > 64 || passes > 1 || lanes > 4)
}
