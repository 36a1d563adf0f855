//! What a colluder's machine gives away: its keys and memory, for whoever is to speak in its name.

use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{KeyPackage, KeyPackageIn, OpenMlsProvider as _, ProtocolVersion};
use tributary_aggregation::ids::OwnerId;
use tributary_client::member::new_record;
use tributary_client::session::{Group, Identity, MaskKeys, Provider};
use tributary_client::vault::{KeysRecord, Record, Secret, Vault};
use tributary_contracts::Wallet;
use x25519_dalek::StaticSecret;

use crate::actor::{Actor, PASSWORD, witnesses};
use crate::house::House;

/// An identity from a member's keys.
pub fn identity(keys: &KeysRecord) -> Identity {
    let x25519 = |secret: &Secret| StaticSecret::from(*secret.key().unwrap());
    Identity::new(
        keys.owner,
        &keys.mls.key().unwrap(),
        MaskKeys { mask: x25519(&keys.mask), seal: x25519(&keys.seal) },
        keys.wallet_signature.as_slice().try_into().unwrap(),
    )
}

/// What a colluder remembers, out of a copy of its vault.
pub fn record(actor: &Actor) -> Record {
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("stolen/vault.bin");
    std::fs::create_dir(elsewhere.path().join("stolen")).unwrap();
    std::fs::copy(actor.vault(), &copy).unwrap();
    Vault::open(&copy, PASSWORD, &witnesses(elsewhere.path())).unwrap().record
}

/// The identity of a member that colludes.
pub fn of(actor: &Actor) -> Identity {
    identity(&record(actor).keys)
}

/// A fresh identity for a wallet.
pub fn fresh(house: &House, wallet: &Wallet) -> Identity {
    identity(&new_record(house.study, &house.deployment.domain(), wallet).unwrap().keys)
}

/// Fresh keys under somebody else's address: its wallet has not signed them, `wallet` has.
pub fn impostor(house: &House, victim: OwnerId, wallet: &Wallet) -> Identity {
    let mut keys = new_record(house.study, &house.deployment.domain(), wallet).unwrap().keys;
    keys.owner = victim;
    identity(&keys)
}

/// A key package; nobody needs its private half.
pub fn key_package(identity: &Identity) -> Vec<u8> {
    identity.key_package(&Provider::default()).unwrap()
}

/// A key package from its bytes, without asking whose it is.
pub fn parsed(key_package: &[u8]) -> KeyPackage {
    let package = KeyPackageIn::tls_deserialize_exact_bytes(key_package).unwrap();
    package.validate(Provider::default().crypto(), ProtocolVersion::Mls10).unwrap()
}

/// A commit that a colluder makes in a group as its vault has it.
pub fn commit(house: &House, record: &Record, removed: &[OwnerId], added: Vec<KeyPackage>) -> Vec<u8> {
    let provider = Provider::with_entries(&record.mls);
    let mut group = Group::load(&provider, house.study, house.deployment.domain())
        .unwrap()
        .expect("the colluder's group");
    group.propose(&provider, &identity(&record.keys), removed, &added).unwrap().commit
}
