//! What of a site's privacy studies have spent, or may yet.

use std::collections::BTreeMap;
use std::time::Duration;

use tributary_aggregation::ids::{Digest, StudyId};
use tributary_aggregation::study::Spend;

use super::{Decision, Decisions, DecisionsError, Entry, now};

/// A year, for budgets.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

impl Decisions {
    /// Adds that a study was joined that may spend so much, unless with other studies of the last year it exceeds `most`.
    /// Of several that are joined at once, those are joined for which there is enough.
    ///
    /// # Errors
    /// As of [`Self::add`], or if too little is left.
    pub fn joined(
        &self,
        study: StudyId,
        plan: Digest,
        spend: Spend,
        most: Option<f64>,
    ) -> Result<Digest, DecisionsError> {
        let entry = entry(study, plan, Decision::Joined, spend, Vec::new());
        self.append(entry, |entries| {
            let (own, taken) = (spend.epsilon, taken_by_others(entries, now(), study));
            // Nothing is within a budget that is no number.
            match most.filter(|most| !(taken + own).le(most)) {
                Some(most) => Err(DecisionsError::Budget { own, taken, most }),
                None => Ok(()),
            }
        })
    }

    /// Adds that a study has spent so much with the report that is about to leave.
    ///
    /// # Errors
    /// As of [`Self::add`].
    pub fn spent(
        &self,
        study: StudyId,
        plan: Digest,
        spend: Spend,
        reason: String,
    ) -> Result<Digest, DecisionsError> {
        self.append(entry(study, plan, Decision::Spent, spend, vec![reason]), |_| Ok(()))
    }

    /// The epsilon that studies other than `but` have taken in the year before `time` (milliseconds): of each the most that
    /// it was recorded with.
    ///
    /// # Errors
    /// If the file can't be read, or its chain is broken.
    pub fn taken_in_year(&self, time: u64, but: StudyId) -> Result<f64, DecisionsError> {
        Ok(taken_by_others(&self.read()?.0, time, but))
    }
}

/// A line that is yet to be numbered.
fn entry(study: StudyId, plan: Digest, decision: Decision, spend: Spend, reasons: Vec<String>) -> Entry {
    let (number, previous, time, spend) = (0, Digest([0; 32]), now(), Some(spend));
    Entry { number, previous, time, study, plan, decision, reasons, policy: None, spend }
}

fn taken_by_others(entries: &[Entry], time: u64, but: StudyId) -> f64 {
    let since = time.saturating_sub(YEAR.as_millis() as u64);
    let mut taken = BTreeMap::<StudyId, f64>::new();
    for entry in entries {
        if let Some(spend) = entry.spend
            && entry.time >= since
            && entry.study != but
        {
            let most = taken.entry(entry.study).or_default();
            *most = most.max(spend.epsilon);
        }
    }
    taken.values().sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PLAN, STUDY, add, record};
    use super::*;

    #[test]
    fn a_year_counts_each_other_study_once_with_the_most_it_was_recorded_with() {
        let (_dir, record) = record();
        let spend = |epsilon| Spend { epsilon, delta: 1e-5 };
        let other = |byte| StudyId([byte; 32]);
        assert_eq!(record.taken_in_year(now(), STUDY).unwrap(), 0.0);
        add(&record, 1, Decision::Ordered);
        record.joined(other(2), PLAN, spend(2.0), None).unwrap();
        record.spent(other(2), PLAN, spend(0.5), "round 1".into()).unwrap();
        record.joined(other(3), PLAN, spend(1.0), None).unwrap();
        record.joined(STUDY, PLAN, spend(7.0), None).unwrap();
        assert_eq!(record.taken_in_year(now(), STUDY).unwrap(), 3.0, "joined, it may spend all of it");
        let later = now() + YEAR.as_millis() as u64 + 60_000;
        assert_eq!(record.taken_in_year(later, STUDY).unwrap(), 0.0, "a year later");
        let (entries, _) = record.read().unwrap();
        assert_eq!(entries[2].spend, Some(spend(0.5)));
        assert_eq!((entries[2].decision, entries[2].reasons[0].as_str()), (Decision::Spent, "round 1"));
    }

    #[test]
    fn studies_that_are_joined_at_once_share_the_budget() {
        let (_dir, record) = record();
        let spend = Spend { epsilon: 1.0, delta: 1e-5 };
        let joined = std::thread::scope(|scope| {
            let record = &record;
            let join = |byte| move || record.joined(StudyId([byte; 32]), PLAN, spend, Some(2.5)).is_ok();
            let all: Vec<_> = (1..=8).map(|byte| scope.spawn(join(byte))).collect();
            all.into_iter().map(|one| one.join().unwrap()).filter(|joined| *joined).count()
        });
        assert_eq!((joined, record.read().unwrap().0.len()), (2, 2));
        let (first, _) = record.read().unwrap();
        let again = record.joined(first[0].study, PLAN, spend, Some(2.5));
        assert!(again.is_ok(), "after a restart a study is counted once");
        let over = record.joined(STUDY, PLAN, Spend { epsilon: 3.0, ..spend }, Some(2.5));
        assert!(over.is_err() && record.joined(STUDY, PLAN, spend, Some(f64::NAN)).is_err());
    }
}
