//! An owner's privacy account in a study: every report that may be opened is counted before it leaves, in the vault and in
//! the site's record, and none leaves beyond what the plan says.

use std::collections::BTreeSet;

use tributary_aggregation::plan::PlanError;
use tributary_aggregation::study::{Spend, StudyPlan};

use super::agent::Agent;
use crate::connection::Attempt;
use crate::member::{Member, MemberError};
use crate::narrate::Event;

impl Member {
    /// What this owner's reports so far have spent, if the plan protects it.
    ///
    /// A round is counted once in an epoch, however often it was attempted: members answer one cut of an (epoch, round), so
    /// one attempt is opened at most. It is counted whether it was opened or not.
    ///
    /// # Errors
    /// If the plan's sums are too wide.
    pub fn spent(&self) -> Result<Option<Spend>, MemberError> {
        Ok(spent(&self.plan, &self.vault.record.reported)?)
    }

    /// Whether a report in this round is within what the plan allows for.
    ///
    /// # Errors
    /// If it is not: no report is to be made.
    pub fn check_budget(&self, round: u64) -> Result<(), MemberError> {
        if is_within(&self.plan, &self.vault.record.reported, self.group()?.epoch(), round) {
            return Ok(());
        }
        Err(MemberError::Disagreement(format!(
            "the study's privacy budget is spent: this owner has reported as often as the plan's ε allows for, rounds that died \
             among them; nothing is sent in round {round}. A study with more `dead_rounds` can bear more of them"
        )))
    }
}

/// Whether a report in this epoch and round is within the plan, after those that were made.
fn is_within(plan: &StudyPlan, reported: &BTreeSet<(u64, u64)>, epoch: u64, round: u64) -> bool {
    let mut others = reported.iter().filter(|other| **other != (epoch, round));
    match round {
        _ if plan.privacy.is_none() => true,
        // The sum is opened once; a roster change before it is there would open it once more.
        0 => plan.statistics_noise().is_none() || !others.any(|(_, at)| *at == 0),
        _ => trainings(others) < plan.releases(),
    }
}

fn spent(plan: &StudyPlan, reported: &BTreeSet<(u64, u64)>) -> Result<Option<Spend>, PlanError> {
    let statistics = reported.iter().any(|(_, round)| *round == 0);
    plan.spend(trainings(reported.iter()), statistics)
}

/// How many of these reports are of training rounds.
fn trainings<'a>(reported: impl Iterator<Item = &'a (u64, u64)>) -> u64 {
    reported.filter(|(_, round)| *round > 0).count() as u64
}

impl Agent {
    /// Counts a report that is about to leave. The caller saves the vault; the site's record is on disk when this returns.
    pub(super) fn count_report(&mut self, at: Attempt) -> Result<(), MemberError> {
        if self.member.plan.privacy.is_none() {
            return Ok(());
        }
        self.member.check_budget(at.round)?;
        let epoch = self.member.group()?.epoch();
        self.member.vault.record.reported.insert((epoch, at.round));
        let Some(spent) = self.member.spent()? else { return Ok(()) };
        if let Some(decisions) = &self.decisions {
            let reason = format!("round {}, attempt {}", at.round, at.attempt);
            decisions
                .spent(self.member.study, self.member.plan_digest, spent, reason)
                .map_err(|error| MemberError::Disagreement(error.to_string()))?;
        }
        let (epsilon, delta) = (format!("{:.4}", spent.epsilon), format!("{:e}", spent.delta));
        self.narrator.tell(Event::Spent { round: at.round, epsilon, delta });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{plan, private_plan};

    #[test]
    fn reports_beyond_the_plan_are_not_made() {
        let private = private_plan(None);
        let mut reported = BTreeSet::from([(1, 0)]);
        for round in 1..=10 {
            assert!(is_within(&private, &reported, 1, round), "{round}");
            reported.insert((1, round));
        }
        assert!(!is_within(&private, &reported, 1, 11), "ten rounds, none may die");
        assert!(
            is_within(&private, &reported, 1, 10),
            "another attempt at the same round: one of them is opened"
        );
        assert!(!is_within(&private, &reported, 2, 10), "after a roster change it could be opened once more");
        assert!(is_within(&private, &reported, 2, 0), "there is nothing in the statistics");
        assert!(is_within(&plan(), &reported, 1, 11), "nothing is protected");
    }

    #[test]
    fn noisy_statistics_are_reported_once() {
        let private = private_plan(Some(2.0));
        let reported = BTreeSet::from([(1, 0)]);
        assert!(is_within(&private, &reported, 1, 0) && !is_within(&private, &reported, 2, 0));
    }

    #[test]
    fn every_report_adds_to_what_is_spent_up_to_the_plans_whole() {
        let private = private_plan(Some(2.0));
        let mut reported = BTreeSet::new();
        let mut last = spent(&private, &reported).unwrap().unwrap().epsilon;
        assert_eq!(last, 0.0);
        for round in 0..=10 {
            reported.insert((1, round));
            let now = spent(&private, &reported).unwrap().unwrap().epsilon;
            assert!(now > last);
            last = now;
        }
        assert_eq!(Some(last), private.whole_spend().unwrap().map(|spend| spend.epsilon));
        assert_eq!(spent(&plan(), &reported), Ok(None));
    }
}
