use tributary_aggregation::study::{Feature, Label, LabelKind};

use super::*;

fn schema() -> Schema {
    let numeric = |name: &str, low, high, zero_is_missing, missing_allowed| Feature {
        name: name.into(),
        kind: FeatureKind::Numeric { low, high, zero_is_missing },
        missing_allowed,
        unit: None,
    };
    Schema::table(
        vec![
            numeric("age", 20.0, 120.0, false, false),
            numeric("chol", 50.0, 650.0, true, true),
            Feature {
                name: "pain".into(),
                kind: FeatureKind::Categorical {
                    categories: vec!["none".into(), "some".into(), "TRUE".into()],
                },
                missing_allowed: true,
                unit: None,
            },
        ],
        Label::binary("num", 0.0),
    )
}

fn read(bytes: &[u8], schema: &Schema) -> Result<Table, Problem> {
    Table::from_bytes(bytes, schema)
}

fn read_text(text: &str) -> Result<Table, Problem> {
    read(text.as_bytes(), &schema())
}

#[test]
fn cells_become_normalised_inputs() {
    // Another order than the schema's, further columns, spaces, CRLF, a byte order mark, a quoted cell.
    let table =
        read_text("\u{feff}id,num,chol, pain ,age\r\n1,0,350,some,20\r\n2,3, 0 ,,\"70\"\r\n3,1,,TRUE,120")
            .unwrap();
    assert_eq!((table.rows(), table.inputs()), (3, 5));
    assert_eq!(table.targets(), [0.0, 1.0, 1.0]);
    assert_eq!(table.positives(&schema()), Some(2));
    let expected: [[Option<f64>; 3]; 5] = [
        [Some(0.0), Some(0.5), Some(1.0)],
        [Some(0.5), None, None],
        [Some(0.0), None, Some(0.0)],
        [Some(1.0), None, Some(0.0)],
        [Some(0.0), None, Some(1.0)],
    ];
    for (column, expected) in table.columns().iter().zip(expected) {
        assert_eq!(column, &expected);
    }
}

#[test]
fn each_problem_names_its_row_and_column() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let cell = |row, column: &str| (row, column.to_owned());
    let (row, column) = cell(3, "age");
    let head = "age,chol,pain,num\n40,200,none,0\n";
    let cases = [
        ("", Problem::Empty),
        (" \r\n \n", Problem::Empty),
        ("age,chol,pain,num\n", Problem::NoRows),
        ("40,200,none,0\n41,201,none,1\n", Problem::NoHeader),
        (
            "age,pain\n40,none\n",
            Problem::MissingColumns { missing: names(&["chol", "num"]), present: names(&["age", "pain"]) },
        ),
        ("age,chol,pain,num,chol\n1,1,none,1,1\n", Problem::DuplicateColumn { column: "chol".into() }),
        (&format!("{head}4O,200,none,0\n"), Problem::NotANumber { row, column: column.clone() }),
        (&format!("{head}nan,200,none,0\n"), Problem::NotANumber { row, column: column.clone() }),
        (&format!("{head},200,none,0\n"), Problem::EmptyCell { row, column: column.clone() }),
        (&format!("{head}19.9,200,none,0\n"), Problem::OutOfRange { row, column, low: 20.0, high: 120.0 }),
        (
            &format!("{head}40,200,None,0\n"),
            Problem::UnknownCategory {
                row,
                column: "pain".into(),
                allowed: names(&["none", "some", "TRUE"]),
            },
        ),
        (&format!("{head}40,200,none,yes\n"), Problem::NotANumber { row, column: "num".into() }),
        (&format!("{head}40,200,none,\n"), Problem::EmptyCell { row, column: "num".into() }),
        (&format!("{head}40,200,none\n"), Problem::Ragged { row, cells: 3, columns: 4 }),
        // Blank lines count, and so do lines inside a quoted cell.
        (
            "age,chol,pain,num\n\n40,200,none,0\r\n\n\nx,200,none,0\n",
            Problem::NotANumber { row: 6, column: "age".into() },
        ),
        (
            "age,chol,pain,num,note\n40,200,none,0,\"a\nb\"\nx,200,none,0,c\n",
            Problem::NotANumber { row: 4, column: "age".into() },
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read_text(text).map(|table| table.rows()), Err(expected), "{text:?}");
    }
    assert_eq!(
        read(b"age,chol,pain,num\n40,200,none,0\n40,200,\xff,0\n", &schema()),
        Err(Problem::NotUtf8 { row: 3 })
    );
    assert_eq!(read(b"age,chol,pain,n\xffum\n40,200,none,0\n", &schema()), Err(Problem::NotUtf8 { row: 1 }));
}

#[test]
fn messages_hold_no_cell() {
    for planted in [
        "48151.5,200,none,0",
        "48151x,200,none,0",
        "40,200,48151,0",
        "40,200,none,48151x",
        "40,200,none,0,48151",
    ] {
        let error = read_text(&format!("age,chol,pain,num\n40,200,none,1\n{planted}\n")).unwrap_err();
        assert!(!error.to_string().contains("48151"), "{error}");
        assert!(error.to_string().contains("row 3"), "{error}");
    }
    // A file without a header line: its first row is not repeated either.
    let error = read_text("Smith,48151,none,1\n").unwrap_err();
    assert!(!error.to_string().contains("48151") && !error.to_string().contains("Smith"), "{error}");
}

#[test]
fn one_class_may_be_measured_but_not_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.csv");
    std::fs::write(&file, "age,chol,pain,num\n40,200,none,1\n41,200,none,2\n").unwrap();
    assert_eq!(Table::for_evaluation(&file, &schema(), &Mapping::default()).unwrap().rows(), 2);
    let error = Table::for_training(&file, &schema(), &Mapping::default()).unwrap_err();
    assert!(
        matches!(&error.problem, Problem::OneClass { rows: 2, column, .. } if column == "num"),
        "{error}"
    );
    let nowhere =
        Table::for_training(&folder.path().join("nowhere.csv"), &schema(), &Mapping::default()).unwrap_err();
    assert_eq!(nowhere.problem, Problem::Missing);
    assert!(nowhere.to_string().contains("nowhere.csv"));
}

#[test]
fn labels_are_two_classes_numbers_or_words() {
    let mut schema = schema();
    schema.label =
        Label { name: "days".into(), kind: LabelKind::Number { low: 0.0, high: 9000.0 }, unit: None };
    schema.further_labels = vec![
        Label::binary("num", 0.0),
        Label {
            name: "stage".into(),
            kind: LabelKind::Class { categories: vec!["I".into(), "II".into(), "III".into()] },
            unit: None,
        },
    ];
    let head = "age,chol,pain,num,days,stage\n";
    let read_text = |text: &str| read(format!("{head}{text}").as_bytes(), &schema);
    let table = read_text("40,200,none,2,4500.5,III\n41,200,none,0,0,I\n").unwrap();
    assert_eq!((table.rows(), table.target_width()), (2, 3));
    assert_eq!(table.targets(), [4500.5, 1.0, 2.0, 0.0, 0.0, 0.0]);
    assert_eq!(table.positives(&schema), None);
    // Numbers are of no class.
    let alike = read_text("40,200,none,2,5,III\n41,200,none,0,5,I\n").unwrap();
    assert!(alike.with_both_classes(&schema).is_ok());
    for (row, column) in
        [("40,200,none,2,9001,I", "days"), ("40,200,none,2,,I", "days"), ("40,200,none,2,1,IV", "stage")]
    {
        let error = read_text(row).unwrap_err().to_string();
        assert!(error.contains(&format!("row 2, column {column:?}")), "{error}");
    }
}
