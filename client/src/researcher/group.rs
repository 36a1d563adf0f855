//! The MLS group as its researcher lives it: forming it, telling what the study starts from, following its changes.

use openmls::prelude::KeyPackage;
use prost::Message as _;
use tributary_aggregation::ids::OwnerId;
use tributary_proto::decode;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{self, MemberMessage};

use super::agent::Researcher;
use crate::connection::ConnectionError;
use crate::member::MemberError;
use crate::narrate::Event;
use crate::session::{Group, Incoming, check_key_package, peek};
use crate::vault::{CommitRecord, Genesis, Secret};

/// Handed in before a restart: what was first counts.
fn once(sent: Result<(), ConnectionError>) -> Result<(), MemberError> {
    match sent {
        Err(error) if error.is_untimely() => Ok(()),
        sent => Ok(sent?),
    }
}

impl Researcher {
    /// Forms the MLS group with those on the sealed roster, and tells them what the study starts from. The group is on
    /// disk before anybody hears of it; after a restart the same things are said again.
    pub(super) async fn form_group(&mut self, told: &[v1::Enrolled]) -> Result<(), MemberError> {
        if self.member.group.is_none() {
            self.create_group(told).await?;
        }
        // Only the first epoch is this one's to form.
        let Some(formed) = self.member.vault.record.commit.clone() else { return Ok(()) };
        let study = self.member.study;
        once(self.connection.change_group(study, 0, formed.commit, formed.welcome, &formed.added).await)?;
        self.send_genesis().await?;
        self.member.vault.record.commit = None;
        self.narrator.tell(Event::GroupJoined { members: formed.added.len() + 1 });
        self.member.save()
    }

    async fn create_group(&mut self, told: &[v1::Enrolled]) -> Result<(), MemberError> {
        let roster = self.member.first_roster(&self.chain).await?;
        let mut packages: Vec<KeyPackage> = Vec::with_capacity(told.len());
        let mut added: Vec<OwnerId> = Vec::with_capacity(told.len());
        for enrolled in told {
            let owner = decode::owner("enrolled.owner", &enrolled.owner)?;
            let domain = &self.member.domain;
            let (package, _) = check_key_package(&enrolled.key_package, owner, domain, &roster.owners)?;
            packages.push(package);
            added.push(owner);
        }
        let (group, welcome) = Group::create(
            &self.member.provider,
            &self.member.identity,
            self.member.study,
            self.member.domain,
            &packages,
        )?;
        // Nobody missing, nobody else: before anything is sent.
        if let Err(error) = group.owners(self.member.plan.researcher, &roster.owners) {
            group.forget(&self.member.provider)?;
            return Err(error.into());
        }
        self.member.vault.record.commit = Some(CommitRecord {
            commit: Vec::new(),
            welcome,
            added,
            removed: Vec::new(),
            roster: roster.clone(),
        });
        self.member.formed(group, roster);
        self.member.save()
    }

    async fn send_genesis(&mut self) -> Result<(), MemberError> {
        let genesis = Genesis {
            model_seed: Secret::new(self.model_seed.to_vec()),
            holdout_salt: Secret::new(self.holdout.salt().to_vec()),
            holdout: Secret::new(self.holdout.csv().to_vec()),
        };
        let message = MemberMessage { message: Some(Message::Genesis(genesis.to_wire())) };
        self.member.vault.record.genesis = Some(genesis);
        tracing::debug!(bytes = message.encoded_len(), "sending the genesis message");
        let Some(group) = self.member.group.as_mut() else { return Ok(()) };
        let sealed = group.seal(&self.member.provider, &self.member.identity, &message)?;
        let epoch = group.epoch();
        self.member.save()?; // the ratchet has moved: a restart must not use the same key again
        once(self.connection.send_to_members(self.member.study, epoch, sealed).await)
    }

    /// Follows the group's changes. What owners say among themselves is not read.
    pub(super) async fn group_message(&mut self, bytes: &[u8]) -> Result<(), MemberError> {
        if !peek(bytes)?.1 {
            return Ok(());
        }
        let Some(group) = self.member.group.as_mut() else { return Ok(()) };
        let Incoming::Change(change) = group.receive(&self.member.provider, bytes)? else { return Ok(()) };
        let begun = self.member.merge_change(&self.chain, *change).await?;
        self.member.save()?;
        let roster = self.member.roster()?;
        self.narrator.tell(Event::EpochBegan {
            epoch: roster.epoch,
            members: roster.owners.len() + 1,
            added: begun.added,
            removed: begun.removed,
        });
        Ok(())
    }
}
