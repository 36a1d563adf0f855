//! The child's side: confines itself, then does jobs until its parent is gone.

use std::fs::File;
use std::io;

use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::ModuleSpec;

use super::confine::confine;
use super::wire::{Answer, Failure, Named, Request, Rows, receive, send};
use crate::dataset::Examples;
use crate::training::{
    Model, Module, ModuleError, Progress, RecordNoise, Torch, TrainError, TrainJob, Trainer, warm_up,
};

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
    let mut loaded = None;
    loop {
        let request = match receive(&mut requests) {
            Ok(request) => request,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let answer = answer(request, &mut loaded, &mut |progress| {
            // A parent that is gone is noticed by the next answer.
            let _ = send(&mut answers, &Answer::Progress { epoch: progress.epoch, epochs: progress.epochs });
        });
        send(&mut answers, &answer.unwrap_or_else(|error| Answer::Failed(Failure::from(error))))?;
    }
}

fn answer(
    request: Request<'_>,
    loaded: &mut Option<Module>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answer, TrainError> {
    match request {
        Request::Load { digest, bytes } => {
            // Gone first: two of them may be more than the memory.
            *loaded = None;
            let spec = ModuleSpec { digest, size: bytes.len() as u64, parameters: 0 };
            *loaded = Some(Module::new(&spec, bytes.into_owned())?);
            Ok(Answer::Loaded)
        }
        Request::Initial => Torch::new().initial(file(loaded, None)?.bytes()).map(Answer::Initial),
        Request::Check { rows } => {
            Torch::new().check(file(loaded, None)?.bytes(), &examples(rows)?).map(Answer::Checked)
        }
        Request::Train { model, training, seed, weights, correction, noise, rows } => {
            let examples = examples(rows)?;
            let training = serde_json::from_str(&training)
                .map_err(|error| tch::TchError::Torch(format!("the training can't be read: {error}")))?;
            let model = named(&model, loaded)?;
            let correction = correction.as_deref();
            let noise =
                noise.as_ref().map(|noise| RecordNoise { privacy: &noise.privacy, seed: &noise.seed });
            let (weights, examples, training) = (&*weights, &examples, &training);
            let job = TrainJob { model, weights, examples, training, seed, correction, noise };
            Torch::new().train(&job, progress).map(Answer::from)
        }
        Request::Evaluate { model, weights, rows } => {
            let model = named(&model, loaded)?;
            Torch::new().evaluate(model, &weights, &examples(rows)?).map(Answer::Measured)
        }
    }
}

fn named<'a>(model: &'a Named<'_>, loaded: &'a Option<Module>) -> Result<Model<'a>, TrainError> {
    Ok(match model {
        Named::Layers(spec) => Model::Layers(spec),
        Named::Module(digest) => Model::Module(file(loaded, Some(*digest))?),
    })
}

/// The module that was loaded, if it is the one that is meant.
fn file(loaded: &Option<Module>, digest: Option<Digest>) -> Result<&Module, ModuleError> {
    let is_meant = |module: &&Module| digest.is_none_or(|digest| digest == module.spec().digest);
    loaded.as_ref().filter(is_meant).ok_or(ModuleError::Load)
}

fn examples(rows: Rows<'_>) -> Result<Examples, TrainError> {
    let Rows { inputs, shape, targets, target_width } = rows;
    Examples::new(inputs.into_owned(), shape.into_owned(), targets.into_owned(), target_width as usize)
        .ok_or(TrainError::NoRows)
}
