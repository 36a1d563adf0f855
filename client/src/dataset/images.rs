//! Images with labels: a folder of PNGs, a folder of NumPy arrays, or a safetensors file.
//!
//! Names of image files may say who is on them, so no message repeats one.

use std::io::Cursor;
use std::path::{Component, Path, PathBuf};

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use tributary_aggregation::study::ImageInput;

use super::cell::{Cell, Rows, Visit};
use super::csv_rows::CsvRows;
use super::error::Problem;
use super::table::read_file;
use super::tensor::Tensor;

/// What the PNG decoder may allocate besides the pixels: a file says itself how large its palettes and texts are.
const DECODER_MEMORY: usize = 64 << 20;
/// The column of `labels.csv` that names the files.
const FILE: &str = "file";

/// Pixels of all rows, 0 to 1: rows × channels × height × width.
#[derive(Clone, PartialEq)]
pub(super) struct Images {
    pub shape: [usize; 3],
    pub pixels: Vec<f32>,
}

fn empty(image: &ImageInput) -> Images {
    Images { shape: image.shape(), pixels: Vec::new() }
}

/// `labels.csv` (a column `file`, and the labels) with the PNGs that it names.
pub(super) struct FolderRows<'a> {
    folder: PathBuf,
    labels: CsvRows<'a>,
    file: usize,
    images: Images,
}

impl<'a> FolderRows<'a> {
    pub(super) fn new(folder: &Path, labels: CsvRows<'a>, image: &ImageInput) -> Result<Self, Problem> {
        let Some(file) = labels.names().iter().position(|name| name == FILE) else {
            let (missing, present) = (vec![FILE.to_owned()], labels.names().to_vec());
            let header = !present.iter().any(|name| name.parse::<f64>().is_ok() || name.contains(".png"));
            return Err(if header {
                Problem::MissingColumns { missing, present }
            } else {
                Problem::NoHeader
            });
        };
        Ok(Self { folder: folder.to_owned(), labels, file, images: empty(image) })
    }
}

impl Rows for FolderRows<'_> {
    fn names(&self) -> &[String] {
        self.labels.names()
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Problem> {
        let Self { folder, labels, file, images } = self;
        labels.each(&mut |row, cells| {
            let cells = match cells {
                Ok(cells) => cells,
                Err(problem) => return visit(row, Err(problem)),
            };
            let name = cells.get(*file).map_or_else(Default::default, |cell| cell.text());
            match load(folder, &name, images) {
                Ok(()) => visit(row, Ok(cells)),
                Err(fault) => visit(row, Err(Problem::Image { row, fault })),
            }
        })
    }

    fn take_images(&mut self) -> Option<Images> {
        let shape = self.images.shape;
        Some(std::mem::replace(&mut self.images, Images { shape, pixels: Vec::new() }))
    }
}

/// Adds an image file's pixels.
fn load(folder: &Path, name: &str, images: &mut Images) -> Result<(), &'static str> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !inside {
        return Err(
            "the file's name leads out of the folder, or is empty: name a file in the folder of labels.csv",
        );
    }
    let bytes = read_file(&folder.join(name))
        .map_err(|_| "the image's file is not there or can't be read: check its name and rights")?;
    decode(&bytes, images)
}

/// Adds a PNG's pixels (W3C, Portable Network Graphics).
fn decode(bytes: &[u8], images: &mut Images) -> Result<(), &'static str> {
    const DAMAGED: &str = "the image is no PNG that can be read: export it again";
    let [channels, height, width] = images.shape;
    let limits = Limits { bytes: DECODER_MEMORY };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(|_| DAMAGED)?;
    let found = (reader.info().height as usize, reader.info().width as usize);
    // Before anything is unpacked: a small file may hold a huge image.
    if found != (height, width) {
        return Err("the image is not as large as the study's: scale it to the study's height and width");
    }
    let (color, depth) = reader.output_color_type();
    let fits = matches!(
        (color, channels),
        (ColorType::Grayscale, 1)
            | (ColorType::GrayscaleAlpha, 2)
            | (ColorType::Rgb, 3)
            | (ColorType::Rgba, 4)
    );
    if !fits {
        return Err(
            "the image has another number of channels than the study's: convert it (grey has 1, colour 3)",
        );
    }
    let mut buffer = vec![0; reader.output_buffer_size().ok_or(DAMAGED)?];
    reader.next_frame(&mut buffer).map_err(|_| DAMAGED)?;
    let pixel: fn(&[u8], usize) -> f32 = match depth {
        BitDepth::Eight => |bytes, at| f32::from(bytes.get(at).copied().unwrap_or(0)) / 255.0,
        BitDepth::Sixteen => |bytes, at| {
            let at = 2 * at;
            let pair = bytes.get(at..at + 2).map_or([0; 2], |pair| [pair[0], pair[1]]);
            f32::from(u16::from_be_bytes(pair)) / 65_535.0
        },
        _ => return Err(DAMAGED),
    };
    // A PNG has its channels side by side, a tensor one after another.
    for channel in 0..channels {
        images.pixels.extend((0..height * width).map(|place| pixel(&buffer, place * channels + channel)));
    }
    Ok(())
}

/// Images and labels as arrays: N × channels × height × width, and N or N × labels. Bytes count from 0 to 255.
pub(super) struct TensorRows<'a> {
    x: Tensor<'a>,
    y: Tensor<'a>,
    names: Vec<String>,
    images: Images,
}

impl<'a> TensorRows<'a> {
    /// `names` are the labels', in the order of the columns of `y`.
    pub(super) fn new(
        x: Tensor<'a>,
        y: Tensor<'a>,
        names: Vec<String>,
        image: &ImageInput,
    ) -> Result<Self, Problem> {
        let [rows, shape @ ..] = x.shape() else {
            return Err(Problem::Tensor("has images of no shape: N × channels × height × width are needed"));
        };
        if shape != image.shape() {
            return Err(Problem::Tensor(
                "has images of another shape than the study's channels × height × width",
            ));
        }
        let labels = match y.shape() {
            [labelled] if labelled == rows => 1,
            [labelled, labels] if labelled == rows => *labels,
            _ => {
                return Err(Problem::Tensor(
                    "has not as many labels as images: N, or N × labels, are needed",
                ));
            }
        };
        if labels != names.len() {
            return Err(Problem::Tensor("has another number of labels per image than the study"));
        }
        if *rows == 0 {
            return Err(Problem::NoRows);
        }
        Ok(Self { x, y, names, images: empty(image) })
    }
}

impl Rows for TensorRows<'_> {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Problem> {
        let scale = if self.x.is_bytes() { 255.0 } else { 1.0 };
        let size: usize = self.images.shape.iter().product();
        let (mut pixels, mut labels) = (self.x.iter(), self.y.iter());
        for row in 1..=self.x.shape().first().copied().unwrap_or(0) as u64 {
            let start = self.images.pixels.len();
            self.images.pixels.extend(pixels.by_ref().take(size).map(|pixel| (pixel / scale) as f32));
            let new = self.images.pixels.get(start..).unwrap_or_default();
            if new.iter().all(|pixel| (0.0..=1.0).contains(pixel)) {
                let cells: Vec<Cell<'_>> = labels.by_ref().take(self.names.len()).map(Cell::Number).collect();
                visit(row, Ok(&cells))?;
            } else {
                labels.by_ref().take(self.names.len()).for_each(drop);
                let fault = "a pixel is not from 0 to 1: divide by the largest value, or save bytes";
                visit(row, Err(Problem::Image { row, fault }))?;
            }
        }
        Ok(())
    }

    fn take_images(&mut self) -> Option<Images> {
        let shape = self.images.shape;
        Some(std::mem::replace(&mut self.images, Images { shape, pixels: Vec::new() }))
    }
}

#[cfg(test)]
mod tests;
