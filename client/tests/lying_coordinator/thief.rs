//! What a colluder's machine gives away: its keys, for whoever is to speak in its name.

use openmls_rust_crypto::OpenMlsRustCrypto;
use tributary_aggregation::ids::OwnerId;
use tributary_client::member::new_record;
use tributary_client::session::{Identity, MaskKeys};
use tributary_client::vault::{KeysRecord, Vault};
use tributary_contracts::Wallet;
use x25519_dalek::StaticSecret;

use crate::actor::{Actor, PASSWORD};
use crate::house::House;

/// An identity from a member's keys.
pub fn identity(keys: &KeysRecord) -> Identity {
    let x25519 = |secret: &tributary_client::vault::Secret| StaticSecret::from(*secret.key().unwrap());
    Identity::new(
        keys.owner,
        &keys.mls.key().unwrap(),
        MaskKeys { mask: x25519(&keys.mask), seal: x25519(&keys.seal) },
        keys.wallet_signature.as_slice().try_into().unwrap(),
    )
}

/// The identity of a member that colludes, out of its vault.
pub fn of(actor: &Actor) -> Identity {
    identity(&Vault::open(&actor.vault(), PASSWORD).unwrap().record.keys)
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

/// A key package, with a provider that has its private half.
pub fn key_package(identity: &Identity) -> (Vec<u8>, OpenMlsRustCrypto) {
    let provider = OpenMlsRustCrypto::default();
    (identity.key_package(&provider).unwrap(), provider)
}
