//! The parent's side: a [`Trainer`] whose jobs are done by a confined child.

use std::borrow::Cow;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::Digest;

use super::wire::{Answer, Named, Noise, Request, Rows, receive, send};
use super::{Demand, Limits, SandboxError};
use crate::dataset::Examples;
use crate::training::metrics::Metrics;
use crate::training::{Checked, Model, Progress, TrainError, TrainJob, Trained, Trainer};

/// How long the child may take to load libtorch and confine itself.
const START: Duration = Duration::from_secs(60);

/// The one variable that the child gets.
const LIBRARIES: &str = "LD_LIBRARY_PATH";

/// Trains in a confined child, which is started with the first job, and anew after one that went wrong.
pub struct Sandboxed {
    program: PathBuf,
    limits: Limits,
    demand: Demand,
    running: Mutex<Option<Running>>,
}

/// A confined child.
struct Running {
    child: Mutex<Child>,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// The module that it has.
    loaded: Option<Digest>,
}

impl Sandboxed {
    /// A trainer whose child is this program's own `trainer` command.
    ///
    /// # Errors
    /// If this program's file can't be found.
    pub fn new(limits: Limits, demand: Demand) -> Result<Self, SandboxError> {
        Ok(Self::with_program(std::env::current_exe().map_err(SandboxError::Start)?, limits, demand))
    }

    /// The same with another file of the program `tributary`.
    #[must_use]
    pub fn with_program(program: PathBuf, limits: Limits, demand: Demand) -> Self {
        Self { program, limits, demand, running: Mutex::new(None) }
    }

    /// Starts the child, if it does not run. Done before anything is promised to others, it tells early whether this
    /// machine can confine a trainer.
    ///
    /// # Errors
    /// If it can't.
    pub fn start(&self) -> Result<(), SandboxError> {
        let mut running = lock(&self.running);
        if running.is_none() {
            *running = Some(self.spawn()?);
        }
        Ok(())
    }

    fn spawn(&self) -> Result<Running, SandboxError> {
        let mut child = Command::new(&self.program)
            .args(["trainer", "--memory", &self.limits.memory.to_string()])
            .env_clear()
            // Where libtorch is, if the user says so.
            .envs(std::env::var_os(LIBRARIES).map(|path| (LIBRARIES, path)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a study's code prints may hold rows, and logs are read by others.
            .stderr(Stdio::null())
            .spawn()
            .map_err(SandboxError::Start)?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(SandboxError::Start(io::Error::other("it has no pipes")));
        };
        let answers = BufReader::new(answers);
        let mut running = Running { child: Mutex::new(child), requests, answers, loaded: None };
        match running.within(START, |_, answers| receive(answers))? {
            Answer::Ready { landlock } if landlock || self.demand != Demand::Required => Ok(running),
            Answer::Ready { .. } => Err(SandboxError::NoLandlock),
            Answer::Unconfined(reason) => Err(SandboxError::Confine(reason)),
            _ => Err(SandboxError::Nonsense("it did not say that it is ready")),
        }
    }

    /// One job, with the module that it needs: its result, or the job's own failure. A child that misbehaved is not used
    /// again.
    fn job(
        &self,
        module: Option<(Digest, &[u8])>,
        request: &Request<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, TrainError> {
        let mut slot = lock(&self.running);
        let mut running = match slot.take() {
            Some(running) => running,
            None => self.spawn()?,
        };
        if let Some((digest, bytes)) = module.filter(|(digest, _)| running.loaded != Some(*digest)) {
            let load = Request::Load { digest, bytes: Cow::Borrowed(bytes) };
            let answer = running.within(self.limits.job, |requests, answers| {
                send(requests, &load)?;
                receive(answers)
            })?;
            let Answer::Loaded = answer else {
                return Err(SandboxError::Nonsense("it did not take the module").into());
            };
            running.loaded = Some(digest);
        }
        let answer = running.within(self.limits.job, |requests, answers| {
            send(requests, request)?;
            loop {
                match receive(answers)? {
                    Answer::Progress { epoch, epochs } => progress(Progress { epoch, epochs }),
                    answer => return Ok(answer),
                }
            }
        })?;
        *slot = Some(running);
        match answer {
            Answer::Failed(failure) => Err(failure.into()),
            answer => Ok(answer),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Running {
    /// Talks to the child; kills it if that takes too long.
    fn within<T>(
        &mut self,
        limit: Duration,
        talk: impl FnOnce(&mut ChildStdin, &mut BufReader<ChildStdout>) -> io::Result<T>,
    ) -> Result<T, SandboxError> {
        let Self { child, requests, answers, .. } = self;
        let (done, wait) = channel::<()>();
        let late = &AtomicBool::new(false);
        let talked = std::thread::scope(|scope| {
            scope.spawn(move || {
                if wait.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                    late.store(true, Ordering::Relaxed);
                    // Gone already, or killed: either way the pipe ends.
                    let _ = lock(child).kill();
                }
            });
            let talked = talk(requests, answers);
            drop(done);
            talked
        });
        talked.map_err(|error| match error.kind() {
            _ if late.load(Ordering::Relaxed) => SandboxError::OutOfTime(limit),
            io::ErrorKind::InvalidData => SandboxError::Nonsense("a message that can't be read"),
            _ => SandboxError::Ended(self.end()),
        })
    }

    fn end(&self) -> String {
        let mut child = lock(&self.child);
        let _ = child.kill();
        child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn rows(examples: &Examples) -> Rows<'_> {
    Rows {
        inputs: Cow::Borrowed(examples.inputs()),
        shape: Cow::Borrowed(examples.shape()),
        targets: Cow::Borrowed(examples.targets()),
        target_width: examples.target_width() as u64,
    }
}

/// A model's name on the wire, and the module to be sent before it.
fn named(model: Model<'_>) -> (Named<'_>, Option<(Digest, &[u8])>) {
    match model {
        Model::Layers(spec) => (Named::Layers(Cow::Borrowed(spec)), None),
        Model::Module(module) => {
            let digest = module.spec().digest;
            (Named::Module(digest), Some((digest, module.bytes())))
        }
    }
}

impl Trainer for Sandboxed {
    fn train(&self, job: &TrainJob<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Trained, TrainError> {
        let (model, module) = named(job.model);
        let training = serde_json::to_string(job.training).map_err(io::Error::other);
        let request = Request::Train {
            model,
            training: Cow::Owned(training.map_err(SandboxError::Start)?),
            seed: job.seed,
            weights: Cow::Borrowed(job.weights),
            correction: job.correction.map(Cow::Borrowed),
            noise: job.noise.map(|noise| Noise { privacy: Cow::Borrowed(noise.privacy), seed: *noise.seed }),
            rows: rows(job.examples),
        };
        let Answer::Trained { delta, loss_before, loss_after, steps } =
            self.job(module, &request, progress)?
        else {
            return Err(SandboxError::Nonsense("not the result of training").into());
        };
        // The child is not trusted to have looked.
        if delta.len() != job.weights.len() {
            return Err(TrainError::Weights { expected: job.weights.len(), got: delta.len() });
        }
        if delta.iter().any(|value| !value.is_finite()) {
            return Err(TrainError::Diverged);
        }
        Ok(Trained { delta, loss_before, loss_after, steps })
    }

    fn evaluate(
        &self,
        model: Model<'_>,
        weights: &[f32],
        examples: &Examples,
    ) -> Result<Metrics, TrainError> {
        let (model, module) = named(model);
        let request = Request::Evaluate { model, weights: Cow::Borrowed(weights), rows: rows(examples) };
        match self.job(module, &request, &mut |_| ())? {
            Answer::Measured(metrics) if metrics.rows == examples.rows() => Ok(metrics),
            _ => Err(SandboxError::Nonsense("not the metrics of these rows").into()),
        }
    }

    fn initial(&self, module: &[u8]) -> Result<Vec<f32>, TrainError> {
        match self.job(Some((sha256(module), module)), &Request::Initial, &mut |_| ())? {
            Answer::Initial(weights) if weights.iter().all(|weight| weight.is_finite()) => Ok(weights),
            _ => Err(SandboxError::Nonsense("not a module's values").into()),
        }
    }

    fn check(&self, module: &[u8], examples: &Examples) -> Result<Checked, TrainError> {
        let request = Request::Check { rows: rows(examples) };
        match self.job(Some((sha256(module), module)), &request, &mut |_| ())? {
            Answer::Checked(checked) => Ok(checked),
            _ => Err(SandboxError::Nonsense("not what a module is").into()),
        }
    }
}
