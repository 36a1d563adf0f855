//! What comes in by chunks: masked updates and modules.

use std::time::Duration;

use tonic::Streaming;
use tributary_proto::decode;

use super::RpcError;

/// The largest chunk, in bytes.
pub(super) const CHUNK: usize = 1 << 20;
/// How long the next chunk may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The next part of a stream, which `part` takes out of its message; `None` at the stream's end.
///
/// # Errors
/// If none comes for a minute, the stream breaks off, or a message is empty.
pub(super) async fn next<M, P>(
    stream: &mut Streaming<M>,
    part: impl FnOnce(M) -> Option<P>,
) -> Result<Option<P>, RpcError> {
    let message = tokio::time::timeout(PATIENCE, stream.message()).await;
    let late =
        |_| RpcError::Later(format!("no chunk came for {} seconds: send it again", PATIENCE.as_secs()));
    match message.map_err(late)?.map_err(RpcError::Stream)? {
        None => Ok(None),
        Some(message) => Ok(Some(decode::required("part", part(message))?)),
    }
}

/// Refuses a chunk that is too large.
pub(super) fn check(chunk: &[u8]) -> Result<(), RpcError> {
    if chunk.len() > CHUNK {
        return Err(RpcError::Invalid(format!("a chunk has at most {CHUNK} bytes")));
    }
    Ok(())
}
