//! A round's transcript: JSON, and every check that is made of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::transcript::{RoundTranscript, verify};
use tributary_fuzz::study::STUDY;

fuzz_target!(|data: &[u8]| {
    let read = serde_json::from_slice::<RoundTranscript>(data);
    if let Ok(transcript) = &read {
        let json = transcript.to_json().expect("what was read can be written");
        assert_eq!(&serde_json::from_slice::<RoundTranscript>(&json).expect("what was written"), transcript);
    }
    let verified = verify(data, &STUDY.view(), None);
    if let Ok(verified) = verified {
        assert!(read.is_ok_and(|transcript| transcript == *verified.transcript()));
        assert_eq!(verified.settlement().payouts.total(), verified.settlement().cumulative_payout);
    }
});
