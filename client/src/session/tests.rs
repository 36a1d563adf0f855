//! Groups as they should be, and groups that a lying coordinator would like to form.

use std::collections::BTreeMap;

use tributary_aggregation::header::identity_commitment;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::Wallet;
use tributary_contracts::typed_data::{Domain, mls_identity_digest};
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{DkgMessage, MemberMessage};
use x25519_dalek::StaticSecret;

use super::{
    Group, Identity, Incoming, MaskKeys, Provider, Received, SessionError, check_key_package, mls_public_key,
};

pub(super) const STUDY: StudyId = StudyId([7; 32]);

pub(super) fn domain() -> Domain {
    Domain { chain_id: 31_337, escrow: [9; 20] }
}

pub(super) struct Party {
    pub identity: Identity,
    pub provider: Provider,
}

impl Party {
    pub fn new(number: u8) -> Self {
        let wallet = Wallet::from_bytes(&[number; 32]).unwrap();
        Self::signed_by(number, &wallet, &wallet)
    }

    /// A party with the address of `wallet` whose MLS key is vouched for by `signer`.
    pub fn signed_by(number: u8, wallet: &Wallet, signer: &Wallet) -> Self {
        let secret = [number + 100; 32];
        let digest = mls_identity_digest(&domain(), &wallet.address(), &mls_public_key(&secret));
        let keys = MaskKeys {
            mask: StaticSecret::from([number + 50; 32]),
            seal: StaticSecret::from([number + 60; 32]),
        };
        let identity = Identity::new(OwnerId(wallet.address()), &secret, keys, signer.sign_digest(&digest));
        Self { identity, provider: Provider::default() }
    }

    pub fn owner(&self) -> OwnerId {
        self.identity.owner
    }

    pub fn commitment(&self) -> Digest {
        identity_commitment(&self.identity.mls_key())
    }

    pub fn key_package(&self) -> Vec<u8> {
        self.identity.key_package(&self.provider).unwrap()
    }

    pub fn join(&self, welcome: &[u8]) -> Group {
        Group::join(&self.provider, STUDY, domain(), welcome).unwrap().unwrap()
    }

    /// What somebody else says; it must be a message that can be read.
    pub fn hear(&self, group: &mut Group, bytes: &[u8]) -> Received {
        match group.receive(&self.provider, bytes).unwrap() {
            Incoming::Said(received) => received,
            _ => panic!("not a message of somebody else"),
        }
    }
}

pub(super) fn enrolled(parties: &[&Party]) -> BTreeMap<OwnerId, Digest> {
    parties.iter().map(|party| (party.owner(), party.commitment())).collect()
}

/// The group that `creator` forms with `others`; whether they are enrolled is not asked.
pub(super) fn form(creator: &Party, others: &[&Party]) -> (Group, Vec<Group>) {
    let everybody = enrolled(others);
    let packages: Vec<_> = others
        .iter()
        .map(|party| check_key_package(&party.key_package(), party.owner(), &domain(), &everybody).unwrap().0)
        .collect();
    let (group, welcome) =
        Group::create(&creator.provider, &creator.identity, STUDY, domain(), &packages).unwrap();
    let joined = others.iter().map(|party| party.join(&welcome)).collect();
    (group, joined)
}

pub(super) fn message(byte: u8) -> MemberMessage {
    let dkg = DkgMessage { epoch: 1, run: 1, message: vec![byte; 40] };
    MemberMessage { message: Some(Message::Dkg(dkg)) }
}

#[test]
fn members_agree_on_epoch_secrets_and_roster_and_hear_each_other() {
    let (researcher, a, b) = (Party::new(1), Party::new(2), Party::new(3));
    let (group, mut joined) = form(&researcher, &[&a, &b]);
    let enrolled = enrolled(&[&a, &b]);
    let secret = group.exporter_secret(&researcher.provider).unwrap();
    for (party, member) in [&a, &b].into_iter().zip(&joined) {
        assert_eq!(member.epoch(), group.epoch());
        assert_eq!(member.epoch_authenticator(), group.epoch_authenticator());
        assert_eq!(*member.exporter_secret(&party.provider).unwrap(), *secret);
        let owners = member.owners(researcher.owner(), &enrolled).unwrap();
        assert_eq!(owners.len(), 2);
        assert_eq!(owners[&b.owner()].mls_key, b.identity.mls_key());
    }
    let sealed = joined[0].seal(&a.provider, &a.identity, &message(5)).unwrap();
    let heard = b.hear(&mut joined[1], &sealed);
    assert_eq!((heard.sender, heard.message), (a.owner(), message(5)));
    assert!(matches!(joined[0].receive(&a.provider, &sealed), Ok(Incoming::Own)));

    let mut changed = joined[0].seal(&a.provider, &a.identity, &message(6)).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(joined[1].receive(&b.provider, &changed), Err(SessionError::Mls { .. })));
}

#[test]
fn a_group_is_taken_up_again_from_its_storage() {
    let (researcher, a, b) = (Party::new(1), Party::new(2), Party::new(3));
    let (_, mut joined) = form(&researcher, &[&a, &b]);
    let again = Provider::with_entries(&a.provider.entries());
    let mut loaded = Group::load(&again, STUDY, domain()).unwrap().unwrap();
    assert_eq!(loaded.epoch_authenticator(), joined[0].epoch_authenticator());
    let sealed = joined[1].seal(&b.provider, &b.identity, &message(1)).unwrap();
    assert_eq!(a.hear(&mut loaded, &sealed).message, message(1));
    assert!(Group::load(&again, StudyId([8; 32]), domain()).unwrap().is_none());
}

#[test]
fn a_sybil_in_the_group_is_named() {
    let (researcher, a, sybil) = (Party::new(1), Party::new(2), Party::new(3));
    let (_, joined) = form(&researcher, &[&a, &sybil]);
    let refused = joined[0].owners(researcher.owner(), &enrolled(&[&a]));
    assert!(matches!(refused, Err(SessionError::Roster { owner, .. }) if owner == sybil.owner()));
}

#[test]
fn a_split_roster_is_noticed_by_those_who_are_left_out_of_it() {
    let (researcher, a, b) = (Party::new(1), Party::new(2), Party::new(3));
    let (_, joined) = form(&researcher, &[&a]);
    let refused = joined[0].owners(researcher.owner(), &enrolled(&[&a, &b]));
    assert!(matches!(refused, Err(SessionError::Roster { owner, .. }) if owner == b.owner()));
}

#[test]
fn a_group_formed_by_somebody_else_than_the_researcher_is_refused() {
    let (researcher, a, stranger) = (Party::new(1), Party::new(2), Party::new(3));
    let (_, joined) = form(&stranger, &[&a]);
    let refused = joined[0].owners(researcher.owner(), &enrolled(&[&a]));
    assert!(refused.is_err());
}

#[test]
fn a_key_swapped_by_the_coordinator_is_refused() {
    let (honest, swapped) = (Party::new(2), {
        let wallet = Wallet::from_bytes(&[2; 32]).unwrap();
        Party::signed_by(4, &wallet, &wallet)
    });
    assert_eq!(honest.owner(), swapped.owner());
    // Even a key that the wallet has vouched for must be the one that it enrolled with.
    let refused = check_key_package(&swapped.key_package(), honest.owner(), &domain(), &enrolled(&[&honest]));
    assert!(matches!(refused, Err(SessionError::Foreign { .. })), "{refused:?}");
}

#[test]
fn a_key_that_the_wallet_did_not_sign_is_refused() {
    let (wallet, attacker) = (Wallet::from_bytes(&[2; 32]).unwrap(), Wallet::from_bytes(&[66; 32]).unwrap());
    let forged = Party::signed_by(4, &wallet, &attacker);
    let refused = check_key_package(&forged.key_package(), forged.owner(), &domain(), &enrolled(&[&forged]));
    assert!(matches!(refused, Err(SessionError::Foreign { .. })), "{refused:?}");
}

#[test]
fn a_key_package_of_another_chain_or_owner_or_with_trailing_bytes_is_refused() {
    let (a, b) = (Party::new(2), Party::new(3));
    let enrolled = enrolled(&[&a, &b]);
    let package = a.key_package();
    assert!(check_key_package(&package, a.owner(), &domain(), &enrolled).is_ok());
    assert!(check_key_package(&package, b.owner(), &domain(), &enrolled).is_err());
    let elsewhere = Domain { chain_id: 1, ..domain() };
    assert!(check_key_package(&package, a.owner(), &elsewhere, &enrolled).is_err());
    let longer = [package.as_slice(), &[0]].concat();
    assert!(check_key_package(&longer, a.owner(), &domain(), &enrolled).is_err());
}

#[test]
fn a_welcome_into_another_studys_group_is_refused() {
    let (researcher, a) = (Party::new(1), Party::new(2));
    let (package, _) = check_key_package(&a.key_package(), a.owner(), &domain(), &enrolled(&[&a])).unwrap();
    let (_, welcome) =
        Group::create(&researcher.provider, &researcher.identity, StudyId([8; 32]), domain(), &[package])
            .unwrap();
    assert!(matches!(Group::join(&a.provider, STUDY, domain(), &welcome), Err(SessionError::Leaf(_))));
}
