//! What was decided about studies at this site, in a file that only grows.
//!
//! A line of JSON per decision. Each names the SHA-256 of the line before it (without its end; zeros for the first), so
//! that a line that is changed, taken out or put in breaks the chain, and whoever was once shown the last line's digest
//! can tell whether a file goes on from it.

mod spending;

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::{Digest, StudyId};
use tributary_aggregation::study::Spend;

/// Milliseconds since the Unix epoch, by this machine's clock.
#[must_use]
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The policy allows it.
    Allowed,
    /// Somebody here has to approve it.
    Asked,
    /// The policy refuses it.
    Refused,
    /// Somebody here approved it.
    Approved,
    /// Somebody here rejected it.
    Rejected,
    /// It was joined without a policy: the command was the decision.
    Ordered,
    /// It was joined: `spend` is the most that it may spend.
    Joined,
    /// A report is about to leave: `spend` is what the study has spent with it.
    Spent,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number, from 0.
    pub number: u64,
    /// SHA-256 of the line before it.
    pub previous: Digest,
    /// Milliseconds since the Unix epoch, by this machine's clock.
    pub time: u64,
    /// The study.
    pub study: StudyId,
    /// Digest of its plan.
    pub plan: Digest,
    /// What was decided.
    pub decision: Decision,
    /// Why, in words.
    pub reasons: Vec<String>,
    /// Digest of the policy that was in force, if one was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<Digest>,
    /// What is spent of the privacy of this site's rows in this study.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub spend: Option<Spend>,
}

/// The record can't be used.
#[derive(Debug, Error)]
pub enum DecisionsError {
    /// The file can't be read or written.
    #[error("the record of decisions {path} can't be {action}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The chain is broken.
    #[error(
        "the record of decisions {path} was changed: line {line} {reason}. Keep the file for whoever looks into it, and \
         begin a new one elsewhere"
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A study would spend more than is left.
    #[error(
        "epsilon_per_year: the study spends up to epsilon {own:.2}, others of the last year {taken:.2}, and the most here is {most}"
    )]
    Budget {
        /// What the study may spend.
        own: f64,
        /// What others have taken.
        taken: f64,
        /// The policy's most.
        most: f64,
    },
}

/// The record of a site's decisions.
#[derive(Debug)]
pub struct Decisions {
    path: PathBuf,
}

/// All lines, and what the next one names.
struct Chain {
    entries: Vec<Entry>,
    head: Digest,
}

impl Decisions {
    /// The record at `path`; the file is made with the first decision.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    fn io(&self, action: &'static str) -> impl FnOnce(std::io::Error) -> DecisionsError {
        let path = self.path.clone();
        move |source| DecisionsError::Io { path, action, source }
    }

    /// All decisions, oldest first, and the last line's digest (zeros if there is none).
    ///
    /// # Errors
    /// If the file can't be read, or its chain is broken.
    pub fn read(&self) -> Result<(Vec<Entry>, Digest), DecisionsError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(self.io("read")(error)),
        };
        let chain = self.chain(&text)?;
        Ok((chain.entries, chain.head))
    }

    /// Whether somebody here has approved this plan of this study, and has not rejected it since.
    ///
    /// # Errors
    /// If the file can't be read, or its chain is broken.
    pub fn is_approved(&self, study: StudyId, plan: Digest) -> Result<Option<bool>, DecisionsError> {
        let (entries, _) = self.read()?;
        let words = entries.iter().rev().filter(|entry| (entry.study, entry.plan) == (study, plan));
        Ok(words
            .filter_map(|entry| match entry.decision {
                Decision::Approved => Some(true),
                Decision::Rejected => Some(false),
                _ => None,
            })
            .next())
    }

    /// Adds a decision. When this returns it is on disk. Gives its line's digest.
    ///
    /// # Errors
    /// If the file can't be written, or its chain is broken.
    pub fn add(
        &self,
        time: u64,
        study: StudyId,
        plan: Digest,
        decision: Decision,
        reasons: Vec<String>,
        policy: Option<Digest>,
    ) -> Result<Digest, DecisionsError> {
        let (number, previous) = (0, Digest([0; 32]));
        let entry = Entry { number, previous, time, study, plan, decision, reasons, policy, spend: None };
        self.append(entry, |_| Ok(()))
    }

    /// Numbers a line, names the one before it, and puts it on disk, if the lines so far pass `check`. Nobody else adds one
    /// in between.
    fn append(
        &self,
        mut entry: Entry,
        check: impl FnOnce(&[Entry]) -> Result<(), DecisionsError>,
    ) -> Result<Digest, DecisionsError> {
        if let Some(directory) = self.path.parent() {
            fs::create_dir_all(directory).map_err(self.io("made"))?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&self.path).map_err(self.io("opened"))?;
        // Several studies of one site run at once. The system unlocks it when the file is closed.
        file.lock().map_err(self.io("locked"))?;
        let (chain, end) = self.whole_lines(&mut file)?;
        check(&chain.entries)?;
        entry.number = chain.entries.len() as u64;
        entry.previous = chain.head;
        let mut line =
            serde_json::to_vec(&entry).map_err(std::io::Error::other).map_err(self.io("written"))?;
        let head = sha256(&line);
        line.push(b'\n');
        file.set_len(end).map_err(self.io("written"))?;
        file.seek(SeekFrom::End(0)).map_err(self.io("written"))?;
        file.write_all(&line).and_then(|()| file.sync_all()).map_err(self.io("written"))?;
        Ok(head)
    }

    /// The chain, and where it ends: a last line without an end is one that a crash cut, on which nothing was done.
    fn whole_lines(&self, file: &mut File) -> Result<(Chain, u64), DecisionsError> {
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(self.io("read"))?;
        let end = text.rfind('\n').map_or(0, |place| place + 1);
        Ok((self.chain(&text[..end])?, end as u64))
    }

    fn chain(&self, text: &str) -> Result<Chain, DecisionsError> {
        let mut chain = Chain { entries: Vec::new(), head: Digest([0; 32]) };
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        // `lines` would pass over an empty last line, which the next decision would then come after.
        for (index, line) in whole.split_terminator('\n').enumerate() {
            let broken =
                |reason: String| DecisionsError::Broken { path: self.path.clone(), line: index + 1, reason };
            let entry: Entry =
                serde_json::from_str(line).map_err(|error| broken(format!("is no decision ({error})")))?;
            if entry.previous != chain.head || entry.number != index as u64 {
                return Err(broken("does not follow from the line before it".into()));
            }
            chain.head = sha256(line.as_bytes());
            chain.entries.push(entry);
        }
        Ok(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const STUDY: StudyId = StudyId([1; 32]);
    pub(super) const PLAN: Digest = Digest([2; 32]);

    pub(super) fn record() -> (tempfile::TempDir, Decisions) {
        let dir = tempfile::tempdir().unwrap();
        let record = Decisions::at(&dir.path().join("site/decisions.jsonl"));
        (dir, record)
    }

    pub(super) fn add(record: &Decisions, time: u64, decision: Decision) -> Digest {
        record.add(time, STUDY, PLAN, decision, vec!["because".into()], None).unwrap()
    }

    #[test]
    fn decisions_are_kept_in_order_and_the_last_word_counts() {
        let (_dir, record) = record();
        assert_eq!(record.read().unwrap(), (Vec::new(), Digest([0; 32])));
        assert_eq!(record.is_approved(STUDY, PLAN).unwrap(), None);
        add(&record, 1, Decision::Asked);
        assert_eq!(record.is_approved(STUDY, PLAN).unwrap(), None);
        add(&record, 2, Decision::Approved);
        assert_eq!(record.is_approved(STUDY, PLAN).unwrap(), Some(true));
        assert_eq!(record.is_approved(STUDY, Digest([3; 32])).unwrap(), None, "another plan");
        let head = add(&record, 3, Decision::Rejected);
        assert_eq!(record.is_approved(STUDY, PLAN).unwrap(), Some(false));
        let (entries, last) = record.read().unwrap();
        assert_eq!(last, head);
        assert_eq!(
            entries.iter().map(|entry| (entry.number, entry.time)).collect::<Vec<_>>(),
            [(0, 1), (1, 2), (2, 3)]
        );
    }

    #[test]
    fn a_changed_a_missing_and_a_forged_line_break_the_chain() {
        let (_dir, record) = record();
        for time in 0..4 {
            add(&record, time, Decision::Asked);
        }
        let good = fs::read_to_string(&record.path).unwrap();
        let lines: Vec<&str> = good.lines().collect();
        let without = |skip: usize| {
            let left: Vec<&str> =
                lines.iter().enumerate().filter(|(n, _)| *n != skip).map(|(_, l)| *l).collect();
            left.join("\n") + "\n"
        };
        for (bad, at) in [
            (good.replacen("\"time\":1", "\"time\":9", 1), 3),
            (good.replacen("asked", "approved", 1), 2),
            (without(0), 1),
            (without(2), 3),
            (format!("{}{}\n", good, lines[3]), 5),
            (good.replacen("because", "because\",\"more\":\"", 1), 1),
            (format!("\n{good}"), 1),
            ("\n".into(), 1),
            (format!("{good}\n"), 5),
            (good.replacen('\n', "\r\n", 1), 2),
        ] {
            fs::write(&record.path, &bad).unwrap();
            let error = record.read().unwrap_err();
            assert!(matches!(error, DecisionsError::Broken { line, .. } if line == at), "{at}: {error}");
            assert!(record.add(9, STUDY, PLAN, Decision::Asked, Vec::new(), None).is_err());
            assert_eq!(fs::read_to_string(&record.path).unwrap(), bad, "a broken record is left as it is");
        }
    }

    #[test]
    fn a_line_that_a_crash_cut_is_written_over() {
        let (_dir, record) = record();
        add(&record, 1, Decision::Asked);
        let mut file = OpenOptions::new().append(true).open(&record.path).unwrap();
        file.write_all(b"{\"number\":1,\"prev").unwrap();
        assert_eq!(record.read().unwrap().0.len(), 1);
        add(&record, 2, Decision::Approved);
        assert_eq!(record.read().unwrap().0.len(), 2);
    }

    #[test]
    fn processes_that_decide_at_once_make_one_chain() {
        let (_dir, record) = record();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let record = &record;
                scope.spawn(move || {
                    (0..10).for_each(|n| {
                        add(record, thread * 10 + n, Decision::Asked);
                    })
                });
            }
        });
        assert_eq!(record.read().unwrap().0.len(), 40);
    }
}
