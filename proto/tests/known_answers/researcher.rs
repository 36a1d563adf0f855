//! `researcher.proto`.

use tributary_proto::v1;

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check("CreateStudyRequest", v1::CreateStudyRequest { study: vec![0x10; 32], plan: vec![0x20; 5] });
    known.check("CreateStudyResponse", v1::CreateStudyResponse {});
    known.check(
        "ProposeRemovalRequest",
        v1::ProposeRemovalRequest { study: vec![0x10; 32], owner: vec![0x20; 20], reason: "reason".into() },
    );
    known.check("ProposeRemovalResponse", v1::ProposeRemovalResponse {});
}
