//! A sealed seed: read, written, and (if the first byte says so) judged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::committee::{Kind, SealContext, SealedSeed};
use tributary_aggregation::ids::Digest;
use tributary_fuzz::{COMMITTEE, choice, owner};

fuzz_target!(|data: &[u8]| {
    let Some((judge, bytes)) = choice(data) else { return };
    let Ok(seed) = SealedSeed::from_bytes(bytes) else { return };
    assert_eq!(seed.to_bytes(), bytes);
    if judge % 2 == 1 {
        let context = SealContext { context: Digest([1; 32]), owner: owner(1), kind: Kind::SelfSeed };
        let is_valid = seed.verify(&context);
        let shares = COMMITTEE.shares.each_ref().map(|share| seed.decryption_share(&context, share));
        assert!(shares.iter().all(|share| share.is_ok() == is_valid));
        let shares = (0..).zip(shares).filter_map(|(index, share)| Some((index, share.ok()?))).collect();
        // A valid label binds the owner, not the truth of what it sealed: the opening may fail, but not panic.
        let _ = seed.open(&context, &shares, &COMMITTEE.key);
    }
});
