//! How good a model's answers are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tributary_aggregation::study::Metric;

/// A model's answers could not be measured.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum MetricsError {
    /// No answers.
    #[error("there are no rows to measure a model on")]
    NoRows,
    /// Answers and labels do not belong together.
    #[error("{answers} answers of the model for {labels} rows")]
    Lengths {
        /// The model's answers.
        answers: usize,
        /// Labels.
        labels: usize,
    },
    /// Not a finite number.
    #[error("the model's answers are not finite numbers: its training diverged")]
    NotFinite,
    /// The metric needs rows of both classes.
    #[error("the AUC needs rows of both classes, but the rows are of one: choose another holdout or metric")]
    OneClass,
    /// The metric is of another sort of model.
    #[error("the study is scored by {0}, which its model does not give: choose another scoring.metric")]
    NotGiven(String),
}

/// How good a model's answers on some rows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number of rows.
    pub rows: usize,
    /// Area under the ROC curve: the chance that a positive row gets a higher answer than a negative one, ties counting
    /// half. `None` if the rows are of one class, or the answers are no logits.
    pub auc: Option<f64>,
    /// Share of rows classified right at probability one half (a logit of exactly 0 says negative). `None` if the answers
    /// are no logits.
    pub accuracy: Option<f64>,
    /// Mean log loss in nats. `None` if the answers are no logits.
    pub log_loss: Option<f64>,
    /// What training makes small: the mean log loss of a built-in model, or a module's own loss.
    pub loss: f64,
    /// A module's own metrics.
    pub named: BTreeMap<String, f64>,
}

impl Metrics {
    /// Of so many rows, with nothing measured yet.
    pub(super) const fn of(rows: usize) -> Self {
        Self { rows, auc: None, accuracy: None, log_loss: None, loss: 0.0, named: BTreeMap::new() }
    }
}

/// Measures logits against labels.
///
/// # Errors
/// If there are none, their numbers differ, or a logit is not finite.
pub fn measure(logits: &[f32], labels: &[bool]) -> Result<Metrics, MetricsError> {
    if logits.len() != labels.len() {
        return Err(MetricsError::Lengths { answers: logits.len(), labels: labels.len() });
    }
    if logits.is_empty() {
        return Err(MetricsError::NoRows);
    }
    if logits.iter().any(|logit| !logit.is_finite()) {
        return Err(MetricsError::NotFinite);
    }
    let rows = logits.len() as f64;
    let right = logits.iter().zip(labels).filter(|(logit, label)| (**logit > 0.0) == **label).count();
    let loss: f64 = logits.iter().zip(labels).map(|(logit, label)| log_loss(f64::from(*logit), *label)).sum();
    Ok(Metrics {
        rows: logits.len(),
        auc: auc(logits, labels),
        accuracy: Some(right as f64 / rows),
        log_loss: Some(loss / rows),
        loss: loss / rows,
        named: BTreeMap::new(),
    })
}

/// −ln of the probability given to the label: ln(1 + e^−z) without overflow, z the logit of what the row is.
fn log_loss(logit: f64, label: bool) -> f64 {
    let z = if label { logit } else { -logit };
    (-z).max(0.0) + (-z.abs()).exp().ln_1p()
}

/// By ranks (the Mann–Whitney statistic), ties sharing their mean rank; exact in integers up to the last division.
fn auc(logits: &[f32], labels: &[bool]) -> Option<f64> {
    let mut answers: Vec<(f32, bool)> = logits.iter().copied().zip(labels.iter().copied()).collect();
    answers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = labels.iter().filter(|label| **label).count() as u128;
    let negatives = labels.len() as u128 - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    // Twice the sum of the positives' ranks: of ties at places first..=last, each has rank (first + last) / 2.
    let (mut twice_ranks, mut below) = (0_u128, 0_u128);
    // `==` and not the total order: 0 and −0 are one answer.
    for ties in answers.chunk_by(|a, b| a.0 == b.0) {
        let count = ties.len() as u128;
        let positives = ties.iter().filter(|(_, label)| *label).count() as u128;
        twice_ranks += positives * (2 * below + count + 1);
        below += count;
    }
    let twice_pairs = twice_ranks - positives * (positives + 1);
    Some(twice_pairs as f64 / (2 * positives * negatives) as f64)
}

/// A metric's value in millionths: what coalitions' models are compared by.
///
/// # Errors
/// If the metric is the AUC and the rows were of one class, or the model does not give the metric.
pub fn utility_micros(metric: &Metric, metrics: &Metrics) -> Result<i64, MetricsError> {
    let not_given = |name: &str| MetricsError::NotGiven(name.escape_debug().to_string());
    let value = match metric {
        Metric::Auc if metrics.accuracy.is_none() => return Err(not_given("auc")),
        Metric::Auc => metrics.auc.ok_or(MetricsError::OneClass)?,
        Metric::Accuracy => metrics.accuracy.ok_or_else(|| not_given("accuracy"))?,
        Metric::NegLogLoss => -metrics.log_loss.ok_or_else(|| not_given("neg_log_loss"))?,
        Metric::NegLoss => -metrics.loss,
        Metric::Module(name) => *metrics.named.get(name).ok_or_else(|| not_given(name))?,
    };
    if !value.is_finite() {
        return Err(MetricsError::NotFinite);
    }
    Ok((value * 1e6).round() as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_answers() {
        let m = measure(&[0.0, 1.0, 2.0, 3.0], &[false, false, true, true]).unwrap();
        assert_eq!((m.rows, m.auc, m.accuracy), (4, Some(1.0), Some(0.75)));
        // scikit-learn's documentation of roc_auc_score: 0.75.
        let m = measure(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]).unwrap();
        assert_eq!(m.auc, Some(0.75));
        // All answers alike: ln 2, and no better than chance; 0 and −0 are one answer.
        let m = measure(&[0.0, -0.0, 0.0], &[true, false, false]).unwrap();
        assert_eq!(m.auc, Some(0.5));
        assert!((m.loss - std::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!((m.accuracy, m.log_loss), (Some(2.0 / 3.0), Some(m.loss)));
        // ln(1 + e^-1) and ln(1 + e^2).
        let m = measure(&[1.0, 2.0], &[true, false]).unwrap();
        assert!((m.loss - (0.313_261_687_518_222_8 + 2.126_928_011_042_972_5) / 2.0).abs() < 1e-12);
        assert_eq!(m.auc, Some(0.0));
    }

    #[test]
    fn extreme_answers_have_finite_losses() {
        let m = measure(&[f32::MAX, f32::MIN], &[false, true]).unwrap();
        assert!(m.loss.is_finite() && m.loss > 1e38);
        assert!(utility_micros(&Metric::NegLogLoss, &m).is_ok());
    }

    #[test]
    fn what_cannot_be_measured_is_an_error() {
        assert_eq!(measure(&[], &[]), Err(MetricsError::NoRows));
        assert_eq!(measure(&[1.0], &[]), Err(MetricsError::Lengths { answers: 1, labels: 0 }));
        assert_eq!(measure(&[f32::NAN], &[true]), Err(MetricsError::NotFinite));
        let one_class = measure(&[1.0, 2.0], &[true, true]).unwrap();
        assert_eq!(one_class.auc, None);
        assert_eq!(utility_micros(&Metric::Auc, &one_class), Err(MetricsError::OneClass));
        assert_eq!(utility_micros(&Metric::Accuracy, &one_class), Ok(1_000_000));
    }

    #[test]
    fn utilities_are_rounded_millionths() {
        let mut metrics = Metrics {
            auc: Some(2.0 / 3.0),
            accuracy: Some(1.0 / 3.0),
            log_loss: Some(0.25),
            loss: 1.5,
            ..Metrics::of(3)
        };
        metrics.named.insert("c_index".into(), 0.75);
        assert_eq!(utility_micros(&Metric::Auc, &metrics), Ok(666_667));
        assert_eq!(utility_micros(&Metric::Accuracy, &metrics), Ok(333_333));
        assert_eq!(utility_micros(&Metric::NegLogLoss, &metrics), Ok(-250_000));
        assert_eq!(utility_micros(&Metric::NegLoss, &metrics), Ok(-1_500_000));
        assert_eq!(utility_micros(&Metric::Module("c_index".into()), &metrics), Ok(750_000));
        let other = utility_micros(&Metric::Module("recall".into()), &metrics).unwrap_err();
        assert!(other.to_string().contains("scored by recall"), "{other}");
        for metric in [Metric::Auc, Metric::Accuracy, Metric::NegLogLoss] {
            assert!(matches!(utility_micros(&metric, &Metrics::of(3)), Err(MetricsError::NotGiven(_))));
        }
    }

    proptest! {
        #[test]
        fn the_auc_is_the_share_of_pairs_in_order(
            rows in prop::collection::vec((-3_i8..=3, any::<bool>()), 1..60),
        ) {
            let logits: Vec<f32> = rows.iter().map(|(x, _)| f32::from(*x) / 2.0).collect();
            let labels: Vec<bool> = rows.iter().map(|(_, label)| *label).collect();
            let (mut twice, mut pairs) = (0_u32, 0_u32);
            for (i, _) in labels.iter().enumerate().filter(|(_, label)| **label) {
                for (j, _) in labels.iter().enumerate().filter(|(_, label)| !**label) {
                    pairs += 1;
                    twice += if logits[i] > logits[j] { 2 } else { u32::from(logits[i] == logits[j]) };
                }
            }
            let brute = (pairs > 0).then(|| f64::from(twice) / f64::from(2 * pairs));
            prop_assert_eq!(measure(&logits, &labels).unwrap().auc, brute);
        }
    }
}
