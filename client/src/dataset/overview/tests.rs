use proptest::prelude::*;
use tributary_aggregation::study::{Feature, Label};

use super::*;

fn schema() -> Schema {
    let feature = |name: &str, kind| Feature { name: name.into(), kind, missing_allowed: true, unit: None };
    let mut schema = Schema::table(
        vec![
            feature("age", FeatureKind::Numeric { low: 0.0, high: 160.0, zero_is_missing: false }),
            feature("sex", FeatureKind::Categorical { categories: vec!["F".into(), "M".into()] }),
        ],
        Label::binary("ill", 0.0),
    );
    schema.further_labels = vec![Label {
        name: "days".into(),
        kind: LabelKind::Number { low: 0.0, high: 1600.0 },
        unit: Some("d".into()),
    }];
    schema.overview = true;
    schema
}

fn table(rows: &[(Option<u32>, Option<bool>, bool, u32)]) -> Table {
    let mut text = String::from("age,sex,ill,days\n");
    for (age, sex, ill, days) in rows {
        let age = age.map_or(String::new(), |age| age.to_string());
        let sex = sex.map_or("", |male| if male { "M" } else { "F" });
        text.push_str(&format!("{age},{sex},{},{days}\n", u8::from(*ill)));
    }
    Table::from_bytes(text.as_bytes(), &schema()).unwrap()
}

#[test]
fn a_known_overview() {
    let rows: Vec<_> = (0..160).map(|age| (Some(age), Some(age < 40), age % 4 == 0, 10 * age)).collect();
    let rows = [&rows[..], &[(None, None, false, 1600); 40]].concat();
    let update = overview_update(&table(&rows), &schema());
    assert_eq!((update.len(), schema().overview_len()), (16 + 2 + 2 + 16, 36));
    let overview = Overview::new(&schema(), &Shares::new(200, &update).unwrap()).unwrap();
    let [age, sex, ill, days] = &overview.columns[..] else { panic!("{overview:?}") };
    assert_eq!((age.missing, age.counts[0].rows, age.counts[0].of.as_str()), (40, 10, "0 to 10"));
    for (got, due) in age.percentiles.unwrap().iter().zip([8.0, 40.0, 80.0, 120.0, 152.0]) {
        assert!((got - due).abs() < 1e-3, "{got} {due}");
    }
    let counts = |column: &ColumnOverview| column.counts.iter().map(|count| count.rows).collect::<Vec<_>>();
    assert_eq!((counts(sex), sex.missing), (vec![120, 40], 40));
    assert_eq!((counts(ill), ill.missing), (vec![160, 40], 0));
    assert_eq!((counts(days)[15], days.unit.as_deref()), (50, Some("d")));
    assert!(overview.to_string().contains("sex: 40 missing; 120 × F, 40 × M"), "{overview}");
    assert!(Overview::new(&schema(), &Shares::new(200, &update[1..]).unwrap()).is_err());
    assert!(Shares::new(1, &[f32::NAN]).is_err());
}

#[test]
fn an_overview_travels_with_the_standardiser() {
    use super::super::statistics::{Standardiser, statistics_vector};
    let table = table(&[(Some(3), Some(true), true, 5), (Some(90), Some(false), false, 70)]);
    let vector = statistics_vector(&table, &schema());
    let standardiser = Standardiser::from_sum(&vector, 2, &schema()).unwrap();
    let bytes = standardiser.to_bytes();
    let read = Standardiser::from_bytes(&bytes).unwrap();
    assert_eq!(read, standardiser);
    assert_eq!(read.overview(&schema()).unwrap().unwrap().columns[2].counts[1].rows, 1);
    for length in 0..bytes.len() {
        assert!(Standardiser::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
    let mut changed = bytes.clone();
    changed[13..17].copy_from_slice(&1.5_f32.to_le_bytes());
    assert!(Standardiser::from_bytes(&changed).is_err());
    assert!(Standardiser::from_sum(&vector[1..], 2, &schema()).is_err());
    let mut without = schema();
    without.overview = false;
    assert!(Standardiser::from_sum(&vector, 2, &without).is_err(), "numbers that the study did not ask for");
    assert_eq!(statistics_vector(&table, &without).len(), 9);
}

proptest! {
    /// What the doc comment promises to whoever adds noise.
    #[test]
    fn one_row_changed_moves_an_update_by_no_more_than_its_sensitivity(
        rows in prop::collection::vec(
            (prop::option::of(0_u32..=160), prop::option::of(any::<bool>()), any::<bool>(), 0_u32..=1600), 1..30),
        at: prop::sample::Index,
        new in (prop::option::of(0_u32..=160), prop::option::of(any::<bool>()), any::<bool>(), 0_u32..=1600),
    ) {
        let before = overview_update(&table(&rows), &schema());
        let mut changed = rows.clone();
        let at = at.index(rows.len());
        changed[at] = new;
        let after = overview_update(&table(&changed), &schema());
        let norm = before.iter().zip(&after).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
        prop_assert!(norm <= (2.0 * 4.0_f64).sqrt() / rows.len() as f64 + 1e-6);
        prop_assert!(before.iter().all(|share| (0.0..=1.0).contains(share)));
    }
}
