//! Single points, read by two libraries each, which must agree on what is one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::committee::{Certificate, CommitteePublicKey, DecryptionShare, SignatureShare};
use tributary_contracts::bls;
use tributary_fuzz::choice;

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = choice(data) else { return };
    match kind % 4 {
        0 => key(bytes),
        1 => signature(bytes),
        2 => {
            if let Ok(encoded) = <&[u8; 128]>::try_from(bytes)
                && let Ok(compressed) = bls::key_from_eip2537(encoded)
            {
                assert_eq!(bls::key_to_eip2537(&compressed).as_ref(), Ok(encoded));
                key(&compressed);
            }
        }
        _ => {
            if let Ok(encoded) = <&[u8; 256]>::try_from(bytes)
                && let Ok(compressed) = bls::signature_from_eip2537(encoded)
            {
                assert_eq!(bls::signature_to_eip2537(&compressed).as_ref(), Ok(encoded));
                signature(&compressed);
            }
        }
    }
});

fn key(bytes: &[u8]) {
    let share = DecryptionShare::from_bytes(bytes);
    let Ok(bytes) = <&[u8; 48]>::try_from(bytes) else { return assert!(share.is_err()) };
    let key = CommitteePublicKey::from_bytes(bytes);
    let encoded = bls::key_to_eip2537(bytes);
    assert_eq!((key.is_ok(), encoded.is_ok()), (share.is_ok(), share.is_ok()));
    if let (Ok(key), Ok(share), Ok(encoded)) = (key, share, encoded) {
        assert_eq!((&key.to_bytes(), &share.to_bytes()), (bytes, bytes));
        assert_eq!(key.to_eip2537(), Ok(encoded));
    }
}

fn signature(bytes: &[u8]) {
    let share = SignatureShare::from_bytes(bytes);
    let certificate = Certificate::from_bytes(bytes);
    assert_eq!(share.is_ok(), certificate.is_ok());
    let Ok(bytes) = <&[u8; 96]>::try_from(bytes) else { return assert!(share.is_err()) };
    let encoded = bls::signature_to_eip2537(bytes);
    assert_eq!(certificate.is_ok(), encoded.is_ok());
    if let (Ok(share), Ok(certificate), Ok(encoded)) = (share, certificate, encoded) {
        assert_eq!((&share.to_bytes(), &certificate.to_bytes()), (bytes, bytes));
        assert_eq!(certificate.to_eip2537(), Ok(encoded));
    }
}
