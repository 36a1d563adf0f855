//! `owner.proto`.

use tributary_proto::v1;

use super::{KnownAnswers, event};

pub(super) fn check(known: &mut KnownAnswers) {
    known.check("GetStudyRequest", v1::GetStudyRequest { study: vec![0x10; 32] });
    known.check(
        "GetStudyResponse",
        v1::GetStudyResponse {
            study: vec![0x10; 32],
            plan: vec![0x20; 5],
            chain_id: 3000,
            escrow: vec![0x40; 20],
            token: vec![0x50; 20],
            phase: v1::StudyPhase::Aborted.into(),
            round: 7000,
            attempt: 8000,
        },
    );
    known.check(
        "EnrolRequest",
        v1::EnrolRequest {
            study: vec![0x10; 32],
            key_package: vec![0x20; 5],
            mls_key: vec![0x30; 32],
            signature: vec![0x40; 65],
            sequence: 5000,
        },
    );
    known.check("EnrolResponse", v1::EnrolResponse { transaction: vec![0x10; 32] });
    known.check(
        "LeaveRequest",
        v1::LeaveRequest { study: vec![0x10; 32], sequence: 2000, signature: vec![0x30; 65] },
    );
    known.check("LeaveResponse", v1::LeaveResponse { transaction: vec![0x10; 32] });
    known.check(
        "SignRemovalRequest",
        v1::SignRemovalRequest {
            study: vec![0x10; 32],
            owner: vec![0x20; 20],
            sequence: 3000,
            signature: vec![0x40; 65],
        },
    );
    known.check("SignRemovalResponse", v1::SignRemovalResponse {});
    known.check("SubscribeRequest", v1::SubscribeRequest { study: vec![0x10; 32], after_seq: 2000 });
    known.check(
        "HeartbeatRequest",
        v1::HeartbeatRequest {
            study: vec![0x10; 32],
            round: 2000,
            done_permille: 3000,
            vault_generation: 4000,
        },
    );
    known.check("HeartbeatResponse", v1::HeartbeatResponse { vault_generation: 1000 });
    known.check(
        "SignCommitteeRequest",
        v1::SignCommitteeRequest {
            study: vec![0x10; 32],
            epoch: 2000,
            committee_key: vec![0x30; 48],
            members: vec![vec![0x40; 20], vec![0x41; 20]],
            signature: vec![0x50; 65],
        },
    );
    known.check("SignCommitteeResponse", v1::SignCommitteeResponse {});
    known.check(
        "SendBeaconShareRequest",
        v1::SendBeaconShareRequest {
            study: vec![0x10; 32],
            round: 2000,
            attempt: 3000,
            share: vec![0x40; 96],
        },
    );
    known.check("SendBeaconShareResponse", v1::SendBeaconShareResponse {});
    known.check(
        "SendGraphShareRequest",
        v1::SendGraphShareRequest {
            study: vec![0x10; 32],
            round: 2000,
            attempt: 3000,
            share: vec![0x40; 96],
        },
    );
    known.check("SendGraphShareResponse", v1::SendGraphShareResponse {});
    known.check(
        "JoinRequest",
        v1::JoinRequest {
            study: vec![0x10; 32],
            round: 2000,
            attempt: 3000,
            join: Some(event::signed_join(0)),
        },
    );
    known.check("JoinResponse", v1::JoinResponse {});
    known.check(
        "ReportRequest.start",
        v1::ReportRequest { part: Some(v1::report_request::Part::Start(report_start())) },
    );
    known.check(
        "ReportRequest.chunk",
        v1::ReportRequest { part: Some(v1::report_request::Part::Chunk(vec![0x20; 5].into())) },
    );
    known.check("ReportStart", report_start());
    known.check("ReportResponse", v1::ReportResponse {});
    known.check(
        "ReleaseRequest",
        v1::ReleaseRequest {
            study: vec![0x10; 32],
            round: 2000,
            attempt: 3000,
            groups: [0, 1].map(group_release).into(),
        },
    );
    known.check("GroupRelease", group_release(0));
    known.check("ReleaseResponse", v1::ReleaseResponse {});
    known.check(
        "EvaluateRequest",
        v1::EvaluateRequest {
            study: vec![0x10; 32],
            round: 2000,
            attempt: 3000,
            utilities: vec![4000, -4001],
            model_before: vec![0x50; 32],
            model_after: vec![0x60; 32],
        },
    );
    known.check("EvaluateResponse", v1::EvaluateResponse {});
    known.check(
        "SignSettlementRequest",
        v1::SignSettlementRequest {
            study: vec![0x10; 32],
            round: 2000,
            attempt: 3000,
            transcript: vec![0x40; 32],
            share: vec![0x50; 96],
        },
    );
    known.check("SignSettlementResponse", v1::SignSettlementResponse {});
    known.check("ClaimRequest", v1::ClaimRequest { study: vec![0x10; 32] });
    known.check(
        "ClaimResponse",
        v1::ClaimResponse { transaction: vec![0x10; 32], cumulative: "cumulative".into() },
    );
}

fn report_start() -> v1::ReportStart {
    v1::ReportStart {
        study: vec![0x10; 32],
        round: 2000,
        attempt: 3000,
        report: Some(event::signed_report(0)),
    }
}

fn group_release(more: u8) -> v1::GroupRelease {
    v1::GroupRelease {
        group: 1000 + u32::from(more),
        cut: vec![0x20 + more; 32],
        release: vec![0x30 + more; 5],
    }
}
