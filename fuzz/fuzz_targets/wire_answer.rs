//! Whatever the coordinator answers, its fields read as callers read them. The first byte names the answer.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use prost::Message;
use tributary_fuzz::choice;
use tributary_proto::decode::{self, ContractEvent, DecodeError};
use tributary_proto::v1;

fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = choice(data) else { return };
    let _ = match which % 20 {
        0 => read::<v1::GetStudyResponse>(bytes, |answer| {
            decode::study(&answer.study)?;
            decode::owner("token", &answer.token)?;
            decode::owner("escrow", &answer.escrow).map(drop)
        }),
        1 => read::<v1::EnrolResponse>(bytes, |answer| transaction(&answer.transaction)),
        2 => read::<v1::LeaveResponse>(bytes, |answer| transaction(&answer.transaction)),
        3 => read::<v1::HeartbeatResponse>(bytes, |_| Ok(())),
        4 => read::<v1::ClaimResponse>(bytes, |answer| {
            decode::number("cumulative", answer.cumulative)?;
            transaction(&answer.transaction)
        }),
        5 => read::<v1::GetChallengeResponse>(bytes, |answer| {
            decode::array::<32>("challenge", &answer.challenge).map(drop)
        }),
        6 => read::<v1::OpenSessionResponse>(bytes, |_| Ok(())),
        7 => read::<v1::GetArtifactResponse>(bytes, |_| Ok(())),
        8 => read::<v1::GetProgressResponse>(bytes, |answer| {
            answer.owners.iter().try_for_each(|owner| decode::owner("owner", &owner.owner).map(drop))
        }),
        9 => read::<v1::GetIndexResponse>(bytes, |_| Ok(())),
        10 => read::<v1::ListContractEventsResponse>(bytes, |answer| {
            answer.events.into_iter().try_for_each(|event| ContractEvent::try_from(event).map(drop))
        }),
        11 => read::<v1::ListDatasetsResponse>(bytes, |answer| {
            answer.datasets.into_iter().try_for_each(|listed| {
                decode::owner("owner", &listed.owner)?;
                decode::digest("commitment", &listed.commitment)?;
                decode::number("dataset", listed.dataset)?;
                decode::number("price", listed.price).map(drop)
            })
        }),
        12 => read::<v1::ListModelsResponse>(bytes, |answer| {
            answer.models.into_iter().try_for_each(|minted| {
                for address in [&minted.owner, &minted.creator, &minted.splitter] {
                    decode::owner("owner", address)?;
                }
                for digest in [&minted.digest, &minted.weights, &minted.provenance] {
                    decode::digest("digest", digest)?;
                }
                decode::number("model", minted.model).map(drop)
            })
        }),
        13 => read::<v1::SubmitCommitResponse>(bytes, |_| Ok(())),
        14 => read::<v1::SendMessageResponse>(bytes, |_| Ok(())),
        15 => read::<v1::ListDatasetResponse>(bytes, |answer| transaction(&answer.transaction)),
        16 => read::<v1::GrantConsentResponse>(bytes, |answer| transaction(&answer.transaction)),
        17 => read::<v1::RevokeConsentResponse>(bytes, |answer| transaction(&answer.transaction)),
        18 => read::<v1::EraseDatasetResponse>(bytes, |answer| transaction(&answer.transaction)),
        // The answers that say nothing.
        _ => read::<v1::JoinResponse>(bytes, |_| Ok(())),
    };
});

fn read<M: Message + Default + PartialEq + Debug>(
    bytes: &[u8],
    fields: impl FnOnce(M) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let Ok(answer) = M::decode(bytes) else { return Ok(()) };
    assert_eq!(M::decode(answer.encode_to_vec().as_slice()).as_ref(), Ok(&answer));
    fields(answer)
}

/// None is told where there was nothing to do.
fn transaction(bytes: &[u8]) -> Result<(), DecodeError> {
    if bytes.is_empty() { Ok(()) } else { decode::digest("transaction", bytes).map(drop) }
}
