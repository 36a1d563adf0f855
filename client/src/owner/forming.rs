//! The group as an owner lives it: welcome, genesis, from one epoch to the next.

use prost::Message as _;
use tributary_aggregation::committee::dkg::Member as DkgMember;
use tributary_aggregation::ids::OwnerId;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{self, MemberMessage};

use super::agent::{Agent, unless_untimely};
use super::run::Step;
use crate::member::{EpochBegun, MemberError};
use crate::narrate::Event;
use crate::session::{Incoming, Received};

impl Agent {
    /// Joins the group, if it is the one that the sealed roster demands.
    pub(super) async fn welcome(&mut self, welcome: &[u8]) -> Result<(), MemberError> {
        // In the group since before a restart; or a welcome for keys that this owner had before it lost them.
        if self.member.group.is_some() || !self.member.join(&self.chain, welcome).await? {
            return Ok(());
        }
        let roster = self.member.roster()?;
        let (epoch, members) = (roster.epoch, roster.owners.len() + 1);
        // The first group is told by the researcher what it starts from; a newcomer by who brought it in.
        let steps = if epoch > 1 {
            self.member.vault.record.awaits_handover = true;
            self.start_run(1, self.member.committee_members()?)?
        } else {
            Vec::new()
        };
        self.member.save()?;
        self.narrator.tell(Event::GroupJoined { members });
        self.follow(steps).await
    }

    /// Takes in a message of the group. What can't go on for now, because disk, chain or coordinator are away, leaves no
    /// trace: the message is read again after a restart. MLS messages can be decrypted only once.
    pub(super) async fn group_message(&mut self, seq: u64, bytes: &[u8]) -> Result<(), MemberError> {
        if seq <= self.member.vault.record.mls_seq || self.member.group.is_none() {
            return Ok(()); // decrypted before a restart, or before this owner came in
        }
        if let Some(begun) = self.member.merge_own(bytes)? {
            self.member.vault.record.mls_seq = seq;
            return self.epoch_began(begun).await;
        }
        let Some(group) = self.member.group.as_mut() else { return Ok(()) };
        let taken = match group.receive(&self.member.provider, bytes) {
            Ok(Incoming::Said(received)) => self.said(received).await,
            Ok(Incoming::Change(change)) => match self.member.merge_change(&self.chain, *change).await {
                Ok(begun) => {
                    self.member.vault.record.mls_seq = seq;
                    return self.epoch_began(begun).await;
                }
                Err(error) => Err(error),
            },
            Ok(Incoming::Own) => self.own_message(bytes),
            Ok(Incoming::Past) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        };
        if taken.as_ref().is_err_and(MemberError::is_fatal) {
            return taken.map(drop);
        }
        self.member.vault.record.mls_seq = seq;
        // Decrypting has used the message's key up: what was read must be on disk before anything else happens.
        self.member.save()?;
        self.follow(taken?).await
    }

    async fn said(&mut self, received: Received) -> Result<Vec<Step>, MemberError> {
        let Received { sender, message } = received;
        match message.message {
            Some(Message::Genesis(genesis)) => self.genesis(sender, genesis),
            Some(Message::Dkg(message)) => self.dkg_message(sender, &message),
            Some(Message::Handover(handover)) => {
                self.take_handover(sender, handover).await?;
                Ok(Vec::new())
            }
            None => Ok(Vec::new()),
        }
    }

    fn genesis(&mut self, sender: OwnerId, genesis: v1::Genesis) -> Result<Vec<Step>, MemberError> {
        let known = self.member.vault.record.genesis.as_ref();
        if sender == self.member.plan.researcher && known.is_some_and(|known| known.to_wire() == genesis) {
            return Ok(Vec::new()); // the researcher was restarted and says it again
        }
        if sender != self.member.plan.researcher || known.is_some() {
            return Err(MemberError::Disagreement(format!(
                "{sender} sent a genesis message, which only the researcher may, and once; it is ignored"
            )));
        }
        self.member.vault.record.genesis = Some(self.member.check_genesis(genesis)?);
        self.start_run(1, self.member.committee_members()?)
    }

    /// A commit was merged: a new epoch, with a new committee.
    async fn epoch_began(&mut self, begun: EpochBegun) -> Result<(), MemberError> {
        self.over();
        self.run = None;
        let me = self.member.identity.owner;
        let record = &mut self.member.vault.record;
        record.forming = None;
        if self.member.group.as_ref().is_some_and(|group| !group.is_active()) {
            return self.member.save(); // this owner is out
        }
        record.owes_handover = begun.committer == me && !begun.added.is_empty();
        let steps = self.start_run(1, self.member.committee_members()?)?;
        self.member.save()?;
        let roster = self.member.roster()?;
        let (epoch, members) = (roster.epoch, roster.owners.len() + 1);
        self.narrator.tell(Event::EpochBegan { epoch, members, added: begun.added, removed: begun.removed });
        self.hand_over().await?;
        self.follow(steps).await
    }

    /// The members of a run with the keys that their shares are sealed to.
    pub(super) fn dealers(&self, members: &[OwnerId]) -> Result<Vec<DkgMember>, MemberError> {
        let leaves = self.member.group()?.owners(self.member.plan.researcher, &self.member.enrolled)?;
        let dealer =
            |owner| leaves.get(owner).map(|leaf| DkgMember { owner: leaf.owner, seal_key: leaf.seal_key });
        Ok(members.iter().filter_map(dealer).collect())
    }

    /// Encrypts a message to the group.
    pub(super) fn seal(&mut self, message: &MemberMessage) -> Result<Vec<u8>, MemberError> {
        tracing::debug!(bytes = message.encoded_len(), "sending a message to the group");
        let Some(group) = self.member.group.as_mut() else {
            return Err(MemberError::Disagreement("this owner is not in the study's MLS group".into()));
        };
        Ok(group.seal(&self.member.provider, &self.member.identity, message)?)
    }

    /// Sends what was sealed in the present epoch.
    pub(super) async fn send(&mut self, sealed: Vec<u8>) -> Result<(), MemberError> {
        let epoch = self.member.group()?.epoch();
        self.member.save()?; // the ratchet has moved: a restart must not use the same key again
        unless_untimely(self.connection.send_to_members(self.member.study, epoch, sealed).await)
    }
}
