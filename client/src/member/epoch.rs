//! From one epoch of the group to the next: commits are checked against the chain before they count.

use tributary_aggregation::committee::sample::{sample, sample_seed};
use tributary_aggregation::committee::{CommitteeKey, CommitteeKeyError, CommitteeParams};
use tributary_aggregation::ids::OwnerId;
use tributary_proto::{decode, v1};

use super::{ChainView, Member, MemberError};
use crate::session::{Change, Group, Owners};
use crate::vault::{CommitRecord, CommitteeRecord, RosterRecord};

/// What came of a commit that was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochBegun {
    /// Who made it.
    pub committer: OwnerId,
    /// Who came in; also who has new keys.
    pub added: Vec<OwnerId>,
    /// Whose leaf went out.
    pub removed: Vec<OwnerId>,
}

impl Member {
    /// Takes the owners of an epoch into the record, if the plan allows each of them.
    ///
    /// # Errors
    /// Naming somebody whom the plan does not allow: a Sybil's update next to one owner's would lay that one bare.
    pub(super) fn check_allowed(&self, owners: &Owners) -> Result<(), MemberError> {
        match owners.keys().find(|owner| !self.plan.cohort.allows(owner)) {
            None => Ok(()),
            Some(stranger) => Err(MemberError::Disagreement(format!(
                "{stranger} is enrolled on chain, but the study's plan does not allow it: this member takes no part"
            ))),
        }
    }

    fn enter(&mut self, roster: RosterRecord) {
        self.enrolled = roster.owners.clone();
        self.vault.record.roster = Some(roster);
    }

    /// Takes note of the owners with whom the researcher forms the group: all on the sealed roster.
    ///
    /// # Errors
    /// If the roster is not sealed, or holds somebody whom the plan does not allow.
    pub async fn first_roster(&self, chain: &ChainView) -> Result<RosterRecord, MemberError> {
        let sealed = chain.sealed_roster(self.study, 1).await?;
        let owners = sealed.identities();
        self.check_allowed(&owners)?;
        self.check_consents(chain, &sealed, &owners).await?;
        Ok(RosterRecord { epoch: 1, owners, ever: sealed.ever, seal: sealed.seal })
    }

    /// The group that this member has formed is the study's from now on.
    pub(crate) fn formed(&mut self, group: Group, roster: RosterRecord) {
        self.group = Some(group);
        self.enter(roster);
    }

    /// Joins by a welcome, if the group is as the sealed roster demands. `false` if the welcome is for keys that were
    /// lost.
    ///
    /// # Errors
    /// If the welcome does not open, or the group is another than the roster's.
    pub async fn join(&mut self, chain: &ChainView, welcome: &[u8]) -> Result<bool, MemberError> {
        let Some(group) = Group::join(&self.provider, self.study, self.domain, welcome)? else {
            return Ok(false);
        };
        match self.check_joined(chain, &group).await {
            Ok(roster) => {
                self.group = Some(group);
                self.enter(roster);
                Ok(true)
            }
            Err(error) => {
                group.forget(&self.provider)?;
                Err(error)
            }
        }
    }

    async fn check_joined(&self, chain: &ChainView, group: &Group) -> Result<RosterRecord, MemberError> {
        let epoch = group.epoch();
        let sealed = chain.sealed_roster(self.study, epoch).await?;
        let owners = sealed.check_welcome(group.members()?, self.plan.researcher)?;
        self.check_allowed(&owners)?;
        self.check_consents(chain, &sealed, &owners).await?;
        Ok(RosterRecord { epoch, owners, ever: sealed.ever, seal: sealed.seal })
    }

    /// The record of the present epoch.
    ///
    /// # Errors
    /// If this member is in no group.
    pub fn roster(&self) -> Result<&RosterRecord, MemberError> {
        self.vault.record.roster.as_ref().ok_or_else(|| {
            MemberError::Disagreement("this member is not in the study's MLS group yet".into())
        })
    }

    /// Makes the commit that a roster change asks for, if it leads to the group that the sealed roster demands. It is in
    /// the vault when this returns; the same change asked again gives the same commit.
    ///
    /// # Errors
    /// If the change does not lead there, or a key package is not acceptable.
    pub async fn make_commit(
        &mut self,
        chain: &ChainView,
        change: &decode::RosterChange,
    ) -> Result<CommitRecord, MemberError> {
        let added_owners: Vec<OwnerId> = change.added.iter().map(|(owner, _)| *owner).collect();
        let pending = self.vault.record.commit.as_ref();
        if let Some(made) =
            pending.filter(|made| made.added == added_owners && made.removed == change.removed)
        {
            return Ok(made.clone());
        }
        let epoch = change.epoch + 1;
        let sealed = chain.sealed_roster(self.study, epoch).await?;
        let (mut packages, mut leaves) = (Vec::new(), Vec::new());
        for (owner, bytes) in &change.added {
            let (package, leaf) =
                crate::session::check_key_package(bytes, *owner, &self.domain, &sealed.identities())?;
            packages.push(package);
            leaves.push(leaf);
        }
        let members = self.group()?.members_after(&change.removed, &leaves)?;
        let owners = sealed.check_change(&self.enrolled, members, self.plan.researcher)?;
        self.check_allowed(&owners)?;
        self.check_consents(chain, &sealed, &owners).await?;
        let Some(group) = self.group.as_mut() else {
            return Err(MemberError::Disagreement("this member is not in the study's MLS group".into()));
        };
        let proposed = group.propose(&self.provider, &self.identity, &change.removed, &packages)?;
        let record = CommitRecord {
            commit: proposed.commit,
            welcome: proposed.welcome,
            added: added_owners,
            removed: change.removed.clone(),
            roster: RosterRecord { epoch, owners, ever: sealed.ever, seal: sealed.seal },
        };
        self.vault.record.commit = Some(record.clone());
        self.save()?;
        Ok(record)
    }

    /// The log shows a commit that is this member's own: merges it. `None` if the bytes are somebody else's.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn merge_own(&mut self, bytes: &[u8]) -> Result<Option<EpochBegun>, MemberError> {
        let Some(made) = self.vault.record.commit.take_if(|made| made.commit == bytes) else {
            return Ok(None);
        };
        let Some(group) = self.group.as_mut() else { return Ok(None) };
        group.merge_own(&self.provider)?;
        self.enter(made.roster);
        let committer = self.identity.owner;
        Ok(Some(EpochBegun { committer, added: made.added, removed: made.removed }))
    }

    /// Merges another's commit, if it leads to the group that the sealed roster demands.
    ///
    /// # Errors
    /// Naming who is in and should not be, or is left out. The group then stays as it was.
    pub async fn merge_change(
        &mut self,
        chain: &ChainView,
        change: Change,
    ) -> Result<EpochBegun, MemberError> {
        let epoch = self.group()?.epoch() + 1;
        let sealed = chain.sealed_roster(self.study, epoch).await?;
        let owners = sealed.check_change(&self.enrolled, change.members.clone(), self.plan.researcher)?;
        self.check_allowed(&owners)?;
        self.check_consents(chain, &sealed, &owners).await?;
        let begun = EpochBegun {
            committer: change.committer,
            added: change.added.clone(),
            removed: change.removed.clone(),
        };
        if let Some(group) = self.group.as_mut() {
            group.merge(&self.provider, change)?;
        }
        self.vault.record.commit = None;
        self.enter(RosterRecord { epoch, owners, ever: sealed.ever, seal: sealed.seal });
        Ok(begun)
    }

    /// The owners that are to make the present epoch's key, ascending: all, or where they are many a sample that the
    /// sealing block has drawn.
    ///
    /// # Errors
    /// If this member is in no group.
    pub fn committee_members(&self) -> Result<Vec<OwnerId>, MemberError> {
        let roster = self.roster()?;
        let owners: Vec<OwnerId> = roster.owners.keys().copied().collect();
        let size = self.plan.cohort.committee_size(owners.len());
        let seed = sample_seed(self.study, roster.epoch, &roster.seal.0);
        Ok(sample(&seed, &owners, size))
    }

    /// The coordinator says that a committee is registered: looks on the chain, and takes key set and members over if it
    /// is not the key that this member has made or seen. `true` if it is one's own.
    ///
    /// # Errors
    /// If the chain has another key, or the committee is too small to be safe.
    pub async fn take_committee(
        &mut self,
        chain: &ChainView,
        registered: &v1::CommitteeRegistered,
    ) -> Result<bool, MemberError> {
        let epoch = registered.epoch;
        if self.roster()?.epoch != epoch {
            return Err(MemberError::Disagreement(format!(
                "the committee of epoch {epoch} is registered, but this member's group is in epoch {}",
                self.roster()?.epoch
            )));
        }
        let on_chain = chain.registered_key(self.study, epoch).await?;
        let own = self.vault.record.committee.as_ref().is_some_and(|record| record.epoch == epoch);
        if own && self.committee_public_key()?.to_eip2537().map_err(CommitteeKeyError::from)? == on_chain {
            return Ok(true);
        }
        let members = decode::ascending_owners("members", &registered.members)?;
        let due = self.committee_members()?;
        if let Some(stranger) = members.iter().find(|member| !due.contains(member)) {
            return Err(MemberError::Disagreement(format!(
                "{stranger} is told to be in the committee of epoch {epoch}, which it should not be: this member takes \
                 part in no round of it"
            )));
        }
        let params = CommitteeParams::left(members.len(), due.len())?;
        let key =
            CommitteeKey::from_bytes(params, &registered.committee_key).map_err(CommitteeKeyError::from)?;
        if key.public_key().to_eip2537().map_err(CommitteeKeyError::from)? != on_chain {
            return Err(MemberError::Disagreement(format!(
                "the coordinator names another key of epoch {epoch}'s committee than the chain"
            )));
        }
        self.vault.record.committee = Some(CommitteeRecord {
            epoch,
            members,
            public_key: key.public_key_bytes().to_vec(),
            key: registered.committee_key.clone(),
            share: None,
        });
        self.save()?;
        Ok(false)
    }
}
