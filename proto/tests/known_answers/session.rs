//! `session.proto`.

use tributary_proto::v1;

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check("GetChallengeRequest", v1::GetChallengeRequest { account: vec![0x10; 20] });
    known.check("GetChallengeResponse", v1::GetChallengeResponse { challenge: vec![0x10; 32] });
    known.check(
        "OpenSessionRequest",
        v1::OpenSessionRequest {
            account: vec![0x10; 20],
            challenge: vec![0x20; 32],
            expires_at: 3000,
            signature: vec![0x40; 65],
        },
    );
    known.check("OpenSessionResponse", v1::OpenSessionResponse { token: vec![0x10; 32] });
}
