//! Sums become the next model and the coalitions' utilities; a settlement is signed only if every line of it agrees.

use tributary_aggregation::committee::Purpose;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::transcript::RoundTranscript;
use tributary_proto::decode::PublishedSum;

use super::agent::{Agent, InHand, unless_untimely};
use crate::connection::Attempt;
use crate::member::{MemberError, Opened, OutcomeError, StudyModel};
use crate::narrate::Event;

impl Agent {
    /// Opens the round's sums and says where they lead.
    pub(super) async fn sums_published(
        &mut self,
        at: Attempt,
        sums: &[PublishedSum],
    ) -> Result<(), MemberError> {
        self.check_sums(at, sums)?;
        let trainer = std::sync::Arc::clone(&self.trainer);
        let opened = self.member.open_sums(&self.connection, trainer.as_ref(), at, sums).await;
        if let Err(MemberError::Outcome(OutcomeError::BeyondClip { group, .. })) = &opened
            && let Some(sum) = sums.get(*group)
        {
            self.member.keep_beyond_clip(sum)?;
        }
        let Opened { pending, looks } = opened?;
        if !looks.is_empty() {
            self.narrator.tell(Event::Groups { round: at.round, groups: looks });
        }
        let after = StudyModel::from_record(&pending.model).map_err(|what| self.member.damaged(what))?;
        let (utilities, before) = (pending.utilities.clone(), pending.before);
        self.member.vault.record.pending = Some(pending);
        self.member.save()?;
        self.narrator.tell(Event::Phase { round: at.round, attempt: at.attempt, phase: "evaluated" });
        if self.key_share()?.is_none() {
            return Ok(()); // only the committee is asked
        }
        let sent = self.connection.send_evaluation(self.member.study, at, utilities, before, after.digest());
        unless_untimely(sent.await)
    }

    /// The sums must be of the groups that this member has seen form, if it has.
    fn check_sums(&self, at: Attempt, sums: &[PublishedSum]) -> Result<(), MemberError> {
        let InHand::Rostered(rostered, ..) = &self.in_hand else { return Ok(()) };
        rostered.check(at).map_err(|error| MemberError::Disagreement(error.to_string()))?;
        let same = sums.len() == rostered.groups.len()
            && sums.iter().zip(&rostered.groups).all(|(sum, group)| {
                sum.context == group.context
                    && sum.roster == group.roster
                    && sum.online.iter().all(|owner| group.roster.contains(owner))
            });
        if same {
            return Ok(());
        }
        Err(MemberError::Disagreement(format!(
            "the sums of round {} are not of the groups that were formed; they are not opened",
            at.round
        )))
    }

    /// Checks the round's transcript line by line and signs its settlement.
    pub(super) async fn settlement_proposed(
        &mut self,
        at: Attempt,
        transcript: &[u8],
    ) -> Result<(), MemberError> {
        let Some(share) = self.key_share()? else { return Ok(()) };
        let Some(pending) = self.member.vault.record.pending.clone() else { return Ok(()) };
        if (pending.round, pending.attempt) != (at.round, at.attempt) {
            return Ok(());
        }
        let digest = RoundTranscript::digest_of(transcript);
        let signed_before = self.member.vault.record.settlements.get(&at.round).copied();
        if signed_before.is_some_and(|before| before != digest) {
            return Err(MemberError::Disagreement(format!(
                "another settlement of round {} was signed before; this one is not",
                at.round
            )));
        }
        let verified = self.member.verify_transcript(transcript, Some(&pending))?;
        let settlement = tributary_contracts::Settlement::of(verified.settlement())?;
        let message =
            Digest(tributary_contracts::typed_data::settlement_digest(&self.member.domain, &settlement));
        self.member.vault.record.settlements.insert(at.round, digest);
        self.member.save()?; // before the share leaves
        let signature = share
            .sign(Purpose::Settlement, &message)
            .map_err(|error| MemberError::Disagreement(error.to_string()))?;
        let given =
            self.connection.give_settlement_share(self.member.study, at, digest, signature.to_bytes()).await;
        unless_untimely(given)?;
        self.narrator.tell(Event::Phase { round: at.round, attempt: at.attempt, phase: "signed" });
        Ok(())
    }
}
