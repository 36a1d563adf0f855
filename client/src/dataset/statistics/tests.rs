use proptest::prelude::*;

use super::*;

type Row = (Option<f64>, Option<bool>, bool);

/// One numeric input and one category pair.
fn table(rows: &[Row]) -> Table {
    let flag = |x: bool| f64::from(u8::from(x));
    Table::from_columns(
        vec![
            rows.iter().map(|row| row.0).collect(),
            rows.iter().map(|row| row.1.map(flag)).collect(),
            rows.iter().map(|row| row.1.map(|x| flag(!x))).collect(),
        ],
        rows.iter().map(|row| f32::from(row.2)).collect(),
        1,
    )
}

#[test]
fn a_known_column() {
    let table =
        table(&[(Some(0.25), None, true), (Some(0.75), None, false), (None, None, true), (None, None, true)]);
    assert_eq!(statistics_update(&table), [0.5, 0.25, 0.15625, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let examples = Standardiser::from_table(&table).apply(&table).unwrap();
    // Mean 0.5, standard deviation 0.25; a missing value becomes the mean; what nobody has becomes 0.
    let expected = [[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0; 3], [0.0; 3]].concat();
    assert_eq!((examples.inputs(), examples.width()), (&expected[..], 3));
    assert_eq!(examples.labels(), [true, false, true, true]);
}

#[test]
fn constant_and_absent_inputs_stay_zero_for_rows_that_differ() {
    let seen = table(&[(Some(0.3), Some(true), true), (Some(0.3), Some(true), false)]);
    let standardiser = Standardiser::from_table(&seen);
    let other = table(&[(Some(0.9), Some(false), true)]);
    assert_eq!(standardiser.apply(&other).unwrap().inputs(), [0.0; 3]);
}

#[test]
fn refuses_what_are_no_statistics() {
    assert_eq!(Standardiser::from_mean_statistics(&[]), Err(StandardiserError::Length(0)));
    assert_eq!(Standardiser::from_mean_statistics(&[0.5; 4]), Err(StandardiserError::Length(4)));
    assert_eq!(
        Standardiser::from_mean_statistics(&[0.5, f32::NAN, 0.5]),
        Err(StandardiserError::NotFinite(1))
    );
    let two = Standardiser::from_mean_statistics(&[0.5; 6]).unwrap();
    let error = two.apply(&table(&[(None, None, true)])).unwrap_err();
    assert_eq!(error, StandardiserError::Inputs { rows: 3, statistics: 2 });
}

#[test]
fn decoding_is_strict() {
    let standardiser = Standardiser::from_mean_statistics(&[0.5, 0.25, 0.15625, 1.0, 0.25, 0.5]).unwrap();
    let bytes = standardiser.to_bytes();
    assert_eq!(bytes.len(), 5 + 8 * 2);
    for length in 0..bytes.len() {
        assert!(Standardiser::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
    let mut longer = bytes.clone();
    longer.extend([0; 8]);
    assert!(Standardiser::from_bytes(&longer).is_err());
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        Standardiser::from_bytes(&bytes)
    };
    assert!(changed(0, &[2]).is_err());
    assert!(changed(1, &[1]).is_err());
    assert!(changed(5, &f32::NAN.to_le_bytes()).is_err());
    assert!(changed(5, &1.5_f32.to_le_bytes()).is_err());
    assert!(changed(9, &(-1.0_f32).to_le_bytes()).is_err());
    assert!(changed(9, &f32::INFINITY.to_le_bytes()).is_err());
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(
        (prop::option::of(0.0..=1.0), prop::option::of(any::<bool>()), any::<bool>()),
        1..40,
    )
}

proptest! {
    #[test]
    fn statistics_of_parts_add_up_to_those_of_the_whole(parts in prop::collection::vec(rows(), 1..5)) {
        let tables: Vec<Table> = parts.iter().map(|rows| table(rows)).collect();
        let union = Table::concat(&tables.iter().collect::<Vec<_>>()).unwrap();
        prop_assert_eq!(&union, &table(&parts.concat()));
        let total = union.rows() as f64;
        let mut mean = [0.0_f64; 9];
        for table in &tables {
            for (mean, x) in mean.iter_mut().zip(statistics_update(table)) {
                *mean += f64::from(x) * table.rows() as f64 / total;
            }
        }
        let mean: Vec<f32> = mean.iter().map(|x| *x as f32).collect();
        for (a, b) in mean.iter().zip(statistics_update(&union)) {
            prop_assert!((a - b).abs() < 1e-6 && (0.0..=1.0).contains(&b));
        }
        let federated = Standardiser::from_mean_statistics(&mean).unwrap().apply(&union).unwrap();
        let pooled = Standardiser::from_table(&union).apply(&union).unwrap();
        for (a, b) in federated.inputs().iter().zip(pooled.inputs()) {
            // An input at the edge of being constant may fall on either side of it.
            prop_assert!((a - b).abs() < 0.05 || *a == 0.0 || *b == 0.0);
        }
    }

    #[test]
    fn standardised_inputs_have_mean_zero_and_variance_one(rows in rows()) {
        let table = table(&rows);
        let examples = Standardiser::from_table(&table).apply(&table).unwrap();
        for (input, column) in table.columns().iter().enumerate() {
            let present: Vec<f64> = (0..table.rows())
                .filter(|row| column[*row].is_some())
                .map(|row| f64::from(examples.inputs()[row * 3 + input]))
                .collect();
            if present.iter().all(|x| *x == 0.0) {
                continue;
            }
            let n = present.len() as f64;
            let mean = present.iter().sum::<f64>() / n;
            let variance = present.iter().map(|x| x * x).sum::<f64>() / n - mean * mean;
            prop_assert!(mean.abs() < 1e-3, "{mean}");
            prop_assert!((variance - 1.0).abs() < 1e-2, "{variance}");
        }
    }

    #[test]
    fn encoding_round_trips(rows in rows()) {
        let standardiser = Standardiser::from_table(&table(&rows));
        prop_assert_eq!(Standardiser::from_bytes(&standardiser.to_bytes()), Ok(standardiser));
    }
}
