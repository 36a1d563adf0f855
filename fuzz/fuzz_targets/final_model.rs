//! The file of a trained model.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tributary_aggregation::study::StudyPlan;
use tributary_fuzz::study;
use tributary_fuzz_client::researcher::model_file::FinalModel;

static PLAN: LazyLock<StudyPlan> = LazyLock::new(|| StudyPlan::from_json(study::PLAN).expect("a plan"));

fuzz_target!(|data: &[u8]| {
    match FinalModel::from_bytes(data) {
        Err(problem) => drop(problem.to_string()),
        Ok(model) => {
            assert_eq!(model.to_bytes(), data);
            if model.check(study::PLAN, &PLAN).is_ok() {
                assert_eq!(model.weights.len(), PLAN.parameter_count());
                let _ = model.standardiser.overview(&PLAN.schema);
            }
        }
    }
});
