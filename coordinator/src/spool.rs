//! Masked updates on disk, from when they come in until their round is closed.
//!
//! A report is received into a file of its own while its digest is computed; only a whole one with the signed digest gets
//! its name. So what has a name is intact, whatever happens, and sums can be made again from it after a restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::plan::RoundPlan;

use crate::rounds::base::Attempt;

/// A report was not taken.
#[derive(Debug, Error)]
pub enum SpoolError {
    /// It has the wrong length.
    #[error("the masked update has {got} bytes; the plan of this round has {expected}")]
    Length {
        /// What was received, or more.
        got: u64,
        /// What the plan says.
        expected: u64,
    },
    /// Bits that must be zero are not.
    #[error("the unused bits of the masked update's last byte must be zero")]
    Padding,
    /// Its digest is not the one that was signed.
    #[error("the masked update's digest is {got}; the signed header says {expected}")]
    Digest {
        /// What was received.
        got: Digest,
        /// What was signed.
        expected: Digest,
    },
    /// The disk failed.
    #[error("can't spool to {}: {source}; check that the directory may be written and has space", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> SpoolError {
    let path = path.to_owned();
    move |source| SpoolError::Io { path, source }
}

/// The directory of spooled reports. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Spool {
    root: PathBuf,
    next: Arc<AtomicU64>,
}

/// A report on its way in. Dropped before it is finished, it leaves nothing.
pub struct Incoming {
    part: PathBuf,
    name: PathBuf,
    file: File,
    hash: Sha256,
    got: u64,
    last: u8,
    expected: u64,
    /// Bits of the last byte that are used; 0 for all.
    used: u32,
    finished: bool,
}

impl Spool {
    /// Opens the spool and throws away what a crash left unfinished.
    ///
    /// # Errors
    /// If the directory can't be made or read.
    pub async fn open(root: impl Into<PathBuf>) -> Result<Self, SpoolError> {
        let root = root.into();
        let parts = root.join("parts");
        if fs::try_exists(&parts).await.map_err(io_at(&parts))? {
            fs::remove_dir_all(&parts).await.map_err(io_at(&parts))?;
        }
        fs::create_dir_all(&parts).await.map_err(io_at(&parts))?;
        Ok(Self { root, next: Arc::default() })
    }

    fn attempt(&self, study: StudyId, at: Attempt) -> PathBuf {
        self.root.join(study.to_string()).join(format!("{}-{}", at.round, at.attempt))
    }

    /// Where a report is, if it was received.
    #[must_use]
    pub fn path(&self, study: StudyId, at: Attempt, owner: OwnerId, update: Digest) -> PathBuf {
        self.attempt(study, at).join(format!("{owner}-{update}"))
    }

    /// Begins to receive a report.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn receive(
        &self,
        study: StudyId,
        at: Attempt,
        owner: OwnerId,
        update: Digest,
        plan: &RoundPlan,
    ) -> Result<Incoming, SpoolError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let part = self.root.join("parts").join(number.to_string());
        let file = File::create_new(&part).await.map_err(io_at(&part))?;
        let bits = plan.words() as u64 * u64::from(plan.word_bits());
        Ok(Incoming {
            part,
            name: self.path(study, at, owner, update),
            file,
            hash: Sha256::new(),
            got: 0,
            last: 0,
            expected: plan.packed_len() as u64,
            used: (bits % 8) as u32,
            finished: false,
        })
    }

    /// Deletes an attempt's reports.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn drop_attempt(&self, study: StudyId, at: Attempt) -> Result<(), SpoolError> {
        let path = self.attempt(study, at);
        match fs::remove_dir_all(&path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(&path)(error)),
            _ => Ok(()),
        }
    }
}

impl Incoming {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// If there are more than the plan has, or the disk fails.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        self.got += bytes.len() as u64;
        if self.got > self.expected {
            return Err(SpoolError::Length { got: self.got, expected: self.expected });
        }
        self.hash.update(bytes);
        self.last = bytes.last().copied().unwrap_or(self.last);
        self.file.write_all(bytes).await.map_err(io_at(&self.part))
    }

    /// Checks length, padding and digest, makes the file durable and gives it its name. Returns its size.
    ///
    /// # Errors
    /// If it is not the update that was signed, or the disk fails.
    pub async fn finish(mut self, update: Digest) -> Result<u64, SpoolError> {
        if self.got != self.expected {
            return Err(SpoolError::Length { got: self.got, expected: self.expected });
        }
        if self.used != 0 && self.last >> self.used != 0 {
            return Err(SpoolError::Padding);
        }
        let got = Digest(std::mem::take(&mut self.hash).finalize().into());
        if got != update {
            return Err(SpoolError::Digest { got, expected: update });
        }
        self.file.flush().await.map_err(io_at(&self.part))?;
        self.file.sync_all().await.map_err(io_at(&self.part))?;
        let directory = self.name.parent().unwrap_or(&self.name).to_owned();
        fs::create_dir_all(&directory).await.map_err(io_at(&directory))?;
        fs::rename(&self.part, &self.name).await.map_err(io_at(&self.name))?;
        self.finished = true;
        let handle = File::open(&directory).await.map_err(io_at(&directory))?;
        handle.sync_all().await.map_err(io_at(&directory))?;
        Ok(self.got)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing more can be done about a failure here: the next start throws the parts away.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts;

    const AT: Attempt = Attempt { round: 1, attempt: 2 };
    const OWNER: OwnerId = OwnerId([1; 20]);

    async fn received(spool: &Spool, bytes: &[u8], update: Digest) -> Result<u64, SpoolError> {
        let facts = facts(4, 2);
        let plan = facts.round_plan(1).unwrap();
        let mut incoming = spool.receive(facts.study, AT, OWNER, update, &plan).await?;
        for chunk in bytes.chunks(7) {
            incoming.write(chunk).await?;
        }
        incoming.finish(update).await
    }

    fn files(directory: &Path) -> usize {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
    }

    #[tokio::test]
    async fn only_the_signed_update_gets_a_name() {
        let directory = tempfile::tempdir().unwrap();
        let spool = Spool::open(directory.path()).await.unwrap();
        let facts = facts(4, 2);
        let plan = facts.round_plan(1).unwrap();
        let mut update = vec![0xab; plan.packed_len()];
        *update.last_mut().unwrap() = 0;
        let digest = tributary_aggregation::hash::sha256(&update);
        let mut longer = update.clone();
        longer.push(0);
        let wrong = received(&spool, &longer, digest).await;
        assert!(matches!(wrong, Err(SpoolError::Length { .. })), "{wrong:?}");
        let wrong = received(&spool, &update[1..], digest).await;
        assert!(matches!(wrong, Err(SpoolError::Length { .. })), "{wrong:?}");
        let wrong = received(&spool, &update, Digest([1; 32])).await;
        assert!(matches!(wrong, Err(SpoolError::Digest { .. })), "{wrong:?}");
        assert_eq!(files(directory.path()), 0);
        assert_eq!(received(&spool, &update, digest).await.unwrap(), update.len() as u64);
        assert_eq!(std::fs::read(spool.path(facts.study, AT, OWNER, digest)).unwrap(), update);
        // Sent again, it is the same file.
        assert_eq!(received(&spool, &update, digest).await.unwrap(), update.len() as u64);
        assert_eq!(files(directory.path()), 1);
        spool.drop_attempt(facts.study, AT).await.unwrap();
        spool.drop_attempt(facts.study, AT).await.unwrap();
        assert_eq!(files(directory.path()), 0);
    }

    #[tokio::test]
    async fn padding_must_be_zero() {
        let directory = tempfile::tempdir().unwrap();
        let spool = Spool::open(directory.path()).await.unwrap();
        let plan = facts(4, 2).round_plan(1).unwrap();
        assert_ne!(plan.words() * plan.word_bits() as usize % 8, 0, "a plan that has unused bits");
        let update = vec![0xff; plan.packed_len()];
        let digest = tributary_aggregation::hash::sha256(&update);
        assert!(matches!(received(&spool, &update, digest).await, Err(SpoolError::Padding)));
    }

    #[tokio::test]
    async fn what_was_left_unfinished_is_thrown_away() {
        let directory = tempfile::tempdir().unwrap();
        let spool = Spool::open(directory.path()).await.unwrap();
        let plan = facts(4, 2).round_plan(1).unwrap();
        let incoming = spool.receive(facts(4, 2).study, AT, OWNER, Digest([0; 32]), &plan).await.unwrap();
        std::mem::forget(incoming);
        assert_eq!(files(directory.path()), 1);
        Spool::open(directory.path()).await.unwrap();
        assert_eq!(files(directory.path()), 0);
    }
}
