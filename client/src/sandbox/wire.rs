//! What parent and child say to each other: frames of a length (4 bytes, little-endian) and a postcard message.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::{LayerSpec, RecordPrivacy};
use zeroize::Zeroizing;

use crate::training::metrics::{Metrics, MetricsError};
use crate::training::{Checked, ModuleError};

/// The longest frame, in bytes: rows of a large hospital, or the delta of a model of 250 million weights.
const MAX_FRAME: usize = 1 << 30;

/// Rows, as [`crate::dataset::Examples`] has them.
#[derive(Serialize, Deserialize)]
pub(super) struct Rows<'a> {
    pub inputs: Cow<'a, [f32]>,
    pub shape: Cow<'a, [usize]>,
    pub targets: Cow<'a, [f32]>,
    pub target_width: u64,
}

/// DP-SGD, as [`crate::training::RecordNoise`] has it.
#[derive(Serialize, Deserialize)]
pub(super) struct Noise<'a> {
    pub privacy: Cow<'a, RecordPrivacy>,
    pub seed: [u8; 32],
}

/// What is trained. A module's file is sent before, once ([`Request::Load`]).
#[derive(Serialize, Deserialize)]
pub(super) enum Named<'a> {
    Layers(Cow<'a, LayerSpec>),
    /// The one that was loaded, which must have this digest.
    Module(Digest),
}

/// A job.
#[derive(Serialize, Deserialize)]
pub(super) enum Request<'a> {
    /// A module's file, kept until the next one comes.
    Load {
        digest: Digest,
        bytes: Cow<'a, [u8]>,
    },
    /// The initial values of the module that was loaded.
    Initial,
    /// Whether the module that was loaded can be trained.
    Check {
        rows: Rows<'a>,
    },
    Train {
        model: Named<'a>,
        /// JSON, as in a plan: its optional keys have no place in postcard.
        training: Cow<'a, str>,
        seed: [u8; 32],
        weights: Cow<'a, [f32]>,
        correction: Option<Cow<'a, [f32]>>,
        noise: Option<Noise<'a>>,
        rows: Rows<'a>,
    },
    Evaluate {
        model: Named<'a>,
        weights: Cow<'a, [f32]>,
        rows: Rows<'a>,
    },
}

/// What the child says.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    /// It is confined, and waits for jobs.
    Ready {
        landlock: bool,
    },
    /// It could not confine itself, and ends.
    Unconfined(String),
    Progress {
        epoch: u32,
        epochs: u32,
    },
    Trained {
        delta: Vec<f32>,
        loss_before: f64,
        loss_after: f64,
        steps: u64,
    },
    Measured(Metrics),
    Loaded,
    Initial(Vec<f32>),
    Checked(Checked),
    Failed(Failure),
}

/// [`crate::training::TrainError`], on the wire.
#[derive(Serialize, Deserialize)]
pub(super) enum Failure {
    Weights { expected: u64, got: u64 },
    NoRows,
    Diverged,
    Metrics(MetricsError),
    Module(ModuleError),
    Torch(String),
}

/// Writes a frame.
///
/// # Errors
/// If the other side is gone, or the message is too long.
pub(super) fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let frame = Zeroizing::new(postcard::to_stdvec(message).map_err(io::Error::other)?);
    if frame.len() > MAX_FRAME {
        return Err(io::Error::other(format!("{} bytes are more than a frame holds", frame.len())));
    }
    to.write_all(&(frame.len() as u32).to_le_bytes())?;
    to.write_all(&frame)?;
    to.flush()
}

/// Reads a frame.
///
/// # Errors
/// If the other side is gone (`UnexpectedEof`), or what it sent is no such message (`InvalidData`).
pub(super) fn receive<M: DeserializeOwned>(from: &mut impl Read) -> io::Result<M> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    let invalid = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    if length > MAX_FRAME {
        return Err(invalid("a frame is too long"));
    }
    let mut frame = Zeroizing::new(Vec::new());
    // As it comes, not as it was announced.
    let read = from.take(length as u64).read_to_end(&mut frame)?;
    if read < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    match postcard::take_from_bytes(&frame) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(invalid("a frame is longer than its message")),
        Err(error) => Err(invalid(&error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(message: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        send(&mut bytes, message).unwrap();
        bytes
    }

    #[test]
    fn frames_that_are_cut_long_or_padded_are_refused() {
        let good = sent(&Answer::Progress { epoch: 1, epochs: 2 });
        assert!(matches!(receive(&mut &good[..]), Ok(Answer::Progress { epoch: 1, epochs: 2 })));
        for cut in 0..good.len() {
            let error = receive::<Answer>(&mut &good[..cut]).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{cut}");
        }
        let mut padded = good.clone();
        padded.push(0);
        padded[0] += 1;
        let error = receive::<Answer>(&mut &padded[..]).err().unwrap();
        assert!(error.to_string().contains("longer than its message"), "{error}");
        let endless = [&u32::MAX.to_le_bytes()[..], &[0; 100]].concat();
        let error = receive::<Answer>(&mut &endless[..]).err().unwrap();
        assert!(error.to_string().contains("too long"), "{error}");
    }

    proptest! {
        #[test]
        fn a_result_comes_back_as_it_was(delta in prop::collection::vec(any::<f32>(), 0..50), steps: u64) {
            let answer =
                Answer::Trained { delta: delta.clone(), loss_before: 0.5, loss_after: 0.25, steps };
            let Ok(Answer::Trained { delta: read, steps: number, .. }) = receive(&mut &sent(&answer)[..]) else {
                panic!("another answer");
            };
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!((bits(&read), number), (bits(&delta), steps));
        }

        #[test]
        fn noise_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = receive::<Answer>(&mut &bytes[..]);
            let _ = receive::<Request<'_>>(&mut &bytes[..]);
        }
    }
}
