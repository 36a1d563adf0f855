use proptest::prelude::*;
use serde_json::{Value, json};
use tributary_aggregation::study::{Duo, DuoKind};

use super::super::columns::ColumnKind;
use super::super::condition::Condition;
use super::*;

fn document() -> Document {
    let column = |name: &str, kind, is_label| Column { name: name.into(), kind, is_label };
    Document {
        name: "Hearts".into(),
        description: "Angiography and what was found.".into(),
        url: "https://hospital.example/hearts".into(),
        creator: "A hospital".into(),
        date: "2024-02-29".into(),
        version: "1.0.0".into(),
        owner: OwnerId([0xab; 20]),
        price: 10u128.pow(19),
        terms: UseTerms {
            permission: Duo::DISEASE_USE,
            diseases: vec!["MONDO:0005010".parse().unwrap(), "MONDO:0005267".parse().unwrap()],
            research: vec![Duo::GENETIC],
            conditions: vec![
                Condition { term: Duo::RESEARCH_SPECIFIC, detail: None },
                Condition { term: Duo::named("GS").unwrap(), detail: Some("Germany".into()) },
                Condition { term: Duo::NOT_COMMERCIAL, detail: None },
            ],
        },
        record: Record {
            columns: vec![
                column("age", ColumnKind::Integer, false),
                column("chol", ColumnKind::Float, false),
                column("sex", ColumnKind::Text, false),
                column("num", ColumnKind::Integer, true),
            ],
            rows: Some(303),
        },
    }
}

fn json_of(document: &Document) -> Value {
    serde_json::from_slice(&document.to_json().unwrap()).unwrap()
}

fn read(value: &Value) -> Result<Document, DocumentError> {
    Document::from_json(&serde_json::to_vec(value).unwrap())
}

/// Changes a copy at a JSON pointer; null takes the key away.
fn changed(at: &str, to: Value) -> Value {
    let mut value = json_of(&document());
    let (parent, key) = at.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap_or_else(|| panic!("{at}"));
    match (parent, to) {
        (Value::Object(map), Value::Null) => drop(map.remove(key)),
        (Value::Object(map), to) => drop(map.insert(key.to_owned(), to)),
        (Value::Array(list), Value::Null) => drop(list.remove(key.parse().unwrap())),
        (Value::Array(list), to) => list[key.parse::<usize>().unwrap()] = to,
        _ => panic!("{at}"),
    }
    value
}

#[test]
fn a_description_is_read_as_it_was_written() {
    let rich = document();
    assert_eq!(read(&json_of(&rich)), Ok(rich.clone()));
    let terms =
        UseTerms { permission: Duo::GENERAL_USE, diseases: vec![], research: vec![], conditions: vec![] };
    let plain = Document { price: 0, terms, record: Record { rows: None, ..rich.record.clone() }, ..rich };
    let value = json_of(&plain);
    assert_eq!(read(&value), Ok(plain));
    assert!(value["usageInfo"]["odrl:permission"].get("odrl:duty").is_none());
    assert!(value["recordSet"][0].get("sc:size").is_none(), "no count unless the owner wants one");
}

#[test]
fn the_offer_has_the_form_that_croissant_gives_it() {
    let value = json_of(&document());
    assert_eq!(value["conformsTo"], "http://mlcommons.org/croissant/1.1");
    let permission = &value["usageInfo"]["odrl:permission"];
    assert_eq!(permission["odrl:action"]["@id"], "duo:0000007");
    assert_eq!(permission["odrl:constraint"][2]["odrl:rightOperand"]["@id"], "duo:0000046");
    assert_eq!(permission["odrl:constraint"][3]["odrl:leftOperand"]["@id"], "duo:0000010");
    assert_eq!(permission["odrl:constraint"][3]["odrl:rightOperand"][1]["@id"], "mondo:0005267");
    assert_eq!(value["recordSet"][0]["field"][3]["dataType"], json!(["sc:Integer", "cr:Label"]));
}

#[test]
fn what_tells_about_rows_is_refused() {
    for at in [
        "/data",
        "/recordSet/0/data",
        "/recordSet/0/examples",
        "/recordSet/0/field/0/value",
        "/recordSet/0/field/0/examples",
        "/distribution/0/sha256",
        "/distribution/0/contentSize",
    ] {
        match read(&changed(at, json!("x"))).unwrap_err() {
            DocumentError::Field { field, reason } => {
                assert!(reason.contains("remove it"), "{at}: {field}: {reason}");
            }
            other => panic!("{at}: {other}"),
        }
    }
}

#[test]
fn errors_name_the_field() {
    let permission = "/usageInfo/odrl:permission";
    let cases = [
        ("/name", Value::Null, "name"),
        ("/name", json!(" "), "name"),
        ("/name", json!(7), "name"),
        ("/more", json!(1), "more"),
        ("/@context/duo", json!("http://elsewhere/"), "@context"),
        ("/conformsTo", json!("http://mlcommons.org/croissant/1.0"), "conformsTo"),
        ("/license", json!("https://creativecommons.org/licenses/by/4.0/"), "license"),
        ("/url", json!("hospital.example"), "url"),
        ("/creator/name", Value::Null, "creator.name"),
        ("/datePublished", json!("2023-02-29"), "datePublished"),
        ("/datePublished", json!("29.2.2024"), "datePublished"),
        ("/datePublished", json!("2024-13-01"), "datePublished"),
        ("/version", json!("1.0"), "version"),
        ("/distribution/0/contentUrl", json!("https://hospital.example/rows.csv"), "distribution"),
        ("/recordSet/0/field", json!([]), "recordSet[0].field"),
        ("/recordSet/0/field/1/name", json!("age"), "recordSet[0].field[1].@id"),
        ("/recordSet/0/field/0/dataType", json!("sc:Number"), "recordSet[0].field[0].dataType"),
        ("/recordSet/0/field/0/dataType", json!(["cr:Label"]), "recordSet[0].field[0].dataType"),
        ("/recordSet/0/field/0/dataType", json!(["sc:Text", "cr:Label"]), "recordSet[0].field"),
        ("/recordSet/0/field/0/source/extract/column", json!("sex"), "recordSet[0].field[0].source"),
        ("/recordSet/0/sc:size/value", json!(-1), "recordSet[0].sc:size.value"),
        ("/usageInfo", Value::Null, "usageInfo"),
        ("/usageInfo/odrl:assigner/@id", json!("ethereum:0x12"), "usageInfo.odrl:assigner"),
        ("/usageInfo/odrl:prohibition", json!({}), "usageInfo.odrl:prohibition"),
        (&format!("{permission}/odrl:action/@id"), json!("duo:0000099"), "odrl:action.@id"),
        (&format!("{permission}/odrl:action/name"), json!("any use"), "odrl:action.name"),
        (&format!("{permission}/odrl:constraint/2/name"), json!("commercial use"), "odrl:constraint[2].name"),
        (
            &format!("{permission}/odrl:constraint/2/odrl:operator/@id"),
            json!("odrl:neq"),
            "odrl:constraint[2].odrl:operator",
        ),
        (
            &format!("{permission}/odrl:constraint/3/odrl:rightOperand"),
            json!([{ "@id": "mondo:5267" }]),
            "odrl:constraint[3].odrl:rightOperand[0]",
        ),
        (&format!("{permission}/odrl:constraint/3/odrl:rightOperand"), json!([]), "odrl:rightOperand"),
        (
            &format!("{permission}/odrl:constraint/4/odrl:leftOperand/@id"),
            json!("duo:0000010"),
            "odrl:constraint[4].odrl:leftOperand",
        ),
        (
            &format!("{permission}/odrl:duty/odrl:constraint/odrl:rightOperand/@value"),
            json!("1e19"),
            "odrl:rightOperand.@value",
        ),
        (
            &format!("{permission}/odrl:duty/odrl:constraint/odrl:rightOperand/@value"),
            json!("0"),
            "odrl:rightOperand.@value",
        ),
    ];
    for (at, to, due) in cases {
        match read(&changed(at, to.clone())) {
            Err(DocumentError::Field { field, .. }) => assert!(field.ends_with(due), "{at}: {field}"),
            other => panic!("{at} = {to}: {other:?}"),
        }
    }
    // Terms are judged as a whole.
    let no_disease = changed(
        &format!("{permission}/odrl:action"),
        json!({
            "@id": "duo:0000042", "name": "general research use"
        }),
    );
    assert!(matches!(read(&no_disease), Err(DocumentError::Terms(_))));
    assert!(matches!(Document::from_json(b"{"), Err(DocumentError::Syntax(_))));
    assert!(matches!(Document::from_json(b"[]"), Err(DocumentError::Field { .. })));
}

#[test]
fn every_key_is_needed_or_refused() {
    // Whatever key is taken away, the description is refused, or says less and is still one.
    let whole = json_of(&document());
    let mut paths = vec![(String::new(), &whole)];
    let mut keys = Vec::new();
    while let Some((path, value)) = paths.pop() {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
            Value::Array(list) => {
                list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
            }
            _ => continue,
        };
        for (key, value) in inner {
            let path = format!("{path}/{key}");
            keys.push(path.clone());
            paths.push((path, value));
        }
    }
    assert!(keys.len() > 100);
    let mut optional = Vec::new();
    for key in keys {
        if let Ok(less) = read(&changed(&key, Value::Null)) {
            assert_ne!(less, document(), "{key} is not read");
            optional.push(key);
        }
    }
    optional.sort();
    let permission = "/usageInfo/odrl:permission";
    let mut due = vec!["/recordSet/0/sc:size".to_owned(), format!("{permission}/odrl:duty")];
    due.extend((0..4).map(|at| format!("/recordSet/0/field/{at}")));
    due.push("/recordSet/0/field/3/dataType/1".into());
    due.extend((1..3).map(|at| format!("{permission}/odrl:constraint/{at}")));
    due.extend((0..2).map(|at| format!("{permission}/odrl:constraint/3/odrl:rightOperand/{at}")));
    due.sort();
    assert_eq!(optional, due);
}

prop_compose! {
    fn any_document()(
        text in "[a-z ]{0,5}[a-z\"\\\\é]{1,9}",
        price: u128,
        rows: Option<u64>,
        names in prop::collection::btree_set("[a-z_é,\"/]{1,8}", 1..6),
        kinds in prop::collection::vec(0usize..3, 6),
        label in 0usize..8,
        permission in 0usize..5,
        modifiers in prop::collection::vec(any::<bool>(), 18),
    ) -> Document {
        let of = |kind| Duo::all().filter(move |term| term.kind() == kind);
        let permission = of(DuoKind::Permission).nth(permission).unwrap();
        let conditions: Vec<Condition> = of(DuoKind::Modifier)
            .zip(modifiers)
            .filter(|(term, there)| *there && permission != Duo::NO_RESTRICTION
                && !(permission == Duo::ORIGINS_ONLY && *term == Duo::NO_ORIGINS))
            .map(|(term, _)| Condition { term, detail: Some(text.clone()) })
            .collect();
        let specific = conditions.iter().any(|it| it.term == Duo::RESEARCH_SPECIFIC);
        let columns = names.into_iter().zip(kinds).enumerate().map(|(at, (name, kind))| {
            Column { name, kind: ColumnKind::TYPES[kind].0, is_label: at == label }
        });
        Document {
            name: text.clone(),
            description: text,
            price,
            terms: UseTerms {
                permission,
                diseases: if permission == Duo::DISEASE_USE { vec!["MONDO:0000001".parse().unwrap()] } else { vec![] },
                research: if specific { vec![Duo::METHODS, Duo::BIOMEDICAL] } else { vec![] },
                conditions,
            },
            record: Record { columns: columns.collect(), rows },
            ..document()
        }
    }
}

proptest! {
    #[test]
    fn any_description_is_read_as_it_was_written(document in any_document()) {
        let written = document.to_json().unwrap();
        prop_assert_eq!(Document::from_json(&written), Ok(document));
    }

    #[test]
    fn arbitrary_json_is_never_a_panic(text in "\\PC{0,60}") {
        let _ = Document::from_json(text.as_bytes());
    }
}
