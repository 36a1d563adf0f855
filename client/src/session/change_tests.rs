//! Group changes as they should be, and changes that a lying coordinator and a corrupt committer would like to make.

use std::collections::BTreeMap;

use openmls::prelude::{KeyPackage, LeafNodeParameters, OpenMlsProvider as _};
use tributary_aggregation::ids::Digest;
use tributary_contracts::Wallet;

use super::tests::{Party, STUDY, domain, enrolled, form, message};
use super::{
    Change, Group, Incoming, Owners, Provider, SealedOwner, SealedRoster, SessionError, check_key_package,
    peek,
};

fn sealed(parties: &[&Party]) -> SealedRoster {
    let owners: BTreeMap<_, _> = parties
        .iter()
        .map(|party| (party.owner(), SealedOwner { identity: party.commitment(), voter: true }))
        .collect();
    SealedRoster {
        ever: owners.keys().copied().collect(),
        owners,
        first: false,
        seal: Digest([7; 32]),
        place: (1, 0),
    }
}

fn packages(parties: &[&Party]) -> Vec<KeyPackage> {
    let all = enrolled(parties);
    let check = |party: &&Party| check_key_package(&party.key_package(), party.owner(), &domain(), &all);
    parties.iter().map(|party| check(party).unwrap().0).collect()
}

/// A researcher and three owners in a group.
struct Study {
    researcher: Party,
    a: Party,
    b: Party,
    c: Party,
    group_a: Group,
    group_b: Group,
    group_c: Group,
}

impl Study {
    fn new() -> Self {
        let (researcher, a, b, c) = (Party::new(1), Party::new(2), Party::new(3), Party::new(4));
        let (_, mut joined) = form(&researcher, &[&a, &b, &c]);
        let mut next = || joined.remove(0);
        let (group_a, group_b, group_c) = (next(), next(), next());
        Self { researcher, a, b, c, group_a, group_b, group_c }
    }

    fn before(&self) -> Owners {
        enrolled(&[&self.a, &self.b, &self.c])
    }

    /// What `b` reads of a commit that `a` makes.
    fn change(&mut self, removed: &[&Party], added: &[&Party]) -> Change {
        let removed: Vec<_> = removed.iter().map(|party| party.owner()).collect();
        let made =
            self.group_a.propose(&self.a.provider, &self.a.identity, &removed, &packages(added)).unwrap();
        self.read(&made.commit)
    }

    fn read(&mut self, commit: &[u8]) -> Change {
        match self.group_b.receive(&self.b.provider, commit).unwrap() {
            Incoming::Change(change) => *change,
            _ => panic!("not a change"),
        }
    }

    fn judge(&self, change: Change, roster: &SealedRoster) -> Result<Owners, SessionError> {
        roster.check_change(&self.before(), change.members, self.researcher.owner())
    }
}

#[test]
fn one_commit_takes_out_and_brings_in_and_all_agree_on_the_next_epoch() {
    let mut study = Study::new();
    let new = Party::new(5);
    let made = study
        .group_a
        .propose(&study.a.provider, &study.a.identity, &[study.c.owner()], &packages(&[&new]))
        .unwrap();
    assert_eq!(peek(&made.commit).unwrap(), (1, true));
    assert_eq!(study.group_a.epoch(), 1, "not before the log shows it");

    let change = study.read(&made.commit);
    assert_eq!((change.committer, change.added.as_slice()), (study.a.owner(), &[new.owner()][..]));
    assert_eq!(change.removed, [study.c.owner()]);
    let roster = sealed(&[&study.a, &study.b, &new]);
    let after =
        roster.check_change(&study.before(), change.members.clone(), study.researcher.owner()).unwrap();
    assert_eq!(after, roster.identities());
    study.group_b.merge(&study.b.provider, change).unwrap();
    study.group_a.merge_own(&study.a.provider).unwrap();
    let mut joined = new.join(&made.welcome);
    assert_eq!(roster.check_welcome(joined.members().unwrap(), study.researcher.owner()).unwrap(), after);
    for group in [&study.group_b, &joined] {
        assert_eq!((group.epoch(), group.epoch_authenticator()), (2, study.group_a.epoch_authenticator()));
        assert_eq!(group.owners(study.researcher.owner(), &after).unwrap().len(), 3);
    }
    let said = joined.seal(&new.provider, &new.identity, &message(3)).unwrap();
    assert_eq!(study.a.hear(&mut study.group_a, &said).sender, new.owner());

    // It is out: it reads that, and nothing after.
    let out = match study.group_c.receive(&study.c.provider, &made.commit).unwrap() {
        Incoming::Change(change) => *change,
        _ => panic!("not a change"),
    };
    assert!(out.removes_this_member());
    study.group_c.merge(&study.c.provider, out).unwrap();
    assert!(study.group_c.receive(&study.c.provider, &said).is_err());
    // What is over is passed over.
    assert!(matches!(study.group_b.receive(&study.b.provider, &made.commit), Ok(Incoming::Past)));
}

#[test]
fn an_owner_with_new_keys_takes_the_place_of_its_old_self() {
    let mut study = Study::new();
    let wallet = Wallet::from_bytes(&[4; 32]).unwrap();
    let again = Party::signed_by(9, &wallet, &wallet);
    assert_eq!(again.owner(), study.c.owner());
    let made = study
        .group_a
        .propose(&study.a.provider, &study.a.identity, &[study.c.owner()], &packages(&[&again]))
        .unwrap();
    let change = study.read(&made.commit);
    let roster = sealed(&[&study.a, &study.b, &again]);
    assert_eq!(study.judge(change, &roster).unwrap(), roster.identities());
    study.group_a.merge_own(&study.a.provider).unwrap();
    assert_eq!(again.join(&made.welcome).epoch_authenticator(), study.group_a.epoch_authenticator());
    // Its old self has no key for that welcome.
    assert!(Group::join(&Provider::default(), STUDY, domain(), &made.welcome).unwrap().is_none());
}

#[test]
fn a_pending_commit_survives_a_restart_and_is_dropped_when_anothers_wins() {
    let mut study = Study::new();
    let new = Party::new(5);
    let made = study.group_a.propose(&study.a.provider, &study.a.identity, &[], &packages(&[&new])).unwrap();
    let provider = Provider::with_entries(&study.a.provider.entries());
    let mut loaded = Group::load(&provider, STUDY, domain()).unwrap().unwrap();
    assert!(loaded.is_pending());
    loaded.merge_own(&provider).unwrap();
    assert_eq!(loaded.epoch_authenticator(), new.join(&made.welcome).epoch_authenticator());
    assert!(loaded.merge_own(&provider).is_err(), "only once");

    // In the other world b's commit came first.
    let out = [study.c.owner()];
    let first = study.group_b.propose(&study.b.provider, &study.b.identity, &out, &[]).unwrap();
    assert!(first.welcome.is_empty());
    match study.group_a.receive(&study.a.provider, &first.commit).unwrap() {
        Incoming::Change(change) => study.group_a.merge(&study.a.provider, *change).unwrap(),
        _ => panic!("not a change"),
    }
    study.group_b.merge_own(&study.b.provider).unwrap();
    assert!(!study.group_a.is_pending());
    assert_eq!(study.group_a.epoch_authenticator(), study.group_b.epoch_authenticator());
}

#[test]
fn a_commit_that_adds_a_sybil_is_refused() {
    let mut study = Study::new();
    let sybil = Party::new(6);
    let change = study.change(&[], &[&sybil]);
    let roster = sealed(&[&study.a, &study.b, &study.c]);
    let refusal = study.judge(change, &roster).unwrap_err();
    assert!(matches!(refusal, SessionError::Roster { owner, .. } if owner == sybil.owner()), "{refusal}");
    assert_eq!(study.group_b.epoch(), 1, "it is not merged");
}

#[test]
fn a_commit_that_adds_other_keys_than_the_enrolled_ones_is_refused() {
    let mut study = Study::new();
    let wallet = Wallet::from_bytes(&[5; 32]).unwrap();
    let (honest, swapped) = (Party::new(5), Party::signed_by(9, &wallet, &wallet));
    let change = study.change(&[], &[&swapped]);
    let refusal = study.judge(change, &sealed(&[&study.a, &study.b, &study.c, &honest])).unwrap_err();
    assert!(matches!(refusal, SessionError::Foreign { .. }), "{refusal}");
}

#[test]
fn a_commit_that_leaves_an_honest_owner_out_is_refused() {
    let mut study = Study::new();
    let change = study.change(&[&Party::new(4)], &[]);
    let roster = sealed(&[&study.a, &study.b, &study.c]);
    let refusal = study.judge(change, &roster).unwrap_err();
    assert!(matches!(refusal, SessionError::Roster { owner, .. } if owner == study.c.owner()), "{refusal}");
}

#[test]
fn a_commit_that_keeps_a_leaver_is_refused() {
    let mut study = Study::new();
    let new = Party::new(5);
    let change = study.change(&[], &[&new]);
    let refusal = study.judge(change, &sealed(&[&study.a, &study.b, &new])).unwrap_err();
    assert!(matches!(refusal, SessionError::Roster { owner, .. } if owner == study.c.owner()), "{refusal}");
}

#[test]
fn a_commit_that_keeps_the_lost_keys_of_an_owner_is_refused() {
    let mut study = Study::new();
    let (new, wallet) = (Party::new(5), Wallet::from_bytes(&[4; 32]).unwrap());
    let again = Party::signed_by(9, &wallet, &wallet);
    let change = study.change(&[], &[&new]);
    let refusal = study.judge(change, &sealed(&[&study.a, &study.b, &again, &new])).unwrap_err();
    assert!(matches!(refusal, SessionError::Foreign { owner, .. } if owner == study.c.owner()), "{refusal}");
}

#[test]
fn a_commit_that_removes_the_researcher_is_refused() {
    let mut study = Study::new();
    let change = study.change(&[&Party::new(1)], &[]);
    let refusal = study.judge(change, &sealed(&[&study.a, &study.b, &study.c])).unwrap_err();
    assert!(
        matches!(refusal, SessionError::Roster { owner, .. } if owner == study.researcher.owner()),
        "{refusal}"
    );
}

#[test]
fn a_newcomer_may_be_missing_but_in_its_first_group_nobody() {
    let mut study = Study::new();
    let (here, late) = (Party::new(5), Party::new(6));
    let change = study.change(&[], &[&here]);
    let mut roster = sealed(&[&study.a, &study.b, &study.c, &here, &late]);
    for new in [&here, &late] {
        roster.owners.get_mut(&new.owner()).unwrap().voter = false;
    }
    let members = change.members.clone();
    assert_eq!(study.judge(change, &roster).unwrap().len(), 4);
    assert_eq!(roster.check_welcome(members.clone(), study.researcher.owner()).unwrap().len(), 4);
    roster.first = true;
    let refusal = roster.check_welcome(members, study.researcher.owner()).unwrap_err();
    assert!(matches!(refusal, SessionError::Roster { owner, .. } if owner == late.owner()), "{refusal}");
}

#[test]
fn a_welcome_into_a_group_of_few_voters_is_refused() {
    let (researcher, a, b, c, d, new) =
        (Party::new(1), Party::new(2), Party::new(3), Party::new(4), Party::new(5), Party::new(6));
    // The coordinator and one corrupt owner make a group of their own for the newcomer.
    let (_, joined) = form(&researcher, &[&a, &new]);
    let mut roster = sealed(&[&a, &b, &c, &d, &new]);
    roster.owners.get_mut(&new.owner()).unwrap().voter = false;
    let refusal = roster.check_welcome(joined[1].members().unwrap(), researcher.owner()).unwrap_err();
    assert!(matches!(refusal, SessionError::TooFewVoters { present: 1, quorum: 3 }), "{refusal}");
}

#[test]
fn a_commit_that_does_more_than_add_and_remove_is_refused() {
    // It changes the committer's own keys.
    let mut study = Study::new();
    let other = Party::new(9);
    let parameters =
        LeafNodeParameters::builder().with_extensions(other.identity.leaf_extensions().unwrap()).build();
    let commit = study
        .group_a
        .group
        .commit_builder()
        .leaf_node_parameters(parameters)
        .load_psks(study.a.provider.storage())
        .unwrap()
        .build(study.a.provider.rand(), study.a.provider.crypto(), &study.a.identity.signer, |_| true)
        .unwrap()
        .stage_commit(&study.a.provider)
        .unwrap();
    let commit = commit.commit().to_bytes().unwrap();
    let refusal = study.group_b.receive(&study.b.provider, &commit).err().unwrap();
    assert!(
        matches!(refusal, SessionError::Commit { committer, .. } if committer == study.a.owner()),
        "{refusal}"
    );

    // It changes what the group requires.
    let mut study = Study::new();
    let (commit, ..) = study
        .group_a
        .group
        .update_group_context_extensions(
            &study.a.provider,
            openmls::prelude::Extensions::default(),
            &study.a.identity.signer,
        )
        .unwrap();
    let commit = commit.to_bytes().unwrap();
    let refusal = study.group_b.receive(&study.b.provider, &commit).err().unwrap();
    assert!(matches!(refusal, SessionError::Commit { .. }), "{refusal}");

    // It rests on a proposal that went round before.
    let mut study = Study::new();
    let c = study.c.owner();
    let leaf = study
        .group_a
        .group
        .members()
        .find(|member| study.group_a.member_at(member.index).unwrap().owner == c);
    let (proposal, _) = study
        .group_a
        .group
        .propose_remove_member(&study.a.provider, &study.a.identity.signer, leaf.unwrap().index)
        .unwrap();
    let proposal = proposal.to_bytes().unwrap();
    assert!(study.group_b.receive(&study.b.provider, &proposal).is_err(), "proposals are not kept");
    let (commit, ..) =
        study.group_a.group.commit_to_pending_proposals(&study.a.provider, &study.a.identity.signer).unwrap();
    assert!(study.group_b.receive(&study.b.provider, &commit.to_bytes().unwrap()).is_err());
    assert_eq!(study.group_b.epoch(), 1);
}

#[test]
fn nobody_can_be_removed_who_is_not_there() {
    let mut study = Study::new();
    let stranger = Party::new(8).owner();
    let refusal =
        study.group_a.propose(&study.a.provider, &study.a.identity, &[stranger], &[]).err().unwrap();
    assert!(matches!(refusal, SessionError::Roster { owner, .. } if owner == stranger), "{refusal}");
    assert!(!study.group_a.is_pending());
    let after: BTreeMap<_, _> = study.before();
    assert_eq!(study.group_a.owners(study.researcher.owner(), &after).unwrap().len(), 3);
}
