//! A local store, as its users see it.

#![allow(clippy::unwrap_used)] // Clippy knows `#[test]` functions, but not the helpers beside them.

use bytes::Bytes;
use proptest::prelude::*;
use std::{fs, io, path::Path, pin::Pin, sync::Arc, task};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tributary_storage::{ArtifactId, ArtifactStore, LocalStore, StorageError};

/// A store and the directory that it lives in.
fn store() -> (tempfile::TempDir, LocalStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path().join("artifacts")).unwrap();
    (directory, store)
}

fn staged(directory: &Path) -> usize {
    fs::read_dir(directory.join("artifacts/.staging")).unwrap().count()
}

#[tokio::test]
async fn what_is_put_can_be_got_opened_and_deleted() {
    let (directory, store) = store();
    let store: Arc<dyn ArtifactStore> = Arc::new(store);
    let id = store.put(Bytes::from_static(b"river")).await.unwrap();
    assert_eq!(id, ArtifactId::of(b"river"));
    assert!(store.has(id).await.unwrap());
    assert_eq!(store.get(id).await.unwrap(), "river");
    let mut read = String::new();
    store.open(id).await.unwrap().read_to_string(&mut read).await.unwrap();
    assert_eq!(read, "river");
    assert_eq!(staged(directory.path()), 0);

    assert!(store.delete(id).await.unwrap());
    assert!(!store.delete(id).await.unwrap());
    assert!(!store.has(id).await.unwrap());
}

#[tokio::test]
async fn a_missing_artifact_is_not_found() {
    let (_directory, store) = store();
    let absent = ArtifactId::of(b"never stored");
    assert!(matches!(store.get(absent).await, Err(StorageError::NotFound { id }) if id == absent));
    assert!(matches!(store.open(absent).await, Err(StorageError::NotFound { id }) if id == absent));
}

#[tokio::test]
async fn a_corrupted_file_is_named_and_storing_again_heals_it() {
    let (_directory, store) = store();
    let id = store.put(Bytes::from_static(b"river")).await.unwrap();
    for damage in [&b"rivet"[..], b"rive", b"river ", b""] {
        fs::write(store.path(id), damage).unwrap();
        let error = store.get(id).await.unwrap_err();
        assert!(
            matches!(error, StorageError::Corrupt { id: asked, actual } if asked == id && actual == ArtifactId::of(damage)),
            "{error}"
        );
        assert!(error.to_string().contains(&id.to_string()));
        let mut read = Vec::new();
        let error = store.open(id).await.unwrap().read_to_end(&mut read).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
    store.put(Bytes::from_static(b"river")).await.unwrap();
    assert_eq!(store.get(id).await.unwrap(), "river");
}

#[tokio::test]
async fn one_artifact_under_the_name_of_another_is_corrupt() {
    let (_directory, store) = store();
    let river = store.put(Bytes::from_static(b"river")).await.unwrap();
    let lake = store.put(Bytes::from_static(b"lake")).await.unwrap();
    fs::copy(store.path(lake), store.path(river)).unwrap();
    assert!(matches!(store.get(river).await, Err(StorageError::Corrupt { actual, .. }) if actual == lake));
}

#[tokio::test]
async fn a_stream_of_unexpected_content_is_not_stored() {
    let (directory, store) = store();
    let expected = ArtifactId::of(b"river");
    let error = store.put_stream(&mut &b"lake"[..], Some(expected)).await.unwrap_err();
    assert!(matches!(error, StorageError::WrongContent { expected: e, actual }
        if e == expected && actual == ArtifactId::of(b"lake")));
    assert!(!store.has(expected).await.unwrap());
    assert!(!store.has(ArtifactId::of(b"lake")).await.unwrap());
    assert_eq!(staged(directory.path()), 0, "nothing is left behind");
}

/// Yields some bytes, then breaks.
struct Broken(bool);

impl AsyncRead for Broken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> task::Poll<io::Result<()>> {
        if std::mem::replace(&mut self.0, true) {
            return task::Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        buf.put_slice(b"riv");
        task::Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_stream_that_breaks_leaves_nothing() {
    let (directory, store) = store();
    let error = store.put_stream(&mut Broken(false), None).await.unwrap_err();
    assert!(matches!(error, StorageError::Source(_)), "{error}");
    assert_eq!(staged(directory.path()), 0);
    assert!(!store.has(ArtifactId::of(b"riv")).await.unwrap());
}

#[tokio::test]
async fn many_writers_of_one_artifact_agree() {
    let (directory, store) = store();
    let content = Bytes::from(vec![7; 300_000]);
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (store, content) = (store.clone(), content.clone());
            tokio::spawn(async move { store.put(content).await.unwrap() })
        })
        .collect();
    for writer in writers {
        assert_eq!(writer.await.unwrap(), ArtifactId::of(&content));
    }
    assert_eq!(store.get(ArtifactId::of(&content)).await.unwrap(), content);
    assert_eq!(staged(directory.path()), 0);
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a-file");
    fs::write(&file, b"").unwrap();
    let error = LocalStore::open(&file).unwrap_err();
    assert!(error.to_string().contains("a-file"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    // The upper sizes span several chunks of the stream.
    #[test]
    fn both_ways_in_and_both_ways_out_agree(seed: Vec<u8>, times in 0usize..40_000) {
        let content = seed.repeat(times.min(700_000 / seed.len().max(1)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_directory, store) = store();
            let id = store.put_stream(&mut content.as_slice(), Some(ArtifactId::of(&content))).await.unwrap();
            assert_eq!(store.get(id).await.unwrap(), content);
            assert_eq!(store.put(Bytes::from(content.clone())).await.unwrap(), id);
            let mut read = Vec::new();
            store.open(id).await.unwrap().read_to_end(&mut read).await.unwrap();
            assert_eq!(read, content);
        });
    }
}
