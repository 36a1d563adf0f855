//! Prints the tables of `docs/PRIVACY.md`: what a study spends, and how much noise a budget needs.
//!
//! `cargo run -p tributary-aggregation --example privacy`

use tributary_aggregation::plan::{Norm, RoundPlan, RoundPlanParams};
use tributary_aggregation::privacy::{least_multiplier, zcdp_epsilon};

const DELTA: f64 = 1e-5;
const ROUNDS: [u32; 4] = [1, 10, 30, 100];
const PARAMETERS: usize = 10_000;

/// A round of a model of 10000 parameters at 16 bits, with the noise of three owners counted on.
fn round(multiplier: f64) -> Option<RoundPlan> {
    let params = RoundPlanParams {
        vector_len: PARAMETERS,
        bits: 16,
        norm: Norm::L2(1.0),
        max_weight: 1,
        max_owners: 16,
        min_group: 4,
    };
    RoundPlan::new(params).ok()?.with_noise(multiplier, 3).ok()
}

fn epsilon(multiplier: f64, rounds: u32) -> f64 {
    round(multiplier)
        .map_or(f64::INFINITY, |plan| zcdp_epsilon(plan.release_zcdp() * f64::from(rounds), DELTA))
}

fn table(head: &str, rows: &[f64], cell: impl Fn(f64, u32) -> String) -> String {
    let mut lines = vec![
        format!("| {head} | {} |", ROUNDS.map(|rounds| format!("{rounds} opened")).join(" | ")),
        "|---|---|---|---|---|".to_owned(),
    ];
    for row in rows {
        lines.push(format!("| {row} | {} |", ROUNDS.map(|rounds| cell(*row, rounds)).join(" | ")));
    }
    lines.join("\n")
}

fn main() {
    let spent = table("noise multiplier", &[0.5, 1.0, 2.0, 4.0, 8.0, 16.0], |multiplier, rounds| {
        format!("{:.2}", epsilon(multiplier, rounds))
    });
    println!("epsilon at delta 1e-5, by sums that an owner is in\n\n{spent}\n");
    let needed = table("epsilon", &[1.0, 2.0, 4.0, 8.0], |target, rounds| {
        least_multiplier(target, |multiplier| epsilon(multiplier, rounds))
            .map_or_else(|| "none".into(), |multiplier| format!("{multiplier:.2}"))
    });
    println!("least noise multiplier for an epsilon at delta 1e-5\n\n{needed}");
}
