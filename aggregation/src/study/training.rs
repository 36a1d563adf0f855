//! What owners do with their rows in a round.

use serde::{Deserialize, Serialize};

use super::validate::{decay, positive, require};
use super::{EarlyStop, PlanError};

/// Local training at each owner: stochastic gradient descent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Passes over the local rows per round.
    pub local_epochs: u32,
    /// Rows per step; 0 takes all rows at once.
    pub batch_size: u32,
    /// Step size of local SGD, in the first round.
    pub learning_rate: f64,
    /// L2 penalty (weight decay) of local SGD.
    pub weight_decay: f64,
    /// Seed of the rows' order, mixed with owner and round.
    pub seed: u64,
    /// How much of the last step's direction stays; every round begins without one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub momentum: f64,
    /// `FedProx` (Li et al., MLSys 2020): μ of the term μ/2·‖w − w₀‖² that holds an owner's model near the round's.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub proximal_mu: f64,
    /// How the step size changes from round to round.
    #[serde(default, skip_serializing_if = "Schedule::is_constant")]
    pub schedule: Schedule,
    /// SCAFFOLD: owners correct their steps by what they know of each other's gradients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_variates: Option<ControlVariates>,
    /// When the study ends before its last round; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_stop: Option<EarlyStop>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// SCAFFOLD (Karimireddy et al., ICML 2020), option II.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlVariates {
    /// L2 bound on the change of one owner's control variate in a round: a gradient's size.
    pub clip: f64,
}

/// How the step size changes from round to round, by the number t of rounds that are done of T.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Schedule {
    /// Not at all.
    Constant {},
    /// Times `factor`, once in `every` rounds.
    Step {
        /// Rounds between two changes.
        every: u64,
        /// Above 0, 1 at most.
        factor: f64,
    },
    /// Times `factor`, every round.
    Exponential {
        /// Above 0, 1 at most.
        factor: f64,
    },
    /// Down half a cosine, from 1 to `floor`: floor + (1 − floor)·(1 + cos(πt/T))/2.
    Cosine {
        /// From 0 to 1.
        floor: f64,
    },
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Constant {}
    }
}

impl Schedule {
    fn is_constant(&self) -> bool {
        matches!(self, Self::Constant {})
    }

    /// What the step size is multiplied by when `done` of `rounds` rounds are done.
    #[must_use]
    pub fn factor(&self, done: u64, rounds: u64) -> f64 {
        match *self {
            Self::Constant {} => 1.0,
            Self::Step { every, factor } => factor.powf((done / every.max(1)) as f64),
            Self::Exponential { factor } => factor.powf(done as f64),
            Self::Cosine { floor } => {
                let share = done.min(rounds) as f64 / rounds.max(1) as f64;
                floor + (1.0 - floor) * f64::midpoint(1.0, (std::f64::consts::PI * share).cos())
            }
        }
    }
}

impl Training {
    /// Training in the round after `done` of `rounds` rounds: the schedule's step size, and nothing left of the schedule.
    ///
    /// Rounds that were settled count, not their numbers: a round that is run again has the same step size.
    #[must_use]
    pub fn in_round(&self, done: u64, rounds: u64) -> Self {
        let learning_rate = self.learning_rate * self.schedule.factor(done, rounds);
        Self { learning_rate, schedule: Schedule::default(), ..self.clone() }
    }

    pub(super) fn validate(&self) -> Result<(), PlanError> {
        require((1..=1000).contains(&self.local_epochs), "training.local_epochs", "must be from 1 to 1000")?;
        positive(self.learning_rate, "training.learning_rate")?;
        let penalty =
            |value: f64, field| require(value.is_finite() && value >= 0.0, field, "must be 0 or more");
        penalty(self.weight_decay, "training.weight_decay")?;
        decay(self.momentum, "training.momentum")?;
        penalty(self.proximal_mu, "training.proximal_mu")?;
        self.early_stop.as_ref().map_or(Ok(()), EarlyStop::validate)?;
        match self.schedule {
            Schedule::Constant {} => {}
            Schedule::Step { every, factor } => {
                require(every >= 1, "training.schedule.every", "must be at least 1")?;
                shrinking(factor)?;
            }
            Schedule::Exponential { factor } => shrinking(factor)?,
            Schedule::Cosine { floor } => require(
                (0.0..=1.0).contains(&floor),
                "training.schedule.floor",
                "must be from 0 to 1: the share of the step size that is left at the end",
            )?,
        }
        let Some(control) = self.control_variates else { return Ok(()) };
        positive(control.clip, "training.control_variates.clip")?;
        require(
            self.momentum == 0.0 && self.proximal_mu == 0.0,
            "training.control_variates",
            "take each owner's gradient from how far its model went: leave momentum and proximal_mu out",
        )
    }
}

fn shrinking(factor: f64) -> Result<(), PlanError> {
    require(
        factor > 0.0 && factor <= 1.0,
        "training.schedule.factor",
        "must be above 0 and 1 at most: step sizes shrink",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_schedule_is_its_formula() {
        let factors = |schedule: Schedule| [0, 1, 2, 5, 10].map(|done| schedule.factor(done, 10));
        assert_eq!(factors(Schedule::default()), [1.0; 5]);
        assert_eq!(factors(Schedule::Step { every: 2, factor: 0.5 }), [1.0, 1.0, 0.5, 0.25, 0.03125]);
        assert_eq!(
            factors(Schedule::Exponential { factor: 0.5 }),
            [1.0, 0.5, 0.25, 0.03125, 0.5f64.powi(10)]
        );
        let cosine = factors(Schedule::Cosine { floor: 0.2 });
        assert_eq!((cosine[0], cosine[4]), (1.0, 0.2));
        assert!((cosine[3] - 0.6).abs() < 1e-12, "half way down");
        // A study whose rounds are run again has no more rounds than it has.
        assert_eq!(Schedule::Cosine { floor: 0.2 }.factor(20, 10), 0.2);
    }

    proptest! {
        #[test]
        fn step_sizes_only_shrink_and_stay_within_bounds(
            factor in 0.01f64..=1.0, floor in 0.0f64..=1.0, every in 1u64..20, rounds in 1u64..500,
        ) {
            for schedule in [
                Schedule::default(),
                Schedule::Step { every, factor },
                Schedule::Exponential { factor },
                Schedule::Cosine { floor },
            ] {
                prop_assert_eq!(schedule.factor(0, rounds), 1.0);
                for done in 0..rounds {
                    let (now, next) = (schedule.factor(done, rounds), schedule.factor(done + 1, rounds));
                    prop_assert!(next <= now && next >= 0.0, "{:?} {} {}", schedule, now, next);
                }
            }
        }
    }

    #[test]
    fn a_plan_says_only_what_differs_and_unknown_keys_are_refused() {
        let plain = r#"{"local_epochs":1,"batch_size":0,"learning_rate":0.1,"weight_decay":0.0,"seed":7}"#;
        let training: Training = serde_json::from_str(plain).unwrap();
        assert_eq!(serde_json::to_string(&training).unwrap(), plain);
        let with = |more: &str| {
            let text = plain.replacen('}', &format!(",{more}}}"), 1);
            serde_json::from_str::<Training>(&text)
        };
        let rich =
            with(r#""momentum":0.9,"proximal_mu":0.5,"schedule":{"kind":"step","every":3,"factor":0.5}"#)
                .unwrap();
        assert_eq!(rich.in_round(3, 9).learning_rate, 0.05);
        assert_eq!(serde_json::from_str::<Training>(&serde_json::to_string(&rich).unwrap()).unwrap(), rich);
        for bad in [
            r#""schedule":{"kind":"constant","factor":1}"#,
            r#""schedule":{"kind":"cosine","floor":0,"factor":1}"#,
            r#""schedule":{"kind":"linear"}"#,
            r#""control_variates":{"clip":1,"more":1}"#,
            r#""proximal":1"#,
        ] {
            assert!(with(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_nobody_could_train_by_is_refused_by_its_field() {
        let good = Training { local_epochs: 1, learning_rate: 0.1, ..Training::default() };
        assert_eq!(good.validate(), Ok(()));
        type Change = fn(&mut Training);
        let control = Some(ControlVariates { clip: 1.0 });
        let changes: [(&str, Change); 10] = [
            ("training.local_epochs", |t| t.local_epochs = 0),
            ("training.learning_rate", |t| t.learning_rate = f64::NAN),
            ("training.weight_decay", |t| t.weight_decay = -1.0),
            ("training.momentum", |t| t.momentum = 1.0),
            ("training.proximal_mu", |t| t.proximal_mu = f64::INFINITY),
            ("training.schedule.every", |t| t.schedule = Schedule::Step { every: 0, factor: 0.5 }),
            ("training.schedule.factor", |t| t.schedule = Schedule::Exponential { factor: 1.5 }),
            ("training.schedule.factor", |t| t.schedule = Schedule::Step { every: 1, factor: 0.0 }),
            ("training.schedule.floor", |t| t.schedule = Schedule::Cosine { floor: f64::NAN }),
            ("training.control_variates.clip", |t| {
                t.control_variates = Some(ControlVariates { clip: 0.0 });
            }),
        ];
        let with_momentum = Training { momentum: 0.5, control_variates: control, ..good.clone() };
        let near = Training { proximal_mu: 0.5, control_variates: control, ..good.clone() };
        let changed = changes.map(|(due, change)| {
            let mut bad = good.clone();
            change(&mut bad);
            (due, bad)
        });
        let both = [("training.control_variates", with_momentum), ("training.control_variates", near)];
        for (due, bad) in changed.into_iter().chain(both) {
            match bad.validate() {
                Err(PlanError::Field { field, .. }) => assert_eq!(field, due),
                other => panic!("{due}: {other:?}"),
            }
        }
    }
}
