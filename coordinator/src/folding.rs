//! Running sums of masked updates: one per group, folded as reports come in, rebuilt from the spool after a restart.
//!
//! Memory grows with groups × vector length, not with owners. A sum here is a cache of what is spooled: whatever is
//! missing from it when it is needed is added then.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_aggregation::masking::{Fold, FoldError, SealedSum, UnmaskError, unmask};
use tributary_aggregation::plan::RoundPlan;

use crate::rounds::base::Attempt;
use crate::rounds::phases::OpenedGroup;

const CHUNK: usize = 1 << 20;

/// A sum can't be made.
#[derive(Debug, Error)]
pub enum FoldingError {
    /// A spooled report can't be read.
    #[error("the spooled report {} can't be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A report can't be added.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// Masks can't be removed.
    #[error(transparent)]
    Unmask(#[from] UnmaskError),
}

/// A group of an attempt.
pub type GroupKey = (StudyId, Attempt, u16);

struct Sum {
    fold: Fold,
    added: BTreeSet<OwnerId>,
}

/// One group's sum, or none if it is to be made anew.
type Slot = Arc<Mutex<Option<Sum>>>;

/// All running sums. Cheap to clone.
#[derive(Clone, Default)]
pub struct Folding {
    sums: Arc<Mutex<HashMap<GroupKey, Slot>>>,
}

impl Folding {
    /// Adds a spooled report to its group's sum, unless it is in it. Blocks: reads the whole file.
    ///
    /// # Errors
    /// If the file can't be read or added; the sum is then made anew when it is needed.
    pub fn add(
        &self,
        key: GroupKey,
        plan: &RoundPlan,
        owner: OwnerId,
        path: &Path,
    ) -> Result<(), FoldingError> {
        let sum = self.sum(key);
        let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
        add(&mut sum, plan, owner, path)
    }

    /// Removes the masks of a group whose seeds were opened, from its sum with whatever reports it still lacks. Blocks.
    ///
    /// # Errors
    /// If a report can't be read, or the seeds are false.
    pub fn unmask(
        &self,
        key: GroupKey,
        plan: &RoundPlan,
        group: &OpenedGroup,
        path: impl Fn(OwnerId) -> PathBuf,
        threads: NonZeroUsize,
    ) -> Result<SealedSum, FoldingError> {
        let sum = self.sum(key);
        let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
        let online: BTreeSet<OwnerId> = group.online.iter().map(|(owner, _)| *owner).collect();
        if sum.as_ref().is_some_and(|sum| !sum.added.is_subset(&online)) {
            *sum = None;
        }
        for owner in &online {
            add(&mut sum, plan, *owner, &path(*owner))?;
        }
        let fold = sum.take().map_or_else(|| Fold::new(plan), |sum| sum.fold);
        Ok(unmask(plan, fold, &group.context, &group.graph, &group.online, &group.offline, threads)?)
    }

    /// Forgets an attempt's sums.
    pub fn drop_attempt(&self, study: StudyId, at: Attempt) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.retain(|(of, attempt, _), _| *of != study || *attempt != at);
    }

    /// How many sums are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether no sum is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn sum(&self, key: GroupKey) -> Slot {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
    }
}

fn add(sum: &mut Option<Sum>, plan: &RoundPlan, owner: OwnerId, path: &Path) -> Result<(), FoldingError> {
    let failed = |source| FoldingError::Io { path: path.to_owned(), source };
    let known = sum.get_or_insert_with(|| Sum { fold: Fold::new(plan), added: BTreeSet::new() });
    if known.added.contains(&owner) {
        return Ok(());
    }
    let mut file = File::open(path).map_err(failed)?;
    let result = feed(&mut known.fold, &mut file).map_err(|error| match error {
        FeedError::Io(source) => failed(source),
        FeedError::Fold(error) => error.into(),
    });
    match result {
        Ok(()) => {
            known.added.insert(owner);
            Ok(())
        }
        Err(error) => {
            // A part of the report may be in the sum: it can only be made anew.
            *sum = None;
            Err(error)
        }
    }
}

enum FeedError {
    Io(std::io::Error),
    Fold(FoldError),
}

fn feed(fold: &mut Fold, file: &mut File) -> Result<(), FeedError> {
    let mut report = fold.begin().map_err(FeedError::Fold)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).map_err(FeedError::Io)?;
        match chunk.get(..read) {
            Some(piece @ [_, ..]) => report.feed(piece).map_err(FeedError::Fold)?,
            _ => return report.finish().map_err(FeedError::Fold),
        }
    }
}
