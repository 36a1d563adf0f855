//! Vaults that are taken up again after a crash, and old copies that are not.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;
use tributary_aggregation::ids::{OwnerId, StudyId};

use super::*;

const PASSWORD: &str = "right";

/// A place for vaults and, beside it, one for witnesses.
struct Place {
    dir: TempDir,
    witnesses: Witnesses,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("study")).unwrap();
        let witnesses = Witnesses { directory: dir.path().join("state"), vault_is_newest: false };
        Self { dir, witnesses }
    }

    fn vault(&self) -> PathBuf {
        self.dir.path().join("study/vault.bin")
    }

    fn create(&self, key: u8) -> Vault {
        Vault::create(&self.vault(), PASSWORD, record(key), &self.witnesses).unwrap()
    }

    fn open(&self) -> Result<Vault, VaultError> {
        Vault::open(&self.vault(), PASSWORD, &self.witnesses)
    }

    /// The only witness there is.
    fn witness(&self) -> PathBuf {
        let mut files = fs::read_dir(&self.witnesses.directory).unwrap().map(|file| file.unwrap().path());
        let path = files.next().unwrap();
        assert!(files.next().is_none());
        path
    }
}

fn record(key: u8) -> Record {
    let keys = KeysRecord {
        owner: OwnerId([1; 20]),
        mls: Secret::new(vec![key; 32]),
        mask: Secret::new(vec![4; 32]),
        seal: Secret::new(vec![5; 32]),
        wallet_signature: vec![6; 65],
    };
    Record::new(StudyId([7; 32]), keys)
}

#[test]
fn an_old_copy_of_the_vault_is_refused() {
    let place = Place::new();
    let mut vault = place.create(1);
    vault.save().unwrap();
    let old = fs::read(place.vault()).unwrap();
    vault.save().unwrap();
    drop(vault);
    assert_eq!(place.open().unwrap().generation(), 3);

    fs::write(place.vault(), old).unwrap();
    let refused = place.open().err().unwrap();
    assert!(matches!(refused, VaultError::RolledBack { generation: 2, seen: 3, .. }), "{refused}");
    assert!(refused.to_string().contains("start with an empty directory"), "{refused}");
    // The operator's word does not outweigh what the witness has seen.
    let insisting = Witnesses { vault_is_newest: true, ..place.witnesses.clone() };
    let refused = Vault::open(&place.vault(), PASSWORD, &insisting).err().unwrap();
    assert!(matches!(refused, VaultError::RolledBack { .. }), "{refused}");
}

#[test]
fn a_crash_between_vault_and_witness_locks_nobody_out() {
    let place = Place::new();
    // Before the first witness was written: the vault was saved once and nothing was answered from it.
    drop(place.create(1));
    fs::remove_file(place.witness()).unwrap();
    let mut vault = place.open().unwrap();

    vault.save().unwrap();
    let one_behind = fs::read(place.witness()).unwrap();
    vault.save().unwrap();
    drop(vault);
    fs::write(place.witness(), &one_behind).unwrap();
    drop(place.open().unwrap());
    assert_ne!(fs::read(place.witness()).unwrap(), one_behind, "the witness was not caught up");
}

#[test]
fn a_vault_copied_to_a_machine_without_its_witness_is_refused_until_the_operator_vouches_for_it() {
    let place = Place::new();
    let mut vault = place.create(1);
    vault.save().unwrap();
    drop(vault);
    fs::remove_file(place.witness()).unwrap();
    let refused = place.open().err().unwrap();
    assert!(matches!(refused, VaultError::Unwitnessed { generation: 2, .. }), "{refused}");

    let insisting = Witnesses { vault_is_newest: true, ..place.witnesses.clone() };
    drop(Vault::open(&place.vault(), PASSWORD, &insisting).unwrap());
    drop(place.open().unwrap());
}

#[test]
fn a_witness_that_the_vault_did_not_write_is_refused() {
    let place = Place::new();
    let vault = place.create(1);
    let path = place.witness();
    let good = fs::read(&path).unwrap();
    let check = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        vault.witness.check(&place.vault(), vault.generation(), false)
    };
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(matches!(check(&bad), Err(VaultError::FalseWitness { .. })), "byte {at}");
    }
    for bad in [&good[..good.len() - 1], &[good.as_slice(), &[0]].concat(), &[]] {
        assert!(matches!(check(bad), Err(VaultError::FalseWitness { .. })));
    }
    check(&good).unwrap();

    // Another identity's witness under this one's name.
    let other = Place::new();
    drop(other.create(2));
    assert!(matches!(check(&fs::read(other.witness()).unwrap()), Err(VaultError::FalseWitness { .. })));
}

#[test]
fn fresh_keys_after_a_lost_vault_have_a_witness_of_their_own() {
    let place = Place::new();
    let mut lost = place.create(1);
    lost.save().unwrap();
    lost.save().unwrap();
    drop(lost);
    let old = fs::read(place.vault()).unwrap();
    fs::remove_file(place.vault()).unwrap();
    drop(place.create(2));
    drop(place.open().unwrap());
    assert_eq!(fs::read_dir(&place.witnesses.directory).unwrap().count(), 2);
    // The lost vault turns up: it is the newest of its identity.
    fs::write(place.vault(), old).unwrap();
    assert_eq!(place.open().unwrap().generation(), 3);
}

#[test]
fn a_witness_in_the_vaults_own_directory_is_refused() {
    let place = Place::new();
    for directory in ["study", "study/state"] {
        let witnesses = Witnesses { directory: place.dir.path().join(directory), ..place.witnesses.clone() };
        let refused = Vault::create(&place.vault(), PASSWORD, record(1), &witnesses).err().unwrap();
        assert!(matches!(refused, VaultError::WitnessBeside { .. }), "{refused}");
    }
}

#[test]
fn two_processes_on_one_vault_are_refused() {
    let place = Place::new();
    let vault = place.create(1);
    assert!(matches!(place.open(), Err(VaultError::InUse { .. })));
    drop(vault);
    drop(place.open().unwrap());
}

#[test]
fn a_vault_behind_what_the_coordinator_heard_is_refused() {
    let place = Place::new();
    let mut vault = place.create(1);
    vault.save().unwrap();
    for seen in 0..=2 {
        vault.check_witness(seen, Witness::Coordinator).unwrap();
    }
    let refused = vault.check_witness(3, Witness::Coordinator).unwrap_err();
    assert!(matches!(refused, VaultError::RolledBack { generation: 2, seen: 3, .. }), "{refused}");
    assert!(refused.to_string().contains("the coordinator has seen 3"), "{refused}");
}

/// What befalls a vault and its witness on disk. A save is two writes; a crash may come before, between or after them.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Save,
    CrashBeforeWitness,
    /// The vault's file as it was after a save of a while ago.
    Restore(usize),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        Just(Happening::Save),
        Just(Happening::CrashBeforeWitness),
        (0..6usize).prop_map(Happening::Restore),
    ];
    prop::collection::vec(one, 1..12)
}

proptest! {
    /// The rule of the witness, without the cost of a password: an answered generation is never forgotten by a vault that
    /// opens, and a vault that nobody tampered with always opens.
    #[test]
    fn no_crash_locks_out_and_no_answer_is_forgotten(happenings in happenings()) {
        let dir = tempfile::tempdir().unwrap();
        let vault = dir.path().join("study/vault.bin");
        fs::create_dir(dir.path().join("study")).unwrap();
        let place = Witnesses { directory: dir.path().join("state"), vault_is_newest: false };
        let witness = WitnessFile::of(&vault, &record(1), &place).unwrap();
        // Generation 1 is on disk and witnessed.
        let (mut on_disk, mut answered, mut copies) = (1, 1, vec![1]);
        witness.write(1).unwrap();
        for happening in happenings {
            let mut restored = false;
            match happening {
                Happening::Save => {
                    on_disk += 1;
                    witness.write(on_disk).unwrap();
                    answered = on_disk; // save() returned: an answer may have left
                    copies.push(on_disk);
                }
                Happening::CrashBeforeWitness => {
                    on_disk += 1;
                    copies.push(on_disk);
                }
                Happening::Restore(back) => {
                    on_disk = copies[copies.len().saturating_sub(back + 1)];
                    restored = true;
                }
            }
            match witness.check(&vault, on_disk, false) {
                Ok(()) => {
                    prop_assert!(on_disk >= answered, "generation {on_disk} has forgotten {answered}");
                    // It is open: it may answer.
                    answered = on_disk;
                }
                Err(error) => {
                    prop_assert!(restored, "locked out: {error}");
                    prop_assert!(on_disk < *copies.iter().max().unwrap());
                    // The newest copy is put back, and opens.
                    on_disk = *copies.iter().max().unwrap();
                    witness.check(&vault, on_disk, false).unwrap();
                    answered = on_disk;
                }
            }
        }
    }
}
