//! TLS everywhere: a coordinator with a certificate, members that know its authority, and a node behind https.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use hospitals::binaries::Binaries;
use hospitals::event::Event;
use hospitals::study::{Role, Study};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use support::{CLEVELAND, Scratch, alone, replace, settings};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// An authority, and a certificate of it for 127.0.0.1, as PEM files.
struct Certificates {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificates {
    fn make(directory: &Path) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
        let pem = leaf.signed_by(&key, &issuer).unwrap().pem();
        let write = |name: &str, text: String| {
            let path = directory.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        Self {
            authority: write("authority.pem", authority_pem),
            certificate: write("server.pem", pem),
            key: write("server.key", key.serialize_pem()),
        }
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_study_runs_over_tls_and_nobody_talks_to_a_coordinator_it_can_not_verify() {
    let _alone = alone();
    let scratch = Scratch::new();
    let (ours, others) = (scratch.path().join("ours"), scratch.path().join("others"));
    fs::create_dir_all(&ours).and_then(|()| fs::create_dir_all(&others)).unwrap();
    let (ours, others) = (Certificates::make(&ours), Certificates::make(&others));
    let mut settings = settings(&scratch, |_| {});
    settings.coordinator_args =
        ["--tls-cert".into(), text(&ours.certificate), "--tls-key".into(), text(&ours.key)].to_vec();
    let known = ["--tls-ca".into(), text(&ours.authority)];
    settings.researcher_args.extend(known.clone());
    settings.owner_args.extend(known);
    let mut study = Study::new(settings).unwrap();
    study.make_wallets().unwrap();
    study.start_chain().unwrap();
    study.deploy().unwrap();
    study.start_coordinator().unwrap();
    assert!(study.coordinator().starts_with("https://127.0.0.1:"), "{}", study.coordinator());
    study.launch().unwrap();

    let owner = study.owner_args(CLEVELAND);
    let complaint = |mut args: Vec<OsString>| {
        args.extend(["--patience".into(), "1".into()]);
        let run = study.tributary(args).unwrap();
        assert_eq!(run.code, Some(2), "{run:?}");
        run.stderr
    };
    let unknown = complaint(replace(owner.clone(), "--tls-ca", others.authority.clone()));
    assert!(unknown.contains("certificate"), "{unknown}");
    let plain = study.coordinator().replacen("https", "http", 1);
    let unsealed = complaint(replace(owner, "--coordinator", plain));
    assert!(unsealed.contains("did not answer"), "{unsealed}");

    for index in 0..study.owners().len() {
        study.start_owner(index).unwrap();
    }
    let ends = |event: &Event| matches!(event, Event::Ended { .. });
    for role in study.owners() {
        let ended = study.wait_event(0, role, "the study ends", ends).unwrap();
        assert!(matches!(ended, Event::Ended { completed: true, .. }), "{ended:?}");
    }
}

/// Takes TLS off connections and passes them on; returns its address.
async fn front(certificates: &Certificates, to: String) -> String {
    let certificate = CertificateDer::from_pem_file(&certificates.certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(&certificates.key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((sealed, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                // A client that does not trust the certificate hangs up.
                let Ok(mut opened) = acceptor.accept(sealed).await else { return };
                let mut node = TcpStream::connect(to).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut opened, &mut node).await;
            });
        }
    });
    format!("https://{address}")
}

#[test]
fn a_node_behind_https_is_asked_if_its_authority_is_known() {
    let _alone = alone();
    let scratch = Scratch::new();
    let certificates = Certificates::make(scratch.path());
    let mut study = Study::new(settings(&scratch, |_| {})).unwrap();
    study.make_wallets().unwrap();
    study.start_chain().unwrap();
    study.deploy().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = study.rpc().trim_start_matches("http://").to_owned();
    let url = runtime.block_on(front(&certificates, node));

    let ask = |path: &str, authority: Option<&Path>| {
        let mut command = Command::new(Binaries::beside_this().unwrap().tributary());
        command.args(["token", "balance", "--rpc", &format!("{url}{path}"), "--deployment"]);
        command.arg(study.layout().deployments()).arg("--of").arg(study.address(Role::Researcher));
        if let Some(authority) = authority {
            command.env("SSL_CERT_FILE", authority);
        }
        command.output().unwrap()
    };
    let asked = ask("", Some(&certificates.authority));
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(asked.status.success(), "{said}{}", String::from_utf8_lossy(&asked.stderr));
    assert_eq!(said.trim(), (1_000_000 * 10u128.pow(18)).to_string());

    let refused = ask("/v3/a-secret", None);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("certificate") && said.contains(&url), "{said}");
    assert!(!said.contains("a-secret"), "providers put their keys into the path: {said}");
}
