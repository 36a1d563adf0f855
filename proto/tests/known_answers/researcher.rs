//! `researcher.proto`.

use tributary_proto::v1;
use tributary_proto::v1::upload_module_request::Part;

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check("CreateStudyRequest", v1::CreateStudyRequest { study: vec![0x10; 32], plan: vec![0x20; 5] });
    known.check("CreateStudyResponse", v1::CreateStudyResponse {});
    known.check(
        "ProposeRemovalRequest",
        v1::ProposeRemovalRequest { study: vec![0x10; 32], owner: vec![0x20; 20], reason: "reason".into() },
    );
    known.check("ProposeRemovalResponse", v1::ProposeRemovalResponse {});
    let start = v1::UploadModuleStart { study: vec![0x10; 32] };
    known.check(
        "UploadModuleRequest.start",
        v1::UploadModuleRequest { part: Some(Part::Start(start.clone())) },
    );
    known.check(
        "UploadModuleRequest.chunk",
        v1::UploadModuleRequest { part: Some(Part::Chunk(vec![0x20; 5].into())) },
    );
    known.check("UploadModuleStart", start);
    known.check("UploadModuleResponse", v1::UploadModuleResponse {});
}
