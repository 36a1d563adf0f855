//! What goes to the MLS delivery service, and the committee's key.

use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_proto::{encode, v1};

use super::{Connection, ConnectionError};

impl Connection {
    /// Hands in a signature on the committee's key.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn sign_committee_key(
        &self,
        study: StudyId,
        epoch: u64,
        committee_key: Vec<u8>,
        members: &[OwnerId],
        signature: [u8; 65],
    ) -> Result<(), ConnectionError> {
        let request = v1::SignCommitteeRequest {
            study: study.0.to_vec(),
            epoch,
            committee_key,
            members: encode::owners(members),
            signature: signature.to_vec(),
        };
        self.sign_committee(request).await.map(drop)
    }

    /// Hands a commit and its welcome to the delivery service: the one that ends `epoch`. The group's creation is a
    /// welcome without a commit and ends epoch 0.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses: [`ConnectionError::is_untimely`] if another commit was first.
    pub async fn change_group(
        &self,
        study: StudyId,
        epoch: u64,
        commit: Vec<u8>,
        welcome: Vec<u8>,
        added: &[OwnerId],
    ) -> Result<(), ConnectionError> {
        let added = encode::owners(added);
        let request = v1::SubmitCommitRequest { study: study.0.to_vec(), epoch, commit, welcome, added };
        self.submit_commit(request).await.map(drop)
    }

    /// Sends an MLS application message of `epoch` to all members.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses: [`ConnectionError::is_untimely`] if the epoch is over.
    pub async fn send_to_members(
        &self,
        study: StudyId,
        epoch: u64,
        message: Vec<u8>,
    ) -> Result<(), ConnectionError> {
        let request = v1::SendMessageRequest { study: study.0.to_vec(), message, epoch };
        self.send_message(request).await.map(drop)
    }
}
