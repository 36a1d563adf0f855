//! A transcript changed anywhere is refused, and the refusal says where.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Paths of all numbers, strings and nulls.
fn leaves(value: &Value, path: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(value, format!("{path}/{key}"), out)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| leaves(value, format!("{path}/{i}"), out));
        }
        _ => out.push(path),
    }
}

/// Another value of the same form.
fn changed(value: &Value, place: usize) -> Value {
    match value {
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::String(text) if text.starts_with("0x") => {
            let at = 2 + place % (text.len() - 2);
            let digit = if &text[at..=at] == "0" { "1" } else { "0" };
            json!(format!("{}{digit}{}", &text[..at], &text[at + 1..]))
        }
        Value::String(text) => match text.as_str() {
            "silent" => json!("late"),
            "group_too_small" => json!("epoch_ended"),
            number if number.parse::<i128>().is_ok() => {
                json!((number.parse::<i128>().unwrap() - 1).to_string())
            }
            text => json!(format!("{text}!")),
        },
        other => panic!("{other} is no leaf of a transcript"),
    }
}

/// The field a changed leaf must be reported at: its own, or the certificate that covers it.
fn due_field(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["groups", group, .., "report" | "join"] => format!("groups[{group}].certificate"),
        ["groups", group, field, ..] => format!("groups[{group}].{field}"),
        ["aborted", place, field, ..] => format!("aborted[{place}].{field}"),
        ["utilities", place] => format!("utilities[{place}]"),
        [field, ..] => (*field).to_owned(),
        [] => String::new(),
    }
}

/// What only the settlement's signature vouches for: why something was given up.
fn is_a_reason(path: &str) -> bool {
    path.ends_with("/reason") || path.ends_with("/details")
}

#[test]
fn a_transcript_changed_in_any_one_field_is_refused_by_name() {
    let (study, second) = Study::second_round();
    let original: Value = serde_json::from_slice(second.bytes()).unwrap();
    let mut paths = Vec::new();
    leaves(&original, String::new(), &mut paths);
    assert!(paths.len() > 60);
    for (place, path) in paths.iter().enumerate() {
        let mut value = original.clone();
        let leaf = value.pointer_mut(path).unwrap();
        *leaf = changed(leaf, place);
        let bytes = serde_json::to_vec(&value).unwrap();
        let outcome = as_member(&second, |member| verify(&bytes, &study.view(), Some(member)));
        match outcome {
            Ok(verified) => {
                assert!(is_a_reason(path), "{path} was changed and nobody saw it");
                assert_ne!(verified.settlement().transcript, second.settlement().transcript);
            }
            Err(refusal) => {
                assert!(refusal.field.starts_with(&due_field(path)), "{path} reported as {refusal}");
                assert_ne!(refusal.stated, refusal.expected, "{path}");
            }
        }
    }
}

#[test]
fn fields_that_are_missing_or_unknown_are_refused() {
    let (study, second) = Study::second_round();
    let original: Value = serde_json::from_slice(second.bytes()).unwrap();
    let field_of = |value: &Value| {
        verify(&serde_json::to_vec(value).unwrap(), &study.view(), None).expect_err("refused").field
    };
    for key in original.as_object().unwrap().keys() {
        let mut value = original.clone();
        value.as_object_mut().unwrap().remove(key);
        // Without `previous` this claims to be a first round.
        assert_eq!(field_of(&value), if key == "previous" { "previous" } else { "form" }, "{key}");
    }
    for path in ["", "/groups/0", "/groups/0/online/0", "/aborted/0", "/scores", "/payouts/0"] {
        let mut value = original.clone();
        value.pointer_mut(path).unwrap().as_object_mut().unwrap().insert("more".into(), json!(1));
        assert_eq!(field_of(&value), "form", "{path}");
    }
    let mut trailing = second.bytes().to_vec();
    trailing.push(b'1');
    assert_eq!(verify(&trailing, &study.view(), None).expect_err("refused").field, "form");
}

#[test]
fn owners_can_be_moved_nowhere() {
    let (study, second) = Study::second_round();
    let large = usize::from(second.transcript().groups[1].roster.len() == 3);
    let change = |change: &dyn Fn(&mut RoundTranscript)| {
        let mut record = second.transcript().clone();
        change(&mut record);
        refused_at(&study, &record)
    };
    let group = |name: &str| format!("groups[{large}].{name}");
    // From the beacon's candidates, from a roster, from online to offline and back, and twice.
    assert_eq!(change(&|r| r.candidates.truncate(4)), "beacon");
    assert_eq!(change(&|r| r.groups[large].roster.truncate(2)), group("offline"));
    assert_eq!(change(&|r| r.groups[large].online.truncate(1)), group("online"));
    assert_eq!(change(&|r| r.groups[large].offline.truncate(0)), group("online"));
    assert_eq!(
        change(&|r| {
            let cut = r.groups[large].offline.remove(0);
            r.groups[large].online.push(Online { owner: cut.owner, report: cut.join });
        }),
        group("certificate")
    );
    assert_eq!(
        change(&|r| {
            let cut = r.groups[large].offline[0];
            r.groups[large].online.push(Online { owner: cut.owner, report: cut.join });
        }),
        group("offline")
    );
    assert_eq!(change(&|r| r.groups[large].online.swap(0, 1)), group("online"));
    assert_eq!(
        change(&|r| {
            let again = r.groups[large].online[0];
            r.groups[large].online.insert(0, again);
        }),
        group("online")
    );
    assert_eq!(change(&|r| r.groups.swap(0, 1)), "groups[0].index");
    assert_eq!(change(&|r| drop(r.groups.pop())), "groups.len");
    assert_eq!(change(&|r| r.aborted.clear()), "attempt");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn units_moved_between_owners_are_found(from in 0usize..4, apart in 1usize..4, units in 1u128..1 << 60) {
        let to = (from + apart) % 4;
        let (study, second) = Study::second_round();
        let mut value: Value = serde_json::from_slice(second.bytes()).unwrap();
        let mut shift = |at: usize, give: bool| {
            let amount = value.pointer_mut(&format!("/cumulative/{at}/amount")).unwrap();
            let old: u128 = amount.as_str().unwrap().parse().unwrap();
            *amount = json!(if give { old + units } else { old - units }.to_string());
        };
        shift(from, false);
        shift(to, true);
        let refusal = verify(&serde_json::to_vec(&value).unwrap(), &study.view(), None).expect_err("refused");
        prop_assert!(refusal.field.starts_with("cumulative[0x"), "{}", refusal.field);
    }
}
