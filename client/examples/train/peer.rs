//! The same loop in Python's PyTorch, in a process that is told when to run.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use super::{LEARNING_RATE, Material, WEIGHT_DECAY, Work};

const SCRIPT: &str = include_str!("pytorch.py");

/// Python with the job in its memory.
pub struct Peer {
    child: Child,
    tell: ChildStdin,
    hear: BufReader<ChildStdout>,
    /// PyTorch's version.
    pub version: String,
}

/// What Python says of a run.
#[derive(Debug, Deserialize)]
pub struct Answer {
    pub seconds: f64,
    pub loss: f64,
    pub peak_mib: u64,
}

#[derive(Debug, Deserialize)]
struct Hello {
    version: String,
}

impl Peer {
    /// Starts Python and hands it the job.
    ///
    /// # Errors
    /// In words: there is no Python, or it has no PyTorch.
    pub fn start(work: &Work, material: &Material) -> Result<Self, String> {
        let python = env::var("TRIBUTARY_PYTHON").unwrap_or_else(|_| "python3".into());
        let absent = |reason: &dyn std::fmt::Display| {
            format!("no peer: {reason} (pip install torch, or name a Python that has it: TRIBUTARY_PYTHON)")
        };
        let mut child = Command::new(&python)
            .args(["-c", SCRIPT])
            // Its own libtorch, not the one that this program is linked against.
            .env_remove("LD_LIBRARY_PATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| absent(&format!("{python}: {error}")))?;
        let (Some(tell), Some(hear)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(absent(&"it has no pipes"));
        };
        let mut peer = Self { child, tell, hear: BufReader::new(hear), version: String::new() };
        let Hello { version } = peer.answer().map_err(|_| absent(&format!("{python} has no torch")))?;
        peer.version = version;
        let job = json!({
            "rows": work.rows, "width": work.width, "hidden": work.hidden, "batch": work.batch,
            "epochs": work.epochs, "learning_rate": LEARNING_RATE, "weight_decay": WEIGHT_DECAY,
        });
        let mut bytes = format!("{job}\n").into_bytes();
        let labels = material.labels.iter().map(|label| f32::from(*label));
        let numbers = material.inputs.iter().copied().chain(labels).chain(material.weights.iter().copied());
        bytes.extend(numbers.flat_map(f32::to_le_bytes));
        peer.tell.write_all(&bytes).map_err(|error| absent(&error))?;
        Ok(peer)
    }

    fn answer<T: serde::de::DeserializeOwned>(&mut self) -> std::io::Result<T> {
        let mut line = String::new();
        self.hear.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Runs the job once.
    ///
    /// # Errors
    /// If Python is gone.
    pub fn run(&mut self) -> std::io::Result<Answer> {
        self.tell.write_all(b"run\n")?;
        self.tell.flush()?;
        self.answer()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
