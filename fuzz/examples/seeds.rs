//! Writes the seeds that the honest encoders make: `cargo +nightly run --example seeds`, in this folder. Names of files say
//! what is in them. What fuzzing found, `regression-*`, is kept by hand.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use prost::Message as _;
use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use tributary_aggregation::committee::dkg::{Body, Dkg, Member, Output};
use tributary_aggregation::committee::release::{VerifiedCut, release};
use tributary_aggregation::committee::{
    DkgMessage, DkgOutcome, Kind, Ledger, Purpose, SealContext, SealedSeed,
};
use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed, identity_commitment};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::masking::{Fold, MaskGraph, MaskSeeds, PairSeeds, SelfSeed, mask, unmask};
use tributary_aggregation::optimizer::{FedAdam, ModelState, ServerOptimizer};
use tributary_aggregation::plan::{Norm, RoundPlan, RoundPlanParams};
use tributary_aggregation::study::{Schema, StudyPlan};
use tributary_aggregation::update::Quantised;
use tributary_contracts::typed_data::{Domain, mls_identity_digest};
use tributary_contracts::{Wallet, keccak256};
use tributary_fuzz::study::{PLAN, STUDY};
use tributary_fuzz::{COMMITTEE, PASSWORD, owner};
use tributary_fuzz_client::{dataset, session, vault};
use tributary_proto::v1::event::Event;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::report_request::Part;
use tributary_proto::{encode, v1};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

const CONTEXT0: Digest = Digest([1; 32]);
const CONTEXT: Digest = Digest([2; 32]);
const ONE: NonZeroUsize = NonZeroUsize::MIN;

fn main() {
    committee();
    key_generation();
    sums();
    documents();
    wire();
    chain();
    client();
}

fn write(target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), bytes).expect("a seed");
}

/// A seed whose first byte is a choice.
fn choose(choice: u8, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    [&[choice], bytes.as_ref()].concat()
}

fn sealed(context: Digest, who: u8, kind: Kind, payload: &[u8]) -> SealedSeed {
    let context = SealContext { context, owner: owner(who), kind };
    let mut rng = StdRng::seed_from_u64(who.into());
    SealedSeed::seal(&COMMITTEE.key, payload, &context, &mut rng).expect("a sealed seed")
}

fn committee() {
    let own = sealed(CONTEXT0, 1, Kind::SelfSeed, &[5; 32]);
    write("sealed_seed", "own", choose(1, own.to_bytes()));
    write("sealed_seed", "pairs", choose(1, sealed(CONTEXT0, 1, Kind::Pair, &[6; 106]).to_bytes()));
    write("sealed_seed", "empty", choose(0, sealed(CONTEXT0, 1, Kind::Pair, &[]).to_bytes()));

    let cut = VerifiedCut {
        epoch: 1,
        round: 1,
        attempt: 1,
        group: 0,
        context0: CONTEXT0,
        context: CONTEXT,
        model: Digest([4; 32]),
        graph: MaskGraph::complete(&[owner(1), owner(2), owner(3)]).expect("three owners"),
        online: (1..=2).map(|who| (owner(who), sealed(CONTEXT, who, Kind::SelfSeed, &[5; 32]))).collect(),
        offline: vec![(owner(3), sealed(CONTEXT0, 3, Kind::Pair, &[6; 106]))],
        digest: Digest([5; 32]),
    };
    let mut ledger = Ledger::new();
    let approved = ledger.answer(&cut, 2).expect("an honest cut");
    let answer = release(&COMMITTEE.shares[0], approved).expect("an answer");
    write("release", "three-seeds", choose(3, answer.to_bytes()));
    ledger.answer_beacon(1, 1, 1, Digest([7; 32])).expect("a first list");
    let json = serde_json::to_vec(&ledger).expect("JSON");
    write("release_ledger", "json", choose(0, &json));
    write("release_ledger", "postcard", choose(1, postcard::to_stdvec(&ledger).expect("postcard")));

    let public = COMMITTEE.key.public_key();
    let certificate = COMMITTEE.certify(Purpose::Cut, &Digest([8; 32]));
    write("committee_key", "of-two", choose(2, COMMITTEE.key.to_bytes()));
    write("key_share", "first", COMMITTEE.shares[0].to_bytes());
    write("key_share", "second", COMMITTEE.shares[1].to_bytes());
    write("points", "key", choose(0, public.to_bytes()));
    write("points", "signature", choose(1, certificate.to_bytes()));
    write("points", "key-eip2537", choose(2, public.to_eip2537().expect("a key")));
    write("points", "signature-eip2537", choose(3, certificate.to_eip2537().expect("a signature")));
}

fn secret(index: u8) -> StaticSecret {
    StaticSecret::from([index; 32])
}

/// A run of three; what each said, in order.
fn run() -> (Vec<(u8, DkgMessage)>, Vec<DkgOutcome>) {
    let members: Vec<Member> = (1..=3)
        .map(|index| Member { owner: owner(index), seal_key: PublicKey::from(&secret(index)).to_bytes() })
        .collect();
    let (mut runs, mut waiting, mut said, mut outcomes) = (vec![], VecDeque::new(), vec![], vec![]);
    for index in 0..3u8 {
        let mut rng = StdRng::seed_from_u64(u64::from(index) + 1);
        let seal = Zeroizing::new(secret(index + 1).to_bytes());
        let (run, first) =
            Dkg::new(Digest([3; 32]), index.into(), members.clone(), seal, &mut rng).expect("a run");
        runs.push(run);
        waiting.extend(first.into_iter().map(|output| (index, output)));
    }
    while let Some((from, output)) = waiting.pop_front() {
        match output {
            Output::Broadcast(message) => {
                said.push((from, message.clone()));
                for to in (0..3u8).filter(|to| *to != from) {
                    let next = runs[usize::from(to)].receive(owner(from + 1), message.clone());
                    waiting.extend(next.expect("an honest message").into_iter().map(|output| (to, output)));
                }
            }
            Output::Done(outcome) => outcomes.push(*outcome),
            Output::Restart(restart) => panic!("{restart:?}"),
        }
    }
    (said, outcomes)
}

fn key_generation() {
    let (said, outcomes) = run();
    for (from, message) in &said {
        let name = format!("{}-{from}", message.body.phase());
        write("dkg_message", &name, choose(3, message.to_bytes()));
    }
    let mut scalar = [0; 32];
    scalar[31] = 9;
    let justify = Body::Justify { shares: vec![(0, scalar), (2, scalar)] };
    let accuse = Body::Verdict { complaints: vec![0, 2] };
    for (name, body) in [("justify", justify), ("accuse", accuse)] {
        let message = DkgMessage { context: Digest([3; 32]), body };
        write("dkg_message", name, choose(3, message.to_bytes()));
    }
    let step = |from: u8, bytes: &[u8]| [&[from][..], &(bytes.len() as u16).to_le_bytes(), bytes].concat();
    let others = said.iter().filter(|(from, _)| *from != 0);
    let steps: Vec<Vec<u8>> = others.map(|(from, message)| step(*from, &message.to_bytes())).collect();
    write("dkg_run", "honest", steps.concat());
    write("dkg_run", "silence", [steps[..3].concat(), step(3, &[])].concat());
    let accused = DkgMessage { context: Digest([3; 32]), body: Body::Verdict { complaints: vec![0] } };
    let verdict = steps.len() - 2;
    write("dkg_run", "accused", [steps[..verdict].concat(), step(1, &accused.to_bytes())].concat());
    let key = &outcomes[0].committee_key;
    write("committee_key", "of-three", choose(3, key.to_bytes()));
}

fn sums() {
    let params = RoundPlanParams {
        vector_len: 5,
        bits: 16,
        norm: Norm::LInf(1.0),
        max_weight: 1 << 10,
        max_owners: 4,
        min_group: 2,
    };
    let plan = RoundPlan::new(params).expect("a plan");
    let header = |cut: u8| [5, 16, 10, 4, cut];
    let roster = [owner(1), owner(2)];
    let graph = MaskGraph::complete(&roster).expect("two owners");
    let mut fold = Fold::new(&plan);
    let mut own = Vec::new();
    for me in [1u8, 2] {
        let other = 3 - me;
        let others = [(owner(other), PublicKey::from(&secret(other)).to_bytes())];
        let pairs = PairSeeds::derive(&owner(me), &secret(me), &others, &CONTEXT0).expect("seeds");
        write("pair_seeds", &format!("of-{me}"), pairs.encode());
        let quantised = Quantised::new(&plan, &[0.5, -0.5, 0.0, 1.0, -1.0], 7).expect("an update");
        let seed = SelfSeed::from_bytes([me; 32]);
        let seeds = MaskSeeds::new(owner(me), &graph, seed, &pairs, &[1; 32], &CONTEXT).expect("seeds");
        let masked = mask(&plan, quantised, &seeds, ONE).expect("a masked update");
        write("packed_update", &format!("masked-{me}"), [&header(3)[..], masked.as_bytes()].concat());
        fold.add(masked.as_bytes()).expect("room");
        own.push((owner(me), SelfSeed::from_bytes([me; 32])));
    }
    write("pair_seeds", "none", [0, 0]);
    let sum = unmask(&plan, fold, &CONTEXT, &graph, &own, &[], ONE).expect("a sum");
    write("packed_update", "sum", [&header(8)[..], sum.as_bytes()].concat());
}

fn documents() {
    for aborts in [0, 2] {
        write("transcript", &format!("after-{aborts}-aborts.json"), STUDY.transcript(aborts).bytes());
    }
    let initial = ModelState { weights: vec![0.5, -1.0, 2.0], round: 0, moments: None };
    write("model_state", "initial", initial.encode());
    let rule = FedAdam { learning_rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 0.001 };
    let stepped = ServerOptimizer::FedAdam(rule).step(&initial, &[0.1, 0.2, 0.3]).expect("a step");
    write("model_state", "stepped", stepped.encode());
}

fn signed() -> (Signed<JoinHeader>, Signed<ReportHeader>) {
    let join = JoinHeader { context0: CONTEXT0, owner: owner(3), sealed_pair: vec![1; 40] };
    let report =
        ReportHeader { context: CONTEXT, owner: owner(1), sealed_self: vec![2; 40], update: Digest([3; 32]) };
    (Signed { header: join, signature: [4; 64] }, Signed { header: report, signature: [5; 64] })
}

fn wire() {
    let owners: Vec<Vec<u8>> = encode::owners(&[owner(1), owner(2)]);
    let (join, report) = signed();
    let (join, report): (v1::SignedJoin, v1::SignedReport) = (join.into(), report.into());
    let cut =
        v1::Cut { group: 0, context: vec![2; 32], online: vec![report.clone()], offline: vec![join.clone()] };
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
                added: owners.clone(),
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

    let genesis = v1::Genesis {
        model_seed: vec![1; 32],
        holdout_salt: vec![2; 32],
        holdout: b"age,num\n1,0\n".to_vec(),
    };
    let state = ModelState { weights: vec![0.5, 1.0], round: 1, moments: None };
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
                answered: vec![v1::OnlineSet { owners }],
            }),
        ),
    ];
    for (name, message) in messages {
        write("member_message", name, v1::MemberMessage { message: Some(message) }.encode_to_vec());
    }
}

/// Logs and reverts as the contract's interface has them, of words that count up.
fn chain() {
    let artifact = include_str!("../../contracts/artifacts/StudyEscrow.json");
    let artifact: serde_json::Value = serde_json::from_str(artifact).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    for entry in artifact["abi"].as_array().expect("an interface") {
        let name = text(&entry["name"]);
        let inputs = entry["inputs"].as_array().cloned().unwrap_or_default();
        let types: Vec<String> = inputs.iter().map(|input| text(&input["type"])).collect();
        let selector = keccak256(format!("{name}({})", types.join(",")).as_bytes());
        let (mut indexed, mut heads, mut tail) = (Vec::new(), Vec::new(), Vec::new());
        let plain = inputs.iter().filter(|input| input["indexed"] != true).count();
        for (place, input) in inputs.iter().enumerate() {
            let kind = text(&input["type"]);
            if input["indexed"] == true {
                indexed.push(word(place + 1));
            } else if kind == "bytes" || kind == "string" || kind.ends_with("[]") {
                heads.push(word(32 * plain + tail.len()));
                // One address, or 128 bytes.
                let (length, content) = if kind.ends_with("[]") { (1, 32) } else { (128, 128) };
                tail.extend(word(length));
                tail.extend(vec![0; content]);
            } else {
                heads.push(word(1));
            }
        }
        let data = [heads.concat(), tail].concat();
        match entry["type"].as_str() {
            Some("event") => {
                let topics = [vec![selector], indexed].concat();
                write("escrow_event", &name, choose(topics.len() as u8, [topics.concat(), data].concat()));
            }
            Some("error") if inputs.len() > 1 => {
                write("revert", &name, [&selector[..4], &data].concat());
            }
            _ => {}
        }
    }
    let reason = [&[0x08, 0xc3, 0x79, 0xa0][..], &word(32), &word(2), &[b'n'; 32]].concat();
    write("revert", "Error", reason);
    write("chain_view", "word", word(7));
    write("chain_view", "study", (0..20).flat_map(|_| word(1)).collect::<Vec<u8>>());
    for (name, answer) in [
        ("number", r#"{"jsonrpc":"2.0","id":1,"result":"0x1f"}"#),
        ("bytes", r#"{"jsonrpc":"2.0","id":1,"result":"0x0001"}"#),
        ("null", r#"{"jsonrpc":"2.0","id":1,"result":null}"#),
        ("reverted", r#"{"id":1,"error":{"code":3,"message":"execution reverted","data":"0x01020304"}}"#),
        ("refused", r#"{"id":1,"error":{"code":-32000,"message":"nonce too low"}}"#),
        (
            "logs",
            r#"{"id":1,"result":[{"address":"0x0000000000000000000000000000000000000001","topics":["0x0000000000000000000000000000000000000000000000000000000000000001"],"data":"0x","blockNumber":"0x1","transactionHash":"0x0000000000000000000000000000000000000000000000000000000000000002","transactionIndex":"0x0","blockHash":"0x0000000000000000000000000000000000000000000000000000000000000003","logIndex":"0x0","removed":false}]}"#,
        ),
        (
            "block",
            r#"{"id":1,"result":{"number":"0x1","hash":"0x0000000000000000000000000000000000000000000000000000000000000003","parentHash":"0x0000000000000000000000000000000000000000000000000000000000000003","timestamp":"0x5","gasLimit":"0x1","gasUsed":"0x0","baseFeePerGas":"0x7","transactions":[]}}"#,
        ),
    ] {
        write("chain_answer", name, answer);
    }
    let wallet = Wallet::from_bytes(&[7; 32]).expect("a key");
    let digest = [8; 32];
    write("wallet_signature", "honest", [&digest[..], &wallet.sign_digest(&digest)].concat());
}

fn word(number: usize) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&(number as u64).to_be_bytes());
    word
}

fn client() {
    let numbers = "age,num\n50,1\n60.5,0\n";
    let hospitals = "age,chol,sex,num\r\n63,233,Male,0\n67,,\"Female\",2\n41,0,Male,1\n";
    write("dataset", "numbers", choose(0, numbers));
    write("dataset", "hospitals", choose(1, hospitals));
    let header = r#"{"x":{"dtype":"U8","shape":[2,1,2,2],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}}"#;
    let length = (header.len() as u64).to_le_bytes();
    let images = [&length[..], header.as_bytes(), &[0, 85, 170, 255, 1, 2, 3, 4, 1, 0]].concat();
    write("dataset", "images", choose(2, images));
    write("dataset", "missing-column", choose(1, "age,sex\n1,Male\n"));
    let table = dataset::Table::from_bytes(numbers.as_bytes(), &schema()).expect("rows");
    write("standardiser", "numbers", dataset::Standardiser::from_table(&table).to_bytes());

    let wallet = Wallet::from_bytes(&[1; 32]).expect("a key");
    let who = OwnerId(wallet.address());
    let mls_secret = [2; 32];
    let domain = Domain { chain_id: 31_337, escrow: [0xe5; 20] };
    let mls_key = session::mls_public_key(&mls_secret);
    let signature = wallet.sign_digest(&mls_identity_digest(&domain, &who.0, &mls_key));
    let keys = session::MaskKeys { mask: secret(3), seal: secret(4) };
    let identity = session::Identity::new(who, &mls_secret, keys, signature);
    let package = identity.key_package(&session::Provider::default()).expect("a key package");
    write("key_package", "honest", &package);
    write("mls_message", "key-package", &package);
    group(&package, who, &identity, domain);

    let secret = |byte: u8| vault::Secret::new(vec![byte; 32]);
    let keys = vault::KeysRecord {
        owner: who,
        mls: secret(2),
        mask: secret(3),
        seal: secret(4),
        wallet_signature: signature.to_vec(),
    };
    let mut record = vault::Record::new(StudyId([9; 32]), keys);
    write("vault_record", "new", record.to_bytes().expect("a record"));
    record.mls.push((secret(5), secret(6)));
    record.finished = Some(3);
    record.settlements = BTreeMap::from([(1, Digest([7; 32]))]);
    record.genesis =
        Some(vault::Genesis { model_seed: secret(7), holdout_salt: secret(8), holdout: secret(9) });
    record.report = Some(vault::ReportRecord {
        context: CONTEXT,
        sealed_self: vec![1; 40],
        update: Digest([3; 32]),
        signature: vec![5; 64],
    });
    let record = record.to_bytes().expect("a record");
    write("vault_record", "in-a-round", &record);
    write("vault_file", "honest", vault_file(&record));
}

/// The owner whose key package it is is added to a group, in which somebody speaks.
fn group(package: &[u8], who: OwnerId, identity: &session::Identity, domain: Domain) {
    let enrolled = BTreeMap::from([(who, identity_commitment(&identity.mls_key()))]);
    let (package, _) = session::check_key_package(package, who, &domain, &enrolled)
        .expect("an enrolled owner's key package");
    let researcher = Wallet::from_bytes(&[6; 32]).expect("a key");
    let mls_secret = [7; 32];
    let digest = mls_identity_digest(&domain, &researcher.address(), &session::mls_public_key(&mls_secret));
    let keys = session::MaskKeys { mask: secret(8), seal: secret(9) };
    let researcher = session::Identity::new(
        OwnerId(researcher.address()),
        &mls_secret,
        keys,
        researcher.sign_digest(&digest),
    );
    let provider = session::Provider::default();
    let (mut group, welcome) =
        session::Group::create(&provider, &researcher, StudyId([9; 32]), domain, &[package])
            .expect("a group");
    write("mls_message", "welcome", welcome);
    let said = v1::MemberMessage { message: None };
    let message = group.seal(&provider, &researcher, &said).expect("a message");
    write("mls_message", "application", message);
}

fn schema() -> Schema {
    StudyPlan::from_json(PLAN).expect("a plan").schema
}

/// As the client writes it, but at a cost that lets thousands of them be opened in a second.
fn vault_file(content: &[u8]) -> Vec<u8> {
    use aes_gcm::aead::{Aead, KeyInit, Payload};

    let (memory, passes, lanes) = (8u32, 1u32, 1u32);
    let salt = [1; 16];
    let params = argon2::Params::new(memory, passes, lanes, Some(32)).expect("a cost");
    let mut key = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(PASSWORD.as_bytes(), &salt, &mut key)
        .expect("a key");
    let costs = [memory, passes, lanes].map(u32::to_le_bytes).concat();
    let header = [b"TRBV\x01".as_slice(), &costs, &salt].concat();
    let nonce = [2; 12];
    let sealed = aes_gcm::Aes256Gcm::new(&key.into())
        .encrypt(&nonce.into(), Payload { msg: content, aad: &header })
        .expect("sealed");
    [header, nonce.to_vec(), sealed].concat()
}
