//! Handwritten digits (UCI Optical Recognition of Handwritten Digits, in the crate smartcore), in each of the forms in which
//! sites may have images.

use std::fs;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context as _, Result};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use safetensors::tensor::{Dtype, TensorView, serialize};

use crate::dirichlet::shuffle;

/// Pixels of a side.
pub const SIDE: usize = 8;
/// Pixels of an image.
const PIXELS: usize = SIDE * SIDE;
/// The darkest of the published grey levels.
const DARKEST: f32 = 16.0;

/// Images of one channel, with the digits that are on them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digits {
    /// Row by row, 0 to 255.
    pixels: Vec<[u8; PIXELS]>,
    digits: Vec<u8>,
}

impl Digits {
    /// All 1797, in an order that is always the same and says nothing about them.
    #[must_use]
    pub fn all() -> Self {
        let data = smartcore::dataset::digits::load_dataset();
        let (images, _) = data.data.as_chunks::<PIXELS>();
        let mut order: Vec<usize> = (0..images.len()).collect();
        shuffle(&mut order, &mut ChaCha20Rng::seed_from_u64(1));
        let grey = |level: f32| (level / DARKEST * 255.0).round() as u8;
        Self {
            pixels: order.iter().map(|row| images[*row].map(grey)).collect(),
            digits: order.iter().map(|row| data.target[*row] as u8).collect(),
        }
    }

    /// Every `of`-th image, from the `part`-th on: parts have no image in common, and together they are all.
    #[must_use]
    pub fn part(&self, part: usize, of: usize) -> Self {
        self.select(&(part..self.rows()).step_by(of).collect::<Vec<_>>())
    }

    /// Those of these numbers.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            pixels: rows.iter().map(|row| self.pixels[*row]).collect(),
            digits: rows.iter().map(|row| self.digits[*row]).collect(),
        }
    }

    /// What is on each.
    #[must_use]
    pub fn classes(&self) -> Vec<u32> {
        self.digits.iter().map(|digit| u32::from(*digit)).collect()
    }

    /// How many.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.digits.len()
    }

    fn shape(&self) -> Vec<usize> {
        vec![self.rows(), 1, SIDE, SIDE]
    }

    /// A safetensors file with `x` and `y`.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write_safetensors(&self, path: &Path) -> Result<()> {
        let x = TensorView::new(Dtype::U8, self.shape(), self.pixels.as_flattened())?;
        let y = TensorView::new(Dtype::U8, vec![self.rows()], &self.digits)?;
        write(path, &serialize([("x", x), ("y", y)], None)?)
    }

    /// A folder with `x.npy` and `y.npy`.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write_arrays(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
        write(&folder.join("x.npy"), &npy(&self.shape(), self.pixels.as_flattened()))?;
        write(&folder.join("y.npy"), &npy(&[self.rows()], &self.digits))
    }

    /// A folder of PNGs, with `labels.csv`.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write_pngs(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
        let mut labels = "file,digit\n".to_owned();
        for (row, (pixels, digit)) in self.pixels.iter().zip(&self.digits).enumerate() {
            let name = format!("{row}.png");
            let mut encoded = Vec::new();
            let mut png = png::Encoder::new(BufWriter::new(&mut encoded), SIDE as u32, SIDE as u32);
            png.set_color(png::ColorType::Grayscale);
            png.set_depth(png::BitDepth::Eight);
            png.write_header()?.write_image_data(pixels)?;
            write(&folder.join(&name), &encoded)?;
            labels += &format!("{name},{digit}\n");
        }
        write(&folder.join("labels.csv"), labels.as_bytes())
    }
}

/// Bytes as NumPy keeps them (NEP 1): the header is padded with spaces, so that the numbers begin at a multiple of 64.
fn npy(shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({sides}), }}");
    let start = b"\x93NUMPY\x01\x00".len() + size_of::<u16>();
    let length = (start + header.len() + 1).next_multiple_of(64) - start;
    header += &" ".repeat(length - 1 - header.len());
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(length as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("{} can't be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_all_images_once_and_all_digits() {
        let all = Digits::all();
        let parts: Vec<Digits> = (0..5).map(|part| all.part(part, 5)).collect();
        assert_eq!((all.rows(), parts.iter().map(Digits::rows).sum::<usize>()), (1797, 1797));
        for part in &parts {
            assert!((0..10).all(|digit| part.digits.contains(&digit)));
        }
        assert!(all.pixels.as_flattened().contains(&255), "from white to black");
    }

    #[test]
    fn arrays_begin_where_numpy_looks_for_them() {
        let file = npy(&[3], &[7, 8, 9]);
        assert!((file.len() - 3).is_multiple_of(64) && file.len() < 140);
        assert_eq!(file[file.len() - 4..], [b'\n', 7, 8, 9]);
        assert!(file.windows(4).any(|part| part == b"(3, "));
    }
}
