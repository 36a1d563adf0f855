//! `auditor.proto`.

use tributary_proto::v1;

use super::KnownAnswers;

pub(super) fn check(known: &mut KnownAnswers) {
    known.check("GetArtifactRequest", v1::GetArtifactRequest { digest: vec![0x10; 32] });
    known.check("GetArtifactResponse", v1::GetArtifactResponse { chunk: vec![0x10; 5].into() });
    known.check("GetProgressRequest", v1::GetProgressRequest { study: vec![0x10; 32] });
    known.check(
        "GetProgressResponse",
        v1::GetProgressResponse {
            phase: "phase".into(),
            round: 2000,
            attempt: 3000,
            owners: [0, 1].map(owner_progress).into(),
            log: vec!["log".into(), "log".into()],
        },
    );
    known.check("OwnerProgress", owner_progress(0));
}

fn owner_progress(more: u8) -> v1::OwnerProgress {
    v1::OwnerProgress {
        owner: vec![0x10 + more; 20],
        phase: "phase".into(),
        done_permille: 3000 + u32::from(more),
        silent: true,
    }
}
