//! gRPC messages, and those inside MLS messages.

use prost::Message as _;
use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::Digest;
use tributary_aggregation::optimizer::{Memory, ModelState};
use tributary_fuzz::{COMMITTEE, owner};
use tributary_proto::v1::event::Event;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::report_request::Part;
use tributary_proto::{encode, v1};

use super::committee::run;
use super::{CONTEXT, CONTEXT0, choose, write};

fn signed() -> (v1::SignedJoin, v1::SignedReport) {
    let join = JoinHeader { context0: CONTEXT0, owner: owner(3), sealed_pair: vec![1; 40] };
    let report =
        ReportHeader { context: CONTEXT, owner: owner(1), sealed_self: vec![2; 40], update: Digest([3; 32]) };
    (Signed { header: join, signature: [4; 64] }.into(), Signed { header: report, signature: [5; 64] }.into())
}

fn owners() -> Vec<Vec<u8>> {
    encode::owners(&[owner(1), owner(2)])
}

pub(super) fn events() {
    let owners = owners();
    let (join, report) = signed();
    let cut = v1::Cut { group: 0, context: vec![2; 32], online: vec![report], offline: vec![join] };
    let group = v1::Group { index: 0, owners: owners.clone() };
    let sum = v1::PublishedSum {
        group: 0,
        context: vec![2; 32],
        roster: owners.clone(),
        online: owners.clone(),
        sum: vec![3; 32],
        cut: vec![4; 32],
        certificate: vec![5; 96],
    };
    let enrolled = v1::Enrolled { owner: vec![1; 20], key_package: vec![6; 8] };
    let events = [
        ("enrolment-closed", Event::EnrolmentClosed(v1::EnrolmentClosed { owners: vec![enrolled.clone()] })),
        ("mls-message", Event::MlsMessage(v1::MlsMessage { sender: vec![1; 20], message: vec![7; 9] })),
        (
            "committee-registered",
            Event::CommitteeRegistered(v1::CommitteeRegistered {
                epoch: 1,
                public_key: vec![8; 48],
                transaction: vec![9; 32],
                committee_key: COMMITTEE.key.to_bytes(),
                members: owners.clone(),
            }),
        ),
        (
            "round-announced",
            Event::RoundAnnounced(v1::RoundAnnounced {
                round: 1,
                attempt: 1,
                epoch: 1,
                candidates: owners.clone(),
            }),
        ),
        (
            "round-opened",
            Event::RoundOpened(v1::RoundOpened {
                round: 1,
                attempt: 1,
                beacon: vec![5; 96],
                groups: vec![group.clone()],
            }),
        ),
        (
            "rosters-fixed",
            Event::RostersFixed(v1::RostersFixed { round: 1, attempt: 1, rosters: vec![group] }),
        ),
        ("cuts-proposed", Event::CutsProposed(v1::CutsProposed { round: 1, attempt: 1, cuts: vec![cut] })),
        ("sums-published", Event::SumsPublished(v1::SumsPublished { round: 1, attempt: 1, sums: vec![sum] })),
        (
            "roster-changing",
            Event::RosterChanging(v1::RosterChanging {
                epoch: 1,
                committer: vec![2; 20],
                added: vec![enrolled],
                removed: owners.clone(),
            }),
        ),
    ];
    for (name, event) in events {
        write("wire_event", name, v1::Event { seq: 7, event: Some(event) }.encode_to_vec());
    }
}

pub(super) fn requests() {
    let owners = owners();
    let (join, report) = signed();
    let study = vec![9; 32];
    let start = v1::ReportStart { study: study.clone(), round: 1, attempt: 1, report: Some(report) };
    let requests = [
        (
            0,
            "join",
            v1::JoinRequest { study: study.clone(), round: 1, attempt: 1, join: Some(join) }.encode_to_vec(),
        ),
        (1, "report", v1::ReportRequest { part: Some(Part::Start(start)) }.encode_to_vec()),
        (1, "chunk", v1::ReportRequest { part: Some(Part::Chunk(vec![1; 16].into())) }.encode_to_vec()),
        (
            5,
            "sign-committee",
            v1::SignCommitteeRequest {
                study: study.clone(),
                epoch: 1,
                committee_key: COMMITTEE.key.to_bytes(),
                members: owners.clone(),
                signature: vec![3; 65],
            }
            .encode_to_vec(),
        ),
        (
            6,
            "submit-commit",
            v1::SubmitCommitRequest {
                study: study.clone(),
                epoch: 1,
                commit: vec![1; 8],
                welcome: vec![2; 8],
                added: owners,
            }
            .encode_to_vec(),
        ),
        (
            8,
            "sign-settlement",
            v1::SignSettlementRequest {
                study,
                round: 1,
                attempt: 1,
                transcript: vec![4; 32],
                share: vec![5; 96],
            }
            .encode_to_vec(),
        ),
    ];
    for (choice, name, bytes) in requests {
        write("wire_request", name, choose(choice, bytes));
    }
}

/// What the coordinator answers, and requests that are small enough to stand here.
pub(super) fn answers() {
    let (study, account) = (vec![9; 32], vec![1; 20]);
    let place = Some(v1::LogPlace { block: 3, log_index: 4 });
    let event = v1::ContractEvent {
        place,
        block_hash: vec![1; 32],
        tx_hash: vec![2; 32],
        contract: "StudyEscrow".into(),
        address: account.clone(),
        event: "StudyClosed".into(),
        fields: "{}".into(),
    };
    let listed = v1::DatasetListing {
        dataset: "17".into(),
        owner: account.clone(),
        commitment: vec![2; 32],
        uri: "ipfs://x".into(),
        price: "5".into(),
    };
    let study_info = v1::GetStudyResponse {
        study: study.clone(),
        plan: b"{}".to_vec(),
        chain_id: 31_337,
        escrow: account.clone(),
        token: account.clone(),
        phase: 3,
        round: 1,
        attempt: 1,
    };
    let answers = [
        (0, "study", study_info.encode_to_vec()),
        (4, "claim", v1::ClaimResponse { transaction: vec![3; 32], cumulative: "12".into() }.encode_to_vec()),
        (5, "challenge", v1::GetChallengeResponse { challenge: vec![4; 32] }.encode_to_vec()),
        (
            10,
            "events",
            v1::ListContractEventsResponse { events: vec![event], next: place, index: None }.encode_to_vec(),
        ),
        (11, "datasets", v1::ListDatasetsResponse { datasets: vec![listed], index: None }.encode_to_vec()),
    ];
    for (choice, name, bytes) in answers {
        write("wire_answer", name, choose(choice, bytes));
    }
    let start = v1::UploadModuleStart { study: study.clone() };
    let start = v1::UploadModuleRequest { part: Some(v1::upload_module_request::Part::Start(start)) };
    let chunk = v1::upload_module_request::Part::Chunk(vec![1; 16].into());
    let listing = v1::ListDatasetRequest {
        commitment: vec![2; 32],
        uri: "ipfs://x".into(),
        price: "5".into(),
        nonce: 1,
        signature: vec![3; 65],
    };
    let consent = v1::GrantConsentRequest {
        dataset: 17,
        study: study.clone(),
        until: 9,
        nonce: 1,
        signature: vec![3; 65],
    };
    let erasure = v1::EraseDatasetRequest {
        dataset: 17,
        receipt: vec![4; 32],
        open: vec![v1::Purpose { escrow: account.clone(), study: study.clone() }],
        nonce: 2,
        signature: vec![3; 65],
    };
    let query = v1::ListContractEventsRequest {
        contract: "StudyEscrow".into(),
        study: study.clone(),
        dataset: "17".into(),
        after: place,
        ..Default::default()
    };
    let session =
        v1::OpenSessionRequest { account, challenge: vec![4; 32], expires_at: 9, signature: vec![3; 65] };
    let beacon = v1::SendBeaconShareRequest { study, round: 1, attempt: 1, share: vec![5; 96] };
    let requests = [
        (13, "module-start", start.encode_to_vec()),
        (13, "module-chunk", v1::UploadModuleRequest { part: Some(chunk) }.encode_to_vec()),
        (15, "open-session", session.encode_to_vec()),
        (18, "beacon-share", beacon.encode_to_vec()),
        (24, "list-dataset", listing.encode_to_vec()),
        (25, "grant-consent", consent.encode_to_vec()),
        (27, "erase-dataset", erasure.encode_to_vec()),
        (28, "list-events", query.encode_to_vec()),
    ];
    for (choice, name, bytes) in requests {
        write("wire_request", name, choose(choice, bytes));
    }
}

pub(super) fn member_messages() {
    let genesis = v1::Genesis {
        model_seed: vec![1; 32],
        holdout_salt: vec![2; 32],
        holdout: b"age,num\n1,0\n".to_vec(),
    };
    let state = ModelState { weights: vec![0.5, 1.0], round: 1, memory: Memory::default() };
    let (said, _) = run();
    let messages = [
        ("genesis", Message::Genesis(genesis.clone())),
        ("dkg", Message::Dkg(v1::DkgMessage { epoch: 1, run: 1, message: said[0].1.to_bytes() })),
        (
            "handover",
            Message::Handover(v1::Handover {
                epoch: 2,
                genesis: Some(genesis),
                started: true,
                finished: 3,
                standardiser: vec![1, 0, 0, 0, 0],
                model_state: state.encode(),
                answered: vec![v1::OnlineSet { owners: owners() }],
            }),
        ),
    ];
    for (name, message) in messages {
        write("member_message", name, v1::MemberMessage { message: Some(message) }.encode_to_vec());
    }
}
