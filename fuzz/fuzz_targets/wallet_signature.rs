//! A wallet's signature: digest, then 65 bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_contracts::typed_data::recover;

fuzz_target!(|data: &[u8]| {
    let Some((digest, rest)) = data.split_first_chunk::<32>() else { return };
    let Ok(signature) = <&[u8; 65]>::try_from(rest) else { return };
    if let Ok(account) = recover(digest, signature) {
        // The other v is another account's signature, and the other s nobody's.
        let mut other = *signature;
        other[64] ^= 27 ^ 28;
        assert_ne!(recover(digest, &other), Ok(account));
    }
});
