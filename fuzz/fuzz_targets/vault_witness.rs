//! The witness of a vault: nobody without the vault's key can write one that is believed.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_fuzz::{PASSWORD, scratch_file};
use tributary_fuzz_client::vault::{Vault, Witnesses};

struct Place {
    vault: PathBuf,
    witnesses: Witnesses,
    witness: PathBuf,
    honest: Vec<u8>,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let [own, seen] = ["vault", "seen"].map(|name| {
        let folder = scratch_file(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    });
    let vault = own.join("vault.bin");
    fs::write(&vault, include_bytes!("../seeds/vault_file/saved-twice")).expect("a file");
    let newest = Witnesses { directory: seen.clone(), vault_is_newest: true };
    drop(Vault::open(&vault, PASSWORD, &newest).expect("an honest vault"));
    let witness = fs::read_dir(&seen).expect("a folder").next().expect("its witness").expect("a file").path();
    let honest = fs::read(&witness).expect("a file");
    Place { vault, witnesses: Witnesses { vault_is_newest: false, ..newest }, witness, honest }
});

fuzz_target!(|data: &[u8]| {
    let place = &*PLACE;
    fs::write(&place.witness, data).expect("a file");
    let opened = Vault::open(&place.vault, PASSWORD, &place.witnesses);
    assert_eq!(opened.is_ok(), data == place.honest);
});
