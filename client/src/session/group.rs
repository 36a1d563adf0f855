//! The MLS group of one study, as one member holds it.

use std::collections::BTreeMap;

use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{
    Extension, ExtensionType, Extensions, GroupContext, GroupId, KeyPackage, MlsGroup, MlsGroupCreateConfig,
    MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, OpenMlsProvider as _, ProcessedMessageContent,
    ProtocolMessage, RequiredCapabilitiesExtension, Sender, StagedWelcome,
};
use prost::Message as _;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::typed_data::Domain;
use tributary_proto::v1::MemberMessage;
use zeroize::Zeroizing;

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

/// The group of one study.
pub struct Group {
    group: MlsGroup,
    domain: Domain,
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

    /// Joins by a welcome.
    ///
    /// # Errors
    /// If the welcome is not for this member or not for this study.
    pub fn join(
        provider: &Provider,
        study: StudyId,
        domain: Domain,
        welcome: &[u8],
    ) -> Result<Self, SessionError> {
        let message =
            MlsMessageIn::tls_deserialize_exact_bytes(welcome).map_err(refused("decode the welcome"))?;
        let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
            return Err(SessionError::Leaf("what came as a welcome is something else"));
        };
        let group = StagedWelcome::new_from_welcome(provider, &join_config(), welcome, None)
            .map_err(refused("open the welcome"))?
            .into_group(provider)
            .map_err(refused("join the group"))?;
        if group.group_id().as_slice() != study.as_ref() {
            return Err(SessionError::Leaf("the welcome leads into another study's group"));
        }
        Ok(Self { group, domain })
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
        let members =
            self.group.members().map(|member| self.member_at(member.index)).collect::<Result<Vec<_>, _>>()?;
        roster::check_roster(members, researcher, enrolled)
    }

    fn member_at(&self, index: openmls::prelude::LeafNodeIndex) -> Result<Member, SessionError> {
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

    /// Decrypts a message; `None` for one's own.
    ///
    /// # Errors
    /// If it is not a valid message of this epoch from a member, or not an application message.
    pub fn open(&mut self, provider: &Provider, bytes: &[u8]) -> Result<Option<Received>, SessionError> {
        let message: ProtocolMessage = MlsMessageIn::tls_deserialize_exact_bytes(bytes)
            .map_err(refused("decode a message"))?
            .try_into_protocol_message()
            .map_err(refused("read a message"))?;
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
                Ok(Some(Received { sender, message }))
            }
            ProcessedMessageContent::OwnPrivateMessage => Ok(None),
            _ => Err(SessionError::Leaf("a message changes the group, which this version does not accept")),
        }
    }
}
