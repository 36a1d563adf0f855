//! The statistics round of a study that protects its owners: no rows in it, or noise on its sum.

use tributary_aggregation::study::StudyPlan;

use super::statistics::{Standardiser, StandardiserError, statistics_update, statistics_vector};
use super::table::Table;

/// What an input is taken for of which nothing is known but its range: there in every row, with the mean and the mean of
/// squares of the uniform distribution on \[0, 1\].
const UNKNOWN: [f32; 3] = [1.0, 0.5, 1.0 / 3.0];
/// What statistics are taken from where they carry noise: the middle of their range, so that no vector is long.
const MIDDLE: f32 = 0.5;
/// Noise can make any share or variance zero. An input is not taken as rarer than this,
const LEAST_SHARE: f32 = 0.05;
/// nor its standard deviation as less than a twelfth of its range.
const LEAST_VARIANCE: f32 = 1.0 / 144.0;

/// What an owner sends in a study's statistics round: [`statistics_vector`], unless the plan protects the owner. Then it is
/// the same vector for everybody, or one that is taken from the middle of its range, for noise to be added to.
#[must_use]
pub fn statistics_report(plan: &StudyPlan, table: &Table) -> Vec<f32> {
    if plan.scales_by_range() {
        return UNKNOWN.repeat(plan.schema.standardised());
    }
    if plan.statistics_noise().is_none() {
        return statistics_vector(table, &plan.schema);
    }
    statistics_update(table).iter().map(|value| value - MIDDLE).collect()
}

/// The standardiser that a study's opened mean of [`statistics_report`] and the sum of its weights lead to.
///
/// # Errors
/// If the vector is not the study's, or holds what is no finite number.
pub fn standardiser(plan: &StudyPlan, mean: &[f32], weight: u64) -> Result<Standardiser, StandardiserError> {
    if plan.statistics_noise().is_none() {
        return Standardiser::from_sum(mean, weight, &plan.schema);
    }
    let (inputs, rest) = mean.as_chunks::<3>();
    if !rest.is_empty() {
        return Err(StandardiserError::Length(mean.len()));
    }
    let possible = inputs.iter().flat_map(|[share, sum, squares]| {
        let share = (share + MIDDLE).clamp(LEAST_SHARE, 1.0);
        let mean = ((sum + MIDDLE) / share).clamp(0.0, 1.0);
        let variance = ((squares + MIDDLE) / share - mean * mean).clamp(LEAST_VARIANCE, 0.25);
        [share, mean * share, (variance + mean * mean) * share]
    });
    Standardiser::from_mean_statistics(&possible.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Mapping;
    use crate::policy::tests::{plan, private_plan};

    fn table(plan: &StudyPlan) -> Table {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.csv");
        std::fs::write(&path, "age,ill\n30,0\n60,1\n90,1\n").unwrap();
        Table::for_training(&path, &plan.schema, &Mapping::default()).unwrap()
    }

    #[test]
    fn without_noise_on_the_statistics_nothing_of_the_rows_is_sent() {
        let plan = private_plan(None);
        assert_eq!(statistics_report(&plan, &table(&plan)), UNKNOWN);
        // The middle of the range becomes 0, its ends ±√3.
        let examples = standardiser(&plan, &UNKNOWN, 4).unwrap().apply(&table(&plan)).unwrap();
        for (input, due) in examples.inputs().iter().zip([-0.866, 0.0, 0.866]) {
            assert!((input - due).abs() < 1e-3, "{input}");
        }
    }

    #[test]
    fn noisy_statistics_are_taken_from_the_middle_and_lead_back() {
        let plan = private_plan(Some(0.1));
        let table = table(&plan);
        let report = statistics_report(&plan, &table);
        assert!(report.iter().all(|value| value.abs() <= 0.5));
        let noisy = standardiser(&plan, &report, 1).unwrap().apply(&table).unwrap();
        let exact = Standardiser::from_table(&table).apply(&table).unwrap();
        for (noisy, exact) in noisy.inputs().iter().zip(exact.inputs()) {
            assert!((noisy - exact).abs() < 1e-4, "{noisy} {exact}");
        }
    }

    #[test]
    fn no_noise_makes_an_input_vanish_or_explode() {
        let plan = private_plan(Some(0.1));
        for noisy in [[-9.0, 9.0, -9.0], [9.0, -9.0, 9.0], [-0.5, 0.5, 0.5]] {
            let standardiser = standardiser(&plan, &noisy, 4).unwrap();
            let examples = standardiser.apply(&table(&plan)).unwrap();
            assert!(examples.inputs().iter().all(|input| input.abs() <= 12.0));
            assert!(examples.inputs()[0] != examples.inputs()[1], "{noisy:?}");
        }
        assert!(standardiser(&plan, &[0.0; 2], 4).is_err());
    }

    #[test]
    fn a_study_without_privacy_is_as_it_was() {
        let table = table(&plan());
        assert_eq!(statistics_report(&plan(), &table), statistics_update(&table));
    }
}
