//! Changing the group: one's own commit until the log shows it, and others' commits, which are looked at before they
//! count.
//!
//! A commit is merged only after the roster rule was checked ([`super::SealedRoster`]). Commits of any other shape than
//! one member's, with additions and removals in it and nothing else, are refused here.

use std::collections::BTreeSet;

use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{
    ContentType, KeyPackage, LeafNodeIndex, MlsMessageIn, OpenMlsProvider as _, Proposal, ProposalOrRefType,
    ProtocolMessage, Sender, StagedCommit,
};
use tributary_aggregation::ids::OwnerId;

use super::group::Group;
use super::identity::Identity;
use super::roster::Member;
use super::{Provider, SessionError, refused};

/// A commit of one's own, to be handed to the delivery service. The group stands as before until it is accepted.
pub struct Proposed {
    /// For the members.
    pub commit: Vec<u8>,
    /// For those who come in; empty if nobody does.
    pub welcome: Vec<u8>,
}

/// Another member's commit, decrypted and well-formed, but not merged.
pub struct Change {
    /// The member that MLS has authenticated.
    pub committer: OwnerId,
    /// Who would be in the group after it.
    pub members: Vec<Member>,
    /// Who comes in, ascending; with new keys, also who was in before.
    pub added: Vec<OwnerId>,
    /// Whose leaf goes out, ascending.
    pub removed: Vec<OwnerId>,
    pub(super) staged: Box<StagedCommit>,
}

impl Change {
    /// Whether it takes this member itself out.
    #[must_use]
    pub fn removes_this_member(&self) -> bool {
        self.staged.self_removed()
    }
}

/// Whether bytes are a commit, and which epoch they belong to. Neither is authenticated.
///
/// # Errors
/// If they are no message of a group.
pub fn peek(bytes: &[u8]) -> Result<(u64, bool), SessionError> {
    let message = protocol_message(bytes)?;
    Ok((message.epoch().as_u64(), message.content_type() == ContentType::Commit))
}

pub(super) fn protocol_message(bytes: &[u8]) -> Result<ProtocolMessage, SessionError> {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes)
        .map_err(refused("decode a message"))?
        .try_into_protocol_message()
        .map_err(refused("read a message"))
}

impl Group {
    /// Who would be in the group if these went out and those came in.
    ///
    /// # Errors
    /// If one who is to go is not there.
    pub fn members_after(&self, removed: &[OwnerId], added: &[Member]) -> Result<Vec<Member>, SessionError> {
        let mut members = self.members()?;
        for owner in removed {
            let place =
                members.iter().position(|member| member.owner == *owner).ok_or(SessionError::Roster {
                    owner: *owner,
                    reason: "is to be removed, but is not in it",
                })?;
            members.remove(place);
        }
        members.extend_from_slice(added);
        Ok(members)
    }

    /// Makes one commit that takes members out and brings others in. It is pending, also over a restart, until it is
    /// merged or dropped; an earlier one that is pending is dropped.
    ///
    /// # Errors
    /// If one who is to go is not there, or the library refuses.
    pub fn propose(
        &mut self,
        provider: &Provider,
        identity: &Identity,
        removed: &[OwnerId],
        added: &[KeyPackage],
    ) -> Result<Proposed, SessionError> {
        self.drop_pending(provider)?;
        let leaves = self.leaves_of(removed)?;
        let bundle = self
            .group
            .commit_builder()
            .consume_proposal_store(false)
            .propose_removals(leaves)
            .propose_adds(added.iter().cloned())
            .load_psks(provider.storage())
            .map_err(refused("make a commit"))?
            .build(provider.rand(), provider.crypto(), &identity.signer, |_| true)
            .map_err(refused("make a commit"))?
            .stage_commit(provider)
            .map_err(refused("stage a commit"))?;
        let (commit, welcome, _) = bundle.into_messages();
        let commit = commit.to_bytes().map_err(refused("encode a commit"))?;
        let welcome = match welcome {
            Some(welcome) => welcome.to_bytes().map_err(refused("encode the welcome"))?,
            None => Vec::new(),
        };
        Ok(Proposed { commit, welcome })
    }

    fn leaves_of(&self, owners: &[OwnerId]) -> Result<Vec<LeafNodeIndex>, SessionError> {
        let mut wanted: BTreeSet<OwnerId> = owners.iter().copied().collect();
        let mut leaves = Vec::with_capacity(wanted.len());
        for member in self.group.members() {
            if wanted.remove(&self.member_at(member.index)?.owner) {
                leaves.push(member.index);
            }
        }
        match wanted.first() {
            None => Ok(leaves),
            Some(owner) => {
                Err(SessionError::Roster { owner: *owner, reason: "is to be removed, but is not in it" })
            }
        }
    }

    /// Whether a commit of one's own is pending.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.group.pending_commit().is_some()
    }

    /// Drops the pending commit, if there is one: it can never be merged any more.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn drop_pending(&mut self, provider: &Provider) -> Result<(), SessionError> {
        self.group.clear_pending_commit(provider.storage()).map_err(refused("drop a commit"))
    }

    /// The log shows one's own commit: it counts.
    ///
    /// # Errors
    /// If none is pending, or the storage fails.
    pub fn merge_own(&mut self, provider: &Provider) -> Result<(), SessionError> {
        if !self.is_pending() {
            return Err(SessionError::Leaf("a commit of this member's own was accepted that is not pending"));
        }
        self.group.merge_pending_commit(provider).map_err(refused("merge a commit"))
    }

    /// Another's commit counts, now that the roster rule was checked; one's own pending one is dropped.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn merge(&mut self, provider: &Provider, change: Change) -> Result<(), SessionError> {
        self.group.merge_staged_commit(provider, *change.staged).map_err(refused("merge a commit"))
    }

    /// Looks at a staged commit of member `committer`: only additions and removals, each in the commit itself, and the
    /// committer's own leaf must say what it said before.
    pub(super) fn inspect(
        &self,
        committer: LeafNodeIndex,
        staged: StagedCommit,
    ) -> Result<Change, SessionError> {
        let before = self.member_at(committer)?;
        let refuse = |reason| SessionError::Commit { committer: before.owner, reason };
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for queued in staged.queued_proposals() {
            if queued.proposal_or_ref_type() != ProposalOrRefType::Proposal {
                return Err(refuse("it rests on a proposal that was sent apart from it"));
            }
            if !matches!(queued.sender(), Sender::Member(index) if *index == committer) {
                return Err(refuse("it holds a proposal of somebody else"));
            }
            match queued.proposal() {
                Proposal::Add(add) => {
                    added.push(Member::from_leaf(add.key_package().leaf_node(), &self.domain)?);
                }
                Proposal::Remove(remove) => removed.push(self.member_at(remove.removed())?.owner),
                _ => return Err(refuse("it does something else than to add and remove members")),
            }
        }
        if let Some(leaf) = staged.update_path_leaf_node()
            && Member::from_leaf(leaf, &self.domain)? != before
        {
            return Err(refuse("it changes the committer's own keys"));
        }
        removed.sort_unstable();
        let members = self.members_after(&removed, &added)?;
        let mut added: Vec<OwnerId> = added.into_iter().map(|member| member.owner).collect();
        added.sort_unstable();
        Ok(Change { committer: before.owner, members, added, removed, staged: Box::new(staged) })
    }
}
