//! `delivery.proto`.

use tributary_proto::v1;

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check(
        "SubmitCommitRequest",
        v1::SubmitCommitRequest {
            study: vec![0x10; 32],
            epoch: 2000,
            commit: vec![0x30; 5],
            welcome: vec![0x40; 5],
            added: vec![vec![0x50; 20], vec![0x51; 20]],
        },
    );
    known.check("SubmitCommitResponse", v1::SubmitCommitResponse { seq: 1000 });
    known.check(
        "SendMessageRequest",
        v1::SendMessageRequest { study: vec![0x10; 32], message: vec![0x20; 5], epoch: 3000 },
    );
    known.check("SendMessageResponse", v1::SendMessageResponse { seq: 1000 });
}
