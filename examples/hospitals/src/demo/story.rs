//! What is worth a line of its own while a study runs, above all who was cut and why.

use std::io::IsTerminal as _;

use anyhow::Result;
use hospitals::event::Event;
use hospitals::record::Transcript;
use hospitals::study::{Role, Study, Told, What};

/// Turns what is told into lines.
#[derive(Default)]
pub struct Story {
    /// Who was missing from the last round: said once.
    missing: Vec<String>,
    metric: Option<Metric>,
}

/// What the study measures on the researcher's holdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    Auc,
    Accuracy,
    LogLoss,
}

impl Metric {
    /// A utility in millionths, for people: a loss is shown as one, though the study maximises its negative.
    pub fn show(self, micros: i64) -> String {
        let value = micros as f64 / 1e6;
        match self {
            Self::Auc => format!("AUC {value:.4}"),
            Self::Accuracy => format!("accuracy {value:.4}"),
            Self::LogLoss => format!("log loss {:.4}", -value),
        }
    }
}

/// Red on a terminal.
pub fn loud(text: String) -> String {
    if std::io::stdout().is_terminal() { format!("\u{1b}[1;31m{text}\u{1b}[0m") } else { text }
}

impl Story {
    /// The metric of a plan.
    pub fn metric(plan: &serde_json::Value) -> Metric {
        match plan["scoring"]["metric"].as_str() {
            Some("auc") => Metric::Auc,
            Some("accuracy") => Metric::Accuracy,
            _ => Metric::LogLoss,
        }
    }

    /// The lines that something told is worth.
    pub fn lines(&mut self, study: &Study, told: &Told) -> Result<Vec<String>> {
        let (name, is_researcher) = (study.name(told.role), told.role == Role::Researcher);
        let What::Event(event) = &told.what else { return Ok(Vec::new()) };
        Ok(match event {
            Event::DataRead { rows, positive: None } => vec![format!("{name}: {rows} rows")],
            Event::DataRead { rows, positive: Some(positive) } => {
                vec![format!("{name}: {rows} rows, {positive} of them with the disease")]
            }
            Event::GroupJoined { members } if is_researcher => {
                vec![format!("the group is formed: {members} members, encrypted end to end (MLS)")]
            }
            Event::CommitteeReady { .. } if is_researcher => {
                vec!["the committee's key, made by the hospitals together, is on chain".to_owned()]
            }
            Event::DealersDropped { owners } => {
                let names: Vec<&str> = owners.iter().map(|owner| study.name_of(owner)).collect();
                vec![loud(format!("{name}: the key generation is repeated without {}", names.join(", ")))]
            }
            Event::Aborted { round, attempt, reason, absent } if is_researcher => {
                let names: Vec<&str> = absent.iter().map(|owner| study.name_of(owner)).collect();
                let silent = if names.is_empty() {
                    String::new()
                } else {
                    format!("; waited for {}", names.join(", "))
                };
                vec![loud(format!("round {round}, attempt {attempt}, is ABORTED: {reason}{silent}"))]
            }
            Event::AgainstRows { .. } => {
                vec![loud(format!("{name}: the model contradicts its labels: are the classes swapped?"))]
            }
            Event::Refused { reason } => vec![loud(format!("{name} REFUSED: {reason}"))],
            Event::Settled { round: 0, .. } if is_researcher => {
                vec![
                    "round 0: everybody knows the features' means and spreads, nobody whose they are"
                        .to_owned(),
                ]
            }
            Event::Settled { round, utility_micros, transaction: Some(_), gas_used } if is_researcher => {
                let metric = *self.metric.get_or_insert(Self::metric(&study.plan()?));
                let metric =
                    utility_micros.map_or_else(String::new, |micros| format!("{}, ", metric.show(micros)));
                let mut lines = vec![format!("round {round}: {metric}settled with {gas_used} gas")];
                if let Some(transcript) = study.transcripts()?.get(round) {
                    lines.extend(self.absences(study, transcript));
                }
                lines
            }
            Event::Ended { completed: true, reason } if is_researcher => {
                vec![format!("the study is complete: {reason}")]
            }
            Event::Ended { completed: false, reason } if is_researcher => {
                vec![loud(format!("the study was ABORTED: {reason}"))]
            }
            _ => Vec::new(),
        })
    }

    fn absences(&mut self, study: &Study, transcript: &Transcript) -> Vec<String> {
        let round = transcript.round;
        let mut lines: Vec<String> = transcript
            .cut()
            .map(|cut| {
                let (name, reason) = (study.name_of(&cut.owner), &cut.reason);
                loud(format!(
                    "round {round}: {name} was CUT ({reason}); the committee took its masks out, the round counts without it"
                ))
            })
            .collect();
        let owners = study.owners().into_iter().map(|role| study.address(role).to_owned());
        let missing: Vec<String> = owners.filter(|owner| transcript.is_missing(owner)).collect();
        let news = missing.iter().filter(|owner| !self.missing.contains(owner));
        lines.extend(news.map(|owner| {
            loud(format!("round {round} is without {}, which was not there", study.name_of(owner)))
        }));
        self.missing = missing;
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metric_is_shown_as_people_know_it() {
        let metric = |name: &str| Story::metric(&serde_json::json!({ "scoring": { "metric": name } }));
        assert_eq!(metric("neg_log_loss").show(-412_345), "log loss 0.4123");
        assert_eq!(metric("auc").show(871_000), "AUC 0.8710");
        assert_eq!(metric("accuracy").show(500_000), "accuracy 0.5000");
    }
}
