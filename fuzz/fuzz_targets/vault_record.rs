//! The content of a vault, once it is decrypted. Postcard reads some numbers in more than one form, so what is compared
//! is the second writing with the first.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_fuzz_client::vault;

fuzz_target!(|data: &[u8]| {
    if let Ok(record) = vault::Record::from_bytes(data) {
        let written = record.to_bytes().expect("what was read");
        let again = vault::Record::from_bytes(&written).expect("what was written");
        assert!(again.to_bytes().expect("what was read") == written);
    }
});
