//! The storage keeps what it is given, and nothing that was taken from it.

use openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, KeyPackageBundle, MlsGroup,
    MlsGroupCreateConfig, OpenMlsProvider as _, ProcessedMessageContent,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::storage::{CURRENT_VERSION, Key, StorageProvider as _, traits};
use openmls_traits::types::SignatureScheme;
use serde::Serialize;

use super::{Provider, Storage};

#[derive(Serialize)]
struct PublicKey(u8);
impl Key<CURRENT_VERSION> for PublicKey {}
impl traits::SignaturePublicKey<CURRENT_VERSION> for PublicKey {}
impl traits::EncryptionKey<CURRENT_VERSION> for PublicKey {}

fn pair(byte: u8) -> SignatureKeyPair {
    SignatureKeyPair::from_raw(SignatureScheme::ED25519, vec![byte; 32], vec![byte; 32])
}

fn read(storage: &Storage, key: u8) -> Option<Vec<u8>> {
    let pair: Option<SignatureKeyPair> = storage.signature_key_pair(&PublicKey(key)).unwrap();
    pair.map(|pair| pair.public().to_vec())
}

#[test]
fn values_are_replaced_deleted_and_taken_up_again() {
    let provider = Provider::default();
    let storage = &provider.storage;
    storage.write_signature_key_pair(&PublicKey(1), &pair(1)).unwrap();
    storage.write_signature_key_pair(&PublicKey(2), &pair(2)).unwrap();
    storage.write_signature_key_pair(&PublicKey(1), &pair(3)).unwrap();
    assert_eq!(read(storage, 1), Some(vec![3; 32]));

    let again = Provider::with_entries(&provider.entries());
    assert_eq!(again.entries(), provider.entries());
    again.storage.delete_signature_key_pair(&PublicKey(2)).unwrap();
    assert_eq!(read(&again.storage, 2), None);
    assert_eq!(read(&again.storage, 1), Some(vec![3; 32]));
    assert_eq!(again.entries().len(), 1);
    // A key of the same bytes, but of another kind, is another key.
    again.storage.delete_encryption_key_pair(&PublicKey(1)).unwrap();
    assert_eq!(again.entries().len(), 1);
}

#[test]
fn a_damaged_value_is_an_error_and_no_panic() {
    let provider = Provider::default();
    provider.storage.write_signature_key_pair(&PublicKey(1), &pair(1)).unwrap();
    let mut entries = provider.entries();
    entries[0].1 = crate::vault::Secret::new(entries[0].1.expose()[1..].to_vec());
    let damaged = Provider::with_entries(&entries);
    let read: Result<Option<SignatureKeyPair>, _> = damaged.storage.signature_key_pair(&PublicKey(1));
    assert!(read.is_err());
}

const CIPHERSUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// A party of an MLS group that forgets everything but its provider's entries between two steps.
struct Party {
    provider: Provider,
    signer: SignatureKeyPair,
}

impl Party {
    fn new() -> Self {
        Self {
            provider: Provider::default(),
            signer: SignatureKeyPair::new(SignatureScheme::ED25519).unwrap(),
        }
    }

    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(b"a party".to_vec()).into(),
            signature_key: self.signer.public().into(),
        }
    }

    fn key_package(&self) -> KeyPackageBundle {
        KeyPackage::builder().build(CIPHERSUITE, &self.provider, &self.signer, self.credential()).unwrap()
    }

    fn authenticator(&mut self) -> Vec<u8> {
        self.group().epoch_authenticator().as_slice().to_vec()
    }

    /// Restarts the party and loads its group.
    fn group(&mut self) -> MlsGroup {
        self.provider = Provider::with_entries(&self.provider.entries());
        MlsGroup::load(self.provider.storage(), &GroupId::from_slice(b"group")).unwrap().unwrap()
    }
}

#[test]
fn a_group_outlives_restarts_between_any_two_steps() {
    let (mut a, mut b, mut c) = (Party::new(), Party::new(), Party::new());
    let config =
        MlsGroupCreateConfig::builder().ciphersuite(CIPHERSUITE).use_ratchet_tree_extension(true).build();
    let id = GroupId::from_slice(b"group");
    MlsGroup::new_with_group_id(&a.provider, &a.signer, &config, id, a.credential()).unwrap();

    // A proposal waits in the queue, then a commit waits to be merged.
    a.group().propose_add_member(&a.provider, &a.signer, b.key_package().key_package()).unwrap();
    assert_eq!(a.group().pending_proposals().count(), 1);
    let (_, welcome, _) = a.group().commit_to_pending_proposals(&a.provider, &a.signer).unwrap();
    a.group().merge_pending_commit(&a.provider).unwrap();
    assert_eq!(a.group().pending_proposals().count(), 0);
    join(&b, welcome.unwrap());
    assert_eq!(a.authenticator(), b.authenticator());

    // A third one joins by a commit that the second one takes in.
    let (commit, welcome, _) =
        a.group().add_members(&a.provider, &a.signer, &[c.key_package().key_package().clone()]).unwrap();
    a.group().merge_pending_commit(&a.provider).unwrap();
    take_in(&mut b, commit);
    join(&c, welcome);
    assert_eq!(b.authenticator(), c.authenticator());
    let entries = b.provider.entries();

    // And is removed again. What was queued leaves nothing behind.
    let third = c.group().own_leaf_index();
    let (commit, _, _) = a.group().remove_members(&a.provider, &a.signer, &[third]).unwrap();
    a.group().merge_pending_commit(&a.provider).unwrap();
    take_in(&mut b, commit);
    assert_eq!(a.authenticator(), b.authenticator());
    assert_eq!(b.group().members().count(), 2);
    assert!(b.provider.entries().len() <= entries.len(), "an epoch's keys were not deleted");
}

fn join(party: &Party, welcome: openmls::prelude::MlsMessageOut) {
    use openmls::prelude::{MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, StagedWelcome};
    let config = MlsGroupJoinConfig::builder().use_ratchet_tree_extension(true).build();
    let MlsMessageBodyIn::Welcome(welcome) = MlsMessageIn::from(welcome).extract() else {
        panic!("no welcome");
    };
    let staged = StagedWelcome::new_from_welcome(&party.provider, &config, welcome, None).unwrap();
    staged.into_group(&party.provider).unwrap();
}

fn take_in(party: &mut Party, commit: openmls::prelude::MlsMessageOut) {
    use openmls::prelude::MlsMessageIn;
    let mut group = party.group();
    let message = MlsMessageIn::from(commit).try_into_protocol_message().unwrap();
    let processed = group.process_message(&party.provider, message).unwrap();
    let ProcessedMessageContent::StagedCommitMessage(commit) = processed.into_content() else {
        panic!("no commit");
    };
    group.merge_staged_commit(&party.provider, *commit).unwrap();
}
