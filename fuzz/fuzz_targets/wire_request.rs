//! Whatever a caller asks of the coordinator, its fields read as the coordinator reads them. The first byte names the
//! request.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use prost::Message;
use tributary_aggregation::committee::SignatureShare;
use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_fuzz::choice;
use tributary_proto::decode::dataset::{Consent, Erasure, Listing, MAX_OPEN, Revocation};
use tributary_proto::decode::{self, DecodeError, EventQuery};
use tributary_proto::v1;
use tributary_proto::v1::report_request::Part;
use tributary_proto::v1::upload_module_request;

fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = choice(data) else { return };
    let _ = match which % 32 {
        0 => read::<v1::JoinRequest>(bytes, |request| {
            decode::study(&request.study)?;
            join(decode::required("join", request.join)?)
        }),
        1 => read::<v1::ReportRequest>(bytes, |request| match decode::required("part", request.part)? {
            Part::Start(start) => {
                decode::study(&start.study)?;
                report(decode::required("report", start.report)?)
            }
            Part::Chunk(_) => Ok(()),
        }),
        2 => read::<v1::ReleaseRequest>(bytes, |request| {
            decode::study(&request.study)?;
            request.groups.iter().try_for_each(|group| decode::digest("release.cut", &group.cut).map(drop))
        }),
        3 => read::<v1::EvaluateRequest>(bytes, |request| {
            decode::digest("model_before", &request.model_before)?;
            decode::digest("model_after", &request.model_after).map(drop)
        }),
        4 => read::<v1::EnrolRequest>(bytes, |request| {
            decode::array::<32>("mls_key", &request.mls_key)?;
            decode::array::<65>("signature", &request.signature).map(drop)
        }),
        5 => read::<v1::SignCommitteeRequest>(bytes, |request| {
            decode::ascending_owners("members", &request.members)?;
            decode::array::<65>("signature", &request.signature).map(drop)
        }),
        6 => read::<v1::SubmitCommitRequest>(bytes, |request| {
            request.added.iter().try_for_each(|owner| decode::owner("added", owner).map(drop))
        }),
        7 => read::<v1::SendMessageRequest>(bytes, |request| decode::study(&request.study).map(drop)),
        8 => read::<v1::SignSettlementRequest>(bytes, |request| {
            decode::digest("transcript", &request.transcript)?;
            decode::array::<96>("share", &request.share).map(drop)
        }),
        9 => read::<v1::CreateStudyRequest>(bytes, |request| decode::study(&request.study).map(drop)),
        10 => read::<v1::SignRemovalRequest>(bytes, |request| {
            decode::owner("owner", &request.owner)?;
            decode::array::<65>("signature", &request.signature).map(drop)
        }),
        11 => read::<v1::LeaveRequest>(bytes, |request| {
            decode::array::<65>("signature", &request.signature).map(drop)
        }),
        12 => read::<v1::ProposeRemovalRequest>(bytes, |request| {
            decode::owner("owner", &request.owner).map(drop)
        }),
        13 => {
            read::<v1::UploadModuleRequest>(bytes, |request| match decode::required("part", request.part)? {
                upload_module_request::Part::Start(start) => decode::study(&start.study).map(drop),
                upload_module_request::Part::Chunk(_) => Ok(()),
            })
        }
        14 => read::<v1::GetChallengeRequest>(bytes, |request| {
            decode::owner("account", &request.account).map(drop)
        }),
        15 => read::<v1::OpenSessionRequest>(bytes, |request| {
            decode::owner("account", &request.account)?;
            decode::digest("challenge", &request.challenge)?;
            decode::array::<65>("signature", &request.signature).map(drop)
        }),
        16 => read::<v1::SubscribeRequest>(bytes, |request| decode::study(&request.study).map(drop)),
        17 => read::<v1::HeartbeatRequest>(bytes, |request| decode::study(&request.study).map(drop)),
        18 => read::<v1::SendBeaconShareRequest>(bytes, |request| {
            decode::study(&request.study)?;
            drop(SignatureShare::from_bytes(&request.share));
            Ok(())
        }),
        19 => read::<v1::SendGraphShareRequest>(bytes, |request| {
            decode::study(&request.study)?;
            drop(SignatureShare::from_bytes(&request.share));
            Ok(())
        }),
        20 => read::<v1::ClaimRequest>(bytes, |request| decode::study(&request.study).map(drop)),
        21 => read::<v1::GetStudyRequest>(bytes, |request| decode::study(&request.study).map(drop)),
        22 => read::<v1::GetArtifactRequest>(bytes, |request| {
            decode::digest("digest", &request.digest).map(drop)
        }),
        23 => read::<v1::GetProgressRequest>(bytes, |request| decode::study(&request.study).map(drop)),
        24 => read::<v1::ListDatasetRequest>(bytes, |request| {
            let price = request.price.clone();
            let listing = Listing::try_from(request)?;
            assert_eq!(listing.price.to_string(), price);
            Ok(())
        }),
        25 => read::<v1::GrantConsentRequest>(bytes, |request| Consent::try_from(request).map(drop)),
        26 => read::<v1::RevokeConsentRequest>(bytes, |request| Revocation::try_from(request).map(drop)),
        27 => read::<v1::EraseDatasetRequest>(bytes, |request| {
            assert!(Erasure::try_from(request)?.open.len() <= MAX_OPEN);
            Ok(())
        }),
        28 => read::<v1::ListContractEventsRequest>(bytes, |request| {
            let query = EventQuery::try_from(request)?;
            assert!((1..=500).contains(&query.limit));
            Ok(())
        }),
        29 => read::<v1::ListDatasetsRequest>(bytes, |request| page(request.after, request.limit)),
        30 => read::<v1::ListModelsRequest>(bytes, |request| page(request.after, request.limit)),
        _ => read::<v1::GetIndexRequest>(bytes, |_| Ok(())),
    };
});

fn read<M: Message + Default + PartialEq + Debug>(
    bytes: &[u8],
    fields: impl FnOnce(M) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let Ok(request) = M::decode(bytes) else { return Ok(()) };
    assert_eq!(M::decode(request.encode_to_vec().as_slice()).as_ref(), Ok(&request));
    fields(request)
}

fn page(after: String, limit: u32) -> Result<(), DecodeError> {
    decode::number("after", after)?;
    decode::page(limit).map(drop)
}

fn join(wire: v1::SignedJoin) -> Result<(), DecodeError> {
    let join = Signed::<JoinHeader>::try_from(wire.clone())?;
    assert!(join.clone().verify(&[7; 32]).is_err());
    assert_eq!(v1::SignedJoin::from(join), wire);
    Ok(())
}

fn report(wire: v1::SignedReport) -> Result<(), DecodeError> {
    let report = Signed::<ReportHeader>::try_from(wire.clone())?;
    assert!(report.clone().verify(&[7; 32]).is_err());
    assert_eq!(v1::SignedReport::from(report), wire);
    Ok(())
}
