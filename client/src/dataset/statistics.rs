//! Means and variances of the model's inputs, summed over owners without anybody seeing one owner's.

use thiserror::Error;
use tributary_aggregation::study::Schema;

use super::examples::Examples;
use super::images::Images;
use super::overview::{Overview, Shares, overview_update};
use super::table::Table;

/// An input that fewer than this share of all rows have carries nothing: its mean would be noise of the quantisation.
const MIN_SHARE: f64 = 1e-3;
/// An input whose standard deviation is below 1 % of its range is taken as constant, for the same reason.
const MIN_VARIANCE: f64 = 1e-4;
/// First byte of an encoded standardiser.
const ENCODING: u8 = 1;
/// The same, of one that comes with an overview.
const WITH_OVERVIEW: u8 = 2;

/// Why statistics, or an encoded standardiser, were refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StandardiserError {
    /// Not three numbers per input.
    #[error("{0} statistics are not three per model input: the sum was made for another study")]
    Length(usize),
    /// Not a finite number.
    #[error("statistic {0} is not a finite number")]
    NotFinite(usize),
    /// The rows have another number of inputs.
    #[error(
        "the rows have {rows} model inputs, the statistics {statistics}: they belong to different studies"
    )]
    Inputs {
        /// Inputs of the rows.
        rows: usize,
        /// Inputs of the statistics.
        statistics: usize,
    },
    /// The bytes are not an encoded standardiser.
    #[error("encoded standardiser, {0}")]
    Encoding(&'static str),
}

/// The statistics round's update of one owner, weighted by its rows: per model input, the share of rows that have it, then
/// the sum of its normalised values over the rows, divided by the rows, then that of their squares. 3 × inputs, all in
/// 0..=1.
///
/// The weighted mean of several owners' updates is the update of all their rows together. Of images there are statistics
/// per channel, over its pixels.
///
/// One row more or less, of n: no number changes by more than 1 / n.
#[must_use]
pub fn statistics_update(table: &Table) -> Vec<f32> {
    if let Some(images) = table.images() {
        return image_statistics(images);
    }
    let rows = table.rows() as f64;
    let mut update = Vec::with_capacity(3 * table.inputs());
    for column in table.columns() {
        let (mut present, mut sum, mut squares) = (0.0_f64, 0.0, 0.0);
        for value in column.iter().flatten() {
            present += 1.0;
            sum += value;
            squares += value * value;
        }
        update.extend([present, sum, squares].map(|total| (total / rows) as f32));
    }
    update
}

/// All that the statistics round sums: [`statistics_update`], then the overview if the study asks for one.
#[must_use]
pub fn statistics_vector(table: &Table, schema: &Schema) -> Vec<f32> {
    let mut update = statistics_update(table);
    if schema.overview {
        update.extend(overview_update(table, schema));
    }
    update
}

fn image_statistics(images: &Images) -> Vec<f32> {
    let [channels, height, width] = images.shape;
    let (mut sums, mut count) = (vec![[0.0_f64; 2]; channels], 0_usize);
    for image in images.pixels.chunks_exact(channels * height * width) {
        count += height * width;
        for (channel, sums) in image.chunks_exact(height * width).zip(&mut sums) {
            for pixel in channel {
                sums[0] += f64::from(*pixel);
                sums[1] += f64::from(*pixel).powi(2);
            }
        }
    }
    let mean = |sum: f64| (sum / count as f64) as f32;
    sums.into_iter().flat_map(|[sum, squares]| [1.0, mean(sum), mean(squares)]).collect()
}

/// Fills missing inputs in with the mean and brings all to mean 0 and variance 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardiser {
    /// Per model input: the mean, and 1 / standard deviation, or 0 for an input that carries nothing.
    inputs: Vec<Scale>,
    /// What the statistics round counted besides.
    overview: Option<Shares>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    mean: f32,
    factor: f32,
}

impl Standardiser {
    /// From the owners' weighted mean of [`statistics_update`].
    ///
    /// An input that nobody has, or that is the same everywhere, becomes constantly 0.
    ///
    /// # Errors
    /// If the vector does not hold three finite numbers per input.
    pub fn from_mean_statistics(mean: &[f32]) -> Result<Self, StandardiserError> {
        let (inputs, rest) = mean.as_chunks::<3>();
        if inputs.is_empty() || !rest.is_empty() {
            return Err(StandardiserError::Length(mean.len()));
        }
        if let Some(index) = mean.iter().position(|value| !value.is_finite()) {
            return Err(StandardiserError::NotFinite(index));
        }
        let inputs = inputs.iter().map(|input| Scale::from_statistics(input.map(f64::from)));
        Ok(Self { inputs: inputs.collect(), overview: None })
    }

    /// From the owners' weighted mean of [`statistics_vector`], and the sum of their weights.
    ///
    /// # Errors
    /// If the vector is not as long as the study's, or holds what is no finite number.
    pub fn from_sum(mean: &[f32], rows: u64, schema: &Schema) -> Result<Self, StandardiserError> {
        let wrong = StandardiserError::Length(mean.len());
        let (inputs, shares) = mean.split_at_checked(3 * schema.standardised()).ok_or(wrong.clone())?;
        if shares.len() != schema.overview_len() {
            return Err(wrong);
        }
        let overview = schema.overview.then(|| Shares::new(rows, shares)).transpose()?;
        Ok(Self { overview, ..Self::from_mean_statistics(inputs)? })
    }

    /// What the statistics round says about the study's columns; `None` if the study asked for no overview.
    ///
    /// # Errors
    /// If these are the statistics of another study.
    pub fn overview(&self, schema: &Schema) -> Result<Option<Overview>, StandardiserError> {
        self.overview.as_ref().map(|shares| Overview::new(schema, shares)).transpose()
    }

    /// From one owner's own rows: the same computation with a single owner.
    #[must_use]
    pub fn from_table(table: &Table) -> Self {
        let update = statistics_update(table);
        let (inputs, _) = update.as_chunks::<3>();
        let inputs = inputs.iter().map(|input| Scale::from_statistics(input.map(f64::from)));
        Self { inputs: inputs.collect(), overview: None }
    }

    /// Number of model inputs, or of channels of images.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// Imputes and standardises.
    ///
    /// # Errors
    /// If the table has another number of inputs.
    pub fn apply(&self, table: &Table) -> Result<Examples, StandardiserError> {
        let shape = table.input_shape();
        let standardised = shape.first().copied().unwrap_or(0);
        let mismatch = StandardiserError::Inputs { rows: standardised, statistics: self.inputs.len() };
        if standardised != self.inputs.len() {
            return Err(mismatch);
        }
        if let Some(images) = table.images() {
            let inputs = self.images(images);
            return Examples::new(inputs, shape, table.targets().to_vec(), table.target_width())
                .ok_or(mismatch);
        }
        let mut inputs = Vec::with_capacity(table.rows() * table.inputs());
        for row in 0..table.rows() {
            for (column, scale) in table.columns().iter().zip(&self.inputs) {
                inputs.push(scale.apply(column.get(row).copied().flatten()));
            }
        }
        Examples::new(inputs, vec![self.inputs.len()], table.targets().to_vec(), table.target_width())
            .ok_or(mismatch)
    }

    /// Every channel by its own scale.
    fn images(&self, images: &Images) -> Vec<f32> {
        let [_, height, width] = images.shape;
        let channels = images.pixels.chunks_exact(height * width).zip(self.inputs.iter().cycle());
        channels
            .flat_map(|(pixels, scale)| pixels.iter().map(|pixel| scale.apply(Some(f64::from(*pixel)))))
            .collect()
    }

    /// Version 1: the byte 1, the number of inputs (u32), then mean and factor of each (f32). Version 2, with an overview:
    /// the byte 2, the rows (u64), the number of shares (u32), the shares (f32), then as version 1 after its first byte. All
    /// little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = match &self.overview {
            None => vec![ENCODING],
            Some(Shares { rows, shares }) => {
                let mut bytes = vec![WITH_OVERVIEW];
                bytes.extend(rows.to_le_bytes());
                bytes.extend((shares.len() as u32).to_le_bytes());
                bytes.extend(shares.iter().flat_map(|share| share.to_le_bytes()));
                bytes
            }
        };
        bytes.extend((self.inputs.len() as u32).to_le_bytes());
        for scale in &self.inputs {
            bytes.extend(scale.mean.to_le_bytes());
            bytes.extend(scale.factor.to_le_bytes());
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// On another version or length, or numbers that no statistics lead to.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StandardiserError> {
        let error = StandardiserError::Encoding;
        let (version, rest) = bytes.split_first().ok_or(error("version: missing"))?;
        let (overview, rest) = match *version {
            ENCODING => (None, rest),
            WITH_OVERVIEW => {
                let (overview, rest) =
                    Shares::decode(rest).ok_or(error("overview: cut short or out of range"))?;
                (Some(overview), rest)
            }
            _ => return Err(error("version: this program reads versions 1 and 2")),
        };
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(error("inputs: missing"))?;
        let (numbers, trailing) = rest.as_chunks::<4>();
        let (pairs, odd) = numbers.as_chunks::<2>();
        if pairs.is_empty() || pairs.len() != u32::from_le_bytes(*count) as usize {
            return Err(error("inputs: the number does not fit the length"));
        }
        if !trailing.is_empty() || !odd.is_empty() {
            return Err(error("trailing bytes"));
        }
        let inputs = pairs.iter().map(|[mean, factor]| {
            let scale = Scale { mean: f32::from_le_bytes(*mean), factor: f32::from_le_bytes(*factor) };
            scale.is_possible().then_some(scale).ok_or(error("a mean or a factor is out of range"))
        });
        Ok(Self { inputs: inputs.collect::<Result<_, _>>()?, overview })
    }
}

impl Scale {
    fn from_statistics([share, sum, squares]: [f64; 3]) -> Self {
        if share < MIN_SHARE {
            return Self { mean: 0.0, factor: 0.0 };
        }
        // Quantisation may have moved the sums a little beyond what is possible.
        let mean = (sum / share).clamp(0.0, 1.0);
        let variance = squares / share - mean * mean;
        let factor = if variance < MIN_VARIANCE { 0.0 } else { variance.sqrt().recip() };
        Self { mean: mean as f32, factor: factor as f32 }
    }

    fn is_possible(self) -> bool {
        let most = MIN_VARIANCE.sqrt().recip() as f32;
        (0.0..=1.0).contains(&self.mean) && (0.0..=most).contains(&self.factor)
    }

    fn apply(self, value: Option<f64>) -> f32 {
        value.map_or(0.0, |value| ((value - f64::from(self.mean)) * f64::from(self.factor)) as f32)
    }
}

#[cfg(test)]
mod tests;
