//! The program itself: what it says when it is started wrongly, and that it starts and stops.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tributary_contracts::{ChainClient, Deployment, KeystoreCost, Terms, Wallet};
use tributary_devchain::{DEV_ACCOUNT_KEYS, Devchain, Handle};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tributary-coordinator");
const FILE: &str = "deployments/1-31337.json";

async fn chain(directory: &TempDir) -> (Handle, Deployment) {
    let chain = Devchain::builder().spawn().await.unwrap();
    let client = ChainClient::connect(&chain.url()).await.unwrap();
    let wallet = Wallet::from_hex(DEV_ACCOUNT_KEYS[0]).unwrap();
    let terms = Terms::new(wallet.address());
    let deployment = Deployment::deploy(&client, &wallet, &terms, &mut |_| {}).await.unwrap();
    std::fs::create_dir(directory.path().join("deployments")).unwrap();
    deployment.write(&directory.path().join(FILE)).unwrap();
    std::fs::write(directory.path().join("relayer.key"), DEV_ACCOUNT_KEYS[0]).unwrap();
    (chain, deployment)
}

fn command(directory: &Path, rpc: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(directory).env("TRIBUTARY_LISTEN", "127.0.0.1:0").args(["--rpc", rpc]);
    command
}

async fn refused(mut command: Command) -> String {
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(!status.success());
    assert!(stdout.is_empty(), "nothing is ready");
    String::from_utf8(stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_what_is_wrong_with_its_arguments() {
    let directory = tempfile::tempdir().unwrap();
    let (chain, deployment) = chain(&directory).await;
    let path = directory.path();

    let said = refused(command(path, &chain.url())).await;
    assert!(said.contains("--relayer-keystore"), "{said}");

    let wallet = Wallet::from_hex(DEV_ACCOUNT_KEYS[0]).unwrap();
    wallet.save(&path.join("keystore.json"), "right", KeystoreCost::Light).unwrap();
    std::fs::write(path.join("password"), "wrong\n").unwrap();
    let mut wrong = command(path, &chain.url());
    wrong.args(["--relayer-keystore", "keystore.json", "--relayer-password-file", "password"]);
    let said = refused(wrong).await;
    assert!(said.contains("password"), "{said}");

    let with_key = |rpc: &str| {
        let mut command = command(path, rpc);
        command.args(["--relayer-key-file", "relayer.key"]);
        command
    };
    let mut busy = with_key(&chain.url());
    busy.args(["--listen", &chain.addr().to_string()]);
    let said = refused(busy).await;
    assert!(said.contains("can't listen on"), "{said}");

    let elsewhere = Deployment { chain_id: 5, ..deployment.clone() };
    std::fs::remove_file(path.join(FILE)).unwrap();
    let said = refused(with_key(&chain.url())).await;
    assert!(said.contains(FILE), "{said}");
    elsewhere.write(&path.join(FILE)).unwrap();
    let said = refused(with_key(&chain.url())).await;
    assert!(said.contains("chain 31337") && said.contains("chain 5"), "{said}");

    let gone = chain.url();
    chain.shutdown().await.unwrap();
    let said = refused(with_key(&gone)).await;
    assert!(said.contains("can't reach the chain"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_where_it_listens_and_stops_when_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let (chain, _) = chain(&directory).await;
    let mut command = tokio::process::Command::from(command(directory.path(), &chain.url()));
    command.args(["--relayer-key-file", "relayer.key"]);
    let mut program =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let patience = Duration::from_secs(60);
    let line = tokio::time::timeout(patience, lines.next_line()).await.unwrap().unwrap().unwrap();
    let address = line.strip_prefix("listening on ").unwrap();
    assert!(address.starts_with("http://127.0.0.1:"), "{line}");
    let study = tributary_proto::v1::GetStudyRequest { study: vec![1; 32] };
    let mut client =
        tributary_proto::v1::owner_service_client::OwnerServiceClient::connect(address.to_owned())
            .await
            .unwrap();
    assert_eq!(client.get_study(study).await.unwrap_err().code(), tonic::Code::NotFound);
    let id = program.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let status = tokio::time::timeout(patience, program.wait()).await.unwrap().unwrap();
    assert!(status.success());
    chain.shutdown().await.unwrap();
}
