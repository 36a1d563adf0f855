//! SCAFFOLD's control variates: Karimireddy et al., *SCAFFOLD: Stochastic Controlled Averaging for Federated Learning*
//! (ICML 2020), Algorithm 1, option II.
//!
//! Owner i's variate cᵢ says where its gradient points, the study's c where all owners' do; an owner steps by
//! gradient − cᵢ + c. In the paper c moves by |S|/N times the mean of the changes. Here owners count by their rows, in the
//! mean as everywhere, since the study's loss is the mean over rows: c stands for Σ nᵢcᵢ / Σ nᵢ.

use super::{Memory, ModelState, OptimizerError};

/// An owner's correction of each gradient: c − cᵢ. `own` is cᵢ; none is zero, as it is before the owner's first round.
///
/// # Errors
/// If `own` has another length than the model.
pub fn correction(state: &ModelState, own: Option<&[f32]>) -> Result<Vec<f32>, OptimizerError> {
    let count = state.weights.len();
    check_len(count, own.map_or(count, <[f32]>::len))?;
    let of = |index: usize| own.map_or(0.0, |own| own[index]);
    Ok((0..count).map(|index| (server(state, index) - f64::from(of(index))) as f32).collect())
}

/// The change of an owner's variate, option II: cᵢ⁺ − cᵢ = −c + (x − y)/(K·η), with `delta` = y − x, `steps` = K and
/// `learning_rate` = η.
///
/// # Errors
/// If `delta` has another length than the model, or no step was made.
pub fn control_delta(
    state: &ModelState,
    delta: &[f32],
    steps: u64,
    learning_rate: f64,
) -> Result<Vec<f32>, OptimizerError> {
    check_len(state.weights.len(), delta.len())?;
    if steps == 0 {
        return Err(OptimizerError::NoSteps);
    }
    let way = steps as f64 * learning_rate;
    let change = |(index, &delta): (usize, &f32)| (-server(state, index) - f64::from(delta) / way) as f32;
    Ok(delta.iter().enumerate().map(change).collect())
}

/// Moves the study's variate by the owners' changes: each group's mean change with its weight (rows). What owners that were
/// not in the sums have is taken to stand: the changes count by the share of these rows in the most rows of any round.
///
/// # Errors
/// If a group's mean has another length than the model.
pub fn step_control(state: &mut ModelState, groups: &[(Vec<f32>, u64)]) -> Result<(), OptimizerError> {
    let count = state.weights.len();
    for (change, _) in groups {
        check_len(count, change.len())?;
    }
    let rows: u64 = groups.iter().fold(0, |sum, (_, rows)| sum.saturating_add(*rows));
    let Memory { control, most_rows, .. } = &mut state.memory;
    let most = most_rows.map_or(rows, |most| most.max(rows));
    let control = control.get_or_insert_with(|| vec![0.0; count]);
    for (change, rows) in groups.iter().filter(|(_, rows)| *rows > 0) {
        // At least one row is among the most.
        let share = *rows as f64 / most as f64;
        control.iter_mut().zip(change).for_each(|(control, change)| *control += share * f64::from(*change));
    }
    *most_rows = Some(most);
    match control.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(OptimizerError::Diverged { index }),
        None => Ok(()),
    }
}

fn server(state: &ModelState, index: usize) -> f64 {
    state.memory.control.as_ref().and_then(|control| control.get(index)).copied().unwrap_or(0.0)
}

fn check_len(expected: usize, got: usize) -> Result<(), OptimizerError> {
    if expected == got { Ok(()) } else { Err(OptimizerError::Length { expected, got }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state(control: Option<Vec<f64>>) -> ModelState {
        ModelState { weights: vec![0.0; 2], round: 0, memory: Memory { control, ..Memory::default() } }
    }

    #[test]
    fn option_two_by_hand() {
        let state = state(Some(vec![0.5, -1.0]));
        assert_eq!(correction(&state, Some(&[0.25, 1.0])), Ok(vec![0.25, -2.0]));
        assert_eq!(correction(&state, None), Ok(vec![0.5, -1.0]));
        // Two steps of 0.25: the way is half a gradient.
        assert_eq!(control_delta(&state, &[-1.0, 0.5], 2, 0.25), Ok(vec![1.5, 0.0]));
        assert_eq!(
            control_delta(&state, &[-1.0], 2, 0.25),
            Err(OptimizerError::Length { expected: 2, got: 1 })
        );
        assert_eq!(control_delta(&state, &[0.0; 2], 0, 0.25), Err(OptimizerError::NoSteps));
        assert!(correction(&state, Some(&[0.0; 3])).is_err());
    }

    #[test]
    fn rows_that_are_absent_keep_what_they_had() {
        let mut state = state(None);
        step_control(&mut state, &[(vec![4.0, 0.0], 3), (vec![0.0, 8.0], 1)]).unwrap();
        assert_eq!((state.memory.control.clone(), state.memory.most_rows), (Some(vec![3.0, 2.0]), Some(4)));
        // One row of four takes part: a quarter of its change.
        step_control(&mut state, &[(vec![4.0, -8.0], 1)]).unwrap();
        assert_eq!((state.memory.control.clone(), state.memory.most_rows), (Some(vec![4.0, 0.0]), Some(4)));
        assert!(step_control(&mut state, &[(vec![0.0], 1)]).is_err());
    }

    proptest! {
        /// The invariant that SCAFFOLD rests on, with owners that come and go.
        #[test]
        fn the_studys_variate_is_the_mean_of_the_owners_by_rows(
            rows in prop::collection::vec(1u64..100, 2..5),
            rounds in prop::collection::vec(prop::collection::vec((-1f32..1.0, any::<bool>()), 4), 1..6),
        ) {
            let mut state = ModelState { weights: vec![0.0], round: 0, memory: Memory::default() };
            let mut own = vec![0.0f64; rows.len()];
            for (number, round) in rounds.iter().enumerate() {
                let mut groups = Vec::new();
                for (owner, &(change, present)) in round.iter().take(rows.len()).enumerate() {
                    // All are there in the first round.
                    if present || number == 0 {
                        own[owner] += f64::from(change);
                        groups.push((vec![change], rows[owner]));
                    }
                }
                step_control(&mut state, &groups).unwrap();
            }
            let all: u64 = rows.iter().take(4).sum();
            let mean: f64 = rows.iter().zip(&own).map(|(rows, own)| *rows as f64 * own).sum::<f64>() / all as f64;
            prop_assert!((state.memory.control.unwrap()[0] - mean).abs() < 1e-9);
        }
    }
}
