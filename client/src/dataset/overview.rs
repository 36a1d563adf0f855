//! What a study's rows look like, all owners' together: histograms and counts that nobody sees of one owner.

use std::fmt;

use serde::Serialize;
use tributary_aggregation::study::{FeatureKind, LabelKind, OVERVIEW_BINS, OverviewBlock, Schema};

use super::statistics::StandardiserError;
use super::table::Table;

/// The overview's part of the statistics round's update of one owner: per block of [`Schema::overview`], the share of rows
/// in each bin or category. All in 0..=1; missing values are in none.
///
/// One row more or less, of n: in each block one number changes by at most 1 / n and the others by the change of n; one
/// row changed: two numbers of each block by 1 / n. With b blocks, the update moves by at most √(2 b) / n in L2.
#[must_use]
pub fn overview_update(table: &Table, schema: &Schema) -> Vec<f32> {
    let rows = table.rows() as f64;
    let mut update = Vec::with_capacity(schema.overview_len());
    let mut inputs = table.columns().iter();
    let mut add =
        |counts: Vec<u64>| update.extend(counts.into_iter().map(|count| (count as f64 / rows) as f32));
    for feature in &schema.features {
        match &feature.kind {
            FeatureKind::Numeric { .. } => {
                inputs.by_ref().take(1).for_each(|column| add(histogram(column.iter().flatten().copied())));
            }
            FeatureKind::Categorical { categories } => {
                let columns = inputs.by_ref().take(categories.len());
                add(columns
                    .map(|column| column.iter().filter(|value| **value == Some(1.0)).count() as u64)
                    .collect());
            }
        }
    }
    for (place, label) in schema.labels().enumerate() {
        let targets = table.targets().iter().skip(place).step_by(table.target_width());
        match &label.kind {
            LabelKind::Binary { .. } => add(classes(targets, 2)),
            LabelKind::Class { categories } => add(classes(targets, categories.len())),
            LabelKind::Number { low, high } => {
                add(histogram(targets.map(|target| (f64::from(*target) - low) / (high - low))));
            }
        }
    }
    update
}

/// Counts of values from 0 to 1.
fn histogram(values: impl Iterator<Item = f64>) -> Vec<u64> {
    let mut bins = vec![0; OVERVIEW_BINS];
    for value in values {
        let bin = (value * OVERVIEW_BINS as f64) as usize;
        if let Some(count) = bins.get_mut(bin.min(OVERVIEW_BINS - 1)) {
            *count += 1;
        }
    }
    bins
}

fn classes<'a>(targets: impl Iterator<Item = &'a f32>, classes: usize) -> Vec<u64> {
    let mut counts = vec![0; classes];
    for target in targets {
        if let Some(count) = counts.get_mut(*target as usize) {
            *count += 1;
        }
    }
    counts
}

/// The shares of all owners' rows, as they were summed.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    pub(super) rows: u64,
    pub(super) shares: Vec<f32>,
}

impl Shares {
    /// From the owners' weighted mean of [`overview_update`] and their weights' sum.
    ///
    /// # Errors
    /// If a share is not a finite number. Quantisation and noise may have moved shares beyond 0 to 1: they are brought back.
    pub fn new(rows: u64, mean: &[f32]) -> Result<Self, StandardiserError> {
        if let Some(index) = mean.iter().position(|share| !share.is_finite()) {
            return Err(StandardiserError::NotFinite(index));
        }
        Ok(Self { rows, shares: mean.iter().map(|share| share.clamp(0.0, 1.0)).collect() })
    }
}

impl Shares {
    /// Reads rows and shares from the front of an encoding, and gives what is left of it.
    pub(super) fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (rows, rest) = bytes.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let length = (u32::from_le_bytes(*count) as usize).checked_mul(4)?;
        let (shares, rest) = rest.split_at_checked(length)?;
        let shares: Vec<f32> =
            shares.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let possible = !shares.is_empty() && shares.iter().all(|share| (0.0..=1.0).contains(share));
        possible.then_some((Self { rows: u64::from_le_bytes(*rows), shares }, rest))
    }
}

/// What the researcher is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// Rows of all owners in the statistics round, as they claimed.
    pub rows: u64,
    /// The study's columns: features, then labels.
    pub columns: Vec<ColumnOverview>,
}

/// One column of all owners' rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnOverview {
    /// Its name.
    pub column: String,
    /// The numbers' unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Rows without a value.
    pub missing: u64,
    /// Of numbers: the 5th, 25th, 50th, 75th and 95th percentile, linear within a sixteenth of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentiles: Option<[f64; 5]>,
    /// Rows in each bin or category.
    pub counts: Vec<Count>,
}

/// A bin or a category.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Count {
    /// The word, or the bin's ends.
    pub of: String,
    /// Rows, to the nearest whole one.
    pub rows: u64,
}

impl Overview {
    /// What the shares say about a study's columns.
    ///
    /// # Errors
    /// If there are not as many as the study's columns give.
    pub fn new(schema: &Schema, shares: &Shares) -> Result<Self, StandardiserError> {
        if shares.shares.len() != schema.overview_len() {
            return Err(StandardiserError::Length(shares.shares.len()));
        }
        let mut rest = &shares.shares[..];
        let columns = schema.overview().map(|block| {
            let (own, after) = rest.split_at(block.kind.len().min(rest.len()));
            rest = after;
            ColumnOverview::new(&block, own, shares.rows)
        });
        Ok(Self { rows: shares.rows, columns: columns.collect() })
    }
}

impl ColumnOverview {
    fn new(block: &OverviewBlock<'_>, shares: &[f32], rows: u64) -> Self {
        use tributary_aggregation::study::OverviewKind;
        let of = |share: f64| (share * rows as f64).round() as u64;
        let present: f64 = shares.iter().map(|share| f64::from(*share)).sum();
        let words: Vec<String> = match &block.kind {
            OverviewKind::Words(words) => words.to_vec(),
            OverviewKind::TwoClasses { positive_above } => {
                vec![format!("at most {positive_above}"), format!("above {positive_above}")]
            }
            OverviewKind::Range { low, high } => {
                let end = |bin: usize| low + (high - low) * bin as f64 / OVERVIEW_BINS as f64;
                (0..OVERVIEW_BINS).map(|bin| format!("{} to {}", end(bin), end(bin + 1))).collect()
            }
        };
        let percentiles = match &block.kind {
            OverviewKind::Range { low, high } if present > 0.0 => Some(
                [0.05, 0.25, 0.5, 0.75, 0.95]
                    .map(|share| low + (high - low) * quantile(shares, share * present)),
            ),
            _ => None,
        };
        let counts = words.into_iter().zip(shares);
        Self {
            column: block.name.to_owned(),
            unit: block.unit.map(str::to_owned),
            missing: of((1.0 - present).max(0.0)),
            percentiles,
            counts: counts.map(|(word, share)| Count { of: word, rows: of(f64::from(*share)) }).collect(),
        }
    }
}

/// Where in 0 to 1 `due` of the shares lie below.
fn quantile(shares: &[f32], due: f64) -> f64 {
    let mut below = 0.0;
    for (bin, share) in shares.iter().enumerate() {
        let share = f64::from(*share);
        if share > 0.0 && below + share >= due {
            return (bin as f64 + (due - below) / share) / shares.len() as f64;
        }
        below += share;
    }
    1.0
}

/// For a terminal: names are the researcher's, and escaped.
impl fmt::Display for Overview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.rows)?;
        for column in &self.columns {
            let unit =
                column.unit.as_ref().map_or_else(String::new, |unit| format!(" {}", unit.escape_debug()));
            write!(f, "\n  {}: {} missing; ", column.column.escape_debug(), column.missing)?;
            if let Some([p5, p25, p50, p75, p95]) = column.percentiles {
                write!(
                    f,
                    "percentiles 5 / 25 / 50 / 75 / 95: {p5:.4} / {p25:.4} / {p50:.4} / {p75:.4} / {p95:.4}{unit}"
                )?;
            } else {
                let counts: Vec<String> = column
                    .counts
                    .iter()
                    .map(|count| format!("{} × {}", count.rows, count.of.escape_debug()))
                    .collect();
                f.write_str(&counts.join(", "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
