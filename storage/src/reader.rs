//! Reading a large artifact with bounded memory, and still verified.

use crate::{ArtifactHasher, ArtifactId, StorageError};
use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, ReadBuf};

/// Yields an artifact's bytes and checks them against its id at the end.
///
/// A corrupt artifact gives an [`io::ErrorKind::InvalidData`] error, with [`StorageError::Corrupt`] inside, where an
/// intact one gives the end of the stream. So whatever was read counts only once the end was reached.
pub struct VerifiedReader {
    id: ArtifactId,
    source: Box<dyn AsyncRead + Send + Unpin>,
    state: State,
}

enum State {
    Reading(ArtifactHasher),
    Ended(ArtifactId),
}

impl VerifiedReader {
    /// Reads artifact `id` from `source`.
    pub fn new(id: ArtifactId, source: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self { id, source: Box::new(source), state: State::Reading(ArtifactHasher::default()) }
    }

    /// The artifact that is being read.
    pub fn id(&self) -> ArtifactId {
        self.id
    }
}

impl fmt::Debug for VerifiedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedReader").field("id", &self.id).finish_non_exhaustive()
    }
}

impl AsyncRead for VerifiedReader {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let State::Reading(hasher) = &mut this.state {
            if buf.remaining() == 0 {
                return Poll::Ready(Ok(())); // An empty buffer can't tell the end from a pause.
            }
            let before = buf.filled().len();
            ready!(Pin::new(&mut this.source).poll_read(cx, buf))?;
            let read = buf.filled().get(before..).unwrap_or_default();
            if !read.is_empty() {
                hasher.update(read);
                return Poll::Ready(Ok(()));
            }
            this.state = State::Ended(std::mem::take(hasher).finish());
        }
        match &this.state {
            State::Ended(actual) => Poll::Ready(this.id.verify_digest(*actual).map_err(into_io)),
            State::Reading(_) => Poll::Ready(Ok(())),
        }
    }
}

fn into_io(error: StorageError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt;

    /// Reads through a window of `window` bytes until the end or the first error.
    async fn read_by(mut reader: VerifiedReader, window: usize) -> (Vec<u8>, io::Result<()>) {
        let mut all = Vec::new();
        let mut buffer = vec![0; window];
        loop {
            match reader.read(&mut buffer).await {
                Ok(0) => return (all, Ok(())),
                Ok(n) => all.extend_from_slice(&buffer[..n]),
                Err(error) => {
                    assert!(reader.read(&mut buffer).await.is_err(), "a corrupt artifact never ends well");
                    return (all, Err(error));
                }
            }
        }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    proptest! {
        #[test]
        fn intact_content_is_read_in_any_steps(content: Vec<u8>, window in 1usize..40) {
            let reader = VerifiedReader::new(ArtifactId::of(&content), io::Cursor::new(content.clone()));
            let (read, end) = block_on(read_by(reader, window));
            prop_assert_eq!(read, content);
            prop_assert!(end.is_ok());
        }

        #[test]
        fn other_content_never_reaches_the_end(content: Vec<u8>, id: [u8; 32], window in 1usize..40) {
            let id = ArtifactId::from_digest(id);
            let reader = VerifiedReader::new(id, io::Cursor::new(content.clone()));
            let (_, end) = block_on(read_by(reader, window));
            let error = end.unwrap_err();
            prop_assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<StorageError>());
            let names_both = matches!(
                inner,
                Some(StorageError::Corrupt { id: asked, actual }) if *asked == id && *actual == ArtifactId::of(&content)
            );
            prop_assert!(names_both);
        }
    }

    #[tokio::test]
    async fn an_empty_buffer_is_not_taken_for_the_end() {
        let content = b"river".to_vec();
        let mut reader = VerifiedReader::new(ArtifactId::of(&content), io::Cursor::new(content.clone()));
        assert_eq!(reader.read(&mut []).await.unwrap(), 0);
        let mut read = Vec::new();
        reader.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, content);
    }
}
