//! Roster changes in mid-study: committing them, handing the study over to those who come in, agreeing to removals.

use tributary_aggregation::ids::OwnerId;
use tributary_contracts::typed_data;
use tributary_proto::decode::{self, RosterChange};
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{self, MemberMessage};

use super::agent::{Agent, unless_untimely};
use crate::member::MemberError;
use crate::narrate::Event;

impl Agent {
    /// The roster was changed on chain and is sealed. Whoever is named makes the commit; the first one in the log counts.
    pub(super) async fn roster_changing(&mut self, change: RosterChange) -> Result<(), MemberError> {
        if change.epoch != self.member.roster()?.epoch || change.committer != self.member.identity.owner {
            return Ok(()); // done before a restart, or somebody else's
        }
        if self.member.vault.record.awaits_handover && !change.added.is_empty() {
            return Err(MemberError::Disagreement(
                "this owner is to bring others in, but was not told itself where the study stands; somebody else must"
                    .into(),
            ));
        }
        let made = self.member.make_commit(&self.chain, &change).await?;
        let study = self.member.study;
        let sent =
            self.connection.change_group(study, change.epoch, made.commit, made.welcome, &made.added).await;
        unless_untimely(sent)
    }

    /// Tells those whom this owner has brought in where the study stands. Said twice if a restart comes between.
    pub(super) async fn hand_over(&mut self) -> Result<(), MemberError> {
        if !self.member.vault.record.owes_handover {
            return Ok(());
        }
        let handover = self.member.handover()?;
        let sealed = self.seal(&MemberMessage { message: Some(Message::Handover(handover)) })?;
        self.send(sealed).await?;
        self.member.vault.record.owes_handover = false;
        self.member.save()
    }

    /// Takes over where the study stands, if this owner waits for it.
    pub(super) async fn take_handover(
        &mut self,
        sender: OwnerId,
        handover: v1::Handover,
    ) -> Result<(), MemberError> {
        if !self.member.vault.record.awaits_handover {
            return Ok(());
        }
        let settlements = self.chain.settlements(self.member.study).await?;
        self.member.take_over(&self.connection, &settlements, sender, handover).await?;
        self.narrator.tell(Event::HandedOver { finished: self.member.vault.record.finished });
        Ok(())
    }

    /// The researcher wants an owner off the roster. This owner agrees if what it knows by itself speaks for it.
    pub(super) async fn removal_proposed(
        &mut self,
        proposed: v1::RemovalProposed,
    ) -> Result<(), MemberError> {
        let owner = decode::owner("removal.owner", &proposed.owner)?;
        let (study, sequence) = (self.member.study, proposed.sequence);
        if owner == self.member.identity.owner {
            return Ok(());
        }
        let refuse = |why: &str| {
            MemberError::Disagreement(format!(
                "the researcher wants {owner} off the roster ({:?}): {why}, so this owner does not sign",
                proposed.reason
            ))
        };
        let Some(evidence) = self.member.evidence(&self.connection, &self.chain, owner).await? else {
            return Err(refuse(match self.member.vault.record.last_online {
                None => "no round is settled yet that would show whether it takes part",
                Some(_) => "its update is in the last settled round, and no record shows that it does harm",
            }));
        };
        let standing = self.chain.enrolment(study, owner).await?;
        if standing.identity.is_none() || standing.sequence != sequence {
            return Err(refuse("on chain it is not on the roster with that sequence"));
        }
        let digest = typed_data::remove_digest(&self.member.domain, &study.0, &owner.0, sequence);
        let signature = self.wallet.sign_digest(&digest);
        unless_untimely(self.connection.agree_to_removal(study, owner, sequence, signature).await)?;
        self.narrator.tell(Event::RemovalSigned {
            owner,
            reason: proposed.reason,
            evidence: evidence.to_string(),
        });
        Ok(())
    }
}
