//! The MLS library leaves copies of what it decrypts in memory that it frees. With the allocator that the program
//! `tributary` has, nothing is left there.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::alloc::System;

use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, MlsGroup, MlsGroupCreateConfig,
    MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, OpenMlsProvider as _, ProcessedMessageContent,
    StagedWelcome,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::types::SignatureScheme;
use tributary_client::session::Provider;
use zeroize::Zeroizing;
use zeroizing_alloc::ZeroAlloc;

#[path = "../../aggregation/tests/support/memory.rs"]
mod memory;

use memory::{Planted, left_behind};

#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

const CIPHERSUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

fn fresh() -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).unwrap();
    bytes
}

struct Party {
    provider: Provider,
    signer: SignatureKeyPair,
    credential: CredentialWithKey,
}

impl Party {
    fn new(planted: &mut Vec<Planted>) -> Self {
        let secret = fresh();
        planted.push(Planted::new("signature key", &*secret));
        let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key().to_bytes().to_vec();
        let signer = SignatureKeyPair::from_raw(SignatureScheme::ED25519, secret.to_vec(), public);
        let credential = CredentialWithKey {
            credential: BasicCredential::new(b"a party".to_vec()).into(),
            signature_key: signer.public().into(),
        };
        Self { provider: Provider::default(), signer, credential }
    }
}

#[test]
fn an_mls_group_and_its_messages_leave_nothing_behind() {
    let found = left_behind(|| {
        let mut planted = Vec::new();
        let (a, b) = (Party::new(&mut planted), Party::new(&mut planted));
        let config =
            MlsGroupCreateConfig::builder().ciphersuite(CIPHERSUITE).use_ratchet_tree_extension(true).build();
        let id = GroupId::from_slice(b"group");
        let mut ours =
            MlsGroup::new_with_group_id(&a.provider, &a.signer, &config, id, a.credential.clone()).unwrap();
        let package =
            KeyPackage::builder().build(CIPHERSUITE, &b.provider, &b.signer, b.credential.clone()).unwrap();
        let (_, welcome, _) =
            ours.add_members(&a.provider, &a.signer, &[package.key_package().clone()]).unwrap();
        ours.merge_pending_commit(&a.provider).unwrap();
        let join = MlsGroupJoinConfig::builder().use_ratchet_tree_extension(true).build();
        let welcome = welcome.to_bytes().unwrap();
        let MlsMessageBodyIn::Welcome(welcome) =
            MlsMessageIn::tls_deserialize_exact_bytes(&welcome).unwrap().extract()
        else {
            panic!("no welcome");
        };
        let staged = StagedWelcome::new_from_welcome(&b.provider, &join, welcome, None).unwrap();
        let mut theirs = staged.into_group(&b.provider).unwrap();

        let exported = theirs.export_secret(b.provider.crypto(), "label", &[], 32).unwrap();
        planted.push(Planted::new("exporter secret", &Zeroizing::new(exported)));
        let said = fresh();
        planted.push(Planted::new("message", &*said));
        let sealed = ours.create_message(&a.provider, &a.signer, &*said).unwrap().to_bytes().unwrap();
        let message = MlsMessageIn::tls_deserialize_exact_bytes(&sealed).unwrap();
        let message = message.try_into_protocol_message().unwrap();
        let ProcessedMessageContent::ApplicationMessage(heard) =
            theirs.process_message(&b.provider, message).unwrap().into_content()
        else {
            panic!("no message");
        };
        assert_eq!(heard.into_bytes(), said.as_slice());
        planted
    });
    assert!(found.is_empty(), "{found:#?}");
}
