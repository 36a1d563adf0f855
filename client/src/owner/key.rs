//! The committee's key: the distributed key generation of each epoch, and the key on chain.

use rand07::SeedableRng;
use rand07::rngs::StdRng;
use tributary_aggregation::committee::dkg::Output;
use tributary_aggregation::committee::{Dkg, DkgError, DkgMessage, Observer};
use tributary_aggregation::hash::{digest, sha256};
use tributary_aggregation::ids::OwnerId;
use tributary_contracts::typed_data;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{self, MemberMessage};
use zeroize::Zeroizing;

use super::agent::{Agent, unless_untimely};
use super::run::{MadeKey, Run, Step};
use crate::member::MemberError;
use crate::narrate::Event;
use crate::vault::{CommitteeRecord, FormingRecord, Heard, Secret, VaultError};

fn refusal(error: DkgError) -> MemberError {
    MemberError::Disagreement(format!("key generation: {error}"))
}

impl Agent {
    /// Starts a run of the key generation among `members` (ascending).
    pub(super) fn start_run(&mut self, run: u32, members: Vec<OwnerId>) -> Result<Vec<Step>, MemberError> {
        let epoch = self.member.roster()?.epoch;
        let mut seed = vec![0; 32];
        getrandom::fill(&mut seed).map_err(VaultError::Randomness)?;
        let before = self.member.vault.record.forming.as_ref().filter(|before| before.epoch == epoch);
        let record = FormingRecord {
            epoch,
            run,
            full: before.map_or(members.len(), |before| before.full),
            deadlines: before.map_or(0, |before| before.deadlines),
            members,
            seed: Secret::new(seed),
            heard: Vec::new(),
            sent: Vec::new(),
        };
        let steps = self.run_of(&record);
        self.member.vault.record.forming = Some(record);
        steps
    }

    fn run_of(&mut self, record: &FormingRecord) -> Result<Vec<Step>, MemberError> {
        let group = self.member.group()?;
        let parts: Vec<&[u8]> = record.members.iter().map(AsRef::as_ref).collect();
        let context = digest(
            "dkg",
            &[
                self.member.study.as_ref(),
                &record.epoch.to_le_bytes(),
                &group.epoch_authenticator(),
                &record.run.to_le_bytes(),
                digest("dkg-members", &parts).as_ref(),
            ],
        );
        let dealers = self.dealers(&record.members)?;
        let board = Observer::of_left(context, dealers.clone(), record.full).map_err(refusal)?;
        let me = record.members.iter().position(|owner| *owner == self.member.identity.owner);
        let Some(me) = me else {
            self.run = Some(Run::new(board, None));
            return Ok(Vec::new());
        };
        let seed = record.seed.key().ok_or_else(|| self.member.damaged("its key generation"))?;
        let seal = Zeroizing::new(self.member.identity.keys.seal.to_bytes());
        let mut rng = StdRng::from_seed(*seed);
        let (dealer, outputs) =
            Dkg::of_left(context, me as u64, dealers, record.full, seal, &mut rng).map_err(refusal)?;
        self.run = Some(Run::new(board, Some(dealer)));
        let said = outputs.into_iter().filter_map(|output| match output {
            Output::Broadcast(message) => Some(Step::Broadcast(message)),
            Output::Done(_) | Output::Restart(_) => None,
        });
        Ok(said.collect())
    }

    /// After a restart: draws the same polynomial and hears the same things again. What that gives out is sent again,
    /// which changes nothing where it was heard.
    pub(super) fn resume_forming(&mut self) -> Result<Vec<Step>, MemberError> {
        let Some(record) = self.member.vault.record.forming.clone() else { return Ok(Vec::new()) };
        let mut steps = self.run_of(&record)?;
        for heard in &record.heard {
            match heard {
                // What was refused then is refused now, and was told then.
                Heard::Message(sender, bytes) => {
                    steps.extend(self.hear(*sender, bytes).unwrap_or_default());
                }
                Heard::Own(bytes) => steps.extend(self.hear_own(bytes).unwrap_or_default()),
                Heard::Deadline => steps.extend(self.run.as_mut().and_then(Run::silence)),
            }
        }
        Ok(steps)
    }

    pub(super) fn dkg_message(
        &mut self,
        sender: OwnerId,
        message: &v1::DkgMessage,
    ) -> Result<Vec<Step>, MemberError> {
        let Some(record) = self.member.vault.record.forming.as_mut() else { return Ok(Vec::new()) };
        if (message.epoch, message.run) != (record.epoch, record.run) {
            return Ok(Vec::new()); // of a run that is over
        }
        record.heard.push(Heard::Message(sender, message.message.clone()));
        self.hear(sender, &message.message)
    }

    fn hear(&mut self, sender: OwnerId, bytes: &[u8]) -> Result<Vec<Step>, MemberError> {
        let Some(run) = self.run.as_mut() else { return Ok(Vec::new()) };
        let message = DkgMessage::from_bytes(bytes, run.params())
            .map_err(|error| MemberError::Disagreement(format!("{sender}, key generation: {error}")))?;
        run.receive(sender, message).map_err(refusal)
    }

    /// The log shows a message of this owner's own; they are known by their bytes, for nobody decrypts its own.
    pub(super) fn own_message(&mut self, sealed: &[u8]) -> Result<Vec<Step>, MemberError> {
        let digest = sha256(sealed);
        let Some(record) = self.member.vault.record.forming.as_mut() else { return Ok(Vec::new()) };
        let Some((_, message)) = record.sent.iter().find(|(sent, _)| *sent == digest) else {
            return Ok(Vec::new());
        };
        let message = message.clone();
        record.heard.push(Heard::Own(message.clone()));
        Ok(self.hear_own(&message)?.into_iter().collect())
    }

    fn hear_own(&mut self, bytes: &[u8]) -> Result<Option<Step>, MemberError> {
        let Some(run) = self.run.as_mut() else { return Ok(None) };
        let message = DkgMessage::from_bytes(bytes, run.params())
            .map_err(|error| MemberError::Disagreement(format!("key generation: {error}")))?;
        run.log(self.member.identity.owner, message).map_err(refusal)
    }

    /// The key generation stood still for too long: at this place of the log everybody goes on without those who have
    /// not spoken.
    pub(super) async fn committee_deadline(&mut self, epoch: u64, number: u32) -> Result<(), MemberError> {
        let Some(record) = self.member.vault.record.forming.as_mut() else { return Ok(()) };
        if epoch != record.epoch || number <= record.deadlines {
            return Ok(()); // of an epoch that is over, or taken in before a restart
        }
        record.deadlines = number;
        record.heard.push(Heard::Deadline);
        let steps: Vec<Step> = self.run.as_mut().and_then(Run::silence).into_iter().collect();
        self.follow(steps).await
    }

    /// Does what the key generation gives out.
    pub(super) async fn follow(&mut self, steps: Vec<Step>) -> Result<(), MemberError> {
        let mut waiting = std::collections::VecDeque::from(steps);
        while let Some(step) = waiting.pop_front() {
            match step {
                Step::Broadcast(message) => self.broadcast(&message).await?,
                Step::Made(made) => self.key_made(*made).await?,
                Step::Restart(restart) => {
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
        let Some(record) = &self.member.vault.record.forming else { return Ok(()) };
        let message = message.to_bytes();
        let dkg = v1::DkgMessage { epoch: record.epoch, run: record.run, message: message.clone() };
        let sealed = self.seal(&MemberMessage { message: Some(Message::Dkg(dkg)) })?;
        if let Some(record) = &mut self.member.vault.record.forming {
            record.sent.push((sha256(&sealed), message));
        }
        self.send(sealed).await
    }

    /// The committee's key is made: keeps it, and signs it for the chain.
    async fn key_made(&mut self, made: MadeKey) -> Result<(), MemberError> {
        let Some(record) = self.member.vault.record.forming.take() else { return Ok(()) };
        self.run = None;
        self.member.vault.record.committee = Some(CommitteeRecord {
            epoch: record.epoch,
            members: made.qualified,
            public_key: made.key.public_key_bytes().to_vec(),
            key: made.key.to_bytes(),
            share: made.share.map(|share| Secret::new(share.to_bytes().to_vec())),
        });
        self.member.save()?;
        self.sign_committee().await
    }

    /// Signs the present epoch's key (EIP-712) and hands the signature in.
    pub(super) async fn sign_committee(&mut self) -> Result<(), MemberError> {
        let epoch = self.member.roster()?.epoch;
        let committee = self.member.vault.record.committee.clone();
        let Some(record) = committee.filter(|record| record.epoch == epoch) else { return Ok(()) };
        let key_hash = self.member.committee_key_hash()?;
        let domain = &self.member.domain;
        let signed = typed_data::committee_key_digest(domain, &self.member.study.0, epoch, &key_hash.0);
        let signature = self.wallet.sign_digest(&signed);
        let sent = self
            .connection
            .sign_committee_key(self.member.study, epoch, record.key, &record.members, signature)
            .await;
        unless_untimely(sent)?;
        self.narrator.tell(Event::CommitteeSigned { members: record.members.len() });
        Ok(())
    }

    /// The coordinator says that the key is on chain: looks there. An owner that has not made or seen this key follows
    /// the chain, without a share.
    pub(super) async fn committee_registered(
        &mut self,
        registered: &v1::CommitteeRegistered,
    ) -> Result<(), MemberError> {
        if registered.epoch < self.member.roster()?.epoch {
            return Ok(()); // from before this owner came in
        }
        if !self.member.take_committee(&self.chain, registered).await? {
            self.run = None;
            self.member.vault.record.forming = None;
            self.narrator.tell(Event::CommitteeFollowed { epoch: registered.epoch });
        }
        self.narrator.tell(Event::CommitteeReady { epoch: registered.epoch });
        Ok(())
    }
}
