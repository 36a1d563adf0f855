use proptest::prelude::*;
use tributary_aggregation::study::{Label, LabelKind, Schema};

use super::super::mapping::Mapping;
use super::super::npy::tests::npy;
use super::super::statistics::{Standardiser, statistics_update};
use super::super::table::Table;
use super::*;

fn schema(channels: u32, height: u32, width: u32) -> Schema {
    let categories = ["cat", "dog"].map(Into::into).to_vec();
    let label = Label { name: "animal".into(), kind: LabelKind::Class { categories }, unit: None };
    let mut schema = Schema::table(Vec::new(), label);
    schema.image = Some(ImageInput { channels, height, width });
    schema
}

fn png(color: ColorType, depth: BitDepth, height: u32, width: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

fn folder(labels: &str, files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("labels.csv"), labels).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn read(folder: &Path, schema: &Schema) -> Result<Table, Problem> {
    Table::for_evaluation(folder, schema, &Mapping::default()).map_err(|error| error.problem)
}

#[test]
fn pngs_become_channels_of_rows() {
    let colours: Vec<u8> = vec![0, 51, 102, 255, 204, 153];
    let deep: Vec<u8> =
        [0_u16, 13_107, 26_214, 65_535, 52_428, 39_321].iter().flat_map(|x| x.to_be_bytes()).collect();
    let folder = folder(
        "animal,file\ndog,a.png\ncat,b.png\n",
        &[
            ("a.png", png(ColorType::Rgb, BitDepth::Eight, 1, 2, &colours)),
            ("b.png", png(ColorType::Rgb, BitDepth::Sixteen, 1, 2, &deep)),
        ],
    );
    let schema = schema(3, 1, 2);
    let table = read(folder.path(), &schema).unwrap();
    assert_eq!((table.rows(), table.targets()), (2, &[1.0, 0.0][..]));
    let row = [0.0, 1.0, 0.2, 0.8, 0.4, 0.6];
    for (pixel, due) in table.images().unwrap().pixels.iter().zip([row, row].concat()) {
        assert!((pixel - due).abs() < 1e-6, "{pixel} {due}");
    }
    // A row of the same size is standardised channel by channel.
    let statistics = statistics_update(&table);
    assert_eq!(statistics.len(), 9);
    for (got, due) in statistics.iter().zip([1.0, 0.5, 0.5, 1.0, 0.5, 0.34, 1.0, 0.5, 0.26]) {
        assert!((got - due).abs() < 1e-6, "{statistics:?}");
    }
    let examples = Standardiser::from_table(&table).apply(&table).unwrap();
    assert_eq!((examples.shape(), examples.rows()), (&[3, 1, 2][..], 2));
    for (got, due) in examples.inputs().iter().zip([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0]) {
        assert!((got - due).abs() < 1e-4, "{:?}", examples.inputs());
    }
}

#[test]
fn an_image_that_does_not_fit_is_named_by_its_row_alone() {
    let grey = png(ColorType::Grayscale, BitDepth::Eight, 2, 2, &[0, 85, 170, 255]);
    let schema = schema(1, 2, 2);
    let colour = png(ColorType::Rgb, BitDepth::Eight, 2, 2, &[7; 12]);
    for (label, file, bytes, expected) in [
        ("cat", "miller.png", colour, "number of channels"),
        ("cat", "miller.png", png(ColorType::Grayscale, BitDepth::Eight, 1, 2, &[0, 1]), "not as large"),
        ("cat", "miller.png", grey[..40].to_vec(), "no PNG"),
        ("cat", "miller.png", b"miller".to_vec(), "no PNG"),
        ("cat", "../miller.png", grey.clone(), "out of the folder"),
        ("cat", "/etc/miller", grey.clone(), "out of the folder"),
        ("miller", "miller.png", grey.clone(), "categories"),
    ] {
        let inside = if file.contains('/') { "miller.png" } else { file };
        let folder = folder(
            &format!("file,animal\nok.png,dog\n{file},{label}\n"),
            &[("ok.png", grey.clone()), (inside, bytes)],
        );
        let error = read(folder.path(), &schema).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("row 3") && !error.contains("miller"), "{error}");
    }
    let folder = folder("file,animal\nok.png,dog\nmiller.png,cat\n", &[("ok.png", grey)]);
    let error = read(folder.path(), &schema).unwrap_err().to_string();
    assert!(error.contains("row 3") && !error.contains("miller"), "{error}");
}

/// 1 × 1 in a header that claims more: the size is compared before the pixels are unpacked.
#[test]
fn a_file_that_claims_a_huge_image_is_refused_by_its_header() {
    let mut bytes = png(ColorType::Grayscale, BitDepth::Eight, 1, 1, &[0]);
    bytes[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    assert!(decode(&bytes, &mut Images { shape: [1, 1, 1], pixels: Vec::new() }).is_err());
}

fn safetensors(shape: &str, labels: &str, x: &[u8], y: &[u8]) -> Vec<u8> {
    let end = x.len() + y.len();
    let header = format!(
        r#"{{"x":{{"dtype":"U8","shape":[{shape}],"data_offsets":[0,{}]}},"y":{{"dtype":"I64","shape":[{labels}],"data_offsets":[{},{end}]}}}}"#,
        x.len(),
        x.len(),
    );
    let pad = (8 - header.len() % 8) % 8;
    let header = format!("{header}{}", " ".repeat(pad));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), x, y].concat()
}

#[test]
fn arrays_and_pngs_of_the_same_pixels_are_the_same_table() {
    let mut schema = schema(1, 2, 2);
    schema.label.kind = LabelKind::Class { categories: vec!["0".into(), "7".into()] };
    let rows: [&[u8]; 2] = [&[0, 85, 170, 255], &[1, 2, 3, 4]];
    let pngs = folder(
        "file,animal\na.png,7\nb.png,0\n",
        &[
            ("a.png", png(ColorType::Grayscale, BitDepth::Eight, 2, 2, rows[0])),
            ("b.png", png(ColorType::Grayscale, BitDepth::Eight, 2, 2, rows[1])),
        ],
    );
    let from_pngs = read(pngs.path(), &schema).unwrap();
    let labels = [7_i64, 0].map(i64::to_le_bytes).concat();
    let bytes = safetensors("2,1,2,2", "2", &rows.concat(), &labels);
    assert!(Table::from_bytes(&bytes, &schema).unwrap() == from_pngs);
    let arrays = tempfile::tempdir().unwrap();
    std::fs::write(arrays.path().join("x.npy"), npy("|u1", "2, 1, 2, 2", &rows.concat())).unwrap();
    std::fs::write(arrays.path().join("y.npy"), npy("<i8", "2,", &labels)).unwrap();
    assert!(read(arrays.path(), &schema).unwrap() == from_pngs);

    for (x, y) in [("1,2,2,2", "2"), ("2,1,2,2", "1"), ("2,4", "2"), ("", "2"), ("2,1,2,2", "2,1,1")] {
        assert!(Table::from_bytes(&safetensors(x, y, &rows.concat(), &labels), &schema).is_err(), "{x} {y}");
    }
    std::fs::write(
        arrays.path().join("x.npy"),
        npy("<f4", "2, 1, 2, 2", &[1.5_f32; 8].map(f32::to_le_bytes).concat()),
    )
    .unwrap();
    let error = read(arrays.path(), &schema).unwrap_err();
    assert!(matches!(error, Problem::Image { row: 1, .. }), "{error}");
    let nothing = tempfile::tempdir().unwrap();
    assert!(read(nothing.path(), &schema).is_err());
}

proptest! {
    #[test]
    fn damaged_images_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), at: prop::sample::Index, with: u8) {
        let images = || Images { shape: [1, 2, 2], pixels: Vec::new() };
        let _ = decode(&bytes, &mut images());
        let mut good = png(ColorType::Grayscale, BitDepth::Eight, 2, 2, &[0, 85, 170, 255]);
        let at = at.index(good.len());
        good[at] = with;
        let mut images = images();
        if decode(&good, &mut images).is_ok() {
            prop_assert_eq!(images.pixels.len(), 4);
        } else {
            prop_assert!(images.pixels.is_empty());
        }
        let schema = schema(1, 2, 2);
        let _ = Table::from_bytes(&bytes, &schema);
        let mut tensors = safetensors("1,1,2,2", "1", &[1, 2, 3, 4], &0_i64.to_le_bytes());
        let at = at % tensors.len();
        tensors[at] = with;
        let _ = Table::from_bytes(&tensors, &schema);
    }
}
