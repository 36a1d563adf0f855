use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use tributary_aggregation::study::{Feature, FeatureKind, Label, Schema};

use super::super::table::Table;
use super::*;

type Line = (i64, Option<f64>, Option<&'static str>, bool);

fn schema() -> Schema {
    let feature = |name: &str, kind| Feature { name: name.into(), kind, missing_allowed: true, unit: None };
    let number = |low, high| FeatureKind::Numeric { low, high, zero_is_missing: false };
    Schema::table(
        vec![
            feature("age", number(0.0, 120.0)),
            feature("chol", number(0.0, 700.0)),
            feature("sex", FeatureKind::Categorical { categories: vec!["F".into(), "M".into()] }),
        ],
        Label::binary("ill", 0.5),
    )
}

fn parquet(lines: &[Line]) -> Vec<u8> {
    let message = "message t { required int64 age; optional double chol; optional binary sex (STRING); \
                   required boolean ill; repeated int32 visits; }";
    let schema = Arc::new(parse_message_type(message).unwrap());
    let properties = WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY).build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    // Two groups of rows, as large files have them.
    for lines in lines.chunks(lines.len().div_ceil(2)) {
        let levels = |there: &dyn Fn(&Line) -> bool| -> Vec<i16> {
            lines.iter().map(|line| i16::from(there(line))).collect()
        };
        let mut group = writer.next_row_group().unwrap();
        let ages: Vec<i64> = lines.iter().map(|line| line.0).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&ages, None, None).unwrap();
        column.close().unwrap();
        let chols: Vec<f64> = lines.iter().filter_map(|line| line.1).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<DoubleType>()
            .write_batch(&chols, Some(&levels(&|line| line.1.is_some())), None)
            .unwrap();
        column.close().unwrap();
        let sexes: Vec<ByteArray> = lines.iter().filter_map(|line| line.2).map(ByteArray::from).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&sexes, Some(&levels(&|line| line.2.is_some())), None)
            .unwrap();
        column.close().unwrap();
        let ills: Vec<bool> = lines.iter().map(|line| line.3).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<BoolType>().write_batch(&ills, None, None).unwrap();
        column.close().unwrap();
        let nothing = vec![0; lines.len()];
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<parquet::data_type::Int32Type>()
            .write_batch(&[], Some(&nothing), Some(&nothing))
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn csv(lines: &[Line]) -> String {
    let mut text = String::from("age,chol,sex,ill\n");
    for (age, chol, sex, ill) in lines {
        let chol = chol.map_or(String::new(), |chol| chol.to_string());
        text.push_str(&format!("{age},{chol},{},{}\n", sex.unwrap_or(""), u8::from(*ill)));
    }
    text
}

fn table(bytes: &[u8]) -> Result<Table, Problem> {
    Table::from_bytes(bytes, &schema())
}

/// Written by pyarrow: words by dictionary, nulls, a column of dates that no study reads; data pages of both
/// versions.
#[test]
fn files_of_pyarrow_are_read() {
    let due = csv(&[
        (40, Some(200.5), Some("M"), true),
        (61, None, Some("F"), false),
        (50, Some(300.0), None, true),
    ]);
    let due = table(due.as_bytes()).unwrap();
    assert!(table(include_bytes!("snappy.parquet")).unwrap() == due);
    assert!(table(include_bytes!("plain.parquet")).unwrap() == due);
    assert_eq!(table(include_bytes!("zstd.parquet")).unwrap_err(), Problem::Parquet);
}

#[test]
fn a_nested_column_is_none_of_a_table() {
    let mut schema = schema();
    schema.features[0].name = "visits".into();
    let bytes = parquet(&[(1, None, None, true)]);
    let error = Table::from_bytes(&bytes, &schema).unwrap_err();
    assert!(matches!(error, Problem::MissingColumns { missing, .. } if missing == ["visits"]));
}

#[test]
fn rows_are_counted_from_one() {
    let error = table(&parquet(&[(1, None, None, true), (121, None, None, true)])).unwrap_err();
    assert_eq!(error, Problem::OutOfRange { row: 2, column: "age".into(), low: 0.0, high: 120.0 });
    let error = table(&parquet(&[(1, Some(f64::NAN), None, true)])).unwrap_err();
    assert_eq!(error, Problem::NotANumber { row: 1, column: "chol".into() });
}

#[test]
fn a_file_that_is_cut_short_is_refused() {
    let bytes = parquet(&[(1, Some(2.0), Some("M"), true), (2, None, Some("F"), false)]);
    for length in 4..bytes.len() {
        assert!(table(&bytes[..length]).is_err(), "{length}");
    }
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (
        0_i64..=120,
        prop::option::of(0.0..=700.0),
        prop::option::of(prop::sample::select(vec!["F", "M"])),
        any::<bool>(),
    );
    prop::collection::vec(line, 1..30)
}

proptest! {
    #[test]
    fn the_same_rows_are_the_same_table_in_either_format(lines in lines()) {
        prop_assert!(table(&parquet(&lines)).unwrap() == table(csv(&lines).as_bytes()).unwrap());
    }

    #[test]
    fn damage_does_no_harm(lines in lines(), at: prop::sample::Index, with: u8) {
        let mut bytes = parquet(&lines);
        let at = at.index(bytes.len());
        bytes[at] = with;
        let _ = table(&bytes);
        let noise = [&MAGIC[..], &bytes[at..]].concat();
        let _ = table(&noise);
    }
}
