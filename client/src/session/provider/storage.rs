//! The MLS library's storage: encoded values by label and encoded key.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openmls_traits::storage::{CURRENT_VERSION as V, StorageProvider, traits};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::vault::{Secret, decode, encode};

/// What the MLS library stores can't be encoded, or can't be read again.
#[derive(Debug, Error)]
pub enum StorageError {
    /// Encoding or decoding failed.
    #[error("a value of the MLS storage can't be {action}: {source}")]
    Encoding {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: postcard::Error,
    },
    /// Encoding or decoding the group's settings failed.
    #[error("the MLS group's settings can't be encoded or decoded: {0}")]
    Settings(#[from] serde_json::Error),
    /// A proposal is in the queue, but its content is not there.
    #[error("the MLS storage has lost a queued proposal")]
    LostProposal,
}

/// Values as the MLS library stores them. Each is wiped when it is replaced, deleted, or dropped with the storage.
#[derive(Default)]
pub struct Storage {
    values: Mutex<BTreeMap<Secret, Secret>>,
}

fn encoded<T: Serialize + ?Sized>(value: &T) -> Result<Secret, StorageError> {
    let mut bytes =
        encode(&[], value).map_err(|source| StorageError::Encoding { action: "encoded", source })?;
    Ok(Secret::new(std::mem::take(&mut *bytes)))
}

fn decoded<T: DeserializeOwned>(bytes: &Secret) -> Result<T, StorageError> {
    decode(bytes.expose()).map_err(|source| StorageError::Encoding { action: "decoded", source })
}

impl Storage {
    pub(super) fn with_entries(entries: &[(Secret, Secret)]) -> Self {
        Self { values: Mutex::new(entries.iter().cloned().collect()) }
    }

    pub(super) fn entries(&self) -> Vec<(Secret, Secret)> {
        self.values().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Every change is one operation on the map, so a panic elsewhere leaves nothing half done in it.
    fn values(&self) -> MutexGuard<'_, BTreeMap<Secret, Secret>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put<T: Serialize + ?Sized>(
        &self,
        label: &str,
        key: &impl Serialize,
        value: &T,
    ) -> Result<(), StorageError> {
        let (key, value) = (encoded(&(label, key))?, encoded(value)?);
        self.values().insert(key, value);
        Ok(())
    }

    fn get<T: DeserializeOwned>(&self, label: &str, key: &impl Serialize) -> Result<Option<T>, StorageError> {
        let key = encoded(&(label, key))?;
        self.values().get(&key).map(decoded).transpose()
    }

    fn remove(&self, label: &str, key: &impl Serialize) -> Result<(), StorageError> {
        let key = encoded(&(label, key))?;
        self.values().remove(&key);
        Ok(())
    }

    /// The list under `key`: its items are encoded one by one.
    fn list(&self, label: &str, key: &impl Serialize) -> Result<Vec<Secret>, StorageError> {
        Ok(self.get(label, key)?.unwrap_or_default())
    }

    fn push(&self, label: &str, key: &impl Serialize, item: &impl Serialize) -> Result<(), StorageError> {
        let mut list = self.list(label, key)?;
        list.push(encoded(item)?);
        self.put(label, key, &list)
    }
}

const JOIN_CONFIG: &str = "MlsGroupJoinConfig";
const TREE: &str = "Tree";
const TRANSCRIPT_HASH: &str = "InterimTranscriptHash";
const CONTEXT: &str = "GroupContext";
const CONFIRMATION_TAG: &str = "ConfirmationTag";
const GROUP_STATE: &str = "GroupState";
const MESSAGE_SECRETS: &str = "MessageSecrets";
const RESUMPTION_PSKS: &str = "ResumptionPskStore";
const OWN_LEAF_INDEX: &str = "OwnLeafIndex";
const OWN_LEAVES: &str = "OwnLeafNodes";
const EPOCH_SECRETS: &str = "GroupEpochSecrets";
const EPOCH_KEYS: &str = "EpochKeyPairs";
const SIGNATURE_KEY: &str = "SignatureKeyPair";
const ENCRYPTION_KEY: &str = "EncryptionKeyPair";
const KEY_PACKAGE: &str = "KeyPackage";
const PSK: &str = "Psk";
const PROPOSAL: &str = "QueuedProposal";
const PROPOSALS: &str = "ProposalQueue";

/// Methods that store one value under one key. Named are the type parameters in the trait's order, then which is the key.
macro_rules! put {
    ($($method:ident <$a:ident, $b:ident> ($key:ident => $value:ident) $label:ident;)*) => {$(
        fn $method<$a: traits::$a<V>, $b: traits::$b<V>>(&self, key: &$key, value: &$value) -> Result<(), StorageError> {
            self.put($label, key, value)
        }
    )*};
}

/// Methods that read one value by its key.
macro_rules! get {
    ($($method:ident <$a:ident, $b:ident> ($key:ident => $value:ident) $label:ident;)*) => {$(
        fn $method<$a: traits::$a<V>, $b: traits::$b<V>>(&self, key: &$key) -> Result<Option<$value>, StorageError> {
            self.get($label, key)
        }
    )*};
}

/// Methods that delete by a key.
macro_rules! remove {
    ($($method:ident ($key:ident) $label:ident;)*) => {$(
        fn $method<$key: traits::$key<V>>(&self, key: &$key) -> Result<(), StorageError> {
            self.remove($label, key)
        }
    )*};
}

impl StorageProvider<V> for Storage {
    type Error = StorageError;

    put! {
        write_tree<GroupId, TreeSync>(GroupId => TreeSync) TREE;
        write_interim_transcript_hash<GroupId, InterimTranscriptHash>(GroupId => InterimTranscriptHash) TRANSCRIPT_HASH;
        write_context<GroupId, GroupContext>(GroupId => GroupContext) CONTEXT;
        write_confirmation_tag<GroupId, ConfirmationTag>(GroupId => ConfirmationTag) CONFIRMATION_TAG;
        write_group_state<GroupState, GroupId>(GroupId => GroupState) GROUP_STATE;
        write_message_secrets<GroupId, MessageSecrets>(GroupId => MessageSecrets) MESSAGE_SECRETS;
        write_resumption_psk_store<GroupId, ResumptionPskStore>(GroupId => ResumptionPskStore) RESUMPTION_PSKS;
        write_own_leaf_index<GroupId, LeafNodeIndex>(GroupId => LeafNodeIndex) OWN_LEAF_INDEX;
        write_group_epoch_secrets<GroupId, GroupEpochSecrets>(GroupId => GroupEpochSecrets) EPOCH_SECRETS;
        write_signature_key_pair<SignaturePublicKey, SignatureKeyPair>(SignaturePublicKey => SignatureKeyPair) SIGNATURE_KEY;
        write_encryption_key_pair<EncryptionKey, HpkeKeyPair>(EncryptionKey => HpkeKeyPair) ENCRYPTION_KEY;
        write_key_package<HashReference, KeyPackage>(HashReference => KeyPackage) KEY_PACKAGE;
        write_psk<PskId, PskBundle>(PskId => PskBundle) PSK;
    }

    get! {
        tree<GroupId, TreeSync>(GroupId => TreeSync) TREE;
        group_context<GroupId, GroupContext>(GroupId => GroupContext) CONTEXT;
        interim_transcript_hash<GroupId, InterimTranscriptHash>(GroupId => InterimTranscriptHash) TRANSCRIPT_HASH;
        confirmation_tag<GroupId, ConfirmationTag>(GroupId => ConfirmationTag) CONFIRMATION_TAG;
        group_state<GroupState, GroupId>(GroupId => GroupState) GROUP_STATE;
        message_secrets<GroupId, MessageSecrets>(GroupId => MessageSecrets) MESSAGE_SECRETS;
        resumption_psk_store<GroupId, ResumptionPskStore>(GroupId => ResumptionPskStore) RESUMPTION_PSKS;
        own_leaf_index<GroupId, LeafNodeIndex>(GroupId => LeafNodeIndex) OWN_LEAF_INDEX;
        group_epoch_secrets<GroupId, GroupEpochSecrets>(GroupId => GroupEpochSecrets) EPOCH_SECRETS;
        signature_key_pair<SignaturePublicKey, SignatureKeyPair>(SignaturePublicKey => SignatureKeyPair) SIGNATURE_KEY;
        encryption_key_pair<HpkeKeyPair, EncryptionKey>(EncryptionKey => HpkeKeyPair) ENCRYPTION_KEY;
        key_package<HashReference, KeyPackage>(HashReference => KeyPackage) KEY_PACKAGE;
        psk<PskBundle, PskId>(PskId => PskBundle) PSK;
    }

    remove! {
        delete_own_leaf_nodes(GroupId) OWN_LEAVES;
        delete_group_config(GroupId) JOIN_CONFIG;
        delete_tree(GroupId) TREE;
        delete_confirmation_tag(GroupId) CONFIRMATION_TAG;
        delete_group_state(GroupId) GROUP_STATE;
        delete_context(GroupId) CONTEXT;
        delete_interim_transcript_hash(GroupId) TRANSCRIPT_HASH;
        delete_message_secrets(GroupId) MESSAGE_SECRETS;
        delete_all_resumption_psk_secrets(GroupId) RESUMPTION_PSKS;
        delete_own_leaf_index(GroupId) OWN_LEAF_INDEX;
        delete_group_epoch_secrets(GroupId) EPOCH_SECRETS;
        delete_signature_key_pair(SignaturePublicKey) SIGNATURE_KEY;
        delete_encryption_key_pair(EncryptionKey) ENCRYPTION_KEY;
        delete_key_package(HashReference) KEY_PACKAGE;
        delete_psk(PskId) PSK;
    }

    /// A setting, no secret, and of a kind that only self-describing encodings bring back: JSON within the encoding.
    fn write_mls_join_config<
        GroupId: traits::GroupId<V>,
        MlsGroupJoinConfig: traits::MlsGroupJoinConfig<V>,
    >(
        &self,
        group: &GroupId,
        config: &MlsGroupJoinConfig,
    ) -> Result<(), StorageError> {
        self.put(JOIN_CONFIG, group, &serde_json::to_string(config)?)
    }

    fn mls_group_join_config<
        GroupId: traits::GroupId<V>,
        MlsGroupJoinConfig: traits::MlsGroupJoinConfig<V>,
    >(
        &self,
        group: &GroupId,
    ) -> Result<Option<MlsGroupJoinConfig>, StorageError> {
        let config: Option<String> = self.get(JOIN_CONFIG, group)?;
        Ok(config.map(|config| serde_json::from_str(&config)).transpose()?)
    }

    fn write_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<V>,
        EpochKey: traits::EpochKey<V>,
        HpkeKeyPair: traits::HpkeKeyPair<V>,
    >(
        &self,
        group: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
        key_pairs: &[HpkeKeyPair],
    ) -> Result<(), StorageError> {
        self.put(EPOCH_KEYS, &(group, epoch, leaf_index), key_pairs)
    }

    fn encryption_epoch_key_pairs<
        GroupId: traits::GroupId<V>,
        EpochKey: traits::EpochKey<V>,
        HpkeKeyPair: traits::HpkeKeyPair<V>,
    >(
        &self,
        group: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<Vec<HpkeKeyPair>, StorageError> {
        Ok(self.get(EPOCH_KEYS, &(group, epoch, leaf_index))?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<GroupId: traits::GroupId<V>, EpochKey: traits::EpochKey<V>>(
        &self,
        group: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<(), StorageError> {
        self.remove(EPOCH_KEYS, &(group, epoch, leaf_index))
    }

    fn append_own_leaf_node<GroupId: traits::GroupId<V>, LeafNode: traits::LeafNode<V>>(
        &self,
        group: &GroupId,
        leaf: &LeafNode,
    ) -> Result<(), StorageError> {
        self.push(OWN_LEAVES, group, leaf)
    }

    fn own_leaf_nodes<GroupId: traits::GroupId<V>, LeafNode: traits::LeafNode<V>>(
        &self,
        group: &GroupId,
    ) -> Result<Vec<LeafNode>, StorageError> {
        self.list(OWN_LEAVES, group)?.iter().map(decoded).collect()
    }

    fn queue_proposal<
        GroupId: traits::GroupId<V>,
        ProposalRef: traits::ProposalRef<V>,
        QueuedProposal: traits::QueuedProposal<V>,
    >(
        &self,
        group: &GroupId,
        reference: &ProposalRef,
        proposal: &QueuedProposal,
    ) -> Result<(), StorageError> {
        self.put(PROPOSAL, &(group, reference), proposal)?;
        self.push(PROPOSALS, group, reference)
    }

    fn queued_proposal_refs<GroupId: traits::GroupId<V>, ProposalRef: traits::ProposalRef<V>>(
        &self,
        group: &GroupId,
    ) -> Result<Vec<ProposalRef>, StorageError> {
        self.list(PROPOSALS, group)?.iter().map(decoded).collect()
    }

    fn queued_proposals<
        GroupId: traits::GroupId<V>,
        ProposalRef: traits::ProposalRef<V>,
        QueuedProposal: traits::QueuedProposal<V>,
    >(
        &self,
        group: &GroupId,
    ) -> Result<Vec<(ProposalRef, QueuedProposal)>, StorageError> {
        let mut proposals = Vec::new();
        for reference in self.queued_proposal_refs::<GroupId, ProposalRef>(group)? {
            let proposal = self.get(PROPOSAL, &(group, &reference))?.ok_or(StorageError::LostProposal)?;
            proposals.push((reference, proposal));
        }
        Ok(proposals)
    }

    fn remove_proposal<GroupId: traits::GroupId<V>, ProposalRef: traits::ProposalRef<V>>(
        &self,
        group: &GroupId,
        reference: &ProposalRef,
    ) -> Result<(), StorageError> {
        let (mut list, removed) = (self.list(PROPOSALS, group)?, encoded(reference)?);
        list.retain(|item| *item != removed);
        self.put(PROPOSALS, group, &list)?;
        self.remove(PROPOSAL, &(group, reference))
    }

    fn clear_proposal_queue<GroupId: traits::GroupId<V>, ProposalRef: traits::ProposalRef<V>>(
        &self,
        group: &GroupId,
    ) -> Result<(), StorageError> {
        for reference in self.queued_proposal_refs::<GroupId, ProposalRef>(group)? {
            self.remove(PROPOSAL, &(group, &reference))?;
        }
        self.remove(PROPOSALS, group)
    }
}
