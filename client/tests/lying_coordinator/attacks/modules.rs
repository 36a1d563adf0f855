//! Attacks on what owners load as the researcher's module.

use std::path::Path;
use std::time::Duration;

use tributary_client::connection::Connection;
use tributary_client::dataset::Examples;
use tributary_client::training::metrics::Metrics;
use tributary_client::training::{Checked, Model, Progress, TrainError, TrainJob, Trained, Trainer};

use crate::scene::Scene;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/modules/{name}.pt"))).unwrap()
}

/// The one thing that an owner's trainer may be given here: the plan's own file.
struct Waits<'a>(&'a [u8]);

impl Trainer for Waits<'_> {
    fn train(&self, _: &TrainJob<'_>, _: &mut dyn FnMut(Progress)) -> Result<Trained, TrainError> {
        unreachable!("nothing is trained yet")
    }

    fn evaluate(&self, _: Model<'_>, _: &[f32], _: &Examples) -> Result<Metrics, TrainError> {
        unreachable!("nothing is measured yet")
    }

    fn initial(&self, module: &[u8]) -> Result<Vec<f32>, TrainError> {
        assert!(module == self.0, "other bytes got to the trainer");
        Ok(vec![0.0; 4])
    }

    fn check(&self, _: &[u8], _: &Examples) -> Result<Checked, TrainError> {
        unreachable!("owners check nothing")
    }
}

/// The coordinator sends owners something else than the module that the researcher handed in.
async fn nothing_is_loaded(words: &str, change: fn(Vec<u8>) -> Vec<u8>) {
    let module = file("line");
    let scene = Scene::bringing(&module).await;
    let researcher = scene.researcher.connection(&scene.house);
    researcher.upload_module(scene.house.study, module.clone().into()).await.unwrap();
    let plan = scene.house.parsed_plan();
    let owner = scene.owners[0].connection(&scene.house);
    let code = owner.code(&plan, &Waits(&module)).await.unwrap();
    assert!(matches!(code.model(), Model::Module(loaded) if loaded.bytes() == module));

    scene.middle.changes_artifacts(move |_, bytes| change(bytes));
    match owner.code(&plan, &Waits(&module)).await {
        Err(error) => assert!(error.to_string().contains(words), "{error}"),
        Ok(_) => panic!("it was loaded"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_with_a_changed_byte_is_not_loaded() {
    nothing_is_loaded("came with other content than its digest says", |mut bytes| {
        bytes[1000] ^= 1;
        bytes
    })
    .await;
}

/// Sound by itself, but its code is another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_module_is_not_loaded() {
    nothing_is_loaded("came with other content than its digest says", |_| file("reads_file")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_was_cut_off_is_not_loaded() {
    nothing_is_loaded("came with other content than its digest says", |mut bytes| {
        bytes.truncate(1000);
        bytes
    })
    .await;
}

/// Owners do not receive without end either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_with_something_after_its_end_is_not_loaded() {
    nothing_is_loaded("has more than its", |bytes| [bytes, vec![0]].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_nobody_handed_in_is_waited_for_and_then_named() {
    let module = file("line");
    let scene = Scene::bringing(&module).await;
    let (house, plan) = (&scene.house, scene.house.parsed_plan());
    let (wallet, domain) = (scene.owners[0].wallet.clone(), house.deployment.domain());
    let patience = Duration::from_millis(200);
    let hasty = Connection::new(&house.middle.url(), None, wallet, domain, patience).unwrap();
    match hasty.code(&plan, &Waits(&module)).await {
        Err(error) => assert!(error.to_string().contains("the coordinator has no module"), "{error}"),
        Ok(_) => panic!("it was loaded"),
    }
    // Who has patience gets it when it comes.
    let owner = scene.owners[0].connection(house);
    let waits = tokio::spawn(async move {
        let module = file("line");
        owner.code(&plan, &Waits(&module)).await.is_ok()
    });
    let researcher = scene.researcher.connection(house);
    researcher.upload_module(house.study, module.into()).await.unwrap();
    assert!(waits.await.unwrap());
}
