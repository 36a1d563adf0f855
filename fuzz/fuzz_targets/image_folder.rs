//! A folder of images with labels: PNGs that a CSV file names, or two NumPy arrays. The input is the study's number of
//! channels and what it is (a byte), the first part's length (u16, little-endian), and two parts: the list and every image,
//! or the arrays.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::study::{ImageInput, Label, Schema};
use tributary_fuzz::scratch_file;
use tributary_fuzz_client::dataset::{Mapping, Table, check};

static FOLDERS: LazyLock<[PathBuf; 2]> = LazyLock::new(|| {
    ["pngs", "arrays"].map(|name| {
        let folder = scratch_file(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    })
});

fuzz_target!(|data: &[u8]| {
    let Some(([kind, low, high], rest)) = data.split_first_chunk() else { return };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    let Some((first, second)) = rest.split_at_checked(length) else { return };
    let (is_arrays, channels) = (kind % 2, 1 + kind / 2 % 4);
    let mut schema = Schema::table(Vec::new(), Label::binary("ill", 0.0));
    schema.image = Some(ImageInput { channels: channels.into(), height: 2, width: 2 });
    let folder = &FOLDERS[usize::from(is_arrays)];
    let names: &[(&str, &[u8])] = match is_arrays {
        0 => &[("labels.csv", first), ("a.png", second), ("b.png", second)],
        _ => &[("x.npy", first), ("y.npy", second)],
    };
    for (name, bytes) in names {
        fs::write(folder.join(name), bytes).expect("a file");
    }
    let mapping = Mapping::default();
    let report = check(folder, &schema, &mapping).expect("a folder that is there");
    drop(report.to_string());
    match Table::for_training(folder, &schema, &mapping) {
        Err(problem) => {
            assert!(!report.fits, "{problem}");
            drop(problem.to_string());
        }
        Ok(table) => {
            assert!(report.fits);
            assert_eq!((table.rows() as u64, table.inputs()), (report.rows, schema.inputs()));
        }
    }
});
