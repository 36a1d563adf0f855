//! Coming in: the owner's signature puts it on the roster; with fresh keys if the old ones are lost.

use tributary_aggregation::header::identity_commitment;
use tributary_aggregation::ids::Digest;
use tributary_contracts::typed_data;

use super::agent::Agent;
use crate::connection::Enrolment;
use crate::member::MemberError;
use crate::narrate::Event;

impl Agent {
    /// Enrols, unless this owner is in the group already.
    pub(super) async fn enrol(&mut self) -> Result<(), MemberError> {
        let (study, owner) = (self.member.study, self.member.identity.owner);
        let mls_key = self.member.identity.mls_key();
        let identity = identity_commitment(&mls_key);
        let standing = self.chain.enrolment(study, owner).await?;
        let in_group = self.member.group.is_some();
        let sequence = match standing.identity.map(Digest) {
            Some(there) if there != identity && in_group => {
                return Err(MemberError::Disagreement(format!(
                    "{owner} is enrolled in this study with other keys than this vault's: somebody with its wallet \
                     enrolled again, so this vault is of no more use here. Go on with the newer vault; if that is lost, \
                     start with an empty directory"
                )));
            }
            // If it has left or was removed, the log will say so.
            _ if in_group => return Ok(()),
            Some(there) if there != identity => {
                self.narrator.tell(Event::KeysReplaced { owner });
                standing.sequence
            }
            // Only the key package is new; the signature is the one that was taken.
            Some(_) => standing.sequence.saturating_sub(1),
            None => standing.sequence,
        };
        let digest = typed_data::enrol_digest(
            &self.member.domain,
            &study.0,
            &owner.0,
            &self.member.plan_digest.0,
            &identity.0,
            sequence,
        );
        let key_package = self.member.identity.key_package(&self.member.provider)?;
        // The key package's private half must be on disk before anybody can use the public one.
        self.member.save()?;
        let signature = self.wallet.sign_digest(&digest);
        let enrolment = Enrolment { key_package, mls_key, sequence, signature };
        let transaction = self.connection.enrol_owner(study, enrolment).await?;
        self.narrator.tell(Event::Enrolled { owner, transaction });
        Ok(())
    }
}
