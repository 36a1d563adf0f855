//! What this machine remembers of a vault outside the vault's directory: its highest generation.
//!
//! An old copy of a vault opens like a new one, but has forgotten answers: rules 3 to 5 of the committee's ledger and the
//! member's own (docs/PROTOCOL.md) hold for a member only as long as it remembers. The witness is what an accidentally
//! restored copy is found out by. A vault is saved in this order:
//!
//! 1. the vault with generation g + 1 is on disk, whole or not at all;
//! 2. the witness says g + 1;
//! 3. whatever rests on generation g + 1 leaves the machine.
//!
//! A crash before 1 or after 2 leaves both at the same generation. A crash between them leaves the witness one behind its
//! vault, which opens; the witness is caught up then. The witness is never ahead of the newest vault, so no crash locks an
//! owner out; and it is never behind the newest generation from which something left the machine, so an older copy is
//! refused. A copy that it does not refuse is one from which nothing newer was ever answered.
//!
//! Layout: magic (4) ‖ version (1) ‖ study (32) ‖ owner (20) ‖ generation (u64, little-endian) ‖ HMAC-SHA256 of all that (32). The
//! tag's key is derived from the vault's MLS key: who can't open the vault can delete a witness or put an older one in its
//! place, but not write one.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tributary_aggregation::hash::derive_key;
use tributary_aggregation::header::identity_commitment;
use zeroize::Zeroizing;

use super::error::{VaultError, Witness};
use super::record::Record;
use super::replace::replace;
use crate::session::mls_public_key;

const MAGIC: &[u8; 4] = b"TRBW";
const VERSION: u8 = 1;
const KEY_LABEL: &str = "vault/witness";

/// Where witnesses lie, and whether a missing one is put up with.
#[derive(Debug, Clone)]
pub struct Witnesses {
    /// The directory; made if it is not there. It must not lie within the vault's, and should not be in one backup with it.
    pub directory: PathBuf,
    /// Whether a vault without a witness is taken for the newest. A witness that has seen a newer one is always believed.
    pub vault_is_newest: bool,
}

/// The witness of one vault.
pub(super) struct WitnessFile {
    path: PathBuf,
    /// Everything before the generation.
    head: Vec<u8>,
    key: Zeroizing<[u8; 32]>,
}

impl WitnessFile {
    /// The witness of the vault at `vault` with this record; made or not.
    pub(super) fn of(vault: &Path, record: &Record, place: &Witnesses) -> Result<Self, VaultError> {
        let io = |action, source| VaultError::Io { path: place.directory.clone(), action, source };
        fs::create_dir_all(&place.directory).map_err(|source| io("made for its witness", source))?;
        let inside = |source| io("found for its witness", source);
        let own = vault.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (directory, own) =
            (place.directory.canonicalize().map_err(inside)?, own.canonicalize().map_err(inside)?);
        if directory.starts_with(own) {
            return Err(VaultError::WitnessBeside { directory });
        }
        let damaged =
            || VaultError::Format { path: vault.to_owned(), reason: "its MLS key is not 32 bytes".into() };
        let secret = record.keys.mls.key().ok_or_else(damaged)?;
        let (study, owner) = (record.study, record.keys.owner);
        // One file per identity: an owner that enrols again with fresh keys has another vault.
        let identity = identity_commitment(&mls_public_key(&secret)).to_string();
        let path =
            directory.join(format!("{owner}-{study}-{}.seen", identity.get(2..18).unwrap_or(&identity)));
        let head = [MAGIC.as_slice(), &[VERSION], study.as_ref(), &owner.0].concat();
        Ok(Self { path, head, key: derive_key(&*secret, KEY_LABEL, &[study.as_ref(), &owner.0]) })
    }

    /// Compares a vault that was just opened with its witness, and catches the witness up.
    pub(super) fn check(
        &self,
        vault: &Path,
        generation: u64,
        vault_is_newest: bool,
    ) -> Result<(), VaultError> {
        let seen = match self.read() {
            Ok(Some(seen)) => seen,
            // Nothing was answered from a vault that was saved once: it has not even made its key package.
            Ok(None) if generation <= 1 || vault_is_newest => 0,
            Ok(None) => {
                let (path, witness) = (vault.to_owned(), self.path.clone());
                return Err(VaultError::Unwitnessed { path, generation, witness });
            }
            Err(VaultError::FalseWitness { .. }) if vault_is_newest => 0,
            Err(error) => return Err(error),
        };
        VaultError::unless_newest(vault, generation, seen, Witness::File(self.path.clone()))?;
        if generation > seen { self.write(generation) } else { Ok(()) }
    }

    /// Notes that the vault of this generation is on disk.
    pub(super) fn write(&self, generation: u64) -> Result<(), VaultError> {
        let generation = generation.to_le_bytes();
        let tag = self.mac(&generation)?.finalize().into_bytes();
        replace(&self.path, &[&self.head, &generation, &tag]).map_err(|source| self.io("witnessed", source))
    }

    fn read(&self) -> Result<Option<u64>, VaultError> {
        let bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(|source| self.io("compared with its witness", source))?,
        };
        let forged = || VaultError::FalseWitness { witness: self.path.clone() };
        let rest = bytes.strip_prefix(self.head.as_slice()).ok_or_else(forged)?;
        let (generation, tag) = rest.split_first_chunk::<8>().ok_or_else(forged)?;
        // Compared in constant time. A tag of another length is refused here, too.
        self.mac(generation)?.verify_slice(tag).map_err(|_| forged())?;
        Ok(Some(u64::from_le_bytes(*generation)))
    }

    fn mac(&self, generation: &[u8]) -> Result<Hmac<Sha256>, VaultError> {
        // HMAC takes keys of any length, so this never fails.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice())
            .map_err(|_| VaultError::FalseWitness { witness: self.path.clone() })?;
        mac.update(&self.head);
        mac.update(generation);
        Ok(mac)
    }

    fn io(&self, action: &'static str, source: std::io::Error) -> VaultError {
        VaultError::Io { path: self.path.clone(), action, source }
    }
}
