//! What an owner keeps of a dataset, in a directory of its own: the sealed description, and in a file under the wallet's
//! password the key that it is sealed under, the commitment's salt, and the token's number.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_storage::{ArtifactId, ArtifactStore as _, LocalStore};
use zeroize::Zeroizing;

use super::document::Document;
use super::error::CatalogError;
use super::receipt::Receipt;
use super::refused::DocumentError;
use super::seal::{ContentKey, commitment, open, seal};
use super::secrets::Secrets;
use crate::vault::VaultFile;

/// Secrets, under the wallet's password.
const SECRETS: &str = "dataset.bin";
/// The sealed description, by its content's address.
const SEALED: &str = "sealed";
/// What is left after an erasure.
const RECEIPT: &str = "receipt.json";
/// What is known of a dataset without opening its description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number, once it is listed.
    pub dataset: Option<u64>,
    /// The commitment to its description.
    pub commitment: Digest,
    /// Where the sealed description is, in the terms of whoever stores it.
    pub uri: String,
    /// Asked for a study's use, in the token's smallest unit.
    pub price: u128,
}

/// An owner's directory of one dataset. One process has it open at a time.
pub struct Keep {
    directory: PathBuf,
    file: VaultFile,
    secrets: Secrets,
    store: LocalStore,
}

impl Keep {
    /// Seals a description and keeps it. If the same description waits here to be listed, it stays as it is.
    ///
    /// # Errors
    /// If another dataset is listed from here, or the disk fails.
    pub async fn create(directory: &Path, password: &str, document: &Document) -> Result<Self, CatalogError> {
        let io = |source| CatalogError::Io { path: directory.to_owned(), action: "made", source };
        fs::create_dir_all(directory).map_err(io)?;
        let described = document
            .to_json()
            .map_err(|source| CatalogError::Document { path: directory.to_owned(), source })?;
        let described = Zeroizing::new(described);
        if directory.join(SECRETS).exists() {
            let kept = Self::open(directory, password).await?;
            if let Some(dataset) = kept.secrets.dataset {
                return Err(CatalogError::Occupied { directory: directory.to_owned(), dataset });
            }
            // The sealed file may be missing: then a crash came between it and its key.
            let there = kept.store.has(ArtifactId::from_digest(kept.secrets.artifact)).await?;
            if there && commitment(&kept.secrets.salt, &described).0 == kept.secrets.commitment {
                return Ok(kept);
            }
            kept.discard().await?;
        }
        let store = LocalStore::open(directory.join(SEALED))?;
        let key = ContentKey::draw()?;
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(CatalogError::Randomness)?;
        // The key is on disk before anything is sealed under it: a crash leaves no sealed file without its key.
        let sealed = seal(&described, &key)?;
        let secrets = Secrets {
            key: key.secret(),
            salt,
            artifact: *ArtifactId::of(&sealed).digest(),
            commitment: commitment(&salt, &described).0,
            price: document.price,
            dataset: None,
        };
        let file = VaultFile::create(&directory.join(SECRETS), password)?;
        let keep = Self { directory: directory.to_owned(), file, secrets, store };
        keep.save()?;
        keep.store.put(Bytes::from(sealed)).await?;
        Ok(keep)
    }

    /// Opens a dataset's directory.
    ///
    /// # Errors
    /// If it keeps none, is in use, or the password is wrong.
    pub async fn open(directory: &Path, password: &str) -> Result<Self, CatalogError> {
        let path = directory.join(SECRETS);
        if !path.exists() {
            return Err(CatalogError::Empty { directory: directory.to_owned() });
        }
        let (file, plain) = VaultFile::open(&path, password)?;
        let bad = || CatalogError::File { path: path.clone(), reason: "is damaged: restore it".into() };
        let secrets = Secrets::from_bytes(&plain).ok_or_else(bad)?;
        let store = LocalStore::open(directory.join(SEALED))?;
        Ok(Self { directory: directory.to_owned(), file, secrets, store })
    }

    fn save(&self) -> Result<(), CatalogError> {
        let plain = self.secrets.to_bytes().map_err(|error| CatalogError::File {
            path: self.file.path().to_owned(),
            reason: error.to_string(),
        })?;
        Ok(self.file.write(&plain)?)
    }

    /// What is known without opening the description.
    #[must_use]
    pub fn kept(&self) -> Kept {
        Kept {
            dataset: self.secrets.dataset,
            commitment: Digest(self.secrets.commitment),
            uri: format!("ipfs://{}", ArtifactId::from_digest(self.secrets.artifact)),
            price: self.secrets.price,
        }
    }

    /// The description, opened and compared with the commitment.
    ///
    /// # Errors
    /// If it is missing, damaged, or another one.
    pub async fn document(&self) -> Result<Document, CatalogError> {
        let sealed = self.store.get(ArtifactId::from_digest(self.secrets.artifact)).await?;
        let key = ContentKey::from_secret(self.secrets.key.clone()).ok_or(CatalogError::Sealed)?;
        let described = open(&sealed, &key)?;
        if commitment(&self.secrets.salt, &described).0 != self.secrets.commitment {
            return Err(CatalogError::Sealed);
        }
        Document::from_json(&described)
            .map_err(|source| CatalogError::Document { path: self.directory.clone(), source })
    }

    /// Notes that the dataset is listed.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn listed(&mut self, dataset: u64) -> Result<(), CatalogError> {
        self.secrets.dataset = Some(dataset);
        self.save()
    }

    /// Writes the receipt of an erasure that is about to happen.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn write_receipt(&self, receipt: &Receipt) -> Result<PathBuf, CatalogError> {
        let path = receipt_path(&self.directory);
        let io = |source| CatalogError::Io { path: path.clone(), action: "written", source };
        let text = receipt
            .to_json()
            .map_err(|error| CatalogError::File { path: path.clone(), reason: error.to_string() })?;
        let mut file = fs::File::create(&path).map_err(io)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(io)?;
        Ok(path)
    }

    /// Destroys the key, then the sealed description. What copies of either remain elsewhere (backups, the disk's own
    /// spare blocks) this can't reach; without the key a copy of the sealed description tells nothing.
    ///
    /// # Errors
    /// If the disk fails: then it is to be repeated.
    pub async fn discard(self) -> Result<(), CatalogError> {
        let Self { directory, file, secrets, store } = self;
        let path = directory.join(SECRETS);
        let io = |source| CatalogError::Io { path: path.clone(), action: "destroyed", source };
        // Overwritten first, since a removed file's blocks stay as they were.
        let length = fs::metadata(&path).map_err(io)?.len();
        let mut noise = vec![0; usize::try_from(length).unwrap_or(0)];
        getrandom::fill(&mut noise).map_err(CatalogError::Randomness)?;
        let mut over = OpenOptions::new().write(true).open(&path).map_err(io)?;
        over.write_all(&noise).and_then(|()| over.sync_all()).map_err(io)?;
        fs::remove_file(&path).map_err(io)?;
        store.delete(ArtifactId::from_digest(secrets.artifact)).await?;
        drop(file);
        remove_rest(&directory);
        Ok(())
    }
}

/// Empty leavings: nobody misses them, and nobody is harmed if they stay.
fn remove_rest(directory: &Path) {
    let _ = fs::remove_file(directory.join(SECRETS).with_extension("lock"));
    let _ = fs::remove_file(directory.join(SECRETS).with_extension("new"));
    let sealed = directory.join(SEALED);
    for entry in fs::read_dir(&sealed).into_iter().flatten().flatten() {
        let _ = fs::remove_dir(entry.path());
    }
    let _ = fs::remove_dir(sealed);
}

/// Where a directory's receipt is, once its dataset is erased.
#[must_use]
pub fn receipt_path(directory: &Path) -> PathBuf {
    directory.join(RECEIPT)
}

/// The owner of a description must be who lists it.
pub(super) fn check_owner(document: &Document, owner: OwnerId) -> Result<(), CatalogError> {
    if document.owner == owner {
        return Ok(());
    }
    let reason = format!("the description is offered by {}, and this wallet is {owner}'s", document.owner);
    Err(CatalogError::Document {
        path: PathBuf::from("usageInfo.odrl:assigner"),
        source: DocumentError::Field { field: "usageInfo.odrl:assigner".into(), reason },
    })
}

#[cfg(test)]
mod tests {
    use tributary_aggregation::study::Duo;

    use super::*;
    use crate::catalog::{Column, ColumnKind, Record, UseTerms};

    fn document(name: &str) -> Document {
        let terms =
            UseTerms { permission: Duo::GENERAL_USE, diseases: vec![], research: vec![], conditions: vec![] };
        let columns = vec![Column { name: "age".into(), kind: ColumnKind::Integer, is_label: false }];
        Document {
            name: name.into(),
            description: "Angiography and what was found.".into(),
            url: "urn:tributary:dataset".into(),
            creator: "A hospital".into(),
            date: "2024-02-29".into(),
            version: "1.0.0".into(),
            owner: OwnerId([2; 20]),
            price: 7,
            terms,
            record: Record { columns, rows: None },
        }
    }

    /// All bytes below a directory.
    fn bytes_below(directory: &Path) -> Vec<u8> {
        let mut all = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            all.extend(if path.is_dir() { bytes_below(&path) } else { fs::read(path).unwrap() });
        }
        all
    }

    #[tokio::test]
    async fn a_dataset_is_kept_sealed_and_opened_by_its_password_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hearts");
        let mut keep = Keep::create(&path, "right", &document("Hearts")).await.unwrap();
        assert_eq!((keep.kept().dataset, keep.kept().price), (None, 7));
        assert!(keep.kept().uri.starts_with("ipfs://bafkrei") && keep.kept().uri.len() <= 200);
        assert_eq!(keep.document().await.unwrap(), document("Hearts"));
        for word in ["Hearts", "Angiography", "A hospital"] {
            let all = bytes_below(&path);
            assert!(!all.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
        }
        keep.listed(9).unwrap();
        let kept = keep.kept();
        drop(keep);
        assert!(Keep::open(&path, "wrong").await.is_err());
        assert_eq!(Keep::open(&path, "right").await.unwrap().kept(), kept);
        let occupied = Keep::create(&path, "right", &document("Lungs")).await;
        assert!(matches!(occupied.map(drop), Err(CatalogError::Occupied { dataset: 9, .. })));
        let empty = Keep::open(directory.path(), "right").await;
        assert!(matches!(empty.map(drop), Err(CatalogError::Empty { .. })));
    }

    #[tokio::test]
    async fn a_listing_that_was_cut_off_is_taken_up_and_another_description_replaces_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let first = Keep::create(&path, "right", &document("Hearts")).await.unwrap().kept();
        let again = Keep::create(&path, "right", &document("Hearts")).await.unwrap().kept();
        assert_eq!(again, first, "the same commitment: it may be on its way to the chain");
        // Its sealed file never got to the disk.
        fs::remove_dir_all(path.join(SEALED)).unwrap();
        let anew = Keep::create(&path, "right", &document("Hearts")).await.unwrap();
        assert_ne!(anew.kept(), first);
        assert_eq!(anew.document().await.unwrap().name, "Hearts");
        drop(anew);
        let other = Keep::create(&path, "right", &document("Lungs")).await.unwrap();
        assert_eq!(other.document().await.unwrap().name, "Lungs");
    }

    #[tokio::test]
    async fn what_is_destroyed_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let keep = Keep::create(&path, "right", &document("Hearts")).await.unwrap();
        let secrets = fs::read(path.join(SECRETS)).unwrap();
        let sealed = keep.store.path(ArtifactId::from_digest(keep.secrets.artifact));
        let copy = fs::read(&sealed).unwrap();
        keep.discard().await.unwrap();
        assert!(fs::read_dir(&path).unwrap().next().is_none(), "nothing is left");
        assert!(matches!(Keep::open(&path, "right").await.map(drop), Err(CatalogError::Empty { .. })));
        // A copy of the sealed file alone can't be opened with anything that is left; with an old copy of the key it could.
        fs::create_dir_all(sealed.parent().unwrap()).unwrap();
        fs::write(&sealed, copy).unwrap();
        assert!(matches!(Keep::open(&path, "right").await.map(drop), Err(CatalogError::Empty { .. })));
        fs::write(path.join(SECRETS), secrets).unwrap();
        assert!(Keep::open(&path, "right").await.unwrap().document().await.is_ok());
    }
}
