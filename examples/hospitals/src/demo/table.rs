//! The end of the demo: tables that a person can read, and how to look further.

use std::fmt::Write as _;
use std::time::Duration;

use hospitals::audit::Audit;
use hospitals::measure::Metrics;
use hospitals::outcome::{Hospital, Outcome};
use hospitals::study::Study;

use super::shown;

/// The token's smallest units in a hundredth of a token.
const HUNDREDTH: u128 = 10_u128.pow(16);

/// All of it.
pub fn summary(study: &Study, outcome: &Outcome, audit: &Audit, took: Duration) -> String {
    let mut text = format!("{}\n{}\n{}", models(outcome), pay(outcome), gas(outcome));
    let verdict = audit.last_line();
    let _ = writeln!(text, "  audit   {verdict}");
    let _ = writeln!(text, "  time    {:.1} seconds in all", took.as_secs_f64());
    text + &further(study)
}

fn pair(metrics: &Metrics) -> String {
    let show = |value: Option<f64>| value.map_or_else(|| "  -  ".to_owned(), |value| format!("{value:.3}"));
    format!("{} / {}", show(metrics.accuracy), show(metrics.auc))
}

/// Accuracy and AUC: alone, federated, pooled.
fn models(outcome: &Outcome) -> String {
    let mut text = String::from("\n  THE MODEL: accuracy / AUC\n\n");
    let line = |text: &mut String, cells: [&str; 6]| {
        let [name, rows, alone_all, alone, federated, pooled] = cells;
        let line = format!("  {name:<14}{rows:>6}   {alone_all:<15} │ {alone:<15}{federated:<15}{pooled}");
        let _ = writeln!(text, "{}", line.trim_end());
    };
    line(&mut text, ["", "", "on all four", "on the hospital's own test set", "", ""]);
    line(&mut text, ["trained by", "rows", "test sets", "alone", "federated", "pooled"]);
    for hospital in &outcome.hospitals {
        let cells =
            [&hospital.alone, &hospital.alone_own, &hospital.federated_own, &hospital.pooled_own].map(pair);
        let [alone_all, alone, federated, pooled] = cells.each_ref().map(String::as_str);
        line(&mut text, [&hospital.title, &hospital.rows.to_string(), alone_all, alone, federated, pooled]);
    }
    let rows: usize = outcome.hospitals.iter().map(|hospital| hospital.rows).sum();
    line(&mut text, ["all, federated", &rows.to_string(), &pair(&outcome.federated), "", "", ""]);
    line(&mut text, ["all, pooled", &rows.to_string(), &pair(&outcome.pooled), "", "", ""]);
    text
}

/// Scores, tokens and claims.
fn pay(outcome: &Outcome) -> String {
    let due: u128 = outcome.hospitals.iter().map(|hospital| hospital.due).sum();
    let mut text = format!(
        "  THE PAY: {} tokens for {} rounds, by each hospital's score (Shapley values on the researcher's holdout)\n\n",
        tokens(due),
        outcome.settlements.len()
    );
    let _ = writeln!(
        text,
        "  {:<14}{:>9}{:>8}{:>12}   claimed by transaction",
        "hospital", "score", "share", "paid"
    );
    for hospital in &outcome.hospitals {
        let Hospital { title, score, due: owed, paid, claim, .. } = hospital;
        let share = if due == 0 { 0.0 } else { 100.0 * *owed as f64 / due as f64 };
        let claim = claim.as_deref().map_or_else(|| unclaimed(*owed), str::to_owned);
        let _ = writeln!(text, "  {title:<14}{score:>9.4}{share:>6.1} %{:>12}   {claim}", tokens(*paid));
        if let Some(notes) = notes(hospital) {
            let _ = writeln!(text, "{:>45}{notes}", "");
        }
    }
    text
}

fn unclaimed(owed: u128) -> String {
    match owed {
        0 => "nothing to claim".to_owned(),
        owed => format!("not claimed: the contract holds {} tokens for it", tokens(owed)),
    }
}

fn notes(hospital: &Hospital) -> Option<String> {
    let cut = hospital.cut.iter().map(|(round, reason)| format!("cut in round {round} ({reason})"));
    let missed = match hospital.missed.as_slice() {
        [] => None,
        [round] => Some(format!("not there in round {round}")),
        rounds => Some(format!("not there in {} rounds", rounds.len())),
    };
    let notes: Vec<String> = cut.chain(missed).collect();
    (!notes.is_empty()).then(|| notes.join(", "))
}

fn gas(outcome: &Outcome) -> String {
    let gas: Vec<u64> = outcome.settlements.iter().map(|settlement| settlement.gas).collect();
    let (Some(least), Some(most)) = (gas.iter().min(), gas.iter().max()) else {
        return "  gas     nothing was settled\n".to_owned();
    };
    let mean = gas.iter().sum::<u64>() / gas.len() as u64;
    let mut text =
        format!("  gas     {mean} per settlement ({least} to {most}), {} settlements\n", gas.len());
    for abort in &outcome.aborted {
        let absent = if abort.absent.is_empty() { "nobody".to_owned() } else { abort.absent.join(", ") };
        let (round, attempt, reason) = (abort.round, abort.attempt, &abort.reason);
        let _ = writeln!(
            text,
            "  aborted round {round}, attempt {attempt}: {reason}; waited in vain for {absent}"
        );
    }
    text
}

/// Whole tokens and hundredths, rounded down.
fn tokens(units: u128) -> String {
    let hundredths = units / HUNDREDTH;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Where the files are, and commands to copy.
fn further(study: &Study) -> String {
    let layout = study.layout();
    let path = |path: std::path::PathBuf| shown(&path).display().to_string();
    let programs = std::env::current_exe().unwrap_or_default();
    let program = |name: &str| path(programs.with_file_name(name));
    let tests: String = study
        .sites()
        .iter()
        .fold(String::new(), |text, site| text + " \\\n        --test " + &path(site.test.clone()));
    let chain_args: String = study.chain_process_args().iter().fold(String::new(), |text, arg| {
        let separator = if arg == "--fund" { " \\\n        " } else { " " };
        text + separator + &path(arg.into())
    });
    format!(
        "\n  All files are in {root}. To look further:\n\n    \
         {chain} --listen 127.0.0.1:8545{chain_args} &\n    \
         {tributary} audit {study} \\\n        --rpc http://127.0.0.1:8545 --deployment {deployment} \\\n        \
         --artifacts {artifacts}\n    \
         {tributary} evaluate --plan {plan} --model {model}{tests}\n",
        root = path(layout.root().to_owned()),
        chain = program("tributary-devchain"),
        tributary = program("tributary"),
        study = study.id(),
        deployment = path(layout.deployments()),
        artifacts = path(layout.artifacts()),
        plan = path(layout.plan()),
        model = path(layout.model()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: u128 = 10_u128.pow(18);

    fn metrics(accuracy: f64, auc: Option<f64>) -> Metrics {
        Metrics { rows: 10, auc, accuracy: Some(accuracy), loss: 0.5 }
    }

    fn hospital(title: &str, due: u128, paid: u128) -> Hospital {
        Hospital {
            name: title.to_lowercase(),
            title: title.into(),
            rows: 182,
            alone_own: metrics(0.8, Some(0.9)),
            alone: metrics(0.7, Some(0.8)),
            federated_own: metrics(0.82, Some(0.91)),
            pooled_own: metrics(0.83, None),
            score: 0.0123,
            due,
            paid,
            claim: (paid > 0).then(|| "0xabc".into()),
            cut: Vec::new(),
            missed: Vec::new(),
        }
    }

    fn outcome(hospitals: Vec<Hospital>) -> Outcome {
        Outcome {
            study: "0x1".into(),
            rounds: 2,
            hospitals,
            federated: metrics(0.81, Some(0.88)),
            pooled: metrics(0.82, Some(0.89)),
            settlements: Vec::new(),
            aborted: Vec::new(),
        }
    }

    #[test]
    fn amounts_are_rounded_down_to_hundredths() {
        assert_eq!(tokens(0), "0.00");
        assert_eq!(tokens(TOKEN), "1.00");
        assert_eq!(tokens(1234 * TOKEN + 569 * TOKEN / 1000), "1234.56");
        assert_eq!(tokens(HUNDREDTH - 1), "0.00");
    }

    #[test]
    fn who_was_cut_and_who_did_not_claim_is_said() {
        let mut dropped = hospital("Hungary", 50 * TOKEN, 0);
        dropped.cut = vec![(2, "silent".into())];
        dropped.missed = vec![3, 4];
        let text = pay(&outcome(vec![hospital("Cleveland", 150 * TOKEN, 150 * TOKEN), dropped]));
        assert!(text.contains("  75.0 %      150.00   0xabc"), "{text}");
        assert!(
            text.contains("  25.0 %        0.00   not claimed: the contract holds 50.00 tokens for it"),
            "{text}"
        );
        assert!(text.contains("cut in round 2 (silent), not there in 2 rounds"), "{text}");
    }

    #[test]
    fn columns_stand_below_each_other() {
        let text = models(&outcome(vec![hospital("Cleveland", 0, 0), hospital("VA Long Beach", 0, 0)]));
        let bars: Vec<usize> = text.lines().filter_map(|line| line.find('│')).collect();
        assert_eq!(bars.len(), 6, "{text}");
        assert!(bars.iter().all(|bar| *bar == bars[0]), "{text}");
        assert!(text.contains("0.830 /   -\n"), "{text}");
    }

    #[test]
    fn a_study_without_settlements_has_no_gas() {
        assert!(gas(&outcome(Vec::new())).contains("nothing was settled"));
    }
}
