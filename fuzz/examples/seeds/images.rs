//! Folders of images: PNGs and NumPy arrays.

use png::{BitDepth, ColorType, Encoder};

use super::{choose, parts, write};

/// Rows in Parquet, as pyarrow writes them.
const PARQUET: [(&str, &[u8]); 2] = [
    ("snappy", include_bytes!("../../../client/src/dataset/parquet_rows/snappy.parquet")),
    ("plain", include_bytes!("../../../client/src/dataset/parquet_rows/plain.parquet")),
];

pub(super) fn seeds() {
    let labels = b"file,ill\na.png,1\nb.png,0\n";
    for (name, color, channels) in [
        ("grey", ColorType::Grayscale, 1),
        ("grey-alpha", ColorType::GrayscaleAlpha, 2),
        ("rgb", ColorType::Rgb, 3),
        ("rgba", ColorType::Rgba, 4),
        ("palette", ColorType::Indexed, 3),
    ] {
        for (depth, bits) in [(BitDepth::Eight, 8), (BitDepth::Sixteen, 16)] {
            if color == ColorType::Indexed && bits == 16 {
                continue;
            }
            let samples = if color == ColorType::Indexed { 1 } else { channels };
            let image = png(color, depth, samples * 4 * bits / 8);
            write("image_folder", &format!("{name}-{bits}"), kind(0, channels, parts(labels, &image)));
        }
    }
    let [y, bytes] = [npy("|u1", "2,", &[1, 0]), npy("|u1", "2, 1, 2, 2", &[0, 85, 170, 255, 1, 2, 3, 4])];
    write("image_folder", "arrays-of-bytes", kind(1, 1, parts(&bytes, &y)));
    let floats = npy("<f4", "2, 1, 2, 2", &[0.5_f32.to_le_bytes(); 8].concat());
    let y = npy("<i8", "2, 1", &[1_i64, 0].map(i64::to_le_bytes).concat());
    write("image_folder", "arrays-of-floats", kind(1, 1, parts(&floats, &y)));
    for (name, file) in PARQUET {
        write("parquet_rows", name, file);
    }
}

fn kind(is_arrays: u8, channels: usize, content: Vec<u8>) -> Vec<u8> {
    choose(is_arrays + 2 * (channels as u8 - 1), content)
}

fn png(color: ColorType, depth: BitDepth, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 2, 2);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        encoder.set_palette(vec![7; 256 * 3]);
    }
    let pixels: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
    encoder.write_header().expect("a header").write_image_data(&pixels).expect("an image");
    bytes
}

/// As NumPy writes it, version 1.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}
