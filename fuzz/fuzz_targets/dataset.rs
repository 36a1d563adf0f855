//! Rows in CSV or images in safetensors, an owner's own or the researcher's holdout, against one of three schemas.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::study::{ImageInput, Label, Schema, StudyPlan};
use tributary_fuzz::{choice, study};
use tributary_fuzz_client::dataset::{Standardiser, Table, statistics_update};

static SCHEMAS: LazyLock<[Schema; 3]> = LazyLock::new(|| {
    let [numbers, hospitals] = [study::PLAN, include_bytes!("../seeds/study_plan/hospitals.json")]
        .map(|plan| StudyPlan::from_json(plan).expect("a plan").schema);
    let mut images = Schema::table(Vec::new(), Label::binary("ill", 0.0));
    images.image = Some(ImageInput { channels: 1, height: 2, width: 2 });
    [numbers, hospitals, images]
});

fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = choice(data) else { return };
    // The crate that reads Parquet panics on some damaged files; the client catches that, libFuzzer would not.
    if bytes.starts_with(b"PAR1") {
        return;
    }
    let schema = &SCHEMAS[usize::from(which % 3)];
    match Table::from_bytes(bytes, schema) {
        // Messages are for people: they must be written, and show no more of a row than the schema allows.
        Err(problem) => drop(problem.to_string()),
        Ok(table) => {
            assert_eq!(table.inputs(), schema.inputs());
            assert!(table.columns().iter().all(|column| column.len() == table.rows()));
            assert!(statistics_update(&table).iter().all(|value| (0.0..=1.0).contains(value)));
            let standardiser = Standardiser::from_table(&table);
            assert_eq!(Standardiser::from_bytes(&standardiser.to_bytes()).as_ref(), Ok(&standardiser));
            assert!(standardiser.apply(&table).is_ok());
            let _ = table.with_both_classes(schema);
        }
    }
});
