//! A study's module comes in from its researcher, whole and as its plan says, and goes out to whoever asks.
#![allow(clippy::unwrap_used)]

mod support;

use std::future::pending;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use support::house::{Caller, House, plan};
use tokio::sync::oneshot;
use tonic::{Code, Status};
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::{Metric, ModelSpec, ModuleSpec};
use tributary_contracts::Wallet;
use tributary_proto::v1::researcher_service_client::ResearcherServiceClient;
use tributary_proto::v1::upload_module_request::Part;
use tributary_proto::v1::{UploadModuleRequest, UploadModuleStart};

/// More than a connection and a handler hold back together, and no multiple of a chunk.
const SIZE: usize = 12_000_001;
const CHUNK: usize = 1 << 20;

fn file() -> Vec<u8> {
    (0..SIZE as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

async fn house(file: &[u8]) -> House {
    let module = ModuleSpec { digest: sha256(file), size: file.len() as u64, parameters: 10 };
    House::with_plan(|researcher| {
        let mut plan = plan(4, researcher);
        plan.model = ModelSpec::Module(module);
        plan.scoring.metric = Metric::NegLoss;
        plan
    })
    .await
}

fn start(house: &House) -> Part {
    Part::Start(UploadModuleStart { study: house.study.0.to_vec() })
}

fn chunks(file: &[u8]) -> Vec<Part> {
    file.chunks(CHUNK).map(|chunk| Part::Chunk(Bytes::copy_from_slice(chunk))).collect()
}

fn whole(house: &House, file: &[u8]) -> Vec<Part> {
    [vec![start(house)], chunks(file)].concat()
}

async fn send(
    house: &House,
    caller: &Caller,
    parts: impl Stream<Item = Part> + Send + 'static,
) -> Result<(), Status> {
    let parts = parts.map(|part| UploadModuleRequest { part: Some(part) });
    ResearcherServiceClient::new(house.channel()).upload_module(caller.of(parts)).await.map(drop)
}

async fn refused(house: &House, caller: &Caller, parts: Vec<Part>) -> (Code, String) {
    let status = send(house, caller, stream::iter(parts)).await.unwrap_err();
    (status.code(), status.message().to_owned())
}

async fn is_there(house: &House, digest: Digest) -> bool {
    match house.artifact(digest).await {
        Ok(_) => true,
        Err(status) => {
            assert_eq!(status.code(), Code::NotFound, "{status}");
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_is_taken_once_and_given_to_whoever_asks() {
    let file = file();
    let mut house = house(&file).await;
    let researcher = house.login(&house.researcher).await.unwrap();
    assert!(!is_there(&house, sha256(&file)).await);
    send(&house, &researcher, stream::iter(whole(&house, &file))).await.unwrap();
    assert!(house.artifact(sha256(&file)).await.unwrap() == file);
    // Again, as a researcher that is started again does: nothing is received any more, nothing is kept twice.
    let kept = house.files().len();
    send(&house, &researcher, stream::iter(whole(&house, &file))).await.unwrap();
    send(&house, &researcher, stream::iter([start(&house)])).await.unwrap();
    assert_eq!(house.files().len(), kept);
    house.restart().await;
    assert!(house.artifact(sha256(&file)).await.unwrap() == file);
    house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_plans_file_or_not_its_researchers_is_not_kept() {
    let file = file();
    let house = house(&file).await;
    let researcher = house.login(&house.researcher).await.unwrap();
    let before = house.files().len();
    let mut changed = file.clone();
    changed[SIZE / 2] ^= 1;
    let longer = [&file[..], b"x"].concat();
    let huge = [vec![start(&house)], chunks(&file[1..]), chunks(&file)].concat();
    let large_chunk = vec![start(&house), Part::Chunk(Bytes::from(file[..=CHUNK].to_vec()))];
    for (parts, words) in [
        (whole(&house, &changed), "is not the one whose digest is in the plan"),
        (whole(&house, &file[..SIZE - 1]), "is not the one whose digest is in the plan"),
        (vec![start(&house)], "is not the one whose digest is in the plan"),
        (whole(&house, &longer), "more than the 12000001 bytes of the plan"),
        (huge, "more than the 12000001 bytes of the plan"),
        (large_chunk, "a chunk has at most 1048576 bytes"),
        (chunks(&file), "a module begins with its study"),
        (Vec::new(), "a module begins with its study"),
        ([vec![start(&house)], whole(&house, &file)].concat(), "a module has one beginning"),
        (vec![Part::Start(UploadModuleStart { study: vec![1; 31] })], "study"),
    ] {
        let (code, message) = refused(&house, &researcher, parts).await;
        assert!(code == Code::InvalidArgument && message.contains(words), "{words}: {code:?} {message}");
    }
    let unknown = vec![Part::Start(UploadModuleStart { study: vec![1; 32] })];
    assert_eq!(refused(&house, &researcher, unknown).await.0, Code::NotFound);

    let stranger = house.login(&Wallet::from_bytes(&[0x55; 32]).unwrap()).await.unwrap();
    let (code, message) = refused(&house, &stranger, whole(&house, &file)).await;
    assert!(code == Code::PermissionDenied && message.contains("not the researcher"), "{code:?} {message}");
    let nobody = stream::iter(whole(&house, &file)).map(|part| UploadModuleRequest { part: Some(part) });
    let status = ResearcherServiceClient::new(house.channel()).upload_module(nobody).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);

    assert!(!is_there(&house, sha256(&file)).await && !is_there(&house, sha256(&changed)).await);
    assert_eq!(house.files().len(), before, "what was refused left nothing behind");
    send(&house, &researcher, stream::iter(whole(&house, &file))).await.unwrap();
    house.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_study_with_a_built_in_model_takes_no_module() {
    let house = House::with_study(4).await;
    let researcher = house.login(&house.researcher).await.unwrap();
    let (code, message) = refused(&house, &researcher, whole(&house, b"module")).await;
    assert!(code == Code::InvalidArgument && message.contains("built in"), "{code:?} {message}");
    house.shutdown().await;
}

/// All of a file but its last chunk, then nothing; tells when that much is under way, and so the first part received.
fn halting(house: &House, file: &[u8]) -> (impl Stream<Item = Part> + Send + use<>, oneshot::Receiver<()>) {
    let (tell, told) = oneshot::channel();
    let halt = async move {
        let _ = tell.send(());
        pending().await
    };
    let mut parts = whole(house, file);
    parts.pop();
    (stream::iter(parts).chain(stream::once(halt)), told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_breaks_off_leaves_nothing_and_can_be_made_again() {
    let file = file();
    let house = house(&file).await;
    let researcher = house.login(&house.researcher).await.unwrap();
    let mut under_way = Vec::new();
    for _ in 0..2 {
        let (parts, told) = halting(&house, &file);
        let mut client = ResearcherServiceClient::new(house.channel());
        let request = researcher.of(parts.map(|part| UploadModuleRequest { part: Some(part) }));
        under_way.push(tokio::spawn(async move { client.upload_module(request).await.map(drop) }));
        told.await.unwrap();
    }
    let (code, message) = refused(&house, &researcher, whole(&house, &file)).await;
    assert!(code == Code::ResourceExhausted && message.contains("2 uploads"), "{code:?} {message}");
    for upload in under_way {
        upload.abort();
        assert!(upload.await.unwrap_err().is_cancelled());
    }
    assert!(!is_there(&house, sha256(&file)).await);
    // Its place is free as soon as the coordinator has noticed.
    loop {
        match send(&house, &researcher, stream::iter(whole(&house, &file))).await {
            Ok(()) => break,
            Err(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status}"),
        }
    }
    assert!(house.artifact(sha256(&file)).await.unwrap() == file);
    house.shutdown().await;
}
