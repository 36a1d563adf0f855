//! How a site's file becomes what a study asks for: a mapping (TOML), and rows in CSV that are read by it. The input is the
//! study's schema (a byte), the mapping's length (u16, little-endian), the mapping, the rows.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::study::{Schema, StudyPlan};
use tributary_fuzz::{scratch_file, study};
use tributary_fuzz_client::dataset::{Mapping, Table, check};

static SCHEMAS: LazyLock<[Schema; 2]> = LazyLock::new(|| {
    [study::PLAN, include_bytes!("../seeds/study_plan/hospitals.json")]
        .map(|plan| StudyPlan::from_json(plan).expect("a plan").schema)
});
static PATH: LazyLock<PathBuf> = LazyLock::new(|| scratch_file("mapped.csv"));

fuzz_target!(|data: &[u8]| {
    let Some(([which, low, high], rest)) = data.split_first_chunk() else { return };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    let Some((mapping, rows)) = rest.split_at_checked(length) else { return };
    let Ok(text) = str::from_utf8(mapping) else { return };
    let schema = &SCHEMAS[usize::from(which % 2)];
    let mapping = match Mapping::parse(text, schema) {
        Err(problem) => return drop(problem.to_string()),
        Ok(mapping) => mapping,
    };
    // Parquet has a target of its own.
    if rows.starts_with(b"PAR1") {
        return;
    }
    fs::write(&*PATH, rows).expect("a file");
    let report = check(&PATH, schema, &mapping).expect("a file that is there");
    drop(report.to_string());
    match Table::for_training(&PATH, schema, &mapping) {
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
