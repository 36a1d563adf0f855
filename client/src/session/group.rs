//! The MLS group of one study, as one member holds it.

use std::collections::BTreeMap;

use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{
    ContentType, Extension, ExtensionType, Extensions, GroupContext, GroupId, KeyPackage, MlsGroup,
    MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, OpenMlsProvider as _,
    ProcessedMessageContent, RequiredCapabilitiesExtension, Sender, StagedWelcome, WelcomeError,
};
use prost::Message as _;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::typed_data::Domain;
use tributary_proto::v1::MemberMessage;
use zeroize::Zeroizing;

use super::change::{Change, protocol_message};
use super::identity::{CIPHERSUITE, Identity, LEAF_KEYS};
use super::roster::{self, Member};
use super::{Provider, SessionError, refused};

/// Label of the exporter secret from which the members' own masks are derived (RFC 9420, section 8.5).
const EXPORTER_LABEL: &str = "tributary group mask";

/// What came in from the group.
pub struct Received {
    /// The member that MLS has authenticated.
    pub sender: OwnerId,
    /// What it says.
    pub message: MemberMessage,
}

/// What a message of the group is.
pub enum Incoming {
    /// A member says something.
    Said(Received),
    /// A member changes the group: to be checked, then merged.
    Change(Box<Change>),
    /// One's own words, which can't be decrypted.
    Own,
    /// Of an epoch that is over; it was not looked at.
    Past,
}

/// The group of one study.
pub struct Group {
    pub(super) group: MlsGroup,
    pub(super) domain: Domain,
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder().use_ratchet_tree_extension(true).build()
}

impl Group {
    /// Forms the group of a study with those whose key packages are given, and returns it with the welcome for them.
    ///
    /// # Errors
    /// If the library refuses.
    pub fn create(
        provider: &Provider,
        identity: &Identity,
        study: StudyId,
        domain: Domain,
        key_packages: &[KeyPackage],
    ) -> Result<(Self, Vec<u8>), SessionError> {
        let required = RequiredCapabilitiesExtension::new(&[ExtensionType::Unknown(LEAF_KEYS)], &[], &[]);
        let context: Extensions<GroupContext> = Extensions::single(Extension::RequiredCapabilities(required))
            .map_err(refused("require capabilities"))?;
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(CIPHERSUITE)
            .use_ratchet_tree_extension(true)
            .capabilities(Identity::capabilities())
            .with_leaf_node_extensions(identity.leaf_extensions()?)
            .map_err(refused("make a leaf"))?
            .with_group_context_extensions(context)
            .build();
        let mut group = MlsGroup::new_with_group_id(
            provider,
            &identity.signer,
            &config,
            GroupId::from_slice(study.as_ref()),
            identity.credential(),
        )
        .map_err(refused("form the group"))?;
        let (_, welcome, _) =
            group.add_members(provider, &identity.signer, key_packages).map_err(refused("add the owners"))?;
        // Nobody else is in the group yet, so the commit needs nobody's acceptance before it is merged.
        group.merge_pending_commit(provider).map_err(refused("merge the commit"))?;
        let welcome = welcome.to_bytes().map_err(refused("encode the welcome"))?;
        Ok((Self { group, domain }, welcome))
    }

    /// Joins by a welcome; `None` if it is for other keys than this member's: those that it had lost.
    ///
    /// # Errors
    /// If the welcome does not open, or leads into another study.
    pub fn join(
        provider: &Provider,
        study: StudyId,
        domain: Domain,
        welcome: &[u8],
    ) -> Result<Option<Self>, SessionError> {
        let message =
            MlsMessageIn::tls_deserialize_exact_bytes(welcome).map_err(refused("decode the welcome"))?;
        let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
            return Err(SessionError::Leaf("what came as a welcome is something else"));
        };
        let group = match StagedWelcome::new_from_welcome(provider, &join_config(), welcome, None) {
            Err(WelcomeError::NoMatchingKeyPackage) => return Ok(None),
            staged => staged.map_err(refused("open the welcome"))?,
        };
        let group = group.into_group(provider).map_err(refused("join the group"))?;
        if group.group_id().as_slice() != study.as_ref() {
            return Err(SessionError::Leaf("the welcome leads into another study's group"));
        }
        Ok(Some(Self { group, domain }))
    }

    /// Wipes the group from the storage: it is not the study's.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn forget(mut self, provider: &Provider) -> Result<(), SessionError> {
        self.group.delete(provider.storage()).map_err(refused("forget a group"))
    }

    /// Takes the group up again from the provider's storage; `None` if it is not there.
    ///
    /// # Errors
    /// If the storage is damaged.
    pub fn load(provider: &Provider, study: StudyId, domain: Domain) -> Result<Option<Self>, SessionError> {
        let group = MlsGroup::load(provider.storage(), &GroupId::from_slice(study.as_ref()))
            .map_err(refused("load the group"))?;
        Ok(group.map(|group| Self { group, domain }))
    }

    /// Whether this member is still in it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.group.is_active()
    }

    /// The MLS epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.group.epoch().as_u64()
    }

    /// Equal for all members that hold the same group state.
    #[must_use]
    pub fn epoch_authenticator(&self) -> Vec<u8> {
        self.group.epoch_authenticator().as_slice().to_vec()
    }

    /// The secret that every member of this epoch knows and the coordinator does not.
    ///
    /// # Errors
    /// If this member is no longer in the group.
    pub fn exporter_secret(&self, provider: &Provider) -> Result<Zeroizing<[u8; 32]>, SessionError> {
        let secret = Zeroizing::new(
            self.group
                .export_secret(provider.crypto(), EXPORTER_LABEL, &[], 32)
                .map_err(refused("export a secret"))?,
        );
        let mut out = Zeroizing::new([0; 32]);
        if secret.len() != out.len() {
            return Err(SessionError::Leaf("the exported secret is not 32 bytes"));
        }
        out.copy_from_slice(&secret);
        Ok(out)
    }

    /// The owners in the group, after checking that the group is exactly the researcher and those enrolled on chain.
    ///
    /// # Errors
    /// Naming who is in and should not be, or the other way round.
    pub fn owners(
        &self,
        researcher: OwnerId,
        enrolled: &BTreeMap<OwnerId, Digest>,
    ) -> Result<BTreeMap<OwnerId, Member>, SessionError> {
        roster::check_roster(self.members()?, researcher, enrolled)
    }

    /// Everybody in the group, the researcher too.
    ///
    /// # Errors
    /// If a leaf does not show whom it belongs to.
    pub fn members(&self) -> Result<Vec<Member>, SessionError> {
        self.group.members().map(|member| self.member_at(member.index)).collect()
    }

    pub(super) fn member_at(&self, index: openmls::prelude::LeafNodeIndex) -> Result<Member, SessionError> {
        let leaf = self.group.public_group().leaf(index).ok_or(SessionError::Leaf("it is blank"))?;
        Member::from_leaf(leaf, &self.domain)
    }

    /// Encrypts a message to all members.
    ///
    /// # Errors
    /// If this member is no longer in the group.
    pub fn seal(
        &mut self,
        provider: &Provider,
        identity: &Identity,
        message: &MemberMessage,
    ) -> Result<Vec<u8>, SessionError> {
        let plain = Zeroizing::new(message.encode_to_vec());
        self.group
            .create_message(provider, &identity.signer, &plain)
            .map_err(refused("encrypt a message"))?
            .to_bytes()
            .map_err(refused("encode a message"))
    }

    /// Decrypts a message of this epoch. Whoever has a commit of its own pending compares the bytes with it first: here
    /// it is refused.
    ///
    /// # Errors
    /// If it is not a valid message of this epoch from a member, or a commit that does more than add and remove.
    pub fn receive(&mut self, provider: &Provider, bytes: &[u8]) -> Result<Incoming, SessionError> {
        let message = protocol_message(bytes)?;
        if message.epoch() < self.group.epoch() {
            return Ok(Incoming::Past);
        }
        let content = message.content_type();
        let processed =
            self.group.process_message(provider, message).map_err(refused("decrypt a message"))?;
        let Sender::Member(index) = *processed.sender() else {
            return Err(SessionError::Leaf("a message came from outside the group"));
        };
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(content) => {
                let sender = self.member_at(index)?.owner;
                let bytes = Zeroizing::new(content.into_bytes());
                let message = MemberMessage::decode(bytes.as_slice()).map_err(refused("read a message"))?;
                Ok(Incoming::Said(Received { sender, message }))
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                Ok(Incoming::Change(Box::new(self.inspect(index, *staged)?)))
            }
            ProcessedMessageContent::OwnPrivateMessage if content == ContentType::Application => {
                Ok(Incoming::Own)
            }
            _ => Err(SessionError::Leaf("a message changes the group otherwise than by a member's commit")),
        }
    }
}
