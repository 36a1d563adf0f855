//! What the client reads, compiled from its own sources: the whole client would need libtorch.
#![allow(dead_code, unused_imports)]

#[path = "../../../client/src/dataset/mod.rs"]
pub mod dataset;
#[path = "../../../client/src/governance/mod.rs"]
pub mod governance;
#[path = "../../../client/src/policy/mod.rs"]
pub mod policy;
#[path = "../../../client/src/session/mod.rs"]
pub mod session;
#[path = "../../../client/src/vault/mod.rs"]
pub mod vault;

/// What owners say of their rows: all but the acts on chain.
#[path = "../../../client/src/catalog"]
pub mod catalog {
    mod columns;
    mod condition;
    mod context;
    mod document;
    mod reader;
    mod reading;
    mod receipt;
    mod refused;
    mod seal;
    mod secrets;
    mod terms;
    mod writer;

    pub use columns::{Column, ColumnKind, columns};
    pub use condition::Condition;
    pub use document::{Document, Record};
    pub use receipt::Receipt;
    pub use seal::{ContentKey, open};
    pub use terms::UseTerms;

    mod error {
        use std::path::PathBuf;

        /// Of the client's, what these files name.
        #[derive(Debug)]
        pub enum CatalogError {
            File { path: PathBuf, reason: String },
            Io { path: PathBuf, action: &'static str, source: std::io::Error },
            Randomness(getrandom::Error),
            Sealed,
        }
    }

    /// A description's key.
    pub fn content_key(key: [u8; 32]) -> Option<ContentKey> {
        ContentKey::from_secret(crate::vault::Secret::new(key.to_vec()))
    }

    /// Reads a dataset's secrets, and writes them again.
    pub fn secrets(bytes: &[u8]) -> Option<Vec<u8>> {
        Some(secrets::Secrets::from_bytes(bytes)?.to_bytes().expect("what was read").to_vec())
    }

    /// The secrets of a listed dataset.
    pub fn some_secrets() -> Vec<u8> {
        let key = crate::vault::Secret::new(vec![1; 32]);
        let (salt, artifact, commitment) = ([2; 32], [3; 32], [4; 32]);
        let secrets = secrets::Secrets { key, salt, artifact, commitment, price: 5, dataset: Some(6) };
        secrets.to_bytes().expect("secrets").to_vec()
    }
}

/// A trained model, as its file needs it.
pub mod member {
    use tributary_aggregation::optimizer::ModelState;

    use crate::dataset::Standardiser;

    pub struct StudyModel {
        pub standardiser: Standardiser,
        pub state: ModelState,
    }
}

/// Study files and trained models.
#[path = "../../../client/src/researcher"]
pub mod researcher {
    pub mod model_file;
    pub mod plan_file;
}

/// What a sandboxed trainer and the client say to each other.
#[path = "../../../client/src/sandbox"]
pub mod sandbox {
    mod demand;
    mod wire;

    use std::borrow::Cow;

    pub use demand::Demand;
    use wire::{Answer, Named, Request, Rows, receive, send};

    use crate::training::Checked;
    use crate::training::metrics::measure;

    fn sent(message: &impl serde::Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        send(&mut bytes, message).expect("memory takes all");
        bytes
    }

    /// Reads what the child says, and writes it again.
    pub fn answer(mut bytes: &[u8]) -> Option<Vec<u8>> {
        receive::<Answer>(&mut bytes).ok().map(|answer| sent(&answer))
    }

    /// Reads what the parent says, and writes it again.
    pub fn request(mut bytes: &[u8]) -> Option<Vec<u8>> {
        receive::<Request<'_>>(&mut bytes).ok().map(|request| sent(&request))
    }

    /// Answers and requests, by name.
    pub fn frames() -> [Vec<(&'static str, Vec<u8>)>; 2] {
        let metrics = measure(&[0.5, -0.25], &[true, false]).expect("numbers");
        let checked = Checked { parameters: 3, buffers: 1, metrics: vec!["dice".into()], is_logit: true };
        let rows = || Rows {
            inputs: Cow::Owned(vec![0.5, 1.0]),
            shape: Cow::Owned(vec![1]),
            targets: Cow::Owned(vec![0.0, 1.0]),
            target_width: 1,
        };
        let digest = tributary_aggregation::ids::Digest([7; 32]);
        let train = Request::Train {
            model: Named::Module(digest),
            training: "{\"local_epochs\":1}".into(),
            seed: [1; 32],
            weights: Cow::Owned(vec![0.5]),
            correction: Some(Cow::Owned(vec![0.25])),
            noise: None,
            rows: rows(),
        };
        [
            vec![
                ("ready", sent(&Answer::Ready { landlock: true })),
                ("progress", sent(&Answer::Progress { epoch: 1, epochs: 2 })),
                (
                    "trained",
                    sent(&Answer::Trained { delta: vec![0.5], loss_before: 0.5, loss_after: 0.25, steps: 2 }),
                ),
                ("measured", sent(&Answer::Measured(metrics))),
                ("checked", sent(&Answer::Checked(checked))),
            ],
            vec![
                ("load", sent(&Request::Load { digest, bytes: Cow::Owned(vec![1, 2, 3]) })),
                ("train", sent(&train)),
                (
                    "evaluate",
                    sent(&Request::Evaluate {
                        model: Named::Module(digest),
                        weights: Cow::Owned(vec![0.5]),
                        rows: rows(),
                    }),
                ),
            ],
        ]
    }
}

/// What a trainer's answers are made of.
#[path = "../../../client/src/training"]
pub mod training {
    #[path = "module/checked.rs"]
    mod checked;
    #[path = "module/error.rs"]
    mod error;
    pub mod metrics;

    pub use checked::Checked;
    pub use error::ModuleError;
}
