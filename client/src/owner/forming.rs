//! Forming the group and its committee: welcome, genesis, the distributed key generation, the key on chain.

use prost::Message as _;
use rand07::SeedableRng;
use rand07::rngs::StdRng;
use tributary_aggregation::committee::dkg::{Member as DkgMember, Output};
use tributary_aggregation::committee::{Dkg, DkgMessage, DkgOutcome};
use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::typed_data;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{self, MemberMessage};
use zeroize::Zeroizing;

use super::agent::Agent;
use crate::member::MemberError;
use crate::narrate::Event;
use crate::researcher::holdout::Holdout;
use crate::session::{Group, Received};
use crate::vault::{CommitteeRecord, FormingRecord, Genesis, Secret, VaultError};

impl Agent {
    /// Joins the group, if its members are exactly the researcher and those enrolled on chain.
    pub(super) async fn welcome(&mut self, welcome: &[u8]) -> Result<(), MemberError> {
        if self.member.group.is_some() {
            return Ok(()); // joined before a restart
        }
        self.load_enrolled().await?;
        let group = Group::join(&self.member.provider, self.member.study, self.member.domain, welcome)?;
        group.owners(self.member.plan.researcher, &self.member.enrolled)?;
        self.narrator.tell(Event::GroupJoined { members: self.member.enrolled.len() + 1 });
        self.member.group = Some(group);
        self.member.save()
    }

    /// Takes in a message of the group.
    pub(super) async fn group_message(&mut self, seq: u64, bytes: &[u8]) -> Result<(), MemberError> {
        if seq <= self.member.vault.record.mls_seq {
            return Ok(()); // decrypted before a restart
        }
        let Some(group) = self.member.group.as_mut() else { return Ok(()) };
        let received = group.open(&self.member.provider, bytes);
        self.member.vault.record.mls_seq = seq;
        let outputs = match received {
            Ok(Some(Received { sender, message })) => match message.message {
                Some(Message::Genesis(genesis)) => self.genesis(sender, genesis)?,
                Some(Message::Dkg(message)) => self.dkg_message(sender, &message)?,
                Some(Message::Handover(_)) | None => Vec::new(),
            },
            Ok(None) => Vec::new(),
            Err(error) => {
                self.member.save()?;
                return Err(error.into());
            }
        };
        // Decrypting has used the message's key up: what was read must be on disk before anything else happens.
        self.member.save()?;
        self.follow(outputs).await
    }

    fn genesis(&mut self, sender: OwnerId, genesis: v1::Genesis) -> Result<Vec<Output>, MemberError> {
        if sender != self.member.plan.researcher || self.member.vault.record.genesis.is_some() {
            return Err(MemberError::Disagreement(format!(
                "{sender} sent a genesis message, which only the researcher may, and once; it is ignored"
            )));
        }
        let salt: [u8; 32] = tributary_proto::decode::array("genesis.holdout_salt", &genesis.holdout_salt)?;
        let _: [u8; 32] = tributary_proto::decode::array("genesis.model_seed", &genesis.model_seed)?;
        let plan = &self.member.plan;
        Holdout::open(genesis.holdout.clone(), salt, &plan.holdout_commitment, &plan.schema)?;
        self.member.vault.record.genesis = Some(Genesis {
            model_seed: Secret::new(genesis.model_seed),
            holdout_salt: Secret::new(genesis.holdout_salt),
            holdout: Secret::new(genesis.holdout),
        });
        self.start_run(1, self.member.enrolled.keys().copied().collect())
    }

    /// Starts a run of the key generation among `members` (ascending).
    fn start_run(&mut self, run: u32, members: Vec<OwnerId>) -> Result<Vec<Output>, MemberError> {
        let mut seed = vec![0; 32];
        getrandom::fill(&mut seed).map_err(VaultError::Randomness)?;
        let record = FormingRecord { run, members, seed: Secret::new(seed), heard: Vec::new() };
        let outputs = self.run_of(&record)?;
        self.member.vault.record.forming = Some(record);
        Ok(outputs)
    }

    fn run_of(&mut self, record: &FormingRecord) -> Result<Vec<Output>, MemberError> {
        let group = self.member.group()?;
        let leaves = group.owners(self.member.plan.researcher, &self.member.enrolled)?;
        let me = record.members.iter().position(|owner| *owner == self.member.identity.owner);
        let Some(me) = me else {
            return Err(MemberError::Disagreement(
                "this owner was dropped from the key generation: it takes part in no release".into(),
            ));
        };
        let members = record
            .members
            .iter()
            .filter_map(|owner| leaves.get(owner))
            .map(|leaf| DkgMember { owner: leaf.owner, seal_key: leaf.seal_key })
            .collect();
        let parts: Vec<&[u8]> = record.members.iter().map(AsRef::as_ref).collect();
        let context = digest(
            "dkg",
            &[
                self.member.study.as_ref(),
                &group.epoch().to_le_bytes(),
                &group.epoch_authenticator(),
                &record.run.to_le_bytes(),
                digest("dkg-members", &parts).as_ref(),
            ],
        );
        let seed = record.seed.key().ok_or_else(|| self.member.damaged("its key generation"))?;
        let seal = Zeroizing::new(self.member.identity.keys.seal.to_bytes());
        let mut rng = StdRng::from_seed(*seed);
        let (run, outputs) = Dkg::new(context, me as u64, members, seal, &mut rng).map_err(refusal)?;
        self.dkg = Some(run);
        Ok(outputs)
    }

    /// After a restart: draws the same polynomial and hears the same messages again. What that gives out is sent again,
    /// which changes nothing where it was heard.
    pub(super) fn resume_forming(&mut self) -> Result<Vec<Output>, MemberError> {
        let Some(record) = self.member.vault.record.forming.clone() else { return Ok(Vec::new()) };
        let mut outputs = self.run_of(&record)?;
        for (sender, bytes) in &record.heard {
            outputs.extend(self.hear(*sender, bytes)?);
        }
        Ok(outputs)
    }

    fn dkg_message(&mut self, sender: OwnerId, message: &v1::DkgMessage) -> Result<Vec<Output>, MemberError> {
        let epoch = self.member.group()?.epoch();
        let Some(record) = self.member.vault.record.forming.as_mut() else { return Ok(Vec::new()) };
        if (message.epoch, message.run) != (epoch, record.run) {
            return Ok(Vec::new()); // of a run that is over
        }
        record.heard.push((sender, message.message.clone()));
        self.hear(sender, &message.message)
    }

    fn hear(&mut self, sender: OwnerId, bytes: &[u8]) -> Result<Vec<Output>, MemberError> {
        let Some(run) = self.dkg.as_mut() else { return Ok(Vec::new()) };
        let message = DkgMessage::from_bytes(bytes, run.params())
            .map_err(|error| MemberError::Disagreement(format!("{sender}, key generation: {error}")))?;
        run.receive(sender, message).map_err(refusal)
    }

    /// Does what the key generation gives out.
    pub(super) async fn follow(&mut self, outputs: Vec<Output>) -> Result<(), MemberError> {
        let mut waiting = std::collections::VecDeque::from(outputs);
        while let Some(output) = waiting.pop_front() {
            match output {
                Output::Broadcast(message) => self.broadcast(&message).await?,
                Output::Done(outcome) => self.key_made(*outcome).await?,
                Output::Restart(restart) => {
                    let Some(record) = self.member.vault.record.forming.clone() else { continue };
                    let without = restart.without();
                    self.narrator.tell(Event::DealersDropped { owners: without.clone() });
                    let members =
                        record.members.into_iter().filter(|owner| !without.contains(owner)).collect();
                    waiting.extend(self.start_run(record.run + 1, members)?);
                    self.member.save()?;
                }
            }
        }
        Ok(())
    }

    async fn broadcast(&mut self, message: &DkgMessage) -> Result<(), MemberError> {
        let run = self.member.vault.record.forming.as_ref().map_or(0, |record| record.run);
        let dkg = v1::DkgMessage { epoch: self.member.group()?.epoch(), run, message: message.to_bytes() };
        self.send_to_members(MemberMessage { message: Some(Message::Dkg(dkg)) }).await
    }

    async fn send_to_members(&mut self, message: MemberMessage) -> Result<(), MemberError> {
        tracing::debug!(bytes = message.encoded_len(), "sending a message to the group");
        let Some(group) = self.member.group.as_mut() else { return Ok(()) };
        let sealed = group.seal(&self.member.provider, &self.member.identity, &message)?;
        self.member.save()?; // the ratchet has moved: a restart must not use the same key again
        self.connection.send_to_members(self.member.study, sealed).await?;
        Ok(())
    }

    /// The committee's key is made: keeps the share, and signs the key for the chain.
    async fn key_made(&mut self, outcome: DkgOutcome) -> Result<(), MemberError> {
        let epoch = self.member.group()?.epoch();
        let record = CommitteeRecord {
            epoch,
            members: outcome.qualified,
            public_key: outcome.committee_key.public_key_bytes().to_vec(),
            key: outcome.committee_key.to_bytes(),
            share: Some(Secret::new(outcome.share.to_bytes().to_vec())),
        };
        self.dkg = None;
        self.member.vault.record.forming = None;
        self.member.vault.record.committee = Some(record);
        self.member.save()?;
        self.sign_committee().await
    }

    /// Signs the committee's key (EIP-712) and hands the signature in.
    pub(super) async fn sign_committee(&mut self) -> Result<(), MemberError> {
        let Some(record) = self.member.vault.record.committee.clone() else { return Ok(()) };
        let key_hash = self.member.committee_key_hash()?;
        let signed = typed_data::committee_key_digest(
            &self.member.domain,
            &self.member.study.0,
            record.epoch,
            &key_hash.0,
        );
        let signature = self.wallet.sign_digest(&signed);
        let sent = self
            .connection
            .sign_committee_key(self.member.study, record.epoch, record.key, &record.members, signature)
            .await;
        super::agent::unless_untimely(sent)?;
        self.narrator.tell(Event::CommitteeSigned { members: record.members.len() });
        Ok(())
    }

    /// The coordinator says that the key is on chain: looks there.
    pub(super) async fn committee_registered(&mut self, epoch: u64) -> Result<(), MemberError> {
        let on_chain: Digest = self.chain.committee_key_hash(self.member.study, epoch).await?;
        let own = self.member.committee_key_hash()?;
        if on_chain != own {
            return Err(MemberError::Disagreement(format!(
                "the committee key on chain (hash {on_chain}) is not the one that was generated ({own}): \
                 this owner takes part in no round of epoch {epoch}"
            )));
        }
        self.narrator.tell(Event::CommitteeReady { epoch });
        Ok(())
    }
}

fn refusal(error: tributary_aggregation::committee::DkgError) -> MemberError {
    MemberError::Disagreement(format!("key generation: {error}"))
}
