//! Who takes part: enrolling, leaving, removing.

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_proto::v1;

use super::{Connection, ConnectionError, transaction};

/// What an owner enrols with.
pub struct Enrolment {
    /// MLS key package.
    pub key_package: Vec<u8>,
    /// Ed25519 key of MLS.
    pub mls_key: [u8; 32],
    /// The accepted changes of this owner's enrolment so far.
    pub sequence: u64,
    /// EIP-712 `Enrol` signature.
    pub signature: [u8; 65],
}

impl Connection {
    /// Enrols; returns the transaction, if one was needed.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn enrol_owner(
        &self,
        study: StudyId,
        enrolment: Enrolment,
    ) -> Result<Option<Digest>, ConnectionError> {
        let request = v1::EnrolRequest {
            study: study.0.to_vec(),
            key_package: enrolment.key_package,
            mls_key: enrolment.mls_key.to_vec(),
            signature: enrolment.signature.to_vec(),
            sequence: enrolment.sequence,
        };
        transaction(&self.enrol(request).await?.transaction)
    }

    /// Leaves the study; returns the transaction, if one was needed.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn leave_study(
        &self,
        study: StudyId,
        sequence: u64,
        signature: [u8; 65],
    ) -> Result<Option<Digest>, ConnectionError> {
        let request = v1::LeaveRequest { study: study.0.to_vec(), sequence, signature: signature.to_vec() };
        transaction(&self.leave(request).await?.transaction)
    }

    /// Asks the owners to take one of them off the roster.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn ask_for_removal(
        &self,
        study: StudyId,
        owner: OwnerId,
        reason: String,
    ) -> Result<(), ConnectionError> {
        let request = v1::ProposeRemovalRequest { study: study.0.to_vec(), owner: owner.0.to_vec(), reason };
        self.propose_removal(request).await.map(drop)
    }

    /// Agrees that another owner is taken off the roster.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn agree_to_removal(
        &self,
        study: StudyId,
        owner: OwnerId,
        sequence: u64,
        signature: [u8; 65],
    ) -> Result<(), ConnectionError> {
        let request = v1::SignRemovalRequest {
            study: study.0.to_vec(),
            owner: owner.0.to_vec(),
            sequence,
            signature: signature.to_vec(),
        };
        self.sign_removal(request).await.map(drop)
    }
}
