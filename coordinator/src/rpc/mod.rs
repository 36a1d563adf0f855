//! How others talk to the coordinator: one file per service of `tributary.v1`.
//!
//! A call is authenticated ([`auth`]), its message decoded (by `tributary-proto`, which names the field that is wrong), and
//! turned into a command for the [`Driver`]; every error becomes a [`tonic::Status`] in [`status`] and nowhere else.

mod auditor;
mod auth;
mod chain;
mod chunks;
mod dataset;
mod delivery;
mod events;
mod limits;
mod module;
mod owner;
mod report;
mod researcher;
mod roster;
mod session;
mod status;

use std::sync::Arc;

use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_contracts::typed_data::{Domain, recover};
use tributary_contracts::{Chain, Deployment, Word};

pub use status::RpcError;

use crate::driver::Driver;
use crate::rounds::Study;
use limits::{Acts, Flow, InFlight};

/// The largest message of owners and auditors: a chunk of 1 MiB and what is around it.
pub const MESSAGE_LIMIT: usize = 2 << 20;
/// The largest message of members to each other: a welcome, or a genesis with its holdout.
pub const DELIVERY_LIMIT: usize = 16 << 20;

/// What all services share. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    /// Drives studies.
    pub driver: Arc<Driver>,
    /// The chain.
    pub chain: Arc<dyn Chain>,
    /// Where the contracts are.
    pub deployment: Deployment,
    acts: Arc<Acts>,
    flow: Arc<Flow>,
    in_flight: Arc<InFlight>,
}

impl Desk {
    /// A desk in front of a driver.
    #[must_use]
    pub fn new(driver: Arc<Driver>, chain: Arc<dyn Chain>, deployment: Deployment) -> Self {
        Self {
            driver,
            chain,
            deployment,
            acts: Arc::default(),
            flow: Arc::default(),
            in_flight: Arc::default(),
        }
    }

    fn domain(&self) -> Domain {
        self.deployment.domain()
    }

    /// The study, if the account belongs to it.
    async fn members_study(&self, id: StudyId, account: OwnerId) -> Result<Study, RpcError> {
        let study = self.driver.study(id).await?;
        if study.base.may_read(&account) {
            return Ok(study);
        }
        Err(RpcError::Denied(format!(
            "{account} is neither an enrolled owner of this study nor its researcher"
        )))
    }
}

/// Refuses a signature that is not the account's own over this digest.
fn check_signer(digest: &Word, signature: &[u8; 65], owner: OwnerId) -> Result<(), RpcError> {
    let signer =
        recover(digest, signature).map_err(|error| RpcError::Invalid(format!("field signature: {error}")))?;
    if signer == owner.0 {
        return Ok(());
    }
    let signer = OwnerId(signer);
    Err(RpcError::Denied(format!(
        "field signature: signed by {signer}, not by {owner}, or over something else"
    )))
}
