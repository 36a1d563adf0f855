//! Taking a round's public record in: verified line by line, then the model moves on.

use tributary_aggregation::transcript::{GroupView, MemberView, PublicView, VerifiedTranscript, verify};

use super::handover::online_of;
use super::{Member, MemberError, StudyModel};
use crate::vault::PendingRound;

impl Member {
    /// Verifies a transcript against what is public, and against this member's own view of the round where it has one.
    pub(crate) fn verify_transcript(
        &self,
        transcript: &[u8],
        pending: Option<&PendingRound>,
    ) -> Result<VerifiedTranscript, MemberError> {
        let standing = self.standing()?;
        let owners = self.owners();
        let key = self.committee_public_key()?;
        let view = PublicView {
            study: self.study,
            plan: &self.plan,
            plan_digest: self.plan_digest,
            owners: &owners,
            ever: &self.roster()?.ever,
            epoch: self.group()?.epoch(),
            committee_key: &key,
            standing: &standing,
        };
        let groups: Vec<GroupView>;
        let member = match pending {
            None => None,
            Some(pending) => {
                groups = pending
                    .sums
                    .iter()
                    .map(|(context, sum)| GroupView { context: *context, sum: *sum })
                    .collect();
                let after = StudyModel::from_record(&pending.model).map_err(|what| self.damaged(what))?;
                Some(MemberView {
                    groups: &groups,
                    model_after: after.digest(),
                    utilities: &pending.utilities,
                })
            }
        };
        verify(transcript, &view, member.as_ref()).map_err(|disagreement| {
            MemberError::Disagreement(format!(
                "the settlement does not agree: {disagreement}; it is not signed"
            ))
        })
    }

    /// A round is settled (or, for the statistics round, done): what was pending becomes the model.
    ///
    /// # Errors
    /// If the vault can't be written, or the transcript on record is another than the one verified.
    pub(crate) fn round_settled(&mut self, round: u64, transcript: Option<&[u8]>) -> Result<(), MemberError> {
        if self.vault.record.finished.is_some_and(|finished| finished >= round) {
            return Ok(()); // dealt with before a restart
        }
        let Some(pending) = self.vault.record.pending.take_if(|pending| pending.round == round) else {
            return Err(MemberError::Missed { round });
        };
        if let Some(bytes) = transcript {
            let verified = self.verify_transcript(bytes, Some(&pending))?;
            self.vault.record.payouts = verified.settlement().payouts.clone();
            self.vault.record.previous = Some(verified.digest());
            let online = online_of(verified.transcript());
            let contexts = pending.sums.iter().map(|(context, _)| *context);
            self.vault.record.control.settle(contexts, online.contains(&self.identity.owner));
            self.vault.record.last_online = Some(online);
        }
        self.vault.record.model = Some(pending.model);
        self.vault.record.finished = Some(round);
        self.save()
    }
}
