//! Ending a study before its last round, when more rounds bring nothing.

use serde::{Deserialize, Serialize};

use super::PlanError;
use super::validate::require;

/// A study ends when its metric on the holdout has not risen for some rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStop {
    /// So many settled rounds in a row without a gain end the study.
    pub patience: u64,
    /// What counts as a gain over the best round so far: more than this, in millionths of the metric.
    pub min_delta_micros: u64,
}

impl EarlyStop {
    pub(super) fn validate(&self) -> Result<(), PlanError> {
        require(self.patience >= 1, "training.early_stop.patience", "must be at least 1")
    }
}

/// How long a study has been waiting for a gain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The best utility so far, in millionths of the metric; none before the first settled round.
    pub best: Option<i64>,
    /// Settled rounds since.
    pub rounds: u64,
}

impl Waiting {
    /// A round more is settled, with this utility of all groups together (millionths of the metric).
    #[must_use]
    pub fn after(self, utility: i64, rule: &EarlyStop) -> Self {
        let gains = |best: i64| i128::from(utility) > i128::from(best) + i128::from(rule.min_delta_micros);
        if self.best.is_none_or(gains) {
            Self { best: Some(utility), rounds: 0 }
        } else {
            Self { rounds: self.rounds.saturating_add(1), ..self }
        }
    }

    /// Whether the study ends here.
    #[must_use]
    pub const fn is_over(&self, rule: &EarlyStop) -> bool {
        self.rounds >= rule.patience
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: EarlyStop = EarlyStop { patience: 3, min_delta_micros: 100 };

    fn stops_after(utilities: &[i64]) -> Option<usize> {
        let mut waiting = Waiting::default();
        utilities.iter().position(|utility| {
            waiting = waiting.after(*utility, &RULE);
            waiting.is_over(&RULE)
        })
    }

    #[test]
    fn it_ends_after_so_many_rounds_without_a_gain() {
        assert_eq!(stops_after(&[-500, 0, 90, 100, 50]), Some(4), "100 more than the best is no gain");
        assert_eq!(stops_after(&[-500, 0, 90, 101, 50, 40]), None);
        assert_eq!(stops_after(&[0, 60, 120, 180, 240, 300]), None, "small steps add up");
        assert_eq!(stops_after(&[i64::MAX, i64::MIN, 0, i64::MAX]), Some(3));
    }

    #[test]
    fn a_rule_needs_patience() {
        assert!(RULE.validate().is_ok());
        assert!(EarlyStop { patience: 0, ..RULE }.validate().is_err());
    }

    proptest! {
        #[test]
        fn a_rising_metric_is_never_stopped(steps in prop::collection::vec(101i64..1000, 1..50)) {
            let rising: Vec<i64> = steps.iter().scan(0, |sum, step| { *sum += step; Some(*sum) }).collect();
            prop_assert_eq!(stops_after(&rising), None);
        }

        #[test]
        fn a_flat_one_is_stopped_after_its_patience(first: i64, rest in prop::collection::vec(0u64..=100, 3..20)) {
            let flat = rest.iter().map(|step| first.saturating_add_unsigned(*step));
            let utilities: Vec<i64> = std::iter::once(first).chain(flat).collect();
            prop_assert_eq!(stops_after(&utilities), Some(3));
        }
    }
}
