//! Masked updates added up as they stream in: memory grows with the vector, not with the owners.

use thiserror::Error;

use super::{RosterError, check_size};
use crate::ids::Digest;
use crate::plan::RoundPlan;
use crate::update::{GROUP, PackError, Word, Words, check_packed};

/// A masked update can't be added.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FoldError {
    /// The update is not a packed vector of the plan.
    #[error("masked update: {0}")]
    Packed(#[from] PackError),
    /// A report was begun and not finished, so the sum holds a part of it.
    #[error("a report was added in part and can't be taken out again: fold the spooled reports anew")]
    Unfinished,
    /// More updates than the plan has owners.
    #[error("the sum would have more updates than the plan has owners")]
    TooMany(#[source] RosterError),
    /// Two folds of different plans.
    #[error("two folds of different plans can't be merged: {0} and {1}")]
    OtherPlan(Digest, Digest),
}

/// A running sum of masked updates, modulo 2^w.
///
/// What was added can't be taken out again. So an update's digest is to be verified before it is folded: spool it to
/// disk while it streams in, compare the digest with the signed header's, then fold the spooled bytes.
pub struct Fold {
    pub(super) plan: RoundPlan,
    pub(super) words: Words,
    reports: usize,
    unfinished: bool,
}

impl Fold {
    /// An empty sum.
    #[must_use]
    pub fn new(plan: &RoundPlan) -> Self {
        let words = Words::zeros(plan.words(), plan.word_bits());
        Self { plan: plan.clone(), words, reports: 0, unfinished: false }
    }

    /// How many updates are in the sum.
    #[must_use]
    pub fn reports(&self) -> usize {
        self.reports
    }

    /// Adds a whole packed update. On an error nothing was added.
    ///
    /// # Errors
    /// If `packed` has the wrong length or padding, the sum has as many updates as the plan has owners, or a report was
    /// left unfinished.
    pub fn add(&mut self, packed: &[u8]) -> Result<(), FoldError> {
        self.check_room()?;
        check_packed(packed, self.plan.words(), self.plan.word_bits())?;
        self.add_words(0, self.plan.words(), packed);
        self.reports += 1;
        Ok(())
    }

    /// Begins to add a packed update that comes in chunks of any size. Unless it is finished, the sum is lost.
    ///
    /// # Errors
    /// If the sum has as many updates as the plan has owners, or a report was left unfinished.
    pub fn begin(&mut self) -> Result<FoldReport<'_>, FoldError> {
        self.check_room()?;
        self.unfinished = true;
        Ok(FoldReport {
            pending: Vec::with_capacity(self.plan.word_bits() as usize),
            done: 0,
            got: 0,
            fold: self,
        })
    }

    /// Adds another sum of the same plan: sums can be folded in parallel.
    ///
    /// # Errors
    /// If the plans differ, there would be more updates than the plan has owners, or a report was left unfinished.
    pub fn merge(&mut self, other: &Self) -> Result<(), FoldError> {
        if self.plan != other.plan {
            return Err(FoldError::OtherPlan(self.plan.digest(), other.plan.digest()));
        }
        self.check_finished()?;
        other.check_finished()?;
        self.check_count(self.reports + other.reports)?;
        match (&mut self.words, &other.words) {
            (Words::Narrow(sums), Words::Narrow(words)) => add_all(sums, words),
            (Words::Wide(sums), Words::Wide(words)) => add_all(sums, words),
            // Equal plans have words of the same width.
            _ => return Err(FoldError::OtherPlan(self.plan.digest(), other.plan.digest())),
        }
        self.reports += other.reports;
        Ok(())
    }

    pub(super) fn check_finished(&self) -> Result<(), FoldError> {
        if self.unfinished { Err(FoldError::Unfinished) } else { Ok(()) }
    }

    fn check_room(&self) -> Result<(), FoldError> {
        self.check_finished()?;
        self.check_count(self.reports + 1)
    }

    fn check_count(&self, reports: usize) -> Result<(), FoldError> {
        // Fewer than min_group are no fault of a sum that is still growing.
        check_size(&self.plan, reports.max(usize::from(self.plan.min_group()))).map_err(FoldError::TooMany)
    }

    /// Adds packed words `first..end`.
    fn add_words(&mut self, first: usize, end: usize, packed: &[u8]) {
        self.words.add_packed(first, end, packed, self.plan.word_bits());
    }
}

fn add_all<W: Word>(sums: &mut [W], words: &[W]) {
    for (sum, &word) in sums.iter_mut().zip(words) {
        *sum = sum.plus(word);
    }
}

/// One packed update on its way into the sum.
pub struct FoldReport<'a> {
    fold: &'a mut Fold,
    /// Bytes of a group of words that has not come in whole.
    pending: Vec<u8>,
    /// Words added.
    done: usize,
    /// Bytes received.
    got: usize,
}

impl FoldReport<'_> {
    /// Adds the next bytes.
    ///
    /// # Errors
    /// If there are more bytes than a packed update has. The sum is then lost.
    pub fn feed(&mut self, mut chunk: &[u8]) -> Result<(), FoldError> {
        self.got = self.got.saturating_add(chunk.len());
        let expected = self.fold.plan.packed_len();
        if self.got > expected {
            return Err(PackError::Length { expected, got: self.got }.into());
        }
        let group = self.fold.plan.word_bits() as usize;
        if !self.pending.is_empty() {
            let (head, rest) = chunk.split_at(chunk.len().min(group - self.pending.len()));
            self.pending.extend_from_slice(head);
            chunk = rest;
            if self.pending.len() < group || self.groups_left() == 0 {
                return Ok(());
            }
            self.fold.add_words(self.done, self.done + GROUP, &self.pending);
            self.done += GROUP;
            self.pending.clear();
        }
        let groups = (chunk.len() / group).min(self.groups_left());
        let (whole, rest) = chunk.split_at(groups * group);
        self.fold.add_words(self.done, self.done + groups * GROUP, whole);
        self.done += groups * GROUP;
        self.pending.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the update and counts it.
    ///
    /// # Errors
    /// If bytes are missing or the padding is not zero. The sum is then lost.
    pub fn finish(self) -> Result<(), FoldError> {
        let (expected, words) = (self.fold.plan.packed_len(), self.fold.plan.words());
        if self.got != expected {
            return Err(PackError::Length { expected, got: self.got }.into());
        }
        check_packed(&self.pending, words - self.done, self.fold.plan.word_bits())?;
        self.fold.add_words(self.done, words, &self.pending);
        self.fold.reports += 1;
        self.fold.unfinished = false;
        Ok(())
    }

    /// Whole groups still to come; what follows them is less than a group.
    fn groups_left(&self) -> usize {
        (self.fold.plan.words() - self.done) / GROUP
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::{Norm, RoundPlanParams};

    fn plan(vector_len: usize, bits: u8, max_weight: u32) -> RoundPlan {
        let norm = Norm::LInf(1.0);
        RoundPlan::new(RoundPlanParams { vector_len, bits, norm, max_weight, max_owners: 4, min_group: 2 })
            .unwrap()
    }

    /// Packed, bit by bit.
    fn pack(words: &[u64], bits: u32) -> Vec<u8> {
        let mut out = vec![0u8; (words.len() * bits as usize).div_ceil(8)];
        for bit in 0..words.len() * bits as usize {
            out[bit / 8] |= ((words[bit / bits as usize] >> (bit % bits as usize) & 1) as u8) << (bit % 8);
        }
        out
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_sum_is_the_same(
            len in 1usize..200, bits in 2u8..=24, weight_bits in 0u32..31, start: u64,
            cuts in prop::collection::vec(1usize..100, 1..40),
        ) {
            let plan = plan(len, bits, 1 << weight_bits);
            let mask = (1u64 << plan.word_bits()) - 1;
            let words: Vec<u64> =
                (0..plan.words() as u64).map(|i| start.wrapping_add(i).wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask).collect();
            let packed = pack(&words, plan.word_bits());
            let mut fold = Fold::new(&plan);
            let mut report = fold.begin().unwrap();
            let (mut rest, mut cuts) = (packed.as_slice(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (chunk, tail) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                report.feed(chunk).unwrap();
                rest = tail;
            }
            report.finish().unwrap();
            prop_assert_eq!(&fold.words.to_integers(plan.word_bits()), &words);
            fold.add(&packed).unwrap();
            let mut other = Fold::new(&plan);
            other.add(&packed).unwrap();
            fold.merge(&other).unwrap();
            prop_assert_eq!(fold.reports(), 3);
            let thrice: Vec<u64> = words.iter().map(|word| word.wrapping_mul(3) & mask).collect();
            prop_assert_eq!(fold.words.to_integers(plan.word_bits()), thrice);
        }
    }

    #[test]
    fn a_report_cut_short_or_too_long_or_badly_padded_loses_the_sum_loudly() {
        let plan = plan(9, 8, 10);
        let whole = vec![0u8; plan.packed_len()];
        let mut padded = whole.clone();
        *padded.last_mut().unwrap() = 0x80;
        for bytes in [&whole[1..], &[whole.as_slice(), &[0]].concat(), &padded] {
            let mut fold = Fold::new(&plan);
            assert!(matches!(fold.add(bytes), Err(FoldError::Packed(_))));
            assert_eq!(fold.add(&whole), Ok(()), "a refused whole update leaves the sum as it was");
            let mut report = fold.begin().unwrap();
            let outcome = report.feed(bytes).and_then(|()| report.finish());
            assert!(matches!(outcome, Err(FoldError::Packed(_))));
            assert_eq!(fold.add(&whole), Err(FoldError::Unfinished));
            assert_eq!(Fold::new(&plan).merge(&fold), Err(FoldError::Unfinished));
        }
    }

    #[test]
    fn no_more_updates_than_owners() {
        let plan = plan(9, 8, 10);
        let whole = vec![0u8; plan.packed_len()];
        let mut fold = Fold::new(&plan);
        for _ in 0..4 {
            fold.add(&whole).unwrap();
        }
        assert!(matches!(fold.add(&whole), Err(FoldError::TooMany(_))));
        assert!(matches!(fold.begin().err(), Some(FoldError::TooMany(_))));
        let mut one = Fold::new(&plan);
        one.add(&whole).unwrap();
        assert!(matches!(fold.merge(&one), Err(FoldError::TooMany(_))));
        assert!(matches!(
            Fold::new(&plan).merge(&Fold::new(&self::plan(10, 8, 10))),
            Err(FoldError::OtherPlan(..))
        ));
    }
}
