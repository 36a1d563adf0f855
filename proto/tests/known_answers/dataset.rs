//! `dataset.proto`.

use tributary_proto::v1;

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check(
        "ListDatasetRequest",
        v1::ListDatasetRequest {
            commitment: vec![0x10; 32],
            uri: "uri".into(),
            price: "price".into(),
            nonce: 4000,
            signature: vec![0x50; 65],
        },
    );
    known
        .check("ListDatasetResponse", v1::ListDatasetResponse { dataset: 1000, transaction: vec![0x20; 32] });
    known.check(
        "GrantConsentRequest",
        v1::GrantConsentRequest {
            dataset: 1000,
            study: vec![0x20; 32],
            until: 3000,
            nonce: 4000,
            signature: vec![0x50; 65],
        },
    );
    known.check("GrantConsentResponse", v1::GrantConsentResponse { transaction: vec![0x10; 32] });
    known.check(
        "RevokeConsentRequest",
        v1::RevokeConsentRequest {
            dataset: 1000,
            study: vec![0x20; 32],
            nonce: 3000,
            signature: vec![0x40; 65],
        },
    );
    known.check("RevokeConsentResponse", v1::RevokeConsentResponse { transaction: vec![0x10; 32] });
    known.check(
        "EraseDatasetRequest",
        v1::EraseDatasetRequest {
            dataset: 1000,
            receipt: vec![0x20; 32],
            open: [0, 1].map(purpose).into(),
            nonce: 4000,
            signature: vec![0x50; 65],
        },
    );
    known.check("Purpose", purpose(0));
    known.check("EraseDatasetResponse", v1::EraseDatasetResponse { transaction: vec![0x10; 32] });
}

fn purpose(more: u8) -> v1::Purpose {
    v1::Purpose { escrow: vec![0x10 + more; 20], study: vec![0x20 + more; 32] }
}
