use proptest::prelude::*;
use tributary_aggregation::study::{Feature, Label};

use super::super::table::Table;
use super::*;

fn schema() -> Schema {
    let feature = |name: &str, kind, unit: Option<&str>, missing_allowed| Feature {
        name: name.into(),
        kind,
        missing_allowed,
        unit: unit.map(Into::into),
    };
    let number = |low, high| FeatureKind::Numeric { low, high, zero_is_missing: false };
    Schema::table(
        vec![
            feature("age", number(18.0, 110.0), Some("a"), false),
            feature("chol", number(50.0, 700.0), Some("mg/dL"), true),
            feature(
                "sex",
                FeatureKind::Categorical { categories: vec!["Male".into(), "Female".into()] },
                None,
                false,
            ),
        ],
        Label::binary("num", 0.0),
    )
}

fn report(text: &str, mapping: &str) -> CheckReport {
    let mapping = Mapping::parse(mapping, &schema()).unwrap();
    check_bytes("site.csv".into(), text.as_bytes(), &schema(), &mapping)
}

#[test]
fn everything_is_found_at_once() {
    let mut text = String::from("age,chol,sex,num\n");
    text.push_str("40,200,Male,0\n17,5.2,M,x\nold,,Female,1\n44,5.1,F,\n45,200,Male\n");
    for _ in 0..7 {
        text.push_str("46,4.9,Male,0\n");
    }
    let report = report(&text, "");
    assert!(!report.fits);
    assert_eq!(report.rows, 12);
    let findings: Vec<_> =
        report.problems.iter().map(|finding| (finding.rows, &finding.first_rows[..])).collect();
    assert_eq!(findings, [(1, &[6][..])]);
    let of = |name: &str| report.columns.iter().find(|column| column.column == name).unwrap();
    let rows = |name: &str| -> Vec<(u64, Vec<u64>)> {
        of(name).problems.iter().map(|finding| (finding.rows, finding.first_rows.clone())).collect()
    };
    assert_eq!(rows("age"), [(1, vec![3]), (1, vec![4])]);
    assert_eq!(rows("chol"), [(9, vec![3, 5, 7, 8, 9])]);
    assert_eq!(rows("sex"), [(2, vec![3, 5])]);
    assert_eq!(rows("num"), [(1, vec![3]), (1, vec![5])]);
    assert_eq!((of("chol").fitting, of("chol").missing), (1, 1));
    assert!(of("chol").problems[0].problem.contains("mg/dL"), "{:?}", of("chol"));
    let shown = report.to_string();
    assert!(shown.contains("9 rows (3, 5, 7, 8, 9, …): not from 50 to 700"), "{shown}");
    assert!(shown.contains("does not fit the study yet"), "{shown}");
}

#[test]
fn missing_columns_do_not_hide_the_rest() {
    let report = report("age,sex,num\n300,Male,1\n40,Male,0\n", "");
    let absent: Vec<_> =
        report.columns.iter().filter(|column| !column.found).map(|column| &column.column[..]).collect();
    assert_eq!(absent, ["chol"]);
    assert_eq!(report.columns[0].problems[0].first_rows, [2]);
    assert!(!report.fits);
}

#[test]
fn a_mapping_makes_a_sites_file_fit() {
    let text = "alter;cholesterin;geschlecht;befund\n40;5,2;M;ja\n61;NA;W;nein\n50;-9,0;W;ja\n";
    let mapping = r#"
separator = ";"
decimal_comma = true
missing = ["NA"]
[columns.age]
column = "alter"
[columns.chol]
column = "cholesterin"
unit = "mmol/L"
substance = "cholesterol"
missing = ["-9"]
[columns.sex]
column = "geschlecht"
categories = { M = "Male", W = "Female" }
[columns.num]
column = "befund"
numbers = { ja = 1, nein = 0 }
"#;
    let found = report(text, mapping);
    assert!(found.fits, "{found}");
    assert_eq!((found.rows, found.positive), (3, Some(2)));
    assert_eq!((found.columns[1].fitting, found.columns[1].missing), (1, 2));
    let mapping = Mapping::parse(mapping, &schema()).unwrap();
    let table = Table::mapped(text.as_bytes(), &schema(), &mapping).unwrap();
    // 5.2 mmol/L × 38.665.
    let chol = (5.2 * 38.665 - 50.0) / 650.0;
    assert!((table.columns()[1][0].unwrap() - chol).abs() < 1e-12);
    assert_eq!(table.columns()[1][1..], [None, None]);
    assert_eq!(table.columns()[2], [Some(1.0), Some(0.0), Some(0.0)]);
    assert_eq!(table.targets(), [1.0, 0.0, 1.0]);
}

#[test]
fn a_file_of_one_class_fits_in_every_column_and_is_still_refused() {
    let report = report("age,chol,sex,num\n40,200,Male,1\n", "");
    assert!(!report.fits && report.columns.iter().all(|column| column.problems.is_empty()));
    assert!(report.problems[0].problem.contains("one class"), "{report}");
}

proptest! {
    /// Whatever a cell holds, no report and no error repeats it; and a report finds a fault exactly when reading does.
    #[test]
    fn no_cell_is_repeated(cells in prop::collection::vec("[a-z]{9}|[1-9][0-9]{8}|[0-9]{2}|Male||200", 4)) {
        let text = format!("age,chol,sex,num\n40,200,Male,1\n40,200,Male,0\n{}\n", cells.join(","));
        let report = report(&text, "");
        let read = Table::from_bytes(text.as_bytes(), &schema());
        prop_assert_eq!(report.fits, read.is_ok());
        let said = [report.to_string(), serde_json::to_string(&report).unwrap(), format!("{:?}", read.err())].concat();
        for cell in cells.iter().filter(|cell| cell.len() == 9) {
            prop_assert!(!said.contains(cell.as_str()), "{} in {}", cell, said);
        }
    }

    #[test]
    fn noise_is_reported_and_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let found = check_bytes("noise".into(), &bytes, &schema(), &Mapping::default());
        prop_assert!(!found.fits);
        let headed = [b"age,chol,sex,num\n", &bytes[..]].concat();
        let found = check_bytes("noise".into(), &headed, &schema(), &Mapping::default());
        let read = Table::from_bytes(&headed, &schema());
        prop_assert_eq!(found.fits, read.and_then(|table| table.with_both_classes(&schema())).is_ok());
    }
}
