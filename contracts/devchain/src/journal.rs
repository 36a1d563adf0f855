//! The state file: what happened to the chain, one JSON record a line, replayed at start.
//!
//! A record is on disk before its effect is visible. A crash in mid-write leaves a last line without a line feed; it
//! was never acknowledged and is cut off. Anything else that can't be read is an error: history isn't guessed at.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use revm::primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};

use crate::genesis::Genesis;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Record {
    /// Always the first record, and only the first.
    Genesis(Genesis),
    /// A block; `hash` shows a replay that it came to the same.
    Block {
        timestamp: u64,
        offset: i64,
        raw: Option<Bytes>,
        hash: B256,
    },
    /// The chain's clock was set this many seconds ahead of the machine's.
    Offset(i64),
    Snapshot(u64),
    Revert(u64),
}

/// Why a state file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("state file {path}: {source}")]
    Io {
        /// The state file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Two nodes on one file would tear the chain apart.
    #[error("state file {0} is in use by another node: stop it, or choose another file")]
    InUse(PathBuf),
    /// A line is not a record.
    #[error("state file {path}, line {line}: {reason}; move the file away to start a new chain")]
    Broken {
        /// The state file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// An open state file, locked for this process.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    /// Where the next record goes. A failed write is cut back to here.
    end: u64,
}

impl Journal {
    /// Opens or creates the file and reads its records.
    pub fn open(path: &Path) -> Result<(Self, Vec<Record>), JournalError> {
        let io_error = |source| JournalError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(path.to_owned())),
            Err(TryLockError::Error(e)) => return Err(io_error(e)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io_error)?;
        let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        if end < bytes.len() {
            tracing::warn!(bytes = bytes.len() - end, "cut off an unfinished last record of the state file");
            file.set_len(end as u64).map_err(io_error)?;
        }
        bytes.truncate(end);
        let mut records = Vec::new();
        for (i, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
            let record = serde_json::from_slice(line).map_err(|e| JournalError::Broken {
                path: path.to_owned(),
                line: i + 1,
                reason: e.to_string(),
            })?;
            records.push(record);
        }
        file.seek(SeekFrom::Start(end as u64)).map_err(io_error)?;
        Ok((Self { file, end: end as u64 }, records))
    }

    /// Appends a record and waits until it is on disk.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.end += line.len() as u64,
            Err(_) => {
                // Half a record must not get a neighbour. If this fails too, the cut at the next start does it.
                self.file.set_len(self.end)?;
                self.file.seek(SeekFrom::Start(self.end))?;
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(n: u64) -> Record {
        Record::Block {
            timestamp: n,
            offset: -3,
            raw: Some(vec![1, 2, 3].into()),
            hash: B256::repeat_byte(7),
        }
    }

    #[test]
    fn reads_back_what_was_written_and_cuts_a_torn_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chain");
        let (mut journal, records) = Journal::open(&path).unwrap();
        assert!(records.is_empty());
        let all = [
            Record::Genesis(Genesis::new(7, 9)),
            block(10),
            Record::Offset(5),
            Record::Snapshot(1),
            Record::Revert(1),
        ];
        for record in &all {
            journal.append(record).unwrap();
        }
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"{\"block\":{\"time"].concat()).unwrap();

        let (mut journal, records) = Journal::open(&path).unwrap();
        assert_eq!(records, all);
        journal.append(&block(11)).unwrap();
        drop(journal);
        let (_, records) = Journal::open(&path).unwrap();
        assert_eq!(records.last(), Some(&block(11)));
        assert_eq!(records.len(), all.len() + 1);
    }

    #[test]
    fn names_a_broken_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chain");
        std::fs::write(&path, "{\"snapshot\":1}\n{\"unheardOf\":1}\n").unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Broken { line: 2, .. }), "{error}");
    }

    #[test]
    fn one_node_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chain");
        let first = Journal::open(&path).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::InUse(_))));
        drop(first);
        assert!(Journal::open(&path).is_ok());
    }
}
