//! The child's side: confines itself, then does jobs until its parent is gone.

use std::fs::File;
use std::io;

use super::confine::confine;
use super::wire::{Answer, Failure, Request, Rows, receive, send};
use crate::dataset::Examples;
use crate::training::{Progress, Torch, TrainError, TrainJob, Trainer, warm_up};

/// Does jobs from standard input, with answers on standard output, until the input ends. To be called before this process
/// has a second thread. `memory` is what jobs may allocate, in bytes.
///
/// # Errors
/// If the parent is gone in the middle of a message, or the message is none.
pub fn run(memory: u64) -> io::Result<()> {
    // Copies: what a job prints must not get between the frames.
    let mut requests = File::from(rustix::io::dup(io::stdin())?);
    let mut answers = File::from(rustix::io::dup(io::stdout())?);
    rustix::stdio::dup2_stdout(io::stderr())?;
    // libtorch looks at the machine's files on its first steps.
    if let Err(error) = warm_up() {
        return send(&mut answers, &Answer::Unconfined(error.to_string()));
    }
    match confine(memory) {
        Ok(walls) => send(&mut answers, &Answer::from(walls))?,
        Err(error) => return send(&mut answers, &Answer::Unconfined(error.to_string())),
    }
    loop {
        let request = match receive(&mut requests) {
            Ok(request) => request,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let answer = answer(request, &mut |progress| {
            // A parent that is gone is noticed by the next answer.
            let _ = send(&mut answers, &Answer::Progress { epoch: progress.epoch, epochs: progress.epochs });
        });
        send(&mut answers, &answer.unwrap_or_else(|error| Answer::Failed(Failure::from(error))))?;
    }
}

fn answer(request: Request<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Answer, TrainError> {
    match request {
        Request::Train { spec, training, seed, weights, correction, rows } => {
            let examples = examples(rows)?;
            let training = serde_json::from_str(&training)
                .map_err(|error| tch::TchError::Torch(format!("the training can't be read: {error}")))?;
            let correction = correction.as_deref();
            let (spec, weights, examples, training) = (&*spec, &*weights, &examples, &training);
            let job = TrainJob { spec, weights, examples, training, seed, correction };
            Torch::new().train(&job, progress).map(Answer::from)
        }
        Request::Evaluate { spec, weights, rows } => {
            Torch::new().evaluate(&spec, &weights, &examples(rows)?).map(Answer::Measured)
        }
    }
}

fn examples(rows: Rows<'_>) -> Result<Examples, TrainError> {
    let Rows { inputs, shape, targets, target_width } = rows;
    Examples::new(inputs.into_owned(), shape.into_owned(), targets.into_owned(), target_width as usize)
        .ok_or(TrainError::NoRows)
}
