//! Rows in Parquet. The crate that reads it panics on some damaged files, which the client catches: only a panic that gets
//! past that is a finding.
#![no_main]

use std::panic;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::study::{Feature, FeatureKind, Label, Schema};
use tributary_fuzz_client::dataset::Table;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let number = |high| FeatureKind::Numeric { low: 0.0, high, zero_is_missing: false };
    let words = FeatureKind::Categorical { categories: vec!["F".into(), "M".into()] };
    let features = [("age", number(120.0)), ("chol", number(700.0)), ("sex", words)];
    let feature =
        |(name, kind): (&str, _)| Feature { name: name.to_owned(), kind, missing_allowed: true, unit: None };
    Schema::table(features.map(feature).to_vec(), Label::binary("ill", 0.5))
});

fuzz_target!(
    // In place of libFuzzer's, which ends the process before anything is caught.
    init: panic::set_hook(Box::new(|_| {})),
    |data: &[u8]| {
        if !data.starts_with(b"PAR1") {
            return;
        }
        match Table::from_bytes(data, &SCHEMA) {
            Err(problem) => drop(problem.to_string()),
            Ok(table) => assert_eq!(table.inputs(), SCHEMA.inputs()),
        }
    }
);
